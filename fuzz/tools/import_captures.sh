#!/usr/bin/env bash
# Makes corpus/recorded/ from corpus/captures/: each capture twice, the library once in the place of
# its server and once in that of its client. Programs that another capture gave already are left
# out.
#
# usage: fuzz/tools/import_captures.sh SESSION-CONVERT CORPUS-FOLDER
#
# exit: 0 done, 1 a capture that cannot be read
set -euo pipefail

convert=$1 corpus=$2
declare -A seen=()
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for role in server client; do
  folder=$corpus/recorded/session_udp_$role
  mkdir -p "$folder"
  find "$folder" -name '*.session' -delete
  for capture in "$corpus"/captures/*.pcapng; do
    name=$(basename "$capture" .pcapng)
    "$convert" --role "$role" "$capture" "$work/$name.session"
    # Times differ from one recording to the next: they do not make another program.
    key=$role$(grep -v '^advance' "$work/$name.session" | sha1sum)
    [ -z "${seen[$key]:-}" ] || continue
    seen[$key]=yes
    {
      printf '# %s.pcapng, the library in place of the %s\n' "$name" "$role"
      cat "$work/$name.session"
    } >"$folder/$name.session"
  done
done
