#!/usr/bin/env bash
# DTLS, TLS and secure WebSockets between the programs of two build directories, that were configured
# with different libraries, both ways. TAP. usage: interop-builds.sh BUILD BUILD
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: ${0##*/} BUILD BUILD" >&2; exit 2; }
for build; do
  [ -x "$build/coapspec-server" ] || { echo "${0##*/}: no coapspec-server in $build" >&2; exit 2; }
done
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
top_builddir=$1
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$top_srcdir/lib/tests/programs_lib.sh"
# shellcheck source-path=SCRIPTDIR source=tls_lib.sh
. "$top_srcdir/lib/tests/tls_lib.sh"

# library BUILD : the one that its programs have.
library() {
  "$1/coapspec-client" -V | sed -n 's/^TLS Library: \([^ ]*\( TLS\)\?\).*/\1/p'
}

# lines URI OPTION... : the large body comes whole.
lines() {
  [ "$(ours "${@:2}" "$1/large" | grep -c '^line')" -eq 25 ]
}

observes() {
  [ "$("$client" -B 20 -w -s 5 "${@:2}" "$1/obs" | grep -c '^count')" -ge 2 ]
}

# pair SERVER CLIENT : build directories.
pair() {
  local words at
  words="$(library "$1") server, $(library "$2") client"
  server=$1/coapspec-server
  client=$2/coapspec-client
  start_secure -k secret -u hint
  for at in "$coaps" "$coaps_tcp" "$coaps_ws"; do
    check "$words: PSK, ${at%%:*}" has_text 'coapspec-server' ours -k secret -u me "$at/"
    check "$words: PSK, a large body, ${at%%:*}" lines "$at" -k secret -u me
  done
  check "$words: PSK, observe" observes "$coaps" -k secret -u me
  check "$words: a wrong key, TLS" fails 1 'handshake failed' ours -k wrong -u me "$coaps_tcp/"
  check "$words: a wrong key, DTLS" fails 1 'no answer in time|handshake failed' \
    "$client" -B 3 -k wrong -u me "$coaps/"
  stop_own
  start_secure -c "$work/server.pem" -j "$work/server.key" -C "$work/ca.pem"
  for at in "$coaps" "$coaps_tcp" "$coaps_ws"; do
    check "$words: certificates, ${at%%:*}" has_text 'coapspec-server' \
      ours -c "$work/client.pem" -j "$work/client.key" -C "$work/ca.pem" "$at/"
    check "$words: certificates, a large body, ${at%%:*}" \
      lines "$at" -c "$work/client.pem" -j "$work/client.key" -C "$work/ca.pem"
  done
  check "$words: a client of another CA, TLS" fails 1 . \
    ours -c "$work/other.pem" -j "$work/other.key" -C "$work/ca.pem" "$coaps_tcp/"
  check "$words: a client without certificate, DTLS" fails 1 . ours -C "$work/ca.pem" "$coaps/"
  check "$words: a server of another CA, DTLS" fails 1 'handshake failed' \
    ours -c "$work/client.pem" -j "$work/client.key" -C "$work/stranger.pem" "$coaps/"
  stop_own
}

certificate ca 30
certificate server 30 ca
certificate client 30 ca
certificate stranger 30
certificate other 30 stranger
check 'the builds have different libraries' [ "$(library "$1")" != "$(library "$2")" ]
pair "$1" "$2"
pair "$2" "$1"
tap_end
