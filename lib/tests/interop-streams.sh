#!/usr/bin/env bash
# Our programs and the foreign stacks over connections, both ways: aiocoap over TCP and WebSockets,
# Californium and go-coap over TCP (libcoap over TCP: interop-libcoap.sh). A small representation, a
# body of 64 KiB put and got back byte for byte, an observation. TAP; a stack that is not there is a
# skip with its reason: `conformance/coapspec peers --install NAME` gets one. Run by make check.
#
# Californium 3.14 knows no signalling: it sends no CSM (conformance/peers/californium/
# expected-failures.txt has the case), which RFC 8323 3.3 has us treat as a connection error. That
# is checked, and that with -X, which makes the CSM optional, our programs work with it all the same.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

peers=$top_srcdir/conformance/peers
lenient=() # -X where the peer sends no CSM
head -c 65536 /dev/urandom >"$work/body"

# start_peer NAME : its server, on ports that were free a moment ago; sets $tcp and $ws.
start_peer() {
  local port ws_port arguments
  start_own -W 0 || return 1
  kill "$own_pid"
  wait "$own_pid" 2>/dev/null || true
  port=${uri##*:}
  ws_port=$(own_ws_port)
  arguments=(127.0.0.1 "$port")
  [ "$1" != aiocoap ] || arguments+=("$ws_port")
  "$peers/$1/start-server" "${arguments[@]}" >"$work/$1.log" 2>&1 &
  started+=("$!")
  tcp=coap+tcp://127.0.0.1:$port
  ws=coap+ws://127.0.0.1:$ws_port
  wait_for 200 "$client" -B 2 "coap://127.0.0.1:$port/.well-known/core"
}

own_ws_port() {
  sed -n 's|^coapspec-server: listening on coap+ws://.*:\([0-9]*\).*|\1|p' "$work/ready"
}

ours() {
  "$client" "${lenient[@]}" -B 20 "$@"
}

# gets FILE COMMAND... : the command leaves the body in the file.
gets() {
  local file=$1
  shift
  rm -f "$file"
  "$@" && same_file "$work/body" "$file"
}

answers() {
  ours "$1/test" | grep -q .
}

moves() {
  ours -m put -t 42 -f "$work/body" "$1/large-update" &&
    gets "$work/got-back" ours -o "$work/got-back" "$1/large-update"
}

# Two representations at least within the time: each peer's /obs counts up.
is_observed() {
  ours -s 9 -B 12 "$1/obs" >"$work/seen" || return 1
  [ "$(grep -o 'count' "$work/seen" | wc -l)" -ge 2 ] || { cat "$work/seen"; return 1; }
}

# their_server NAME TRANSPORT BASE
their_server() {
  check "our client, $1 over $2: GET" answers "$3"
  check "our client, $1 over $2: PUT and GET of 64 KiB" moves "$3"
  check "our client, $1 over $2: observation" is_observed "$3"
}

arrives() {
  ours -m put -e nothing "$uri/large-update" && "$peers/$1/transfer" put "$2/large-update" \
    "$work/body" && gets "$work/arrived" ours -o "$work/arrived" "$uri/large-update"
}

leaves() {
  gets "$work/left" "$peers/$1/transfer" get "$2/large-update" "$work/left"
}

# What fits one message of 1152 bytes, the size that holds when nothing is announced.
leaves_little() {
  head -c 1000 "$work/body" >"$work/little"
  ours -m put -f "$work/little" "$uri/large-update" &&
    "$peers/$1/transfer" get "$2/large-update" "$work/left" &&
    same_file "$work/little" "$work/left"
}

# their_client NAME TRANSPORT BASE : both directions of a body, through our server. go-coap's client
# announces neither blocks nor longer messages in its CSM (RFC 8323 5.3.1, 5.3.2), Californium's has
# no CSM to do so, so that the longer body cannot be sent to them: our server says 5.00.
their_client() {
  check "$1's client over $2, our server: PUT of 64 KiB" arrives "$1" "$3"
  if [ "$1" != aiocoap ]; then
    check "$1's client over $2, our server: GET of 1000 bytes" leaves_little "$1" "$3"
  else
    check "$1's client over $2, our server: GET of 64 KiB" leaves "$1" "$3"
  fi
}

# without_csm NAME : both sides, see above.
without_csm() {
  check "our client, $1 over TCP: no CSM, no answer" \
    fails 1 'could not be delivered' "$client" -B 40 "$tcp/test"
  check "$1's client over TCP, our server: an Abort, no answer" refuses "$1"
}

refuses() {
  ! timeout 60 "$peers/$1/transfer" get "${uri/coap:/coap+tcp:}/test" "$work/nothing" || {
    echo "it was answered, though it had sent no CSM"
    return 1
  }
  ours "$uri/test" | grep -q .
}

for name in aiocoap go-coap californium; do
  if ! "$peers/$name/install" --check >/dev/null 2>&1; then
    skip "connections with $name" "not installed: conformance/coapspec peers --install $name"
    continue
  fi
  if ! start_peer "$name"; then
    check "$name: its server starts" false
    continue
  fi
  start_own -W 0
  own_tcp=coap+tcp://${uri#coap://}
  own_ws=coap+ws://127.0.0.1:$(own_ws_port)
  if [ "$name" = californium ]; then
    without_csm "$name"
    kill "$own_pid"
    start_own -X
    own_tcp=coap+tcp://${uri#coap://}
    lenient=(-X)
  fi
  their_server "$name" TCP "$tcp"
  their_client "$name" TCP "$own_tcp"
  if [ "$name" = aiocoap ]; then
    their_server "$name" WebSockets "$ws"
    their_client "$name" WebSockets "$own_ws"
  fi
  kill "$own_pid" || true
done
tap_end
