#!/usr/bin/env bash
# A library broken on purpose, giving a reference back twice, is caught within ten seconds; what
# the fuzzer leaves behind shows the bug again, repeats, and opens in tshark.
set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=session_udp_server

built() {
  "$top_srcdir/fuzz/canaries/build.sh" "$top_srcdir/fuzz/canaries/release_twice.patch" "$target" \
    "$top_builddir" "$work"
}

caught() {
  ! "$work/${target}_fuzzer" -max_total_time=10 -artifact_prefix="$work/" -seed=1 \
    "$work/corpus" "$top_builddir/fuzz/corpus/$target" >"$work/log" 2>&1 || return 1
  [ -n "$(crash)" ] || {
    tail -n 30 "$work/log"
    return 1
  }
}

crash() {
  find "$work" -maxdepth 1 -name 'crash-*' | head -n1
}

# The broken library fails on it again, the sound one does not.
reproduces() {
  ! "$work/${target}_replay" "$(crash)" >"$work/replay.log" 2>&1 &&
    grep -qE 'AddressSanitizer|oracle .* violated' "$work/replay.log" &&
    "$top_builddir/fuzz/${target}_replay" "$(crash)"
}

repeats() {
  "$top_builddir/fuzz/${target}_replay" --hash "$(crash)" >"$work/first"
  "$top_builddir/fuzz/${target}_replay" --hash "$(crash)" >"$work/second"
  grep -q '^trace-hash: ' "$work/first" && cmp "$work/first" "$work/second"
}

opens() {
  "$top_builddir/fuzz/session-convert" "$(crash)" "$work/crash.pcapng"
  tshark -r "$work/crash.pcapng" -T fields -e ip.src -e ipv6.src -e udp.dstport 2>/dev/null |
    grep -q 5683
}

if [ ! -x "$top_builddir/fuzz/${target}_fuzzer" ] || ! grep -q '^engine=libfuzzer$' \
  "$top_builddir/fuzz/build-flags"; then
  skip 'canary release_twice' 'configured without --enable-fuzzers=libfuzzer'
else
  mkdir "$work/corpus"
  check 'the broken library builds' built
  check 'the fuzzer finds it within ten seconds' caught
  check 'its input fails on the broken library alone' reproduces
  check 'its input repeats with one trace hash' repeats
  if command -v tshark >/dev/null; then
    check 'its input opens in tshark' opens
  else
    skip 'its input opens in tshark' 'tshark is not installed'
  fi
fi
tap_end
