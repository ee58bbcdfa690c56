#!/usr/bin/env bash
# coapspec-server and coapspec-client as programs: what they print, their exit codes, what they say
# about wrong usage; each plugtest resource. TAP. Run by make check.
# shellcheck disable=SC2119  # start_own takes options here and there, not the script's
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

ask() {
  "$client" -B 20 "$@"
}

head -c 5000 /dev/urandom >"$work/binary"
for ((line = 0; line < 150; line++)); do
  echo "line $line of some text"
done >"$work/text"
tr '[:lower:]' '[:upper:]' <"$work/text" >"$work/capitals"

# The command lines.
check 'client: --help' has_text '^usage: coapspec-client' "$client" --help
check 'client: --version' has_text '^coapspec-client ' "$client" --version
check 'client: --version names the TLS library' has_text '^TLS Library: .*\)$' "$client" --version
check 'client: no URI' fails 2 'URI is missing' "$client"
check 'client: two URIs' fails 2 'more than one' "$client" a b
check 'client: unknown option' fails 2 '^coapspec-client: -Q: no such option' "$client" -Q x
check 'client: missing value' fails 2 '-v: a value is missing' "$client" -v
check 'client: unknown method' fails 2 '-m jump' "$client" -m jump coap://127.0.0.1/
check 'client: bad block size' fails 2 '-b 33' "$client" -b 33 coap://127.0.0.1/
check 'client: bad percent sign' fails 2 '-e %zz' "$client" -e %zz coap://127.0.0.1/
check 'client: bad option number' fails 2 '-O 70000,x' "$client" -O 70000,x coap://127.0.0.1/
check 'client: bad hex token' fails 2 '-T 0xz' "$client" -T 0xz coap://127.0.0.1/
check 'client: bad content format' fails 2 '-t what' "$client" -t what coap://127.0.0.1/
check 'client: bad time' fails 2 '-B 0' "$client" -B 0 coap://127.0.0.1/
check 'client: observing a PUT' fails 2 '-s' "$client" -s 2 -m put coap://127.0.0.1/
check 'client: malformed URI' fails 2 'coap://\[::1: not a URI' "$client" 'coap://[::1'
check 'client: path only' fails 2 'not a URI' "$client" /test
check 'client: no such scheme' fails 2 'coapx://' "$client" coapx://127.0.0.1/
# Whether the library has (D)TLS or not is told as such: not built in, or nobody there.
check 'client: nobody speaks DTLS there' bash -c \
  "'$client' -B 5 -k secret coaps://127.0.0.1:9/ 2>&1 | grep -E 'not built in|nothing listens'"
check 'client: unresolvable host' fails 1 'no address for host' "$client" coap://host.invalid/
check 'client: unreadable file' fails 1 '-f /no/such/file: cannot read' \
  "$client" -f /no/such/file coap://127.0.0.1/
check 'server: --help' has_text '^usage: coapspec-server' "$server" --help
check 'server: --version' has_text '^coapspec-server ' "$server" --version
check 'server: unknown option' fails 2 '-Z: no such option' "$server" -Z
check 'server: bad port' fails 2 '-p 70000' "$server" -p 70000
check 'server: stray argument' fails 2 'stray' "$server" stray
check 'server: unknown address' fails 1 '-A host.invalid' "$server" -A host.invalid
check 'server: foreign address' fails 1 'cannot listen on 192.0.2.1' "$server" -A 192.0.2.1 -p 0
check 'server: not a group' fails 1 '-g 127.0.0.1' "$server" -A 127.0.0.1 -p 0 -g 127.0.0.1
check 'server: unknown interface' fails 1 'nosuchif' \
  "$server" -A 127.0.0.1 -p 0 -g 224.0.1.187,nosuchif

start_own
check 'server: port taken' fails 1 'cannot listen on .*in use' "$server" -A 127.0.0.1 -p "${uri##*:}"

# The resources.
check '/' has_text 'coapspec-server' ask "$uri/"
check '/ by NON' has_text 'coapspec-server' ask -N "$uri/"
check '/.well-known/core' has_text '</test>' ask "$uri/.well-known/core"
check '/.well-known/core?rt=Type1' has_text '^</link1>;[^,]*,</link3>;[^,]*$' \
  ask "$uri/.well-known/core?rt=Type1"
check '/.well-known/core?href=/link*' has_text '^</link1>.*</link2>.*</link3>[^<]*$' \
  ask "$uri/.well-known/core?href=/link*"
check '/.well-known/core?if=If*' has_text '^</link1>[^<]*</link2>[^<]*$' \
  ask "$uri/.well-known/core?if=If*"
check '/.well-known/core?sz=*' has_text '^</large>[^<]*$' ask "$uri/.well-known/core?sz=*"
check '/test PUT' is_text '' ask -m put -e 'new%20text' -t 0 "$uri/test"
check '/test GET' is_text 'new text' ask "$uri/test"
check '/test POST creates' has_text '^post 1$' ask -m post -e made "$uri/test"
check '/test POST created there' is_text made ask "$uri/location1/location2/location3"
check '/test DELETE' is_text '' ask -m delete "$uri/test"
check '/test is back' has_text 'GET, POST' ask "$uri/test"
check '/seg1/seg2/seg3' is_text 'three segments' ask "$uri/seg1/seg2/seg3"
check '/query' is_text $'first=1\nsecond=2' ask "$uri/query?first=1&second=2"
check '/separate by CON' is_text 'an answer that took its time' ask "$uri/separate"
check '/separate by NON' is_text 'an answer that took its time' ask -N "$uri/separate"
check '/location-query' has_text 'location \?second=2' \
  bash -c "'$client' -B 20 -v 6 -m post -e x '$uri/location-query' 2>&1"
check '/multi-format as text' is_text 'one thing in two formats' ask -A 0 "$uri/multi-format"
check '/multi-format as XML' has_text '<thing>' ask -A xml "$uri/multi-format"
check '/multi-format as CBOR' fails 3 '^4\.06' ask -A cbor "$uri/multi-format"
check '/create1 is not there' fails 3 '^4\.04' ask "$uri/create1"
check '/create1 If-None-Match' is_text '' ask -m put -O 5, -e one "$uri/create1"
check '/create1 If-None-Match again' fails 3 '^4\.12' ask -m put -O 5, -e two "$uri/create1"
check '/create1 unchanged' is_text one ask "$uri/create1"
check '/create1 DELETE' is_text '' ask -m delete "$uri/create1"
check '/validate If-Match of another' fails 3 '^4\.12' \
  ask -m put -O 1,0x0102030405060708 -e x "$uri/validate"
check '/validate If-Match of any' is_text '' ask -m put -O 1, -e 'other text' "$uri/validate"
check '/validate changed' is_text 'other text' ask "$uri/validate"
etag=$("$client" -B 20 -v 7 "$uri/validate" 2>&1 | sed -n 's/.*ETag:\([0-9a-f]*\).*/\1/p')
check '/validate has an ETag' test -n "$etag"
check '/validate ETag: 2.03' has_text '2\.03 from' \
  bash -c "'$client' -B 20 -v 6 -O 4,0x01 -O 4,0x$etag '$uri/validate' 2>&1"
check '/validate If-Match of the current' is_text '' \
  ask -m put -O "1,0x$etag" -e 'third text' "$uri/validate"
check '/validate If-Match of the former' fails 3 '^4\.12' \
  ask -m put -O "1,0x$etag" -e 'fourth text' "$uri/validate"
check '/validate ETag of the former: 2.05' is_text 'third text' ask -O "4,0x$etag" "$uri/validate"
for number in 1 2 3; do
  check "/link$number" is_text "link $number" ask "$uri/link$number"
  check "/path/sub$number" is_text "/path/sub$number" ask "$uri/path/sub$number"
done
check '/path' has_text '</path/sub2>' ask "$uri/path"
check '/alternate' has_text '<thing>' ask "$uri/alternate"

# Bodies in blocks.
check '/large' bash -c "'$client' -B 20 '$uri/large' | grep -c '^line' | grep -qx 25"
check '/large by blocks of 16' bash -c "'$client' -B 20 -b 16 '$uri/large' | wc -c | grep -qx 1600"
check '/large-update PUT' is_text '' ask -m put -f "$work/binary" -t 42 "$uri/large-update"
check '/large-update GET to a file' is_text '' ask -o "$work/copy" "$uri/large-update"
check '/large-update is the same' same_file "$work/binary" "$work/copy"
check '/large-update by blocks of 64' is_text '' \
  ask -b 64 -m put -f "$work/text" "$uri/large-update"
check '/large-update changed' bash -c \
  "'$client' -B 20 -b 128 '$uri/large-update' | cmp - '$work/text'"
check '/large-create' is_text '' ask -m post -f "$work/binary" "$uri/large-create"
check '/large-create made one' bash -c \
  "'$client' -B 20 '$uri/large-create/1' | cmp - '$work/binary'"
check '/large-post' bash -c \
  "'$client' -B 20 -m post -f - '$uri/large-post' <'$work/text' | cmp - '$work/capitals'"

# Observation: all at once, since each takes its time.
observed=(obs obs-non obs-large obs-pumping obs-pumping-non)
observers=()
for path in "${observed[@]}"; do
  "$client" -B 20 -s 5 "$uri/$path" >"$work/$path" 2>&1 &
  observers+=("$!")
done
wait "${observers[@]}" || true
for path in "${observed[@]}"; do
  check "/$path changes" bash -c "[ \$(grep -c '^count' '$work/$path') -ge 3 ]"
done
check '/obs-pumping was large and small' bash -c \
  "[ \$(grep -c '^line 39' '$work/obs-pumping') -lt \$(grep -c '^count' '$work/obs-pumping') ] &&
   grep -q '^line 39' '$work/obs-pumping'"

# ends_observation CODE REQUEST... : observes /obs until the request makes the server end it.
ends_observation() {
  local wanted=$1 code=0 observer
  shift
  "$client" -B 20 -s 15 "$uri/obs" >"$work/out" 2>"$work/err" &
  observer=$!
  wait_for 50 grep -q count "$work/out"
  ask "$@" "$uri/obs"
  wait "$observer" || code=$?
  cat "$work/err"
  [ "$code" -eq 3 ] && grep -q "^$wanted" "$work/err"
}
check '/obs ends with 4.06 when its format changes' ends_observation 4.06 -m put -t 50 -e '{}'
check '/obs has the other format' is_text '{}' ask -A 50 "$uri/obs"
obs_is_back() {
  ask "$uri/obs" | grep -q count
}
ask -m delete "$uri/obs"
check '/obs comes back after DELETE' wait_for 80 obs_is_back
check '/obs ends with 4.04 when it is deleted' ends_observation 4.04 -m delete

# The client's own ways.
check 'client: error response' fails 3 '^4\.04 Not Found$' ask "$uri/nothing"
check 'client: method not allowed' fails 3 '^4\.05' ask -m delete "$uri/"
check 'client: an error makes no file' bash -c \
  "! '$client' -B 20 -o '$work/none' '$uri/nothing' 2>/dev/null && [ ! -e '$work/none' ]"
check 'client: an error leaves a file alone' bash -c \
  "echo kept >'$work/kept'; ! '$client' -B 20 -o '$work/kept' '$uri/nothing' 2>/dev/null
   [ \"\$(cat '$work/kept')\" = kept ]"
check 'client: unwritable file' fails 1 '-o /no/such/folder/f: cannot write' \
  ask -o /no/such/folder/f "$uri/"
check 'client: output to a device' is_text '' ask -o /dev/null "$uri/"
check 'client: the device is still one' test -c /dev/null
check 'client: newline' bash -c "'$client' -B 20 -w '$uri/link1' | wc -l | grep -qx 1"
check 'client: token' is_text 'link 1' ask -T cafe "$uri/link1"
check 'client: empty token' is_text 'link 1' ask -T '' "$uri/link1"
check 'client: repeat' bash -c "[ \$('$client' -B 20 -w -G 2 '$uri/link1' | wc -l) -eq 2 ]"
check 'client: unknown critical option' fails 3 '^4\.02' ask -O 65001,x "$uri/link1"
check 'client: unknown elective option' is_text 'link 1' ask -O 65000,x "$uri/link1"
check 'client: a lost request is repeated' is_text 'link 1' ask -l 1 "$uri/link1"
check 'client: nobody there' fails 1 'nothing listens there' ask coap://127.0.0.1:9/
check 'client: silence' fails 1 'no answer in time' "$client" -B 1 -l 100% "$uri/link1"

# Resources that clients make.
check 'PUT makes a resource' is_text '' ask -m put -e made "$uri/a/b"
check 'it is there' is_text made ask "$uri/a/b"
check 'it is listed' has_text '</a/b>' ask "$uri/.well-known/core"
check 'DELETE removes it' is_text '' ask -m delete "$uri/a/b"
check 'it is gone' fails 3 '^4\.04' ask "$uri/a/b"
check 'If-Match on what is not there' fails 3 '^4\.12' ask -m put -O 1, -e x "$uri/a/b"

# Its end.
kill -TERM "$own_pid"
code=0
wait "$own_pid" || code=$?
check 'server: exit 0 on SIGTERM' test "$code" -eq 0
check 'server: silent at its default level' test ! -s "$work/server.log"

start_own -d 1 -e
check 'server -e: PUT is echoed' is_text sent ask -m put -e sent "$uri/test"
check 'server -d 1: one resource' is_text '' ask -m put -e x "$uri/one"
check 'server -d 1: not two' fails 3 '^4\.03' ask -m put -e x "$uri/two"
check 'server -d 1: room again' is_text '' ask -m delete "$uri/one"
check 'server -d 1: another' is_text '' ask -m put -e x "$uri/two"
kill -INT "$own_pid"
code=0
wait "$own_pid" || code=$?
check 'server: exit 0 on SIGINT' test "$code" -eq 0

# Over TCP, on the port that UDP has.
start_own
uri_tcp=coap+tcp://${uri#coap://}
check 'TCP: /' has_text 'coapspec-server' ask "$uri_tcp/"
check 'TCP: 4.04' fails 3 '^4\.04' ask "$uri_tcp/nothing"
check 'TCP: a large body in one message' is_text '' \
  ask -m put -f "$work/binary" "$uri_tcp/large-update"
check 'TCP: and back' bash -c "'$client' -B 20 '$uri_tcp/large-update' | cmp - '$work/binary'"
check 'TCP: separate response' is_text 'an answer that took its time' ask "$uri_tcp/separate"
check 'TCP: observe' bash -c "[ \$('$client' -B 20 -w -s 5 '$uri_tcp/obs' | grep -c '^count') -ge 2 ]"
check 'TCP: from a local address' has_text 'coapspec-server' ask -a 127.0.0.1 "$uri_tcp/"
check 'TCP: nobody listens' fails 1 'no answer|could not|not' ask coap+tcp://127.0.0.1:1/

# Over WebSockets.
start_own -W 0
wait_for 100 grep -q coap+ws "$work/ready"
uri_ws=$(sed -n 's/^coapspec-server: listening on \(coap+ws.*\)/\1/p' "$work/ready")
uri=$(sed -n '1s/^coapspec-server: listening on //p' "$work/ready")
check 'WebSockets: /' has_text 'coapspec-server' ask "$uri_ws/"
check 'WebSockets: 4.04' fails 3 '^4\.04' ask "$uri_ws/nothing"
check 'WebSockets: a large body in one message' is_text '' \
  ask -m put -f "$work/binary" "$uri_ws/large-update"
check 'WebSockets: and back' bash -c "'$client' -B 20 '$uri_ws/large-update' | cmp - '$work/binary'"
check 'WebSockets: observe' bash -c \
  "[ \$('$client' -B 20 -w -s 5 '$uri_ws/obs' | grep -c '^count') -ge 2 ]"
check 'WebSockets: no upgrade where CoAP is spoken' fails 1 '.' ask "coap+ws://${uri#coap://}/"
check 'server: bad WebSocket port' fails 2 '-W x' "$server" -W x
tap_end
