#!/usr/bin/env bash
# DTLS and TLS with Debian's libcoap in both of its flavours, both ways, with pre-shared keys and with
# certificates; and what becomes of wrong ones. TAP. Run by make check.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"
# shellcheck source-path=SCRIPTDIR source=tls_lib.sh
. "$(dirname "$0")/tls_lib.sh"

if [[ $("$client" -B 1 -k x coaps://127.0.0.1/ 2>&1 </dev/null || true) == *'not built in'* ]]; then
  echo '1..0 # SKIP configured without TLS'
  exit 0
fi
if ! command -v openssl >/dev/null; then
  echo '1..0 # SKIP openssl, which makes the certificates, is not installed'
  exit 0
fi
flavours=()
for flavour in gnutls openssl; do
  if command -v "coap-server-$flavour" >/dev/null && command -v "coap-client-$flavour" >/dev/null; then
    flavours+=("$flavour")
  else
    skip "libcoap with $flavour" 'not installed (package libcoap3-bin)'
  fi
done

# can WORD : whether the library that is built in can do that.
can() {
  "$client" -V | grep -qw -- "$1"
}

# start_theirs FLAVOUR OPTION... : sets $coaps, $coaps_tcp.
start_theirs() {
  local flavour=$1 port
  shift
  free_port
  "coap-server-$flavour" -A 127.0.0.1 -p "$port" "$@" >"$work/theirs.log" 2>&1 &
  their_pid=$!
  started+=("$their_pid")
  coaps=coaps://127.0.0.1:$((port + 1))
  coaps_tcp=coaps+tcp://127.0.0.1:$((port + 1))
  wait_for 100 is_bound "$((port + 1))"
}

# with_server WORDS FLAVOUR OPTION... : our client with those options, and the reverse.
with_server() {
  local words=$1 flavour=$2
  shift 2
  check "our client, their server ($flavour), $words: DTLS" has_text 'made with libcoap' \
    ours "$@" "$coaps/"
  check "our client, their server ($flavour), $words: TLS" has_text 'made with libcoap' \
    ours "$@" "$coaps_tcp/"
}

with_client() {
  local words=$1 flavour=$2
  shift 2
  check "their client ($flavour), our server, $words: DTLS" has_text 'coapspec-server' \
    "coap-client-$flavour" -B 20 "$@" "$coaps/"
  check "their client ($flavour), our server, $words: a large body" bash -c \
    "coap-client-$flavour -B 20 $* '$coaps/large' | grep -c '^line' | grep -qx 25"
  check "their client ($flavour), our server, $words: TLS" has_text 'coapspec-server' \
    "coap-client-$flavour" -B 20 "$@" "$coaps_tcp/"
}

certificate ca 30
certificate server 30 ca
certificate client 30 ca
certificate stranger 30
certificate other 30 stranger

# Pre-shared keys.
start_secure -k secret -u hint
for scheme in "$coaps" "$coaps_tcp" "$coaps_ws"; do
  check "both ours, PSK: ${scheme%%:*}" has_text 'coapspec-server' ours -k secret -u me "$scheme/"
  check "both ours, PSK, a large body: ${scheme%%:*}" bash -c \
    "'$client' -B 20 -k secret -u me '$scheme/large' | grep -c '^line' | grep -qx 25"
done
check 'both ours, PSK, observe' bash -c \
  "[ \$('$client' -B 20 -k secret -u me -w -s 5 '$coaps/obs' | grep -c '^count') -ge 2 ]"
check 'a wrong key: TLS' fails 1 'handshake failed' ours -k wrong -u me "$coaps_tcp/"
check 'a wrong key: DTLS' fails 1 'no answer in time|handshake failed' \
  "$client" -B 3 -k wrong -u me "$coaps/"
check 'plain CoAP to the secure port' fails 1 'no answer' "$client" -B 2 "coap://${coaps#*://}/"
check 'DTLS to the plain port' fails 1 'no answer' \
  "$client" -B 2 -k secret -u me "coaps://${uri#*://}/"
check 'nobody listens' fails 1 'ICMP' ours -k secret -u me coaps://127.0.0.1:9/
# RFC 7301 3.2: who offers other protocols only is told so; who offers none is served.
s_client() {
  openssl s_client -connect "${coaps_tcp#*://}" -tls1_2 -cipher PSK -psk 736563726574 \
    -psk_identity me "$@" </dev/null 2>&1 || true
}
check 'ALPN: coap among others' has_text 'ALPN protocol: coap' s_client -alpn h2,coap
check 'ALPN: others only' has_text 'no application protocol' s_client -alpn h2,http/1.1
check 'ALPN: none' has_text 'No ALPN negotiated' s_client
for flavour in "${flavours[@]}"; do
  with_client PSK "$flavour" -k secret -u me
done
stop_own
for flavour in "${flavours[@]}"; do
  start_theirs "$flavour" -k secret -h hint
  with_server PSK "$flavour" -k secret -u me
  kill "$their_pid"
done

# Certificates.
own=(-c "$work/server.pem" -j "$work/server.key")
start_secure "${own[@]}" -C "$work/ca.pem"
mine=(-c "$work/client.pem" -j "$work/client.key")
for scheme in "$coaps" "$coaps_tcp" "$coaps_ws"; do
  check "both ours, certificates: ${scheme%%:*}" has_text 'coapspec-server' \
    ours "${mine[@]}" -C "$work/ca.pem" "$scheme/"
done
check 'a client of another CA: TLS' fails 1 . \
  ours -c "$work/other.pem" -j "$work/other.key" -C "$work/ca.pem" "$coaps_tcp/"
check 'a client without certificate: TLS' fails 1 . ours -C "$work/ca.pem" "$coaps_tcp/"
check 'a server of another CA: TLS' fails 1 'handshake failed' \
  ours "${mine[@]}" -C "$work/stranger.pem" "$coaps_tcp/"
check 'a server of another CA: DTLS' fails 1 'handshake failed' \
  ours "${mine[@]}" -C "$work/stranger.pem" "$coaps/"
check 'a server of another CA, not looked at' has_text 'coapspec-server' \
  ours "${mine[@]}" -n -C "$work/stranger.pem" "$coaps/"
for flavour in "${flavours[@]}"; do
  with_client certificates "$flavour" "${mine[@]}" -C "$work/ca.pem"
done
stop_own
for flavour in "${flavours[@]}"; do
  start_theirs "$flavour" "${own[@]}" -C "$work/ca.pem"
  with_server certificates "$flavour" "${mine[@]}" -C "$work/ca.pem"
  kill "$their_pid"
done

# Raw public keys, which OpenSSL 3.0 and Mbed TLS do not know.
raw_public_keys() {
  start_secure -M "$work/server.key"
  check 'both ours, raw public keys: DTLS' has_text 'coapspec-server' \
    ours -M "$work/client.key" "$coaps/"
  check 'both ours, raw public keys: TLS' has_text 'coapspec-server' \
    ours -M "$work/client.key" "$coaps_tcp/"
  check 'a raw public key and a certificate' fails 1 'handshake failed' \
    ours -C "$work/ca.pem" "$coaps/"
  for flavour in "${flavours[@]}"; do
    [ "$flavour" != gnutls ] || with_client 'raw public keys' gnutls -M "$work/client.key"
  done
  stop_own
  for flavour in "${flavours[@]}"; do
    [ "$flavour" = gnutls ] || continue
    start_theirs gnutls -M "$work/server.key"
    with_server 'raw public keys' gnutls -M "$work/client.key"
    kill "$their_pid"
  done
}
if can RPK; then
  raw_public_keys
else
  skip 'raw public keys' 'this library has none'
  check 'raw public keys are refused' fails 1 'server.key' \
    "$server" -A 127.0.0.1 -p 0 -M "$work/server.key"
fi

# A private key that never leaves its token (RFC 7512).
make_token() {
  printf 'directories.tokendir = %s\n' "$work/tokens" >"$work/softhsm.conf"
  mkdir "$work/tokens"
  export SOFTHSM2_CONF=$work/softhsm.conf
  softhsm2-util --init-token --free --label test --pin 1234 --so-pin 1234
  openssl pkcs8 -topk8 -nocrypt -in "$work/server.key" -out "$work/server.p8"
  softhsm2-util --import "$work/server.p8" --token test --label key --id 01 --pin 1234
}

in_token='pkcs11:token=test;object=key;type=private'
if ! can PKCS11; then
  skip 'a key in a token' 'this library has no tokens'
  check 'a key in a token is refused' fails 1 'server.pem' \
    "$server" -A 127.0.0.1 -p 0 -c "$work/server.pem" -j "$in_token"
elif ! command -v softhsm2-util >/dev/null; then
  skip 'a key in a token' 'no softhsm2-util (package softhsm2)'
elif ! make_token >"$work/token.log" 2>&1; then
  check 'a token is made' fails 0 . cat "$work/token.log"
else
  start_secure -c "$work/server.pem" -j "$in_token?pin-value=1234"
  check 'a key in a token: DTLS' has_text 'coapspec-server' ours -C "$work/ca.pem" "$coaps/"
  check 'a key in a token: TLS' has_text 'coapspec-server' ours -C "$work/ca.pem" "$coaps_tcp/"
  stop_own
  check 'a wrong PIN' fails 1 'server.pem' "$server" -A 127.0.0.1 -p 0 \
    -c "$work/server.pem" -j "$in_token?pin-value=4321"
fi

# Bad input is told by its name.
check 'a certificate that is not there' fails 1 'nowhere.pem' \
  "$server" -A 127.0.0.1 -p 0 -c "$work/nowhere.pem"
check 'a key of another certificate' fails 1 'server.pem' \
  "$server" -A 127.0.0.1 -p 0 -c "$work/server.pem" -j "$work/client.key"
check 'no certificates in a file' fails 1 'server.key' \
  "$server" -A 127.0.0.1 -p 0 "${own[@]}" -R "$work/server.key"
check 'an empty key' fails 2 '-k' "$client" -k '' coaps://127.0.0.1/
tap_end
