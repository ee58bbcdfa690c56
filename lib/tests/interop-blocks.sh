#!/usr/bin/env bash
# 1 MiB in blocks between our programs and every foreign stack that is installed, both ways, by
# Block1 and by Block2, byte for byte. TAP; a stack that is not there is a skip with its reason. `conformance/coapspec peers --install NAME` gets one. Run by make check.
# shellcheck disable=SC2119  # start_own takes options here and there, not the script's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

peers=$top_srcdir/conformance/peers
head -c 1048576 /dev/urandom >"$work/body"

# start_peer NAME : its server on a port that was free a moment ago; sets $theirs.
start_peer() {
  local port
  start_own
  kill "$own_pid"
  wait "$own_pid" 2>/dev/null || true
  port=${uri##*:}
  "$peers/$1/start-server" 127.0.0.1 "$port" >"$work/$1.log" 2>&1 &
  started+=("$!")
  theirs=coap://127.0.0.1:$port
  wait_for 200 "$client" -B 2 "$theirs/.well-known/core"
}

same_as_body() {
  cmp "$work/body" "$1"
}

ours() {
  "$client" -B 60 "$@"
}

# gets FILE COMMAND... : the command leaves the body in the file.
gets() {
  local file=$1
  shift
  rm -f "$file"
  "$@" && same_as_body "$file"
}

their_server() {
  local name=$1
  if ! start_peer "$name"; then
    check "our client, $name: its server starts" false
    return
  fi
  check "our client, $name: PUT of 1 MiB by Block1" \
    ours -m put -t 42 -f "$work/body" "$theirs/large-update"
  check "our client, $name: GET of 1 MiB by Block2" \
    gets "$work/$name.got" ours -o "$work/$name.got" "$theirs/large-update"
}

their_client() {
  local name=$1
  if ! start_own; then
    check "$name's client: our server starts" false
    return
  fi
  check "$name's client, our server: GET of 1 MiB by Block2" leaves "$name"
  # The server has what was put, not only an answer to it.
  check "$name's client, our server: PUT of 1 MiB by Block1" arrives "$name"
  kill "$own_pid" || true
}

leaves() {
  ours -m put -f "$work/body" "$uri/large-update" && gets "$work/$1.got2" \
    "$peers/$1/transfer" get "$uri/large-update" "$work/$1.got2"
}

arrives() {
  ours -m put -e nothing "$uri/large-update" && "$peers/$1/transfer" put "$uri/large-update" \
    "$work/body" && gets "$work/$1.got3" ours -o "$work/$1.got3" "$uri/large-update"
}

for name in libcoap aiocoap californium coap-rs go-coap node-coap; do
  if ! "$peers/$name/install" --check >/dev/null 2>&1; then
    skip "1 MiB with $name" "not installed: conformance/coapspec peers --install $name"
    continue
  fi
  their_server "$name"
  their_client "$name"
done
tap_end
