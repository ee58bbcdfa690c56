#!/usr/bin/env bash
# Libraries with (D)TLS broken on purpose: the stored inputs are enough for the oracle whose rule is
# broken to object.
set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# objects CANARY TARGET ORACLE
objects() {
  local input
  "$top_srcdir/fuzz/canaries/build.sh" "$top_srcdir/fuzz/canaries/$1.patch" "$2" \
    "$top_builddir" "$work/$1"
  for input in "$top_srcdir/corpus/seeds/$2"/*.session; do
    if ! "$work/$1/$2_replay" "$input" >"$work/log" 2>&1 && grep "^oracle $3 violated" "$work/log"; then
      return 0
    fi
  done
  return 1
}

if ! grep -q '^engine=libfuzzer$' "$top_builddir/fuzz/build-flags" ||
  ! grep -q '^tls=gnutls$' "$top_builddir/fuzz/build-flags"; then
  skip 'canaries of (D)TLS' 'configured without --enable-fuzzers=libfuzzer --with-tls=gnutls'
else
  check 'a session before the cookie: cookies' \
    objects session_before_cookie session_dtls_server cookies
  check 'messages as they are: secrecy' objects plain_on_the_wire session_dtls_server secrecy
  check 'a session that failed and is open: secured' \
    objects failed_and_open session_dtls_client secured
fi
tap_end
