"""The cells of the tables: one client and one server over one transport, with one credential."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from limits import Limit
from programs import Program, client_keys
from servers import Server, ServerError
from verdicts import FAILS, LIMITATION, SURPRISE, UNAVAILABLE, WORKS

PLAIN = (("UDP", "none"), ("TCP", "none"))
SECURE = tuple((transport, credential) for credential in ("PSK", "PKI", "RPK")
               for transport in ("DTLS", "TLS", "WSS"))
WAIT_SECONDS, LIMITED_WAIT_SECONDS = 15, 4
GRACE_SECONDS = 10


@dataclass
class Cell:
    """What became of a client and a server."""

    transport: str
    credential: str
    client: str
    server: str
    verdict: str = UNAVAILABLE
    reason: str = ""
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)  # what both said when it went wrong

    @property
    def name(self) -> str:
        keys = "" if self.credential == "none" else f" {self.credential}"
        return f"{self.transport}{keys}: {self.client} asks {self.server}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ask(command: list[str], wait: int, wanted: str) -> list[str]:
    """One question; what went wrong, nothing when the answer has what is wanted."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=wait + GRACE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [" ".join(command), f"still running after {wait + GRACE_SECONDS} s"]
    except OSError as error:
        return [" ".join(command), f"cannot be run: {error.strerror}"]
    if wanted in done.stdout:
        return []
    return [" ".join(command), f"exit code {done.returncode}, wanted in the answer: {wanted}",
            *(done.stdout + done.stderr).splitlines()[-6:]]


def questions(client: Program, server: Server, transport: str, keys: list[str],
              wait: int) -> list[tuple[list[str], str]]:
    """The commands of a cell, each with what its answer has: a short body to a Confirmable request,
    one of several blocks to one that is not."""
    family, base = server.program.family, server.uri(transport)
    start = [client.client, "-m", "get", "-B", str(wait), *keys]
    return [(start + [f"{base}/"], family.root),
            (start + ["-N", f"{base}/.well-known/core"], family.core)]


class Matrix:
    """All programs, all tables."""

    def __init__(self, plain: list[Program], secure: list[Program], limits: list[Limit],
                 folder: Path, certificates: Path) -> None:
        self.programs = {program.name: program for program in (*plain, *secure)}
        self.limits = limits
        self.folder, self.certificates = folder, certificates
        self.cells = [Cell(transport, credential, client.name, server.name)
                      for tables, programs in ((PLAIN, plain), (SECURE, secure))
                      for transport, credential in tables
                      for client in programs for server in programs]
        self.servers: dict[tuple[str, str], Server] = {}

    def run(self, jobs: int, done: Callable[[Cell], None]) -> None:
        """Fills the cells; `done` gets each one, in their order."""
        try:
            with ThreadPoolExecutor(jobs) as pool:
                self._start(pool)
                for cell in pool.map(self._fill, self.cells):
                    done(cell)
        finally:
            for server in self.servers.values():
                server.stop()

    def _lacking(self, cell: Cell) -> str:
        for name in (cell.client, cell.server):
            why = self.programs[name].lacks(cell.transport, cell.credential)
            if why:
                return why
        return ""

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Every server that a cell wants, once."""
        for cell in self.cells:
            key = (cell.server, cell.credential)
            if key not in self.servers and not self._lacking(cell):
                self.servers[key] = Server(self.programs[cell.server], cell.credential,
                                           self.folder, self.certificates)
        list(pool.map(self._begin, self.servers.values()))

    @staticmethod
    def _begin(server: Server) -> None:
        try:
            server.start()
        except ServerError as error:
            server.failure = str(error)

    def _fill(self, cell: Cell) -> Cell:
        cell.reason = self._lacking(cell)
        if cell.reason:
            return cell
        limit = next((limit for limit in self.limits if limit.covers(cell)), None)
        server = self.servers[cell.server, cell.credential]
        began = time.monotonic()
        cell.said = [server.failure] if server.failure else self._talk(cell, server, limit)
        cell.seconds = round(time.monotonic() - began, 3)
        if limit:
            cell.verdict = LIMITATION if cell.said else SURPRISE
            cell.reason = limit.reason if cell.said else (
                f"a known limitation, and yet it works: limits.toml is old ({limit.reason})")
        else:
            cell.verdict = FAILS if cell.said else WORKS
            cell.reason = cell.said[-1] if cell.said else ""
        return cell

    def _talk(self, cell: Cell, server: Server, limit: Limit | None) -> list[str]:
        wait = LIMITED_WAIT_SECONDS if limit else WAIT_SECONDS
        keys = client_keys(cell.credential, self.certificates) if cell.credential != "none" else []
        client = self.programs[cell.client]
        for command, wanted in questions(client, server, cell.transport, keys, wait):
            said = ask(command, wait, wanted)
            if said:
                return [*said, f"server: {server.last_words()}"]
        return []
