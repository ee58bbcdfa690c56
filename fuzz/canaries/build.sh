#!/usr/bin/env bash
# Builds fuzz targets on a library broken by a patch.
#
# usage: fuzz/canaries/build.sh PATCH TARGET BUILD-FOLDER OUTPUT-FOLDER [fuzzer|replay|check]
#
# The patch (paths from the top, files of lib/ only) is applied to a copy; the patched C files, and
# those that its line "Compile:" names, are compiled and linked before BUILD-FOLDER's own objects,
# so that theirs stay out; all else, the target too, is what BUILD-FOLDER has. Leaves
# OUTPUT-FOLDER/TARGET_fuzzer and TARGET_replay, or only that which is asked for; what is there and
# newer than all that it is made of stays. "check" compiles without leaving anything but the patched
# sources. The sources of the library are not touched.
#
# exit: 0 built, 1 the patch does not apply or does not compile, 2 usage
set -euo pipefail

if [ $# -lt 4 ] || [ $# -gt 5 ]; then
  sed -n 's/^# usage: /usage: /p' "$0" >&2
  exit 2
fi
patch=$(realpath "$1") target=$2 build=$(realpath "$3") only=${5:-}
mkdir -p "$4"
output=$(realpath "$4")
top=$(cd "$(dirname "$0")/../.." && pwd)

# shellcheck source-path=SCRIPTDIR source=../tools/link_lib.sh
. "$top/fuzz/tools/link_lib.sh"
# Patched headers come before those of the sources.
read_build_flags "$top" "$build" "-I$output/src/lib"

mapfile -t patched < <(sed -n 's,^+++ b/,,p' "$patch" | cut -f1)
mapfile -t compiled < <({
  printf '%s\n' "${patched[@]}" | grep '\.c$' || true
  sed -n '/^--- /q;s/^Compile: *//p' "$patch" | tr ' ' '\n' | grep . || true
} | sort -u)

if [ "${#compiled[@]}" -eq 0 ]; then
  echo "$patch: nothing is compiled with it: which files are to be, its line \"Compile:\" says" >&2
  exit 1
fi

# up_to_date OBJECT SOURCE : nothing that it is made of is newer.
up_to_date() {
  [ "$1" -nt "$patch" ] && [ "$1" -nt "$top/$2" ] && [ "$1" -nt "$build/fuzz/build-flags" ] &&
    [ "$1" -nt "$build/lib/.libs/liblogic.a" ] # newer when a header has changed
}

objects=() stale=no
for file in "${compiled[@]}"; do
  object=$output/$(basename "$file" .c).o
  objects+=("$object")
  up_to_date "$object" "$file" || stale=yes
done
if [ "$stale" = yes ]; then
  rm -rf "$output/src"
  for file in "${patched[@]}" "${compiled[@]}"; do
    mkdir -p "$output/src/$(dirname "$file")"
    cp "$top/$file" "$output/src/$file"
  done
  patch --quiet -p1 -d "$output/src" <"$patch" >&2
  for file in "${compiled[@]}"; do
    if [ "$only" = check ]; then
      "${compiler_list[@]}" "${flag_list[@]}" -fsyntax-only "$output/src/$file"
      continue
    fi
    "${compiler_list[@]}" "${flag_list[@]}" -c -o "$output/$(basename "$file" .c).o" \
      "$output/src/$file"
  done
fi

[ "$only" != check ] || exit 0

# What a target sees of a patched header has to be compiled with it, too.
with_target() {
  if printf '%s\n' "${patched[@]}" | grep -q '\.h$'; then
    printf '%s\n' "$top/fuzz/targets/$target.c"
  else
    printf '%s\n' "$build/fuzz/targets/$1-$target.o"
  fi
}

# is_current BINARY PART... : it is there, and nothing that it is made of is newer.
is_current() {
  local part
  [ "$stale" = no ] && [ -x "$1" ] || return 1
  for part in "${@:2}"; do
    [ "$1" -nt "$part" ] || return 1
  done
}

# link OUTPUT OBJECT-OR-FLAG...
link() {
  local of_target
  of_target=$(with_target "$1")
  ! is_current "$output/$1" "$of_target" "${objects[@]}" "${library_list[@]}" || return 0
  "${compiler_list[@]}" "${flag_list[@]}" -o "$output/$1" "${@:2}" "$of_target" \
    "${objects[@]}" "${library_list[@]}" "${system_list[@]}"
}
[ "$only" = replay ] || link "${target}_fuzzer" "${engine_list[@]}"
[ "$only" = fuzzer ] || link "${target}_replay" \
  "$build/fuzz/replay/${target}_replay-replay_main.o"
