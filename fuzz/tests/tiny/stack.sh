# The smallest stack that there can be under the harness; see fuzz/sut/build.sh, which sources this.
# TINY_BROKEN=1 in the environment: it answers what must not be answered.
# shellcheck shell=bash
# shellcheck disable=SC2154  # build.sh sets top, build, compiler_list

stack_prepare() {
  local output=$1 here name
  here=$(dirname "${BASH_SOURCE[0]}")
  mkdir -p "$output/stack" "$output/include"
  cp -R "$top/lib/include/coap3" "$output/include/"
  read_build_flags "$top" "$build"
  for name in server nothing; do
    "${compiler_list[@]}" -g -Wall -Wextra -Werror -fno-builtin "-I$output/include" -D_GNU_SOURCE \
      "-DTINY_BROKEN=${TINY_BROKEN:-0}" -c -o "$output/stack/$name.o" "$here/$name.c"
    objcopy --redefine-syms="$top/fuzz/sut/posix.syms" "$output/stack/$name.o"
  done
  # Messages as objects are for handlers, of which it calls none: the world's calls find ours.
  cp "$build/lib/.libs/liblogic.a" "$output/stack/unused.a"
}
