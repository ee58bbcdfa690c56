# Debian's libcoap, as its package libcoap3-dev has it; see ../build.sh, which sources this.
# shellcheck shell=bash

# Unpacked, not installed: nothing else is to find its headers. Its calls of the system become those
# of the stand-in by their names (posix.syms).
stack_prepare() {
  local output=$1 package library
  if [ ! -f "$output/stack/libcoap.a" ]; then
    rm -rf "$output/package" "$output/stack" "$output/include"
    mkdir -p "$output/package" "$output/stack"
    (cd "$output/package" && apt-get -q download libcoap3-dev >/dev/null 2>&1) || {
      echo "libcoap3-dev cannot be downloaded: apt-get update, or a mirror that is there?" >&2
      return 1
    }
    package=$(find "$output/package" -name '*.deb')
    dpkg-deb -x "$package" "$output/package"
    library=$(find "$output/package" -name libcoap-3-notls.a)
    [ -n "$library" ] || {
      echo "$package has no libcoap-3-notls.a" >&2
      return 1
    }
    cp -R "$output/package/usr/include" "$output/include"
    objcopy --redefine-syms="$(dirname "${BASH_SOURCE[0]}")/../posix.syms" "$library" \
      "$output/stack/libcoap.a"
  fi
}
