"""What is read of llvm-cov's exports, and reasons that have become wrong."""

from __future__ import annotations

import json
from pathlib import Path

from measured import Share, read_lines, read_summary
from reasons import Reasons, read_reasons, unmeasured

LINES = """SF:{lib}/wire/a.c
FN:3,first
FN:9,a.c:second
FNDA:1,first
FNDA:0,a.c:second
DA:3,1
DA:4,0
DA:9,0
DA:10,0
end_of_record
SF:{lib}/wire/b.c
FN:1,third
DA:1,7
"""


def made(tmp_path: Path) -> Path:
    (tmp_path / "wire").mkdir()
    (tmp_path / "tests").mkdir()
    for name in ("wire/a.c", "wire/b.c", "wire/apart.c", "tests/t.c"):
        (tmp_path / name).touch()
    return tmp_path


def test_lines_belong_to_functions(tmp_path: Path) -> None:
    lib = made(tmp_path)
    missed, every = read_lines(LINES.format(lib=lib), lib)
    assert [(function.key, function.lines) for function in missed] == [
        ("wire/a.c: first", [4]), ("wire/a.c: second", [9, 10])]
    assert every == {"wire/a.c: first", "wire/a.c: second", "wire/b.c: third"}


def test_summary(tmp_path: Path) -> None:
    lib = made(tmp_path)
    figures = {kind: {"covered": 3, "count": 4} for kind in ("lines", "branches", "regions")}
    text = json.dumps({"data": [{"totals": figures, "files": [
        {"filename": f"{lib}/build/../wire/a.c", "summary": figures}]}]})
    (lib / "build").mkdir()
    totals, files = read_summary(text, lib)
    assert totals["lines"] == Share(3, 4) and totals["lines"].percent == 75
    assert list(files) == ["wire/a.c"]


def test_reasons_grow_old(tmp_path: Path) -> None:
    lib = made(tmp_path)
    missed, every = read_lines(LINES.format(lib=lib), lib)
    reasons = Reasons({"wire/a.c: first": "x", "wire/b.c: third": "x", "wire/a.c: gone": "x"},
                      {"wire/apart.c": "x", "wire/a.c": "x", "wire/none.c": "x"})
    assert reasons.stale(missed, every, {"wire/a.c", "wire/b.c"}, lib) == [
        "wire/a.c: gone: there is no such function", "wire/a.c: it is measured",
        "wire/b.c: third: every line of it is run", "wire/none.c: there is no such file"]


def test_sources_in_no_harness(tmp_path: Path) -> None:
    assert unmeasured(made(tmp_path), {"wire/a.c", "wire/b.c"}) == ["wire/apart.c"]


def test_the_reasons_there_are() -> None:
    top = Path(__file__).resolve().parents[3]
    reasons = read_reasons(top / "fuzz/coverage_reasons.toml")
    assert reasons.files and reasons.functions
    assert all((top / "lib" / key.partition(":")[0]).is_file() for key in reasons.functions)
