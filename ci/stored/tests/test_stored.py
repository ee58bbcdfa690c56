"""What libFuzzer writes down of a merge, and the choice of few inputs."""

from __future__ import annotations

from pathlib import Path

from edges import cover, parse_control
from shorten import Program, fewer_times, parts, shorten
from starve import starved

CONTROL = """3
1
one
two
three
STARTED 0 5
FT 0 1 2 3
COV 0 7
STARTED 1 6
STARTED 2 6
FT 2 3 4
COV 2
"""


def test_control_file() -> None:
    seen = parse_control(CONTROL)
    assert seen.edges == {Path("one"): {1, 2, 3}, Path("three"): {3, 4}}
    assert seen.failed == [Path("two")]


def write(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    return path


def test_few_and_small_ones_are_chosen(tmp_path: Path) -> None:
    large, small = write(tmp_path, "large", 9), write(tmp_path, "small", 2)
    part, other = write(tmp_path, "part", 1), write(tmp_path, "other", 5)
    edges = {large: frozenset({1, 2}), small: frozenset({1, 2}), part: frozenset({1}),
             other: frozenset({3, 9})}
    assert cover(edges, {1, 2, 3}) == [small, other]
    assert not cover(edges, {7})


def test_memory_gives_out_from_the_first_operation_on() -> None:
    program = "# why\nworld roles=server seed=1\nprocess\n"
    assert starved(program, 3) == "# why\nworld roles=server seed=1\nfail-alloc nth=3\nprocess\n"
    assert starved("process\n", 1) == "fail-alloc nth=1\nprocess\n"


def test_repetitions_are_fewer() -> None:
    assert fewer_times("observe resource=1 count=104 first=2") == [
        "observe resource=1 count=1 first=2", "observe resource=1 count=52 first=2",
        "observe resource=1 count=93 first=2"]
    assert fewer_times("observe count=2") == ["observe count=1"]
    assert not fewer_times("observe count=1") and not fewer_times("process")


def test_each_has_its_part_of_what_is_new() -> None:
    one, two = Path("one"), Path("two")
    assert parts([one, two], {one: frozenset({1, 2, 3}), two: frozenset({3, 4})}, {1}) == {
        one: frozenset({2, 3}), two: frozenset({4})}


def test_what_can_be_done_without_goes() -> None:
    """The edge of `send` is wanted, which needs `open` before it and three repetitions."""
    asked = 0

    def look(texts: dict[str, str]) -> dict[str, frozenset[int]]:
        nonlocal asked
        asked += len(texts)
        return {name: frozenset({7} if "open\nsend count=" in text and
                                int(text.split("count=")[1].split()[0]) >= 3 else {1})
                for name, text in texts.items()}

    program = Program(Path("x"), frozenset({7}), ["# why", "world"],
                      ["process", "open", "send count=100", "process", "close", "advance ms=1"])
    untouched = Program(Path("y"), frozenset({9}), ["world"], ["open", "send count=100"])
    shorten([program, untouched], look, lambda words: None)
    assert program.text(program.operations) == "# why\nworld\nopen\nsend count=3\n"
    assert untouched.operations == ["open", "send count=100"]
    assert asked < 100
