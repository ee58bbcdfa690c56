#!/usr/bin/python3
"""Makes a session program of what a client said on a captured connection.

usage: stream_program.py CAPTURE.pcapng PORT tcp|ws > PROGRAM.session

The library plays the server of the first connection to PORT; each segment of the client becomes one
"stream" operation, in the order of the capture. tshark (Debian's package of that name) reads the
capture. A program for the library's client cannot be made this way: the answers name tokens and a
WebSocket key that it would choose anew.

exit: 0 done, 1 the capture cannot be read or has no such connection, 2 usage
"""

import subprocess
import sys
from pathlib import Path

FIELDS = ("tcp.stream", "tcp.dstport", "tcp.seq", "tcp.payload")
OPS_MAX = 500  # what one program holds, see fuzz/world/program.h


def segments(capture: Path, port: int) -> list[str]:
    """The client's payloads as hexadecimal, without retransmissions."""
    command = ["tshark", "-r", str(capture), "-o", "tcp.relative_sequence_numbers:TRUE",
               "-Y", f"tcp.dstport == {port} && tcp.len > 0", "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"stream_program: tshark cannot read {capture}: {done.stderr.strip()}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    found: list[str] = []
    expected = None
    for stream, _, sequence, payload in rows:
        if stream != rows[0][0]:
            continue
        payload = payload.replace(":", "").replace(",", "")
        if expected is not None and int(sequence) != expected:
            if int(sequence) < expected:
                continue  # sent again
            sys.exit(f"stream_program: {capture}: bytes are missing before sequence {sequence}")
        expected = int(sequence) + len(payload) // 2
        found.append(payload)
    return found


def main() -> int:
    if len(sys.argv) != 4 or not sys.argv[2].isdigit() or sys.argv[3] not in ("tcp", "ws"):
        print("usage: stream_program.py CAPTURE.pcapng PORT tcp|ws", file=sys.stderr)
        return 2
    capture, port, proto = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    found = segments(capture, port)
    if not found:
        print(f"stream_program: {capture}: nothing was sent to TCP port {port}", file=sys.stderr)
        return 1
    if len(found) > OPS_MAX:
        print(f"stream_program: {capture}: {len(found)} segments, a program holds {OPS_MAX}",
              file=sys.stderr)
        return 1
    print(f"# What a client said; from captures/{capture.name}.")
    print(f"world roles=server seed=1 proto={proto}")
    for payload in found:
        print(f"stream data={payload}")
    print("end-stream")
    return 0


if __name__ == "__main__":
    sys.exit(main())
