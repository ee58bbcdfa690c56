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

# datagrams FILE NAME : each of its datagrams, for the target pdu.
datagrams() {
  local part
  mkdir -p "$output/.parts"
  "$convert" --to datagrams "$1" "$output/.parts"
  for part in "$output/.parts"/*; do
    [ ! -f "$part" ] || mv "$part" "$output/pdu/$2-${part##*/}"
  done
  rmdir "$output/.parts"
}

# all_of KIND TARGET : what is stored in that folder.
all_of() {
  local kind=$1 target=$2 file name programs=()
  for file in "$corpus/$kind/$target"/*; do
    name=$kind-${file##*/}
    case $file in
      *README.md) ;;
      *.session)
        if [ "$target" = pdu ]; then
          datagrams "$file" "${name%.session}"
        else
          programs+=("$file")
        fi
        ;;
      *) [ ! -f "$file" ] || cp "$file" "$output/$target/$name" ;;
    esac
  done
  [ "${#programs[@]}" -eq 0 ] ||
    "$convert" --to bytes --prefix "$kind-" "${programs[@]}" "$output/$target/"
}

rm -rf "$output"
for target in "${targets[@]}"; do
  mkdir -p "$output/$target"
  for kind in seeds recorded regressions reached; do
    [ ! -d "$corpus/$kind/$target" ] || all_of "$kind" "$target"
  done
done
[[ " ${targets[*]} " = *' pdu '* ]] || exit 0
for file in "$corpus"/seeds/session_udp_*/*.session; do
  name=${file#"$corpus"/seeds/}
  name=${name/\//-}
  datagrams "$file" "${name%.session}"
done
