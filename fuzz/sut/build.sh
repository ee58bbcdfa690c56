#!/usr/bin/env bash
# Builds fuzz targets for another stack than the library of this repository.
#
# usage: fuzz/sut/build.sh STACK-FOLDER BUILD-FOLDER OUTPUT-FOLDER TARGET...
#
# STACK-FOLDER has (README.md beside this says more)
#   stack.sh    stack_prepare OUTPUT-FOLDER: leaves OUTPUT-FOLDER/include (its headers, <coap3/coap.h>
#               among them) and OUTPUT-FOLDER/stack.a or .o files in OUTPUT-FOLDER/stack
#   compat.h    what the harness says and the stack has no word for; included first everywhere
#   oracles.c   the rules that it is held to
# BUILD-FOLDER is a tree configured with --enable-fuzzers: its compiler and flags are used, and its
# reader of programs. Leaves OUTPUT-FOLDER/TARGET_fuzzer and TARGET_replay.
#
# exit: 0 built, 1 not, 2 usage
set -euo pipefail

if [ $# -lt 4 ]; then
  sed -n 's/^# usage: /usage: /p' "$0" >&2
  exit 2
fi
stack=$(realpath "$1") build=$(realpath "$2")
mkdir -p "$3/objects"
output=$(realpath "$3")
shift 3
top=$(cd "$(dirname "$0")/../.." && pwd)

# shellcheck source-path=SCRIPTDIR source=../tools/link_lib.sh
. "$top/fuzz/tools/link_lib.sh"
# shellcheck source=/dev/null
. "$stack/stack.sh"
stack_prepare "$output"

# The stack's headers in the place of ours, which the flags of the tree name.
read_build_flags "$top" "$build"
flags=(-include "$stack/compat.h" "-I$output/include" "-I$top/fuzz" "-I$top/lib" "-I$build")
for flag in "${flag_list[@]}"; do
  [[ $flag = -I* ]] || flags+=("$flag")
done

# What of the harness needs no part of our library: all but the differential oracles, the (D)TLS of
# peers, and the operation "call".
sources=("$stack/oracles.c" "$top"/fuzz/sut/*.c "$top/fuzz/world/tls_peer_none.c"
  "$top/fuzz/replay/target_init.c" "$top/fuzz/mutator/engine.c" "$top"/lib/seams/{clock,memory,random}_sim.c
  "$top"/lib/seams/net_sim*.c)
for source in "$top"/fuzz/oracle/*.c "$top"/fuzz/world/*.c; do
  case $(basename "$source") in
    all.c | stack_ours.c | *_agreement.c | uri_reader.c | tls_peer*.c | tls_*_gnutls.c | world_calls*.c) ;;
    frame_reader.c | message.c | place.c | program_*.c) ;; # in libprogram
    *) sources+=("$source") ;;
  esac
done

# compile SOURCE : its object is there, and newer than all sources and the stack.
newest=$(find "$top/fuzz" "$top/lib/seams" "$stack" "$output/include" "$build/fuzz/build-flags" \
  -type f -name '*.[ch]' -printf '%T@ %p\n' | sort -n | tail -n1 | cut -d' ' -f2-)
objects=()
compile() {
  local object
  object=$output/objects/$(basename "$1" .c).o
  [ "$object" -nt "$newest" ] ||
    "${compiler_list[@]}" "${flags[@]}" -c -o "$object" "$1"
  objects+=("$object")
}
for source in "${sources[@]}"; do
  compile "$source"
done
mapfile -t stack_parts < <(find "$output/stack" -name '*.[ao]' | sort)
own=("${objects[@]}")
for target; do
  objects=()
  compile "$top/fuzz/targets/$target.c"
  linked=("${flags[@]}" "${objects[@]}" "${own[@]}" "${stack_parts[@]}"
    "$build/fuzz/.libs/libprogram.a" "${system_list[@]}")
  "${compiler_list[@]}" -o "$output/${target}_fuzzer" "${engine_list[@]}" "${linked[@]}"
  compile "$top/fuzz/replay/replay_main.c"
  "${compiler_list[@]}" -o "$output/${target}_replay" "${objects[1]}" "${linked[@]}"
done
