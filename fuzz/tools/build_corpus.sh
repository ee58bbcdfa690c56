#!/usr/bin/env bash
# Turns the readable corpus into what engines read: one raw input a file.
#
# usage: build_corpus.sh SESSION-CONVERT CORPUS-FOLDER OUTPUT-FOLDER [TARGET...]
#
# OUTPUT-FOLDER/TARGET/, for each TARGET or for all there are, is made anew from
# CORPUS-FOLDER/{seeds,recorded,regressions,reached}/TARGET/.
# Programs (*.session) become bytes, for the target pdu their single datagrams; other files are
# taken as they are. The datagrams of the sessions' seeds are seeds of pdu too.
#
# exit: 0 done, 1 a program that cannot be converted
set -euo pipefail

convert=$1 corpus=$2 output=$3
shift 3
targets=(application blockwise observe oscore pdu pki_load session_dtls_client session_dtls_server
  session_tcp_client session_tcp_server session_tls session_udp_client session_udp_server
  session_ws_client session_ws_server session_wss stream_frames uri ws_upgrade)
[ $# -eq 0 ] || targets=("$@")

# one FILE TARGET NAME
one() {
  local file=$1 target=$2 name=$3
  case $file in
    *README.md) ;;
    *.session)
      if [ "$target" = pdu ]; then
        mkdir -p "$output/.parts"
        "$convert" --to datagrams "$file" "$output/.parts"
        find "$output/.parts" -type f | while IFS= read -r part; do
          mv "$part" "$output/pdu/$name-$(basename "$part")"
        done
        rmdir "$output/.parts"
      else
        "$convert" --to bytes "$file" "$output/$target/$name"
      fi
      ;;
    *) cp "$file" "$output/$target/$name" ;;
  esac
}

rm -rf "$output"
for target in "${targets[@]}"; do
  mkdir -p "$output/$target"
  for kind in seeds recorded regressions reached; do
    [ -d "$corpus/$kind/$target" ] || continue
    for file in "$corpus/$kind/$target"/*; do
      [ -f "$file" ] || continue
      one "$file" "$target" "$kind-$(basename "$file" .session)"
    done
  done
done
[[ " ${targets[*]} " = *' pdu '* ]] || exit 0
for file in "$corpus"/seeds/session_udp_*/*.session; do
  one "$file" pdu "$(basename "$(dirname "$file")")-$(basename "$file" .session)"
done
