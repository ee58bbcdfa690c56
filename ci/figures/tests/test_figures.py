"""The figures of ci/bench, from samples to the page, with servers and loads made up for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import Bench, LoadFailed, in_turns
from catalogue import MEASUREMENTS
from machine import NotStarted, Server, cpu_seconds, free_port
from overload import Overload, checks, recovered
from samples import Aim, Figure, Spread, ratio
from words import line_of, number

FIGURES = Path(__file__).resolve().parents[1]
SERVER = """#!/bin/sh
echo ready
exec sleep 60
"""
SAID = {"answers": 5000, "server_cpu_seconds": 0.05, "per_second": 4000.0}


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Servers that only say that they are ready, and a load that always says the same."""
    program(tmp_path / "tree/coapspec-load", f"#!/bin/sh\ncat <<'END'\n{json.dumps(SAID)}\nEND\n")
    program(tmp_path / "tree/lib/bench/echo", SERVER)
    for name in ("ours-notls", "libcoap-notls"):
        program(tmp_path / "programs" / name, SERVER)
    return Bench(tmp_path / "tree", tmp_path / "programs", tmp_path / "out", rounds=2, seconds=0.1,
                 is_quiet=True)


def test_spread_is_the_median_and_its_range() -> None:
    spread = Spread.of([5.0, 1.0, 3.0])
    assert (spread.median, spread.low, spread.high) == (3.0, 1.0, 5.0)


def test_ratios_are_taken_round_by_round() -> None:
    """A round that is slow for both says nothing about either."""
    assert ratio(Spread.of([100.0, 10.0, 50.0]), Spread.of([50.0, 5.0, 25.0])) == Spread.of([2.0] * 3)


@pytest.mark.parametrize(("aim", "value", "met", "by"), [
    (Aim("libcoap", at_least=2.0), 2.5, True, 0.25),
    (Aim("libcoap", at_least=2.0), 1.5, False, 0.25),
    (Aim("ours", at_most=100.0), 150.0, False, 0.5),
    (Aim("ours", at_most=100.0), 100.0, True, 0.0),
])
def test_verdicts(aim: Aim, value: float, met: bool, by: float) -> None:
    assert aim.verdict(value) == (met, pytest.approx(by))


def test_a_line_says_what_is_missed() -> None:
    figure = Figure("x", "requests", "a second",
                    {"ours": Spread.of([300.0]), "libcoap": Spread.of([200.0])},
                    aims=[Aim("libcoap", at_least=2.0), Aim("ours", at_least=100.0)])
    line = line_of(figure)
    assert "libcoap x 1.5" in line
    assert ">= 2 x libcoap: MISSED by 25%" in line
    assert ">= 100: met by 200%" in line
    assert figure.as_json()["aims"][0]["met"] is False


def test_numbers_keep_three_digits() -> None:
    assert [number(value) for value in (0.1234, 5.678, 999.4, 66_123, 1_234_567)] == \
        ["0.123", "5.68", "999", "66.1k", "1.23M"]


def test_contenders_take_turns() -> None:
    asked: list[str] = []

    def contender(name: str) -> dict[str, float]:
        asked.append(name)
        return {"rate": float(len(asked))}

    taken = in_turns(3, {"ours": lambda: contender("ours"), "other": lambda: contender("other")})
    assert asked == ["ours", "other"] * 3
    assert taken["rate"]["other"].samples == (2.0, 4.0, 6.0)


def test_a_server_that_does_not_start_is_named(tmp_path: Path) -> None:
    server = Server("ours", [str(program(tmp_path / "bad", "#!/bin/sh\necho no room >&2\nexit 1\n"))],
                    None)
    with pytest.raises(NotStarted, match="ours does not start: no room"), server:
        pass


def test_a_load_that_fails_is_named(bench: Bench) -> None:
    program(bench.tree / "coapspec-load", "#!/bin/sh\necho it hurts >&2\nexit 1\n")
    with bench.ours() as server, pytest.raises(LoadFailed, match="ours: -t 1 .*: it hurts"):
        bench.load(server, "coap://127.0.0.1:1/hello", "-t", 1)


def test_processor_time_grows() -> None:
    before = cpu_seconds(1) if Path("/proc/1/task").exists() else 0.0
    assert before >= 0.0
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            while cpu_seconds(busy.pid) < 0.05:
                pass
        finally:
            busy.kill()


def test_free_ports_come_in_pairs() -> None:
    assert 1024 < free_port() < 65535


def test_every_aim_is_of_a_figure_that_is_taken() -> None:
    """By its id, as it stands in the sources."""
    sources = "".join(path.read_text() for path in FIGURES.glob("*.py"))
    import tomllib
    for aim in tomllib.loads((FIGURES / "aims.toml").read_text())["aim"]:
        stem = aim["figure"].replace("-arm", "-").replace("-replace", "-").replace("-fire", "-")
        stem = "memory-" if stem.startswith("memory-") and stem[-1] == "k" else stem
        assert f'"{stem}' in sources, aim["figure"]
        assert ("at_least" in aim) != ("at_most" in aim)


def test_names_are_unique() -> None:
    names = [measurement.name for measurement in MEASUREMENTS]
    assert len(set(names)) == len(names)


def test_from_the_command_to_the_page(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, str(FIGURES), "--tree", str(bench.tree), "--programs", str(bench.programs),
         "--out", str(out), "--json", str(tmp_path / "all.json"), "--only", "udp", "--rounds", "2",
         "--quick", "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = {one["id"]: one for one in json.loads((tmp_path / "all.json").read_text())["figures"]}
    assert figures["udp-get"]["values"]["ours"]["median"] == pytest.approx(100_000)
    assert figures["udp-get"]["ratios"]["echo"]["median"] == 1.0
    assert [aim["met"] for aim in figures["udp-get"]["aims"]] == [False, True]
    assert "aims: 1 met, 1 missed" in done.stdout
    page = (out / "index.html").read_text()
    assert "MISSED by 60%" in page and "ratios.svg" in page
    assert (out / "ratios.svg").read_text().lstrip().startswith("<?xml")


def test_what_cannot_be_measured_is_told(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")
    program(bench.programs / "libcoap-notls", "#!/bin/sh\necho broken >&2\nexit 1\n")
    done = subprocess.run(
        [sys.executable, str(FIGURES), "--tree", str(bench.tree), "--programs", str(bench.programs),
         "--out", str(tmp_path / "out"), "--only", "udp", "--quick", "--quiet"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "udp: libcoap does not start: broken" in done.stderr


def test_recovery_is_when_the_others_are_answered_again() -> None:
    assert recovered([20] * 10 + [0] * 20 + [20] * 10, 3.0) == 0.0
    assert recovered([20] * 10 + [0] * 25 + [20] * 10, 3.0) == pytest.approx(0.5)
    assert recovered([20] * 10 + [0] * 40, 3.0) == float("inf")


def test_overload_has_to_be_answered_as_the_peak() -> None:
    found = Overload(peaks=[100.0, 100.0], answered=[80.0], offered_per_second=[300.0],
                     answered_per_second=[80.0], recovered_seconds=[2.0], requests=300, lost=220,
                     memory_peak=10**9)
    assert [is_kept for _, is_kept in checks(found)] == [True, False, False, False, True]
