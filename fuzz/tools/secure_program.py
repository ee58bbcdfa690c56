#!/usr/bin/python3
"""Makes a session program of what clients said on captured (D)TLS, opened with its key log.

usage: secure_program.py CAPTURE.pcapng KEYS PORT dtls|tls|wss > PROGRAM.session

KEYS is the key log of either side (SSLKEYLOGFILE, for GnuTLS and OpenSSL). The library plays the
server on PORT. Each client is a peer with a handshake of its own by pre-shared key: the keys of the
capture are not those of the simulated world, nor are its randoms. What the client then said below
the record layer is protected by that peer, a "protected" operation for each piece.
tshark (Debian's package of that name) opens the records.

exit: 0 done, 1 the capture cannot be read or nothing in it be opened, 2 usage
"""

import json
import subprocess
import sys
from pathlib import Path

OPS_MAX = 500  # what one program holds, see fuzz/world/program.h
PEERS_MAX = 8


def tshark(capture: Path, keys: Path, port: int, transport: str, *options: str) -> str:
    below, layer = ("udp", "dtls") if transport == "dtls" else ("tcp", "tls")
    command = ["tshark", "-r", str(capture), "-o", f"tls.keylog_file:{keys}",
               "-d", f"{below}.port=={port},{layer}", "-d", f"dtls.port=={port},coap", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"secure_program: tshark cannot read {capture}: {done.stderr.strip()}")
    return done.stdout


def datagrams(capture: Path, keys: Path, port: int) -> list[list[str]]:
    """What each client said over DTLS, as hexadecimal."""
    text = tshark(capture, keys, port, "dtls", "-Y", f"udp.dstport == {port} && coap",
                  "-T", "json", "-x", "-J", "udp coap")
    clients: dict[str, list[str]] = {}
    for packet in json.loads(text or "[]"):
        layers = packet["_source"]["layers"]
        said = clients.setdefault(layers["udp"]["udp.srcport"], [])
        if layers["coap_raw"][0] not in said:  # sent again
            said.append(layers["coap_raw"][0])
    return list(clients.values())


def connections(capture: Path, keys: Path, port: int, transport: str) -> list[list[str]]:
    """What each client said over TLS, as hexadecimal."""
    streams = tshark(capture, keys, port, transport, "-Y", f"tcp.dstport == {port}",
                     "-T", "fields", "-e", "tcp.stream").split()
    clients = []
    for stream in sorted(set(streams), key=int):
        lines = tshark(capture, keys, port, transport, "-q",
                       "-z", f"follow,tls,raw,{stream}").splitlines()
        # Node 0 is who spoke first; what the other said is indented.
        server_first = any(line.startswith("Node 0:") and line.endswith(f":{port}")
                           for line in lines)
        said = [line.strip() for line in lines
                if line.startswith("\t") == server_first and is_hexadecimal(line.strip())]
        if said:
            clients.append(said)
    return clients


def is_hexadecimal(text: str) -> bool:
    return text != "" and all(c in "0123456789abcdef" for c in text)


def main() -> int:
    if (len(sys.argv) != 5 or not sys.argv[3].isdigit()
            or sys.argv[4] not in ("dtls", "tls", "wss")):
        print("usage: secure_program.py CAPTURE.pcapng KEYS PORT dtls|tls|wss", file=sys.stderr)
        return 2
    capture, keys, port, transport = (Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]),
                                      sys.argv[4])
    if not keys.is_file():  # tshark would open nothing and say nothing
        print(f"secure_program: {keys}: there is no such file", file=sys.stderr)
        return 1
    clients = (datagrams(capture, keys, port) if transport == "dtls"
               else connections(capture, keys, port, transport))
    if not clients:
        print(f"secure_program: {capture}: nothing to port {port} can be opened with {keys}",
              file=sys.stderr)
        return 1
    operations = []
    for peer, said in enumerate(clients[:PEERS_MAX]):
        operations.append(f"handshake peer={peer}")
        operations += [f"protected peer={peer} data={piece}" for piece in said]
    if len(clients) > PEERS_MAX or len(operations) > OPS_MAX:
        print(f"secure_program: {capture}: {len(clients)} clients, {len(operations)} operations:"
              f" a program holds {PEERS_MAX} and {OPS_MAX}", file=sys.stderr)
        return 1
    print(f"# What clients said; from captures/secure/{capture.name}, opened with its keys.")
    print(f"world roles=server seed=1 proto={transport}")
    print("\n".join(operations))
    return 0


if __name__ == "__main__":
    sys.exit(main())
