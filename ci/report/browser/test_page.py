"""The page in a real browser, from a file: every link and every fold is clicked, nothing is cut off,
axe-core has nothing serious to say, in light, dark and narrow. Run by ci/checks/page, which says where
axe-core is and where the pictures go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

REPORT = Path(__file__).resolve().parents[1]
AXE = Path(os.environ["AXE"])
SCREENS = Path(os.environ["SCREENS"])
SIZES = {"light": (1280, 900), "dark": (1280, 900), "narrow": (390, 844)}
RUNS = 4


def case(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "verdict": verdict, "title": f"The rule of {name}", "rfc": "RFC 7252 4.2",
            **more}


def cell(client: str, server: str, verdict: str = "works", reason: str = "") -> dict[str, Any]:
    return {"transport": "DTLS", "credential": "PSK", "client": client, "server": server,
            "verdict": verdict, "reason": reason, "seconds": 0.25, "said": []}


def results(run: int) -> dict[str, Any]:
    """The files of a run; each later one is a little better, the last has a finding of each kind."""
    last = run == RUNS - 1
    cases = [case(f"rfc7252/4.2/case-{number}", "pass") for number in range(40 + 10 * run)]
    known = case("rfc7252/5.4.3/length", "xfail", reason="takes an option of a wrong length")
    bad = [case("rfc7252/4.3/ping-reset", "fail", reason="got an ACK <b>instead</b>")] * last
    finding = {"path": "out/fuzz/pdu/findings/crash-1", "reproduce": "pdu_replay crash-1"}
    stacks = ("ours, GnuTLS", "libcoap, GnuTLS", "libcoap, OpenSSL")
    share = {"covered": 90 + run, "count": 100, "percent": 90.0 + run}
    coverage = dict.fromkeys(("lines", "branches", "regions"), share)
    speed = {"title": "GET over UDP", "unit": "answers/CPU s", "values": {"ours": {"median": 255e3}},
             "ratios": {"libcoap": {"median": 2.61}, "echo": {"median": 0.81}},
             "aims": [{"against": "libcoap", "at_least": 2.5, "at_most": None, "met": True},
                      {"against": "echo", "at_least": 0.85, "at_most": None, "met": False}]}
    return {
        "conformance/own.json": {"runs": [{"peer": {"version": "0.1.0"}, "cases": cases + bad}]},
        "conformance/libcoap.json": {"runs": [{"peer": {"version": "4.3.1"},
                                               "cases": [*cases[:30], known]}]},
        "fuzz/pdu.json": {"target": "pdu", "engine": "libfuzzer", "seconds": 60, "execs": 4200000,
                          "execs_per_s": 70000, "edges": 900 + 20 * run, "corpus": 120,
                          "crashes": int(last), "findings": [finding] * last},
        "replay/pdu.json": {"target": "pdu", "files": 70 + run, "failed": []},
        "interop.json": {"cells": [cell(a, b) for a in stacks for b in stacks[:-1]]
                         + [cell(a, stacks[-1], "limitation", "has no raw public keys")
                            for a in stacks]},
        "coverage.json": {**coverage, "files": {"lib/wire/uri.c": coverage},
                          "not_run": [{"function": "uri.c:f", "lines": [1], "why": None}]},
        "states.json": {"rows": 150, "steps": [["INIT", "OPEN", 7]] * (100 + run),
                        "pairs": [["INIT", "OPEN", "IDLE", "RX", 3]]},
        "speed.json": {"about": {"commit": "abc1234"}, "figures": [speed], "failed": []},
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of several runs, as a file."""
    out = tmp_path_factory.mktemp("out")
    for run in range(RUNS):
        for name, data in results(run).items():
            path = out / "results" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(data))
        (out / "results" / "conformance" / "own.html").write_text("<title>own</title>")
        (out / "results" / "states.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="300"><rect/></svg>')
        done = subprocess.run(
            [sys.executable, str(REPORT), "--out", str(out), "--peers", "own,libcoap",
             "--started", f"2026-01-0{run + 1} 10:00", "--seconds", "900", "--commit", "abc1234"],
            capture_output=True, text=True, check=False)
        assert done.returncode == int(run == RUNS - 1), done.stdout + done.stderr
    return (out / "index.html").as_uri()


@pytest.fixture(params=SIZES)
def browser(request: pytest.FixtureRequest, page: str) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options)
    width, height = SIZES[request.param]
    scheme = "dark" if request.param == "dark" else "light"
    found.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    found.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    found.get(page)
    found.name_of_look = request.param  # type: ignore[attr-defined]
    yield found
    found.quit()


def test_the_page(browser: webdriver.Chrome) -> None:
    """One browser for all that is asked of a look, as each takes seconds to start."""
    start = browser.current_url
    SCREENS.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(SCREENS / f"report-{browser.name_of_look}.png"))
    assert "2 findings" in browser.title
    colour = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") == (browser.name_of_look != "dark")

    # Nothing is wider than the window, but for tables in regions that scroll.
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")

    cards = browser.find_elements(By.CSS_SELECTOR, ".cards a")
    assert [card.get_attribute("hash") for card in cards] == [
        "#conformance", "#interop", "#fuzzing", "#inputs", "#coverage", "#states", "#speed"]
    assert len(browser.find_elements(By.CSS_SELECTOR, ".cards polyline")) >= 5
    assert "93.0 %" in cards[4].text and "+1 points since the last run" in cards[4].text
    for card in cards:
        target = card.get_attribute("hash")
        browser.execute_script("scrollTo(0, 0)")
        card.click()
        top = browser.execute_script(
            "return document.querySelector(arguments[0]).getBoundingClientRect().top", target)
        assert browser.current_url.endswith(target) and -5 <= top < browser.execute_script(
            "return innerHeight")

    for fold in browser.find_elements(By.TAG_NAME, "details"):
        fold.find_element(By.TAG_NAME, "summary").click()
        assert fold.get_attribute("open") and fold.find_elements(By.CSS_SELECTOR, "table, img")
    assert browser.execute_script("return document.querySelector('img').naturalWidth") == 2000

    assert "got an ACK <b>instead</b>" in browser.find_element(By.TAG_NAME, "main").text
    browser.find_element(By.LINK_TEXT, "own").click()
    assert browser.title == "own"
    browser.back()

    browser.execute_script(AXE.read_text())
    found = browser.execute_async_script("axe.run().then(arguments[0])")
    serious = [f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
               for rule in found["violations"] if rule["impact"] in ("serious", "critical")
               for node in rule["nodes"]]
    assert not serious, "\n".join(serious)
    assert len(found["passes"]) > 10
    assert start.startswith("file://")
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
