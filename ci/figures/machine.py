"""The machine under the servers: cores, processes, what they take of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

READY_SECONDS = 20.0
TRIES = 5


class NotStarted(Exception):
    """A server that does not start; the text says which one and why."""


def cores() -> tuple[int, int]:
    """One core for the server, another one for the load; the same when there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1 if len(usable) > 1 else 0]


def free_port() -> int:
    """A port with the next one free, too, on UDP and TCP (DTLS has the next one)."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
        if port < 65000 and all(is_free(port + i, kind) for i in (0, 1)
                                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)):
            return port
    raise NotStarted("no free port on 127.0.0.1")


def is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "-c", str(core), *command]


class Server:
    """A server process on a core of its own (None: wherever it likes), which says when it is
    ready. For `with`."""

    def __init__(self, name: str, command: list[str], core: int | None,
                 tail: list[str] | None = None, ready: str = "ready\n") -> None:
        self.name = name
        self.command = command
        self.tail = tail or []
        self.core = core
        self.ready = ready  # how the line begins that says so
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Server:
        for _ in range(TRIES):
            self.port = free_port()
            # A script of libtool's may stand before the program, in the same process.
            command = [*self.command, str(self.port), *self.tail]
            self.process = subprocess.Popen(
                command if self.core is None else pinned(self.core, command),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            assert self.process.stdout
            if self.process.stdout.readline().startswith(self.ready):
                return self
            _, said = self.process.communicate()
        raise NotStarted(f"{self.name} does not start: {said.strip() or 'it says nothing'}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        assert self.process
        self.process.terminate()
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def children(self) -> list[int]:
        """Processes that it has started."""
        return [int(pid) for path in Path(f"/proc/{self.pid}/task").glob("*/children")
                for pid in path.read_text().split()]

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def memory(self) -> int:
        """Bytes of its own in RAM: neither files nor what it shares."""
        return status_bytes(self.pid, "RssAnon")

    def peak_memory(self) -> int:
        return status_bytes(self.pid, "VmHWM")

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def is_alive(self) -> bool:
        assert self.process
        return self.process.poll() is None


def status_bytes(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pid: int) -> float:
    """Of all its threads, as the scheduler counts it."""
    return sum(int(path.read_text().split()[0])
               for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def wait_until_quiet(pid: int, seconds: float = 5.0) -> None:
    """Until it computes no more."""
    end = time.monotonic() + seconds
    before = cpu_seconds(pid)
    while time.monotonic() < end:
        time.sleep(0.2)
        now = cpu_seconds(pid)
        if now - before < 0.005:
            return
        before = now
