#!/usr/bin/env bash
# A stack of a hundred lines under the harness: it passes where it is right, runs twice to the same
# trace, and is caught when it answers what must not be answered.
set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seeds=$top_srcdir/corpus/seeds/session_udp_server

built() {
  TINY_BROKEN=$1 "$top_srcdir/fuzz/sut/build.sh" "$top_srcdir/fuzz/tests/tiny" "$top_builddir" \
    "$work/$1" session_udp_server
}

passes() {
  "$work/0/session_udp_server_replay" --trace "$seeds/get-con.session" "$seeds/ping.session" \
    "$seeds/tokens.session" >"$work/first"
  "$work/0/session_udp_server_replay" --trace "$seeds/get-con.session" "$seeds/ping.session" \
    "$seeds/tokens.session" >"$work/second"
  grep -q 'out .* ACK 5.01' "$work/first" && cmp "$work/first" "$work/second"
}

reads_all() {
  printf '%s\n' world 'observe count=5' 'message mid=0x0001' >"$work/many.session"
  "$work/0/session_udp_server_replay" --trace "$work/many.session" >"$work/log"
  [ "$(sed '/^2: /,$d' "$work/log" | grep -c 'out .* ACK 5.01')" -eq 3 ]
}

is_caught() {
  printf '%s\n' world 'message type=rst code=0.00 mid=0x0001' >"$work/reset.session"
  "$work/0/session_udp_server_replay" "$work/reset.session" &&
    ! "$work/1/session_udp_server_replay" "$work/reset.session" >"$work/log" 2>&1 &&
    grep '^oracle answers violated (RFC 7252 4.2)' "$work/log"
}

if ! grep -q '^engine=libfuzzer$' "$top_builddir/fuzz/build-flags"; then
  skip 'a tiny stack' 'configured without --enable-fuzzers=libfuzzer'
else
  check 'a tiny stack builds' built 0
  check 'it passes, twice alike' passes
  check 'what came together is read before time goes on' reads_all
  check 'broken, it builds' built 1
  check 'broken, it is caught' is_caught
fi
tap_end
