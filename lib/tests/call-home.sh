#!/usr/bin/env bash
# A device calls home and is asked over its own connection: coapspec-callhome over TCP, and with keys
# over DTLS and TLS. TAP. Run by make check and make check-tls.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"
# shellcheck source-path=SCRIPTDIR source=tls_lib.sh
. "$(dirname "$0")/tls_lib.sh"

callhome=$top_builddir/coapspec-callhome

# home SCHEME PATH OPTION... : waits for a call; sets $home_pid and $at.
home() {
  local scheme=$1 path=$2
  shift 2
  : >"$work/home"
  "$callhome" -w -p 0 -t 60 "$@" "$scheme://127.0.0.1/$path" >"$work/home" 2>"$work/home.err" &
  home_pid=$!
  started+=("$home_pid")
  wait_for 200 grep -q 'waiting at' "$work/home" || { cat "$work/home.err"; return 1; }
  at=$scheme://$(sed -n 's/.*waiting at //p' "$work/home")
}

# asked : home has ended well, with the device's words.
asked() {
  wait "$home_pid" || { cat "$work/home" "$work/home.err"; return 1; }
  [ "$(tail -n 1 "$work/home")" = 'hello from the device' ] || { cat "$work/home"; return 1; }
}

# gave_up PATTERN : home has ended without an answer, and says why.
gave_up() {
  local code=0
  wait "$home_pid" || code=$?
  [ "$code" -eq 1 ] || { echo "home's exit code is $code"; return 1; }
  grep -qE "$1" "$work/home.err" || { cat "$work/home.err"; return 1; }
}

# calls SCHEME KEYS OF HOME -- KEYS OF THE DEVICE
calls() {
  local scheme=$1 keys=()
  shift
  while [ "$1" != -- ]; do
    keys+=("$1")
    shift
  done
  shift
  home "$scheme" hello "${keys[@]}"
  "$callhome" -t 60 "$@" "$at"
  asked
}

# wrong_key SCHEME : with the wrong key both give up, each with a word why.
wrong_key() {
  home "$1" hello -k secret -u hint -t 4
  fails 1 'nobody asked|security' "$callhome" -t 3 -k wrong -u me "$at"
  gave_up 'nobody called'
}

no_such_path() {
  home coap+tcp nowhere
  fails 1 'nobody asked' "$callhome" -t 60 "$at"
  gave_up '4\.04'
}

check 'help' has_text '^usage: coapspec-callhome' "$callhome" --help
check 'no URI' fails 2 'one URI' "$callhome"
check 'a scheme without connections' fails 2 'not a URI of' "$callhome" coap://127.0.0.1/
check 'bad port' fails 2 '-p 65536' "$callhome" -p 65536 coap+tcp://127.0.0.1/
check 'nobody is at home' fails 1 'nobody asked' "$callhome" -t 20 coap+tcp://127.0.0.1:9/
check 'coap+tcp: the device is asked' calls coap+tcp --
check 'coap+tcp: for what it has not' no_such_path
if [[ $("$client" -B 1 -k x coaps://127.0.0.1/ 2>&1 </dev/null || true) == *'not built in'* ]]; then
  skip 'DTLS and TLS' 'configured without TLS'
elif ! command -v openssl >/dev/null; then
  skip 'DTLS and TLS' 'openssl, which makes the certificates, is not installed'
else
  certificate ca 30
  certificate server 30 ca
  certificate client 30 ca
  for scheme in coaps coaps+tcp; do
    check "$scheme: the device is asked, PSK" calls "$scheme" -k secret -u hint -- -k secret -u me
    check "$scheme: the device is asked, certificates" calls "$scheme" \
      -c "$work/server.pem" -j "$work/server.key" -C "$work/ca.pem" -- \
      -c "$work/client.pem" -j "$work/client.key" -C "$work/ca.pem"
    check "$scheme: a wrong key" wrong_key "$scheme"
  done
fi
tap_end
