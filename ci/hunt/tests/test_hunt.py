"""Heads of patches, reports of broken runs, and the seconds that a program may have."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from canary import BadPatch, read, read_all
from hunting import Result
from kept import Kept
from mutators import Row, line
from running import STOP, Stopped, run
from verdict import seen_by

FOLDER = Path(__file__).resolve().parents[3] / "fuzz/canaries"
HEAD = """Class: leak
Layer: api
Transport: UDP
Targets: pdu uri
Like: some bug
Seen by: memory-bounds

Something is not
freed.

--- a/lib/api/send.c
+++ b/lib/api/send.c
"""


def write(folder: Path, text: str) -> Path:
    patch = folder / "lost.patch"
    patch.write_text(text, encoding="utf-8")
    return patch


def test_head(tmp_path: Path) -> None:
    canary = read(write(tmp_path, HEAD))
    assert (canary.name, canary.kind, canary.targets) == ("lost", "leak", ("pdu", "uri"))
    assert canary.words == "Something is not freed."


@pytest.mark.parametrize("line, why", [
    ("Class: leak", "without Class"), ("Like: some bug", "without Like"),
    ("Something is not\nfreed.\n", "does not say"), ("--- a/lib/api/send.c", "no patch")])
def test_incomplete_head(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(BadPatch, match=why):
        read(write(tmp_path, HEAD.replace(line + "\n", "")))


def test_unknown_class_and_layer(tmp_path: Path) -> None:
    with pytest.raises(BadPatch, match="no such class: bug"):
        read(write(tmp_path, HEAD.replace("Class: leak", "Class: bug")))
    with pytest.raises(BadPatch, match="no such layer: top"):
        read(write(tmp_path, HEAD.replace("Layer: api", "Layer: top")))


def test_the_canaries_there_are() -> None:
    canaries = read_all(FOLDER)
    assert len(canaries) >= 40
    assert {canary.layer for canary in canaries} == {"wire", "session", "exchange", "secure", "api"}


@pytest.mark.parametrize("report, code, words", [
    ("oracle memory-bounds violated (design: x) in operation 3", -6, "oracle memory-bounds"),
    ("==1==ERROR: AddressSanitizer: heap-use-after-free on address", 1, "ASan heap-use-after-free"),
    ("a.c:1:2: runtime error: index 32 out of bounds for", 1, "UBSan index 32 out of bounds for"),
    ("==1==ERROR: AddressSanitizer: ABRT on unknown address", -6, "target"),
    ("x: y.c:6: void f(void): Assertion `head != NULL' failed.", -6, "assert head != NULL"),
    ("", -9, "exit -9")])
def test_who_has_spoken(report: str, code: int, words: str) -> None:
    assert seen_by(report, code) == words


def test_run_to_the_end(tmp_path: Path) -> None:
    ended = run([sys.executable, "-c", "print('out'); exit(3)"], tmp_path / "log", 60, {})
    assert (ended.code, ended.in_time) == (3, True)
    assert (tmp_path / "log").read_text(encoding="utf-8") == "out\n"


def test_run_past_its_seconds(tmp_path: Path) -> None:
    begin = time.monotonic()
    ended = run([sys.executable, "-c", "while True: pass"], tmp_path / "log", 0.5, {})
    assert not ended.in_time
    assert ended.cpu >= 0.5
    assert time.monotonic() - begin < 60


def running(mark: str) -> list[Path]:
    """Other processes with that in their command lines. One that is being ended has some time."""
    end = time.monotonic() + 20
    while True:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != str(os.getpid()):
                with contextlib.suppress(OSError):
                    if mark.encode() in (entry / "cmdline").read_bytes():
                        found.append(entry)
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def test_children_count(tmp_path: Path) -> None:
    """What a program starts uses its seconds, too."""
    mark = f"mark{os.getpid()}"
    child = ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass',"
             f" '{mark}'], start_new_session=%s)")
    for apart in (False, True):  # in a session of its own, as afl-fuzz has it
        ended = run([sys.executable, "-c", child % apart], tmp_path / "log", 1, {})
        assert not ended.in_time
        assert 1 <= ended.cpu < 10
        assert not running(mark)


def test_stopped_by_somebody(tmp_path: Path) -> None:
    """Nothing is left running, and nothing begins."""
    mark = f"mark{os.getpid()}"
    command = [sys.executable, "-c", "while True: pass", mark]
    threading.Timer(1, STOP.set).start()
    try:
        with pytest.raises(Stopped):
            run(command, tmp_path / "log", 60, {})
        assert not running(mark)
        with pytest.raises(Stopped):
            run(command, tmp_path / "log", 60, {})
        assert not running(mark)
    finally:
        STOP.clear()


def test_results_are_kept(tmp_path: Path) -> None:
    canary = read(write(tmp_path, HEAD))
    found = Result(canary, "afl", found=True, source="hunt", cpu=1.5, seen="oracle x")
    Kept(tmp_path, "so", False).write(found)
    assert Kept(tmp_path, "so", True).read(canary, "afl") == found
    assert Kept(tmp_path, "so", True).read(canary, "libfuzzer") is None
    assert Kept(tmp_path, "so", False).read(canary, "afl") is None, "a new run"
    assert Kept(tmp_path, "not so", True).read(canary, "afl") is None, "under other conditions"
    write(tmp_path, HEAD + "+more\n")
    assert Kept(tmp_path, "so", True).read(canary, "afl") is None, "of another patch"
    (tmp_path / "lost/result-afl.json").write_text("{", encoding="utf-8")
    assert Kept(tmp_path, "so", True).read(canary, "afl") is None, "half a file"


def test_what_was_not_found_took_longest() -> None:
    """The middle one of three runs is not the middle of those that found something."""
    def line_of(*values: float | None) -> str:
        return line("x", [Row("x", "with", 1, value, 1) for value in values]
                    + [Row("x", "without", 1, 2.0, 1)])

    assert "with 13 50 - (median 50)" in line_of(13.0, 50.0, None)
    assert "(median not found)" in line_of(13.0, None, None)
    assert "(median 13)" in line_of(50.0, 13.0, 1.0)
