#!/usr/bin/env bash
# Protected exchanges with aiocoap, both ways, where its OSCORE is installed; its server begins with
# a replay window that is lost, ours does so always. TAP. Run by make check.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

peer=$top_srcdir/conformance/peers/aiocoap
venv=${COAPSPEC_PEER_DIR:-$top_srcdir/build/peers/aiocoap}/venv
export PYTHONDONTWRITEBYTECODE=1

if ! "$venv/bin/python" -c 'import aiocoap.oscore_sitewrapper, filelock' >"$work/log" 2>&1; then
  skip 'aiocoap' "no OSCORE in $venv: run $peer/install and its pip on requirements-oscore.txt"
  tap_end
  exit
fi

# contexts NAME OUR_ID THEIR_ID : $work/NAME.conf for us, the folder $work/NAME for aiocoap.
contexts() {
  mkdir "$work/$1"
  printf '%s\n' 'master_secret,hex,0102030405060708090a0b0c0d0e0f10' \
    'master_salt,hex,9e7ca92223786340' "sender_id,ascii,$2" "recipient_id,ascii,$3" >"$work/$1.conf"
  printf '{"sender-id_ascii":"%s","recipient-id_ascii":"%s","algorithm":"AES-CCM-16-64-128",' \
    "$3" "$2" >"$work/$1/settings.json"
  printf '"secret_hex":"0102030405060708090a0b0c0d0e0f10","salt_hex":"9e7ca92223786340"}\n' \
    >>"$work/$1/settings.json"
}

ours() {
  "$client" -B 20 -E "$work/server.conf,$work/server.number" "$@"
}

theirs() {
  timeout 30 "$venv/bin/aiocoap-client" --credentials "$work/credentials.json" "$@"
}

# gives_error CODE COMMAND... : exit code 1, and the code in what it says.
gives_error() {
  local code=0
  "${@:2}" >"$work/out" 2>&1 || code=$?
  [ "$code" -eq 1 ] && grep -qF "$1" "$work/out"
}

head -c 4000 /dev/zero | tr '\0' x >"$work/body"

contexts server b a
echo '{"next-to-send": 0, "received": "unknown"}' >"$work/server/sequence.json"
start_own
kill "$own_pid"
wait "$own_pid" 2>/dev/null || true
"$venv/bin/python" "$peer/oscore_server.py" 127.0.0.1 "${uri##*:}" "$work/server" \
  >"$work/log" 2>&1 &
started+=("$!")
wait_for 200 "$client" -B 2 "$uri/.well-known/core"
check 'our client: GET' has_text 'plain text' ours "$uri/test"
check 'our client: PUT in blocks' ours -m put -f "$work/body" "$uri/large-update"
check 'our client: GET in blocks' is_text "$(cat "$work/body")" ours "$uri/large-update"
check 'our client: observation' test "$(ours -w -s 7 "$uri/obs" | wc -l)" -ge 2
check 'our client: error' fails 3 '^4.04' ours "$uri/nowhere"

contexts client a b
start_own -E "$work/client.conf,$work/client.number"
printf '{"%s/*": {"oscore": {"basedir": "%s/"}}}\n' "$uri" "$work/client" >"$work/credentials.json"
check 'its client: GET' has_text '^a text' theirs "$uri/test"
check 'its client: PUT in blocks' theirs -m PUT --payload "@$work/body" "$uri/large-update"
check 'its client: GET in blocks' has_text '^x{4000}$' theirs "$uri/large-update"
check 'its client: error' gives_error '4.04' theirs "$uri/nowhere"
tap_end
