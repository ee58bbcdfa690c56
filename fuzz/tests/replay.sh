#!/usr/bin/env bash
# The replayers: the same program gives the same trace hash in every process; what is no input is
# refused. (That every stored input runs without a finding is the business of ci/checks/replay.sh.)
set -euo pipefail
: "${top_srcdir:?}" "${top_builddir:?}"
# shellcheck source-path=SCRIPTDIR source=../../ci/lib/tap.sh
. "$top_srcdir/ci/lib/tap.sh"

corpus=$top_srcdir/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# replayed TARGET FOLDER... : one process for all.
replayed() {
  local target=$1
  shift
  "$top_builddir/fuzz/${target}_replay" "$@"
}

# Two processes see the same of every program.
same_hashes() {
  local target=$1
  shift
  "$top_builddir/fuzz/${target}_replay" --hash "$@" >"$work/first"
  "$top_builddir/fuzz/${target}_replay" --hash "$@" >"$work/second"
  [ "$(grep -c '^trace-hash: [0-9a-f]\{16\}$' "$work/first")" -ge 5 ] &&
    cmp "$work/first" "$work/second"
}

refused() {
  local code=$1 pattern=$2 got=0
  shift 2
  "$top_builddir/fuzz/session_udp_server_replay" "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" -eq "$code" ] && grep -q "$pattern" "$work/err"
}

printf 'world\nfly\n' >"$work/bad.session"

if [ ! -x "$top_builddir/fuzz/session_udp_server_replay" ]; then
  skip 'replayers' 'configured without --enable-sanitizers'
else
  for target in session_dtls_client session_dtls_server session_tls session_udp_client \
    session_udp_server session_wss; do
    if [[ $target = @(session_dtls_*|session_tls|session_wss) ]] && ! grep -q '^tls=gnutls$' "$top_builddir/fuzz/build-flags"; then
      skip "$target: same trace hashes" 'configured without --with-tls=gnutls'
      continue
    fi
    folders=()
    for kind in seeds recorded regressions reached; do
      [ ! -d "$corpus/$kind/$target" ] || folders+=("$corpus/$kind/$target")
    done
    check "$target: same trace hashes" same_hashes "$target" "${folders[@]}"
  done
  check 'pdu: datagrams of the session seeds' replayed pdu "$corpus"/seeds/session_udp_*
  check 'a bad program is refused' refused 1 'line 2, column 1: expected an operation' \
    "$work/bad.session"
  check 'a missing input is refused' refused 1 'No such file' "$work/none"
  check 'no input is a usage error' refused 2 'usage:'
fi
tap_end
