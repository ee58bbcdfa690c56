# Which Debian packages the commands in ci/ need, and how to get those that are missing.
# Sourced after common.sh, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the lists are for those who source this

packages_build=(autoconf automake build-essential libcmocka-dev libgnutls28-dev libmbedtls-dev libssl-dev libtool nettle-dev pkg-config uthash-dev)
packages_deb=(debhelper dh-python dpkg-dev fakeroot libgnutls28-dev lintian mandoc nettle-dev pkg-config python3 uthash-dev)
packages_fuzz=(afl++ clang llvm)
packages_test=(clang-format clang-tidy cppcheck fish graphviz libcoap3-bin mandoc mypy openssl python3-argcomplete python3-flake8 python3-jinja2 python3-markdown python3-pytest python3-pytest-xdist python3-yaml shellcheck softhsm2 tshark zsh)

# missing_packages PACKAGE... : those that are not installed.
missing_packages() {
  local package
  for package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      printf '%s\n' "$package"
  done
}

apt_get() {
  local as=()
  [ "$(id -u)" -eq 0 ] || as=(sudo -n)
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"
}

# The sanitizer and fuzzer runtime of the clang that is installed: a package of its own in Debian,
# part of libclang-common-N-dev elsewhere.
clang_runtime() {
  local major name
  major=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
  for name in "libclang-rt-$major-dev" "libclang-common-$major-dev"; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      printf '%s\n' "$name"
      return
    fi
  done
}

# install_packages LOG PACKAGE... : installs what is missing; nothing to do costs one dpkg query.
install_packages() {
  local log=$1 missing
  shift
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail 1 "this is no Debian or Ubuntu (no apt-get): install by hand what matches: $*"
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
    fail 1 "not root and no sudo without a password: as root, run: apt-get install ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  # A fresh machine has no package lists, an old one may have stale ones: try, refresh, try again.
  if ! apt_get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null; then
    quietly "$log" "apt-get update" apt_get update || return 1
    quietly "$log" "apt-get install ${missing[*]}" \
      apt_get install -y --no-install-recommends "${missing[@]}" || return 1
  fi
}
