#!/usr/bin/env bash
# coapspec-server with free ports of the kernel's choice: one that is free for UDP may be taken for
# TCP, which has the same; then another is tried. In a network of its own, where of eight ports four
# are taken. TAP. Run by make check.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=programs_lib.sh
. "$(dirname "$0")/programs_lib.sh"

if ! unshare -n true 2>/dev/null; then
  echo '1..0 # SKIP no network of its own can be made here (unshare -n)'
  exit 0
fi

# starts SCHEME TIMES OPTION... : each time the server listens until it is ended.
starts() {
  # shellcheck disable=SC2016 # for the shell in the new network
  unshare -n bash -c '
    ip link set lo up
    echo 40000 40007 >/proc/sys/net/ipv4/ip_local_port_range
    exec python3 -c "$@"' bash '
import socket, subprocess, sys
scheme, times, *command = sys.argv[1:]
taken = [socket.create_server(("127.0.0.1", 40000 + 2 * i)) for i in range(4)]
for _ in range(int(times)):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in server.stdout:
        said.append(line)
        if f"listening on {scheme}://" in line:
            break
    else:
        sys.exit("".join(said))
    server.terminate()
    server.communicate()
' "$1" "$2" "$server" -A 127.0.0.1 -p 0 "${@:3}"
}
check 'ports that are free for UDP only: coap' starts coap 6
if [[ $("$client" -B 1 -k x coaps://127.0.0.1/ 2>&1 </dev/null || true) == *'not built in'* ]]; then
  skip 'ports that are free for UDP only: coaps' 'configured without TLS'
else
  check 'ports that are free for UDP only: coaps' starts coaps 6 -k secret
fi
tap_end
