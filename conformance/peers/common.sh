# Shared by the scripts of the peer folders; sourced, never run.
#
# A script sets `peer`, the name of its folder, before it sources this file and may
# then count on:
#   peer_source  the folder of the script, never written to
#   peer_dir     where everything built or installed goes
# shellcheck shell=bash

peer_source=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
peer_dir=${COAPSPEC_PEER_DIR:-$(cd "$peer_source/../../.." && pwd)/build/peers/$peer}
peer_log=$peer_dir/install.log
peer_stamp=$peer_dir/installed

fail() {
  printf '%s: %s\n' "$peer" "$*" >&2
  exit 1
}

# usage TEXT : how the script is to be called, for those who have not.
usage() {
  printf '%s: usage: %s\n' "$peer" "$*" >&2
  exit 2
}

# expect_installed TEST... : fails with what to do unless the test of what `install` makes holds.
expect_installed() {
  test "$@" || fail "not installed in $peer_dir: run $peer_source/install"
}

# The version pinned in peer.toml, the one place that names it for the reports.
pinned_version() {
  sed -n 's/^version *= *"\(.*\)"$/\1/p' "$peer_source/peer.toml"
}

# One line that changes whenever a file the installation depends on changes.
fingerprint() {
  (cd "$peer_source" && sha256sum install "$@") | sha256sum | cut -d' ' -f1
}

# installed FILE... : what is in peer_dir was made from these very files.
installed() {
  [ -f "$peer_stamp" ] && [ "$(cat "$peer_stamp")" = "$(fingerprint "$@")" ]
}

mark_installed() {
  fingerprint "$@" >"$peer_stamp"
}

# The line of a log that says best why a client program failed: the first one it marked as
# an error itself, else the first that speaks of one, else the last.
reason() {
  local marks='^(\[ERROR\]|npm ERR!|npm error|E:|ERROR:) *' plain
  plain=$(sed -e 's/\x1b\[[0-9;]*m//g' "$1" | grep -v -e '^[[:space:]]*$' -e '^go: downloading ' \
    -e '^npm [Ee][Rr][Rr].* \(code\|errno\|syscall\) ' || true)
  { grep -m1 -E "${marks}[^ ]" <<<"$plain" ||
    grep -i -m1 -E 'error|fail|unable|cannot|not found|denied' <<<"$plain" ||
    tail -n1 <<<"$plain"; } | sed -E "s/${marks}//" | cut -c1-500
}

# quietly WHAT COMMAND... : run it with its output in the log; fail in one line.
quietly() {
  local what=$1
  shift
  mkdir -p "$peer_dir"
  if ! "$@" >"$peer_log" 2>&1 </dev/null; then
    fail "$what failed: $(reason "$peer_log") (full output: $peer_log)"
  fi
}

apt_get() {
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    as=(sudo -n)
  fi
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

# need PACKAGE TEST... : install the Debian package unless the test command succeeds.
need() {
  local package=$1
  shift
  if "$@" >/dev/null 2>&1; then
    return
  fi
  command -v apt-get >/dev/null || fail "needs $package, and there is no apt-get: install $package"
  if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
    fail "needs $package: install $package (apt-get install $package, as root)"
  fi
  # A fresh machine has no package lists yet, and an old one may have stale ones.
  if ! apt-cache show "$package" >/dev/null 2>&1; then
    quietly "apt-get update" apt_get update
  fi
  mkdir -p "$peer_dir"
  if ! apt_get install -y --no-install-recommends "$package" >"$peer_log" 2>&1 </dev/null; then
    quietly "apt-get update" apt_get update
    quietly "apt-get install $package" apt_get install -y --no-install-recommends "$package"
  fi
  "$@" >/dev/null 2>&1 || fail "$package was installed, but '$*' still fails"
}

have() {
  command -v "$1"
}

inputs=() # the files of the folder that the installation depends on, besides `install`

# install_peer [--check] : all that `install` does. The script has set `inputs`, and has functions:
# build, which makes it, and built, whether it is there.
install_peer() {
  local present=no
  ! { installed "${inputs[@]}" && built; } || present=yes
  if [ "${1:-}" = --check ]; then
    [ "$present" = yes ] || fail "not installed: run $peer_source/install"
    pinned_version
    return
  fi
  if [ "$present" = no ]; then
    build
    mark_installed "${inputs[@]}"
  fi
  echo "$peer $(pinned_version) is installed"
}
