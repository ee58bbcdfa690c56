#!/usr/bin/env bash
# Replays every stored input through the sanitizer replayers; TAP, one test an
# input (one for all that a target's campaigns have reached). Run by make check,
# which says where things are.
#
# usage: top_srcdir=DIR top_builddir=DIR ci/checks/replay.sh
#
# exit: 0 all ran clean, 1 not
set -euo pipefail
: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
. "$top_srcdir/ci/lib/tap.sh"

for target in "$top_srcdir"/fuzz/targets/*.c; do
  target=$(basename "$target" .c)
  # Targets of (D)TLS are not built without it.
  if [[ $target = @(session_dtls_*|session_tls|session_wss|pki_load) ]] && ! grep -q '^tls=gnutls$' "$top_builddir/fuzz/build-flags"; then
    skip "$target" 'configured without --with-tls=gnutls'
    continue
  fi
  for kind in seeds recorded regressions; do
    folder=$top_srcdir/corpus/$kind/$target
    [ -d "$folder" ] || continue
    while IFS= read -r input; do
      check "$target: $kind/$(basename "$input")" \
        "$top_builddir/fuzz/${target}_replay" "$input"
    done < <(find "$folder" -type f ! -name README.md | sort)
  done
  # Hundreds, none of which anybody has written: together.
  folder=$top_srcdir/corpus/reached/$target
  [ ! -d "$folder" ] || check "$target: all of reached/" \
    "$top_builddir/fuzz/${target}_replay" "$folder"
done
# A corpus that got lost must not look like one that ran clean.
check "there is a corpus to replay" test "$tap_count" -gt 0
tap_end
