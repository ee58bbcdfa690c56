# Builds what ci/bench and ci/overload measure; sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # common.sh sets them

# shellcheck source-path=SCRIPTDIR source=packages.sh
. "$top/ci/lib/packages.sh"

bench_out=$top/out/bench
bench_tree=$bench_out/tree
bench_programs=$bench_out/programs
# Beside what ci/setup installs.
packages_bench=(libcoap3-bin libgnutls28-dev python3-jinja2 python3-matplotlib valgrind)

# As users get it: optimised, shared libraries, GnuTLS.
build_own() {
  [ -x "$top/configure" ] || (cd "$top" && mkdir -p m4 && autoreconf -i)
  mkdir -p "$bench_tree"
  cd "$bench_tree" || return
  [ -f Makefile ] ||
    "$top/configure" CC="${CC:-gcc}" --disable-static --with-tls=gnutls -q
  make -s -j"$(cores)" lib/libcoap-3-notls.la lib/libcoap-3-gnutls.la coapspec-load \
    coapspec-workers lib/libcoap-3.la lib/bench/{echo,gnutls_sessions,timers}
}

# Headers only, and beside the system: ours have the same names.
fetch_headers() {
  local folder=$bench_out/debian
  [ ! -d "$folder/root/usr/include/coap3" ] || return 0
  mkdir -p "$folder"
  cd "$folder" || return
  apt-get -q download libcoap3-dev ||
    { apt_get update && apt-get -q download libcoap3-dev; } || return
  dpkg-deb -x libcoap3-dev_*.deb root
}

# program WHOSE SOURCE NAME ARGUMENT... : the one source, with that library.
program() {
  "${CC:-gcc}" -std=gnu11 -O2 -g -o "$bench_programs/$1-$3" "$top/lib/bench/$2.c" "${@:4}"
}

own_program() {
  program ours "$1" "$2" -I"$top/lib/include" -L"$bench_tree/lib/.libs" \
    -Wl,-rpath,"$bench_tree/lib/.libs" "-lcoap-3-$3"
}

debian_program() {
  program libcoap "$1" "$2" -I"$bench_out/debian/root/usr/include" "-l:libcoap-3-$3.so.3"
}

build_both() {
  local whose kind
  mkdir -p "$bench_programs"
  for whose in own debian; do
    for kind in notls gnutls; do
      "${whose}_program" server "$kind" "$kind" || return
    done
    "${whose}_program" codec codec notls || return
  done
}

# build_bench : 1 with a line on stderr when something cannot be had.
build_bench() {
  local logs=$top/out/logs
  mkdir -p "$logs"
  install_packages "$logs/apt.log" "${packages_build[@]}" "${packages_bench[@]}" || return 1
  say "building out/bench/"
  quietly "$logs/bench-build.log" "the build" build_own &&
    quietly "$logs/bench-headers.log" "fetching libcoap3-dev" fetch_headers &&
    quietly "$logs/bench-programs.log" "the build with both libraries" build_both
}
