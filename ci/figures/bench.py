"""What every measurement is given: the programs, the cores, how long and how often."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from machine import Server, cores, pinned
from samples import Spread

KEY = "bench-key"
IDENTITY = "bench"


class LoadFailed(Exception):
    """The load generator ended with an error; the text is its last line."""


class Observing:
    """A load generator whose sessions all observe, until it is interrupted."""

    def __init__(self, command: list[str], name: str) -> None:
        self.command = command
        self.name = name
        self.said = ""

    def __enter__(self) -> Observing:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        assert self.process.stdout
        if not self.process.stdout.readline().endswith("sessions observe\n"):
            raise LoadFailed(f"{self.name}: {self.process.communicate()[1].strip() or 'no answer'}")
        return self

    def __exit__(self, *error: object) -> None:
        self.process.send_signal(signal.SIGINT)
        self.said = self.process.communicate()[0]

    def result(self) -> dict:
        return json.loads(self.said)


@dataclass
class Bench:
    """`tree` is this library's build, `programs` holds the servers of both libraries."""

    tree: Path
    programs: Path
    out: Path
    rounds: int = 5
    seconds: float = 3
    is_quick: bool = False
    is_quiet: bool = False

    def __post_init__(self) -> None:
        self.server_core, self.load_core = cores()

    def say(self, text: str) -> None:
        if not self.is_quiet:
            print(f"  {text}", file=sys.stderr, flush=True)

    def ours(self, secure: bool = False) -> Server:
        return self.server("ours", "gnutls" if secure else "notls", secure)

    def libcoap(self, secure: bool = False) -> Server:
        return self.server("libcoap", "gnutls" if secure else "notls", secure)

    def server(self, whose: str, kind: str, secure: bool) -> Server:
        return Server(whose, [str(self.programs / f"{whose}-{kind}")], self.server_core,
                      [KEY] if secure else [])

    def echo(self) -> Server:
        return Server("echo", [str(self.tree / "lib/bench/echo")], self.server_core)

    def load_command(self, uri: str, *options: object) -> list[str]:
        secure = ["-k", KEY, "-u", IDENTITY] if uri.startswith("coaps:") else []
        return pinned(self.load_core, [str(self.tree / "coapspec-load"), "-q", "-j", "-", *secure,
                                       *(str(option) for option in options), uri])

    def load(self, server: Server, uri: str, *options: object) -> dict:
        """One run of the load generator; what it says in JSON."""
        done = subprocess.run(self.load_command(uri, "-i", server.pid, *options),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LoadFailed(f"{server.name}: {' '.join(map(str, options))} {uri}: "
                             f"{(done.stderr.strip() or 'no answer').splitlines()[-1]}")
        return json.loads(done.stdout)

    def observing(self, server: Server, target: str, sessions: int) -> Observing:
        """Sessions that are open, as observers where the resource is observable. For `with`."""
        return Observing(self.load_command(target, "-i", server.pid, "-O", "-c", sessions, "-t",
                                           3600, "-T", 5000), server.name)

    def probe(self, name: str, *arguments: object) -> dict:
        """A program of lib/bench that measures something by itself and says it in JSON."""
        command = [str(self.tree / "lib/bench" / name), *map(str, arguments)]
        done = subprocess.run(pinned(self.server_core, command), capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise LoadFailed(f"{name}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")
        return json.loads(done.stdout)


def in_turns(rounds: int, contenders: dict[str, Callable[[], dict[str, float]]],
             ) -> dict[str, dict[str, Spread]]:
    """Asks each contender once a round, so that all have the same weather; by metric, the spread of
    each contender."""
    taken: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        for name, measure in contenders.items():
            for metric, value in measure().items():
                taken.setdefault(metric, {}).setdefault(name, []).append(value)
    return {metric: {name: Spread.of(samples) for name, samples in by_name.items()}
            for metric, by_name in taken.items()}


def uri(server: Server, scheme: str, path: str) -> str:
    port = server.port + 1 if scheme == "coaps" else server.port
    return f"{scheme}://127.0.0.1:{port}/{path}"
