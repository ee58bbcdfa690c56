#!/usr/bin/env bash
# The manual agrees with the library: names, prototypes, examples that compile, options of the
# programs. TAP. Run by make check.
set -euo pipefail
: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

man=$top_srcdir/lib/man
symbols=$top_builddir/lib/coap3.sym
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

pages() {
  PYTHONDONTWRITEBYTECODE=1 python3 "${pages_in:-$man}/pages.py" "$@"
}

has_nothing_to_mend() {
  mandoc -T lint -W warning "$1"
}

# What a reader copies out of a page must be a program, warnings being errors.
example_compiles() {
  pages example "$1" >"$scratch/example.c" || {
    echo "$1 shows no whole program under EXAMPLES"
    return 1
  }
  # shellcheck disable=SC2086  # CC and the flags are words
  "$top_builddir/libtool" --quiet --tag=CC --mode=link $TEST_CC $TEST_CFLAGS -std=c11 -Werror \
    -I"$top_srcdir/lib/include" -o "$scratch/example" "$scratch/example.c" \
    "$top_builddir/lib/libcoap-3.la"
}

# One that waits for nobody runs to its end, too: exit code 0.
example_runs() {
  example_compiles "$1"
  ! grep -q 'coap_io_process(\|coap_io_do' "$scratch/example.c" || return 0
  timeout 20 "$scratch/example"
}

# installed PAGE : make install knows of it.
installed() {
  grep -qF "lib/man/${1##*/}" "$man/man.am"
}

# listed PAGE : coapspec(7) leads to it.
listed() {
  local name=${1##*/}
  grep -q "^\.Xr ${name%.3} 3" "$man/coapspec.7"
}

# says_each_option PROGRAM : what --help lists, the page explains, and nothing else.
says_each_option() {
  diff <("$top_builddir/$1" --help | sed -n 's/^  -\([A-Za-z]\)[ ,].*/\1/p' | sort) \
    <(sed -n 's/^\.It Fl \([A-Za-z]\)\( .*\)*$/\1/p' "$man/$1.1" | sort)
}

# says_each_command : what coapspec --help lists, its page explains.
says_each_command() {
  local command
  while IFS= read -r command; do
    grep -q "^\.It Ql $command\$" "$man/coapspec.1" || {
      echo "coapspec(1) does not say what $command is"
      return 1
    }
  done < <(PYTHONDONTWRITEBYTECODE=1 python3 "$top_srcdir/conformance/coapspec" --help |
    sed -n -E 's/^    ([a-z]+)(  .*)?$/\1/p')
}

# differs COMMAND... : a copy of the manual that SCRIPT has broken is seen through.
differs() {
  local script=$1 page=$2
  shift 2
  rm -rf "${scratch:?}/lib"
  mkdir -p "$scratch/lib"
  cp -R "$top_srcdir/lib/include" "$man" "$scratch/lib/"
  chmod -R u+w "$scratch/lib"
  sed -i "$script" "$scratch/lib/man/$page"
  ! diff -q "$man/$page" "$scratch/lib/man/$page" >/dev/null || { echo "nothing broken"; return 1; }
  if pages_in=$scratch/lib/man pages "$@"; then
    echo "$page is broken by $script and pages.py $* does not see it"
    return 1
  fi
}

if ! command -v mandoc >/dev/null || ! command -v python3 >/dev/null; then
  skip 'the manual' 'mandoc and python3 are needed: install the packages mandoc and python3'
  tap_end
  exit
fi

check 'each exported function has its page, each name in a page is there' pages names "$symbols"
check 'each SYNOPSIS is what the headers declare' pages synopsis
for page in "$man"/*.[1-9]; do
  check "${page##*/}: mandoc has no warning" has_nothing_to_mend "$page"
  check "${page##*/}: is installed" installed "$page"
done
for page in "$man"/*.3; do
  check "${page##*/}: coapspec(7) leads to it" listed "$page"
  check "${page##*/}: its example compiles and, where it waits for nobody, runs" \
    example_runs "$page"
done
for program in coapspec-client coapspec-load coapspec-server; do
  check "$program(1): says each option" says_each_option "$program"
done
check 'coapspec(1): says each command' says_each_command

check 'a wrong prototype is seen' \
  differs 's/^\.Fa "coap_nack_reason_t reason"/.Fa "int reason"/' coap_session.3 synopsis
check 'a missing page is seen' \
  differs 's/coap_session_release/coap_session_freed/' coap_session.3 names "$symbols"
check 'a function that nothing is said of is seen' \
  differs 's/^\.Fn coap_session_get_ifindex/.Fn coap_session_get_type/' coap_session.3 names "$symbols"
tap_end
