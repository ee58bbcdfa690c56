#!/usr/bin/env bash
# Our programs and those of Debian's libcoap3-bin, both ways: discovery, all methods, observation,
# bodies in blocks, separate responses. TAP. Run by make check.
# shellcheck disable=SC2119  # start_own takes options here and there, not the script's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

theirs_server=coap-server-notls
theirs_client=coap-client-notls
for program in "$theirs_server" "$theirs_client"; do
  if ! command -v "$program" >/dev/null; then
    echo "1..0 # SKIP $program is not installed (package libcoap3-bin)"
    exit 0
  fi
done

head -c 5000 /dev/urandom >"$work/binary"

# Their server; sets $theirs.
start_theirs() {
  local port
  free_port
  theirs=coap://127.0.0.1:$port
  "$theirs_server" -A 127.0.0.1 -p "$port" -d 10 >/dev/null 2>&1 &
  started+=("$!")
  wait_for 100 is_bound "$port"
}

ours() {
  "$client" -B 20 "$@"
}

# Their client prints errors and ends with 0, and adds a line end.
asks() {
  "$theirs_client" -B 20 "$@"
}

start_theirs
check 'our client, their server: /' has_text 'made with libcoap' ours "$theirs/"
check 'our client, their server: / by NON' has_text 'made with libcoap' ours -N "$theirs/"
check 'our client, their server: /.well-known/core' has_text '</time>' \
  ours "$theirs/.well-known/core"
check 'our client, their server: PUT makes' is_text '' ours -m put -e made "$theirs/new"
check 'our client, their server: GET it' is_text made ours "$theirs/new"
check 'our client, their server: DELETE it' is_text '' ours -m delete "$theirs/new"
check 'our client, their server: it is gone' fails 3 '^4\.04' ours "$theirs/new"
check 'our client, their server: POST refused' fails 3 '^4\.05' ours -m post -e x "$theirs/"
check 'our client, their server: observe' bash -c \
  "[ \$('$client' -B 20 -w -s 3 '$theirs/time' | wc -l) -ge 3 ]"
check 'our client, their server: separate response' is_text 'done' ours "$theirs/async?1"
check 'our client, their server: large PUT' is_text '' \
  ours -m put -f "$work/binary" "$theirs/example_data"
check 'our client, their server: large GET' is_text '' \
  ours -o "$work/copy" "$theirs/example_data"
check 'our client, their server: large body is the same' same_file "$work/binary" "$work/copy"
check 'our client, their server: large PUT by 64' is_text '' \
  ours -b 64 -m put -f "$work/binary" "$theirs/example_data"
check 'our client, their server: large GET by 64' bash -c \
  "'$client' -B 20 -b 64 '$theirs/example_data' | cmp - '$work/binary'"

start_own
check 'their client, our server: /' has_text 'coapspec-server' asks -m get "$uri/"
check 'their client, our server: / by NON' has_text 'coapspec-server' asks -N -m get "$uri/"
check 'their client, our server: /.well-known/core' has_text '</test>' \
  asks -m get "$uri/.well-known/core"
check 'their client, our server: PUT' is_text '' asks -m put -e changed "$uri/test"
check 'their client, our server: GET it' is_text changed asks -m get "$uri/test"
check 'their client, our server: POST' has_text '^post ' asks -m post -e x "$uri/test"
check 'their client, our server: DELETE' is_text '' asks -m delete "$uri/test"
check 'their client, our server: 4.04' bash -c \
  "'$theirs_client' -B 20 '$uri/nothing' 2>&1 | grep -q '^4.04'"
check 'their client, our server: PUT makes' is_text '' asks -m put -e made "$uri/new"
check 'their client, our server: GET what it made' is_text made asks "$uri/new"
check 'their client, our server: observe' bash -c \
  "[ \$('$theirs_client' -B 20 -s 5 '$uri/obs' | grep -c '^count') -ge 3 ]"
check 'their client, our server: observe a large one' bash -c \
  "[ \$('$theirs_client' -B 20 -s 5 '$uri/obs-large' | grep -c '^count') -ge 2 ]"
check 'their client, our server: separate response' is_text 'an answer that took its time' \
  asks "$uri/separate"
check 'their client, our server: separate response by NON' is_text \
  'an answer that took its time' asks -N "$uri/separate"
check 'their client, our server: Accept' has_text '<thing>' asks -A 41 "$uri/multi-format"
check 'their client, our server: large GET' bash -c \
  "'$theirs_client' -B 20 '$uri/large' | grep -c '^line' | grep -qx 25"
check 'their client, our server: large PUT' is_text '' \
  asks -m put -f "$work/binary" "$uri/large-update"
check 'their client, our server: large GET of it' is_text '' \
  asks -o "$work/copy2" "$uri/large-update"
check 'their client, our server: large body is the same' same_file "$work/binary" "$work/copy2"
check 'their client, our server: large GET by 32' is_text '' \
  asks -b 32 -o "$work/copy3" "$uri/large-update"
check 'their client, our server: the same by 32' same_file "$work/binary" "$work/copy3"
# The same over TCP (RFC 8323).
tcp() {
  echo "coap+tcp://${1#coap://}"
}

theirs_tcp=$(tcp "$theirs")
check 'TCP: our client, their server: /' has_text 'made with libcoap' ours "$theirs_tcp/"
check 'TCP: our client, their server: PUT makes' is_text '' ours -m put -e made "$theirs_tcp/new2"
check 'TCP: our client, their server: GET it' is_text made ours "$theirs_tcp/new2"
check 'TCP: our client, their server: 4.05' fails 3 '^4\.05' ours -m post -e x "$theirs_tcp/"
check 'TCP: our client, their server: observe' bash -c \
  "[ \$('$client' -B 20 -w -s 3 '$theirs_tcp/time' | wc -l) -ge 3 ]"
check 'TCP: our client, their server: separate response' is_text 'done' \
  ours "$theirs_tcp/async?1"
check 'TCP: our client, their server: large PUT' is_text '' \
  ours -m put -f "$work/binary" "$theirs_tcp/example_data"
check 'TCP: our client, their server: large GET' bash -c \
  "'$client' -B 20 '$theirs_tcp/example_data' | cmp - '$work/binary'"
uri_tcp=$(tcp "$uri")
check 'TCP: their client, our server: /' has_text 'coapspec-server' asks -m get "$uri_tcp/"
check 'TCP: their client, our server: PUT' is_text '' asks -m put -e changed "$uri_tcp/test"
check 'TCP: their client, our server: GET it' is_text changed asks -m get "$uri_tcp/test"
check 'TCP: their client, our server: observe' bash -c \
  "[ \$('$theirs_client' -B 20 -s 5 '$uri_tcp/obs' | grep -c '^count') -ge 3 ]"
check 'TCP: their client, our server: separate response' is_text \
  'an answer that took its time' asks "$uri_tcp/separate"
check 'TCP: their client, our server: large PUT' is_text '' \
  asks -m put -f "$work/binary" "$uri_tcp/large-update"
check 'TCP: their client, our server: large GET of it' is_text '' \
  asks -o "$work/copy4" "$uri_tcp/large-update"
check 'TCP: their client, our server: the body is the same' same_file \
  "$work/binary" "$work/copy4"
tap_end
