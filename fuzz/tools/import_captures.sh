#!/usr/bin/env bash
# Makes corpus/recorded/ from the captures of UDP in corpus/captures/: each twice, the library once
# in the place of its server and once in that of its client. Transfers in blocks are for the target
# blockwise. Programs that another capture gave already are left out.
#
# usage: fuzz/tools/import_captures.sh SESSION-CONVERT CORPUS-FOLDER
#
# exit: 0 done, 1 a capture that cannot be read
set -euo pipefail

convert=$1 corpus=$2
declare -A seen=()
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

blocks=$corpus/recorded/blockwise
mkdir -p "$blocks"
find "$blocks" -name '*.session' -delete
for role in server client; do
  single=$corpus/recorded/session_udp_$role
  mkdir -p "$single"
  find "$single" -name '*.session' -delete
  for capture in "$corpus"/captures/*.pcapng; do
    name=$(basename "$capture" .pcapng)
    [[ $name != *-tcp* && $name != *-ws* ]] || continue # stream_program.py converts these
    "$convert" --role "$role" "$capture" "$work/$name.session"
    # Times differ from one recording to the next: they do not make another program.
    key=$role$(grep -v '^advance' "$work/$name.session" | sha1sum)
    [ -z "${seen[$key]:-}" ] || continue
    seen[$key]=yes
    case $name in
      *-large-*) program=$blocks/$name-$role.session ;;
      *) program=$single/$name.session ;;
    esac
    {
      printf '# %s.pcapng, the library in place of the %s\n' "$name" "$role"
      cat "$work/$name.session"
    } >"$program"
  done
done
