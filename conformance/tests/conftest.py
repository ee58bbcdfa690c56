"""Real servers for the tests: the suite's reference server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CONFORMANCE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CONFORMANCE))

SERVE = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from suite.mutants import serve_reference
async def main():
    async with serve_reference(sys.argv[2] or None, sys.argv[3]) as uri:
        print(uri, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


class Reference:
    """Reference servers started for one test."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, mutant: str = "", transport: str = "coap") -> str:
        """Starts one, a mutant or the correct server of a transport, and gives its URI."""
        process = subprocess.Popen(
            [sys.executable, "-B", "-c", SERVE, str(CONFORMANCE), mutant, transport],
            stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        assert process.stdout
        return process.stdout.readline().strip()

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
            process.wait()
            if process.stdout:
                process.stdout.close()


@pytest.fixture
def reference() -> Iterator[Reference]:
    servers = Reference()
    yield servers
    servers.stop()


class Finished:
    """How a command ended."""

    def __init__(self, done: subprocess.CompletedProcess[str]):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def error_line(self) -> str:
        """The one line on standard error; the test fails when there are more or none."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


def coapspec(*words: object) -> Finished:
    """Runs the command as a user would, from a folder that is not the project's."""
    return Finished(subprocess.run(
        [sys.executable, str(CONFORMANCE / "coapspec"), *map(str, words)], cwd="/",
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False))
