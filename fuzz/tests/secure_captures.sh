#!/usr/bin/env bash
# Captures of (D)TLS with their key logs: what is in them becomes the recorded programs again, and
# those make the library's handlers run. Without the keys there is no program.
set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

captures=$top_srcdir/corpus/captures/secure
tool=$top_srcdir/fuzz/tools/secure_program.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# converts CAPTURE PORT TRANSPORT TARGET
converts() {
  "$tool" "$captures/$1.pcapng" "$captures/$1.keys" "$2" "$3" >"$work/$1.session"
  diff "$top_srcdir/corpus/recorded/$4/$1.session" "$work/$1.session"
}

# handled CAPTURE TARGET REQUESTS
handled() {
  "$top_builddir/fuzz/$2_replay" --trace "$top_srcdir/corpus/recorded/$2/$1.session" >"$work/trace"
  [ "$(grep -c ' request-handler ' "$work/trace")" -eq "$3" ]
}

refused_without_keys() {
  local code=0
  printf 'CLIENT_RANDOM %064d %096d\n' 0 0 >"$work/other.keys"
  "$tool" "$captures/own-to-own-dtls-psk.pcapng" "$work/other.keys" 47611 dtls \
    >"$work/out" 2>"$work/err" || code=$?
  [ "$code" -eq 1 ] && [ ! -s "$work/out" ] && grep -q 'can be opened with' "$work/err"
}

while read -r name port transport target requests; do
  if command -v tshark >/dev/null; then
    check "$name: the same program" converts "$name" "$port" "$transport" "$target"
  else
    skip "$name: the same program" 'no tshark'
  fi
  if [ -x "$top_builddir/fuzz/${target}_replay" ]; then
    check "$name: its requests are handled" handled "$name" "$target" "$requests"
  else
    skip "$name: its requests are handled" 'configured without --enable-sanitizers or GnuTLS'
  fi
done <<'LIST'
own-to-own-dtls-psk 47611 dtls session_dtls_server 2
own-to-own-tls-psk 47611 tls session_tls 2
own-to-own-wss-psk 47621 wss session_wss 1
LIST
if command -v tshark >/dev/null; then
  check 'other keys open nothing' refused_without_keys
else
  skip 'other keys open nothing' 'no tshark'
fi
tap_end
