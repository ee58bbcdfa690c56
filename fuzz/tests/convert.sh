#!/usr/bin/env bash
# session-convert from outside: what it writes tshark reads, and what it cannot read it says.
set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

convert=$top_builddir/fuzz/session-convert
corpus=$top_srcdir/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# each_folder FUNCTION : with $work/bytes/ and $work/again/ empty, and all programs of the folder.
each_folder() {
  local folder
  for folder in "$corpus"/*/session_udp_*/; do
    rm -rf "$work"/{bytes,between,again}
    mkdir "$work"/{bytes,between,again}
    "$convert" --to bytes "$folder"*.session "$work/bytes/" &&
      "$1" "$folder" && diff -r "$work/bytes" "$work/again" || return 1
  done
}

# text -> bytes -> text gives the program again, whatever the file.
through_text() {
  "$convert" --to text "$work"/bytes/* "$work/between/" &&
    "$convert" --to bytes "$work"/between/*.session "$work/again/"
}

through_captures() {
  "$convert" --to pcapng "$1"*.session "$work/between/" &&
    "$convert" --to bytes "$work"/between/*.pcapng "$work/again/"
}

tshark_reads() {
  local family=$1 fields
  printf 'world family=%s\n%s\n%s\n%s\n' "$family" \
    'message peer=1 code=get mid=0x1234 token=aabb uri-path="test"' 'advance ms=1500' \
    'message type=non code=post mid=0x1235 payload="odd"' >"$work/t.session"
  "$convert" "$work/t.session" "$work/t.pcapng"
  fields=$(tshark -r "$work/t.pcapng" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE \
    -T fields -e frame.time_relative -e coap.mid -e coap.code -e udp.checksum.status 2>/dev/null)
  [ "$fields" = "$(printf '0.000000000\t4660\t1\t1\n1.500000000\t4661\t2\t1')" ] || {
    printf 'tshark says: %s\n' "$fields"
    return 1
  }
}

# refused CODE PATTERN ARGUMENT... : exit code, one line that matches, and no output file.
refused() {
  local code=$1 pattern=$2 got=0
  shift 2
  rm -f "$work/none"
  "$convert" "$@" "$work/none" 2>"$work/err" || got=$?
  [ "$got" -eq "$code" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q "$pattern" "$work/err" &&
    [ ! -e "$work/none" ] && return
  printf 'exit %s, says: ' "$got"
  cat "$work/err"
  return 1
}

keeps_old_output() {
  printf 'old\n' >"$work/kept"
  ! "$convert" "$work/broken.pcapng" "$work/kept" 2>/dev/null && [ "$(cat "$work/kept")" = old ]
}

printf 'world\nmessage peer=9\n' >"$work/bad.session"
printf 'world\nmessage code=get mid=0x0001\n' >"$work/good.session"
"$convert" "$work/good.session" "$work/whole.pcapng"
head -c 150 "$work/whole.pcapng" >"$work/broken.pcapng"
printf 'no capture at all' >"$work/wrong.pcapng"
printf 'world\nmessage type=ack mid=0x0001\n' >"$work/silent.session"
"$convert" "$work/silent.session" "$work/silent.bin"

check 'text survives the way through bytes' each_folder through_text
check 'programs survive the way through captures' each_folder through_captures
if command -v tshark >/dev/null; then
  check 'tshark reads IPv4 captures' tshark_reads ipv4
  check 'tshark reads IPv6 captures' tshark_reads ipv6
else
  skip 'tshark reads captures' 'tshark is not installed'
fi
check 'bad text: line, column, expectation' \
  refused 1 'line 2, column 14: expected a number 0..7' "$work/bad.session"
check 'cut capture: offset, expectation' \
  refused 1 'offset [0-9]*: expected' "$work/broken.pcapng"
check 'no capture: offset 0' refused 1 'offset 0: expected a pcapng or pcap' "$work/wrong.pcapng"
check 'missing input' refused 1 'No such file' "$work/missing.session"
check 'unknown format' refused 2 "unknown output format 'xml'" --to xml "$work/good.session"
check 'unknown role' refused 2 "unknown role 'proxy'" --role proxy "$work/good.session"
check 'bad port' refused 2 "not a port '70000'" --port 70000 "$work/good.session"
check 'a failed conversion leaves the old file' keeps_old_output
tap_end
