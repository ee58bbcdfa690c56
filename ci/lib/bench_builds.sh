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

# As users get it: optimised, shared libraries, GnuTLS; without what only tests need.
build_own() {
  [ -x "$top/configure" ] || (cd "$top" && mkdir -p m4 && autoreconf -i)
  mkdir -p "$bench_tree"
  cd "$bench_tree" || return
  [ -f Makefile ] ||
    "$top/configure" CC="${CC:-gcc}" --disable-static --disable-tests --with-tls=gnutls -q
  make -s -j"$(cores)" lib/libcoap-3-notls.la lib/libcoap-3-gnutls.la coapspec-load lib/bench/echo
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

# server WHOSE KIND ARGUMENT... : the one source, with that library.
server() {
  "${CC:-gcc}" -std=gnu11 -O2 -g -o "$bench_programs/$1-$2" "$top/lib/bench/server.c" "${@:3}"
}

build_servers() {
  local kind libraries=$bench_tree/lib/.libs
  mkdir -p "$bench_programs"
  for kind in notls gnutls; do
    server ours "$kind" -I"$top/lib/include" -L"$libraries" -Wl,-rpath,"$libraries" \
      "-lcoap-3-$kind"
    server libcoap "$kind" -I"$bench_out/debian/root/usr/include" "-l:libcoap-3-$kind.so.3"
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
    quietly "$logs/bench-servers.log" "the build of the servers" build_servers
}
