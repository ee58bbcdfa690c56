#!/usr/bin/env bash
# Builds one fuzz target on a library broken by a patch.
#
# usage: fuzz/canaries/build.sh PATCH TARGET BUILD-FOLDER OUTPUT-FOLDER
#
# The patch (paths from the top, C files of lib/ only) is applied to a copy; the patched files are
# compiled and linked before BUILD-FOLDER's own objects, so that theirs stay out. Leaves
# OUTPUT-FOLDER/TARGET_fuzzer and TARGET_replay. The sources are not touched.
#
# exit: 0 built, 1 the patch does not apply or does not compile, 2 usage
set -euo pipefail

if [ $# -ne 4 ]; then
  sed -n 's/^# usage: /usage: /p' "$0" >&2
  exit 2
fi
patch=$(realpath "$1") target=$2 build=$(realpath "$3") output=$(realpath "$4")
top=$(cd "$(dirname "$0")/../.." && pwd)

# Sets compiler, flags, engine_flags, system_libraries: written by make.
compiler='' flags='' engine_flags='' system_libraries=''
while IFS='=' read -r name value; do
  case $name in
    compiler) compiler=$value ;;
    flags) flags=$value ;;
    engine_flags) engine_flags=$value ;;
    system_libraries) system_libraries=$value ;;
  esac
done <"$build/fuzz/build-flags"
read -ra compiler_list <<<"$compiler"
read -ra flag_list <<<"$flags -I$top/lib/include -I$top/lib -I$top/fuzz"
read -ra engine_list <<<"$engine_flags"
read -ra system_list <<<"$system_libraries"

mapfile -t files < <(sed -n 's,^+++ b/,,p' "$patch" | cut -f1)
objects=()
for file in "${files[@]}"; do
  mkdir -p "$output/src/$(dirname "$file")"
  cp "$top/$file" "$output/src/$file"
done
patch --quiet -p1 -d "$output/src" <"$patch" >&2
for file in "${files[@]}"; do
  object=$output/$(basename "$file" .c).o
  "${compiler_list[@]}" "${flag_list[@]}" -c -o "$object" "$output/src/$file"
  objects+=("$object")
done

libraries=()
for library in fuzz/libharness fuzz/libprogram lib/liblogic lib/libseams-sim; do
  libraries+=("$build/$(dirname "$library")/.libs/$(basename "$library").a")
done
"${compiler_list[@]}" "${flag_list[@]}" "${engine_list[@]}" -o "$output/${target}_fuzzer" \
  "$top/fuzz/targets/$target.c" "${objects[@]}" "${libraries[@]}" \
  "${system_list[@]}"
"${compiler_list[@]}" "${flag_list[@]}" -o "$output/${target}_replay" \
  "$top/fuzz/replay/replay_main.c" "$top/fuzz/targets/$target.c" "${objects[@]}" "${libraries[@]}" \
  "${system_list[@]}"
