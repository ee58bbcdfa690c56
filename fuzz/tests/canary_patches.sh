#!/usr/bin/env bash
# Every planted bug says what it is and applies to the sources as they are, and compiles.
set -euo pipefail
: "${top_srcdir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

classes='amplification|double release|duplicate delivery|integer overflow|leak|lost NACK|lost answer'
classes+='|null|out of bounds|parser disagreement|replay|secrecy|timer|unbounded memory'
classes+='|use after free|wrong match|wrong state'

# has_line PATCH PATTERN : in the head of the patch.
has_line() {
  sed '/^--- /q' "$1" | grep -qxE "$2" || {
    printf '%s: no line "%s" in its head\n' "$1" "$2"
    return 1
  }
}

says_what_it_is() {
  local patch pattern target targets
  for patch in "$top_srcdir"/fuzz/canaries/*.patch; do
    for pattern in "Class: ($classes)" 'Layer: (wire|session|exchange|secure|api)' \
      'Transport: .+' 'Targets: .+' 'Like: .+' 'Seen by: .+' '[A-Z][A-Za-z-]* [^:]+( .*)?'; do
      has_line "$patch" "$pattern" || return 1
    done
    read -ra targets < <(sed -n 's/^Targets: //p' "$patch")
    for target in "${targets[@]}"; do
      [ -f "$top_srcdir/fuzz/targets/$target.c" ] || {
        printf '%s: no target %s\n' "$patch" "$target"
        return 1
      }
    done
  done
}

# Of the library only, and all of its hunks.
applies() {
  local patch
  for patch in "$top_srcdir"/fuzz/canaries/*.patch; do
    if grep -E '^(---|\+\+\+) ' "$patch" | grep -vE '^(---|\+\+\+) [ab]/lib/'; then
      printf '%s: patches more than lib/\n' "$patch"
      return 1
    fi
    patch --dry-run --force --silent --fuzz=0 -p1 -d "$top_srcdir" <"$patch" || {
      printf '%s: does not apply\n' "$patch"
      return 1
    }
  done
}

# The target makes no difference to that.
compiles() {
  local patch work
  work=$(mktemp -d)
  for patch in "$top_srcdir"/fuzz/canaries/*.patch; do
    "$top_srcdir/fuzz/canaries/build.sh" "$patch" none . "$work" check || {
      rm -rf "$work"
      printf '%s: does not compile\n' "$patch"
      return 1
    }
  done
  rm -rf "$work"
}

are_enough() {
  [ "$(find "$top_srcdir/fuzz/canaries" -name '*.patch' | wc -l)" -ge 40 ]
}

check 'each says its class, layer, transport, targets, model and who sees it' says_what_it_is
check 'each applies to the sources' applies
check 'each compiles' compiles
check 'there are forty at least' are_enough
tap_end
