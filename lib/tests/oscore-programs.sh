#!/usr/bin/env bash
# coapspec-server -E and coapspec-client -E: protected requests over real sockets, sequence numbers
# kept in files, wrong configurations. TAP. Run by make check.
# shellcheck disable=SC2119  # start_own takes options here and there, not the script's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

secret='master_secret,hex,"0102030405060708090a0b0c0d0e0f10"
master_salt,hex,"9e7ca92223786340"'

# conf NAME SENDER RECIPIENT [LINE...] : writes $work/NAME.
conf() {
  printf '%s\n' "$secret" "sender_id,ascii,\"$2\"" "recipient_id,ascii,\"$3\"" "${@:4}" >"$work/$1"
}

ask() {
  "$client" -B 20 "$@"
}

# logs PATTERN COMMAND... : fails, with a line on stderr that matches.
logs() {
  local pattern=$1
  shift
  ! "$@" 2>"$work/err" || return 1
  grep -qE -- "$pattern" "$work/err" || { cat "$work/err"; return 1; }
}

conf client client server
conf server server client
conf stranger nobody server
conf deaf client server 'break_recipient_key,bool,true'
conf nobody client server nonsense
printf '%s\n' "$secret" >"$work/half"
{
  printf 7
  head -c 5000 /dev/urandom
} >"$work/binary"

check 'client: no such file' fails 1 '-E /no/such/file: cannot read' \
  "$client" -E /no/such/file coap://127.0.0.1/
check 'client: an error in it' fails 1 'no OSCORE configuration' \
  "$client" -E "$work/nobody" coap://127.0.0.1/
check 'client: the line of the error' logs 'line 5: unknown keyword' \
  "$client" -v 4 -E "$work/nobody" coap://127.0.0.1/
check 'client: half of it' fails 1 'no OSCORE configuration' \
  "$client" -E "$work/half" coap://127.0.0.1/
check 'client: a group' fails 1 'group' "$client" -E "$work/client" coap://224.0.1.187/
check 'client: no number in the file' fails 1 'no sequence number' \
  "$client" -E "$work/client,$work/binary" coap://127.0.0.1/
check 'server: no such file' fails 1 '-E /no/such/file: cannot read' \
  "$server" -A 127.0.0.1 -p 0 -E /no/such/file

start_own -E "$work/server,$work/server.seq"
protected=(-E "$work/client,$work/client.seq")
check 'GET' has_text '^a text' ask "${protected[@]}" "$uri/test"
check 'number is kept' test "$(cat "$work/client.seq")" -ge 1
check 'GET again, with the next number' has_text '^a text' ask "${protected[@]}" "$uri/test"
check 'number goes on' test "$(cat "$work/client.seq")" -ge 2
check 'large body' ask "${protected[@]}" -o "$work/large" "$uri/large"
check 'large body as unprotected' is_text "$(cat "$work/large")" ask "$uri/large"
check 'PUT in blocks' ask "${protected[@]}" -m put -t octet-stream -f "$work/binary" \
  "$uri/large-update"
check 'GET of it' ask "${protected[@]}" -o "$work/back" "$uri/large-update"
check 'the same bytes' same_file "$work/binary" "$work/back"
check 'NON with Q-Block allowed' ask "${protected[@]}" -N -L 7 -m put -t octet-stream \
  -f "$work/binary" "$uri/large-update"
check 'GET of it, NON with Q-Block allowed' ask "${protected[@]}" -N -L 7 -o "$work/back" \
  "$uri/large-update"
check 'the same bytes again' same_file "$work/binary" "$work/back"
check 'separate response' has_text 'took its time' ask "${protected[@]}" "$uri/separate"
check 'observation' test "$(ask "${protected[@]}" -w -s 5 "$uri/obs" | wc -l)" -ge 2
check 'error from the resource' fails 3 '^4.04' ask "${protected[@]}" "$uri/nowhere"
check 'a stranger' fails 3 '^4.01 Security context not found' \
  ask -E "$work/stranger" "$uri/test"
check 'numbers that were used' fails 3 '^4.01 Replay detected' ask -E "$work/client" "$uri/test"
tcp=coap+tcp${uri#coap}
check 'GET over TCP' has_text '^a text' ask "${protected[@]}" "$tcp/test"
check 'PUT over TCP' ask "${protected[@]}" -m put -t octet-stream -f "$work/binary" \
  "$tcp/large-update"
check 'GET of it over TCP' ask "${protected[@]}" -o "$work/back" "$tcp/large-update"
check 'the same bytes over TCP' same_file "$work/binary" "$work/back"
check 'observation over TCP' test "$(ask "${protected[@]}" -w -s 5 "$tcp/obs" | wc -l)" -ge 2
check 'a stranger over TCP' fails 3 '^4.01 Security context not found' \
  ask -E "$work/stranger" "$tcp/test"
check 'unprotected beside it' has_text '^a text' ask "$uri/test"
check 'who cannot read the answer' fails 1 'no answer' \
  ask -B 3 -E "$work/deaf,$work/client.seq" "$uri/test"

# A server that starts anew asks for an Echo; its own numbers go on.
before=$(cat "$work/server.seq")
kill "$own_pid"
wait "$own_pid" || true
start_own -E "$work/server,$work/server.seq"
check 'after a restart' has_text '^a text' ask "${protected[@]}" "$uri/test"
check 'server goes on' test "$(cat "$work/server.seq")" -gt "$before"
tap_end
