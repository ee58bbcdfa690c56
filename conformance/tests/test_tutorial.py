"""peers/TUTORIAL.md, followed to the letter by somebody who has nothing but the page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
PAGE = (HERE / "peers" / "TUTORIAL.md").read_text()
FILE = re.compile(r"`(conformance/[\w./-]+)`:\n\n```(?:python|toml)\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"```(\w+)[^\n]*\n(.*?)```", re.DOTALL)
LINES = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project, as far as the page needs it."""
    shutil.copytree(HERE, tmp_path / "conformance",
                    ignore=shutil.ignore_patterns("findings", "tests", "__pycache__", "node_modules"))
    return tmp_path


def do(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-ec", commands], cwd=folder, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=300, check=False)


def section(number: int) -> str:
    """The text below a heading such as "## 4. The suite"."""
    return re.split(r"^## \d\. .*$", PAGE, flags=re.MULTILINE)[number]


def commands(number: int) -> list[str]:
    return [text for kind, text in BLOCK.findall(section(number)) if kind == "sh"]


def test_the_server_and_its_description_are_as_short_as_they_say() -> None:
    files = dict(FILE.findall(PAGE))
    code = [line for line in files["conformance/peers/mine/server.py"].splitlines() if line.strip()]
    assert len(code) <= LINES and max(map(len, code)) <= 100
    assert len(files["conformance/peers/mine/peer.toml"].splitlines()) <= 10
    assert "## 5. " in PAGE and len(commands(5)) == 2


def test_a_newcomer_gets_there(folder: Path) -> None:
    files = dict(FILE.findall(PAGE))
    for number in (1, 2, 3):
        for block in commands(number):
            assert do(block, folder).returncode == 0
        for path, text in files.items():
            if f"`{path}`" in section(number):
                (folder / path).write_text(text)
    first, second = commands(4)[0].splitlines()
    known = do(first, folder)
    assert known.returncode == 0 and re.search(r"^mine .*installed: 1\.0", known.stdout, re.MULTILINE)
    done = do(second, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^mine \(coap://.*: conforms$", done.stdout, re.MULTILINE)
    (run,) = json.loads((folder / "mine.json").read_text())["runs"]
    assert run["counts"]["pass"] > 80 and run["counts"]["fail"] == 0
    assert "a server of sixty lines" in (folder / "mine.html").read_text()

    planted, expected = commands(5)
    broken = do(planted, folder)
    assert broken.returncode == 1 and "FAIL rfc7252/5.4.1/unknown-critical" in broken.stdout
    assert do(expected, folder).returncode == 0
