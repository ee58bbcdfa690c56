#!/usr/bin/env bash
# Each function that libcoap 4.3.4's manual or its library's symbols name (api_names.txt) is declared
# by coap.h, as a function or a macro, and can be linked. TAP. Run by make check.
set -euo pipefail
: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

names=$top_srcdir/lib/tests/api_names.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

preprocess() {
  # shellcheck disable=SC2086  # CC and the flags are words
  printf '#include <coap3/coap.h>\n' | $TEST_CC -I"$top_srcdir/lib/include" "$@" -x c -
}

macros() {
  preprocess -E -dM | sed -n 's/^#define \(coap_[a-z0-9_]*\)(.*/\1/p' | sort -u
}

functions() {
  comm -23 "$names" <(macros)
}

are_declared() {
  local missing
  missing=$(functions | comm -23 - "$top_builddir/lib/coap3.sym")
  [ -z "$missing" ] || {
    printf 'not declared: %s\n' "$missing"
    return 1
  }
}

# Takes the address of each: what is declared under another type or is not exported does not pass.
can_be_linked() {
  {
    printf '#include <coap3/coap.h>\nextern void (*volatile all[])(void);\n'
    printf 'void (*volatile all[])(void) = {\n'
    functions | comm -12 - "$top_builddir/lib/coap3.sym" | sed 's/.*/(void (*)(void))&,/'
    printf '};\nint main(void) { return all[0] == NULL; }\n'
  } >"$scratch/all.c"
  # shellcheck disable=SC2086  # CC and the flags are words
  "$top_builddir/libtool" --quiet --tag=CC --mode=link $TEST_CC $TEST_CFLAGS \
    -Wno-deprecated-declarations -I"$top_srcdir/lib/include" -o "$scratch/all" "$scratch/all.c" \
    "$top_builddir/lib/libcoap-3.la"
  "$scratch/all"
}

# C++ programs include the same header.
is_cplusplus() {
  printf '#include <coap3/coap.h>\nint main() { return coap_is_mcast(nullptr); }\n' |
    g++ -std=c++17 -Wall -Wextra -Werror -I"$top_srcdir/lib/include" -fsyntax-only -x c++ -
}

check 'each function of the manual is declared' are_declared
check 'each function that is declared can be linked' can_be_linked
if command -v g++ >/dev/null; then
  check 'coap.h is C++, too' is_cplusplus
else
  skip 'coap.h is C++, too' 'no g++'
fi
tap_end
