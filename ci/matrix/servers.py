"""Servers on loopback, started once and asked by every client."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from programs import HOST, Program, server_keys
from suite.peers import free_port

TRIES = 5
READY_SECONDS = 20.0
SCHEMES = {"UDP": "coap", "TCP": "coap+tcp", "DTLS": "coaps", "TLS": "coaps+tcp",
           "WSS": "coaps+ws"}


class ServerError(Exception):
    """A server that does not start; the text says what it said last."""


class Server:
    """A server with one kind of credential ("none": without security), over every transport."""

    def __init__(self, program: Program, credential: str, folder: Path, certificates: Path) -> None:
        self.program = program
        self.log = folder / f"{program.name}-{credential}.log".replace(" ", "-")
        self.keys = server_keys(program, credential, certificates)
        self.ports: dict[str, int] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.failure = ""

    def start(self) -> None:
        """Starts it and waits until it listens. A port may be taken by another before it is ours:
        then another one."""
        for _ in range(TRIES):
            if self.program.is_own:
                self._run(["-p", "0", *(["-S", "0"] if self.keys else [])])
            else:
                port = free_port()
                self._run(["-p", str(port)])
                self.ports = {"UDP": port, "TCP": port, "DTLS": port + 1, "TLS": port + 1}
            if self._listens():
                return
            self.stop()
        raise ServerError(f"{Path(self.program.server).name} does not start: {self.last_words()}")

    def _run(self, options: list[str]) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.program.server, "-A", HOST, *options, *self.keys],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _listens(self) -> bool:
        assert self.process
        end = time.monotonic() + READY_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            if self._announced() if self.program.is_own else self._bound():
                return self.process.poll() is None
            time.sleep(0.05)
        return False

    def _announced(self) -> bool:
        """Ours says where it listens; the last line is that of the last endpoint."""
        said = dict(re.findall(r"listening on ([a-z+]+)://[^ :]+:(\d+)\n",
                               self.log.read_text(errors="replace")))
        if "coap" not in said or (self.keys and "coaps+ws" not in said):
            return False
        self.ports = {"UDP": int(said["coap"]), "TCP": int(said["coap"])}
        if self.keys:
            self.ports |= {"DTLS": int(said["coaps"]), "TLS": int(said["coaps"]),
                           "WSS": int(said["coaps+ws"])}
        return True

    def _bound(self) -> bool:
        """The kernel's tables name the sockets."""
        wanted = ["UDP", "TCP"] + (["DTLS", "TLS"] if self.keys else [])
        tables = {kind: Path(f"/proc/net/{kind}").read_text() for kind in ("udp", "tcp")}
        kinds = {"UDP": "udp", "DTLS": "udp", "TCP": "tcp", "TLS": "tcp"}
        return all(f":{self.ports[name]:04X} " in tables[kinds[name]] for name in wanted)

    def uri(self, transport: str) -> str:
        return f"{SCHEMES[transport]}://{HOST}:{self.ports[transport]}"

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it says nothing"

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
