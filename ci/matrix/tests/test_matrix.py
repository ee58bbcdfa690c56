"""The tables of ci/interop, filled by programs made up for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MATRIX = Path(__file__).resolve().parents[1]
SERVER = """#!/bin/sh
echo "$0: listening on coap://127.0.0.1:1001"
echo "$0: listening on coaps://127.0.0.1:1002"
echo "$0: listening on coaps+ws://127.0.0.1:1003"
exec /bin/sleep 300
"""
# Answers where its case says so; of itself it says what comes first.
CLIENT = """#!/bin/sh
case "$*" in
  *-V) echo "TLS Library: {about}" ;;
  {answers}) echo "coapspec-server </test>" ;;
  *) echo "it hurts" >&2; exit 1 ;;
esac
"""
ABLE = "GnuTLS - runtime 3 (DTLS and TLS support; PSK, PKI, and RPK support)"
NO_RPK = "OpenSSL - runtime 3 (DTLS and TLS support; PSK, PKI)"


def build(folder: Path, about: str, answers: str = "*") -> Path:
    folder.mkdir()
    client = CLIENT.format(about=about, answers=answers)
    for name, text in (("coapspec-client", client), ("coapspec-server", SERVER)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


class Ran:
    """One run over build directories, without Debian's programs."""

    def __init__(self, place: Path, builds: list[Path], limits: str = "") -> None:
        (place / "limits.toml").write_text(limits)
        command = [sys.executable, str(MATRIX), "--plain", str(place / "nothing"), "--builds",
                   ",".join(map(str, builds)), "--jobs", "4"]
        for kind in ("json", "html"):
            command += [f"--{kind}", str(place / f"out.{kind}")]
        command += ["--limits", str(place / "limits.toml")]
        self.done = subprocess.run(command, capture_output=True, text=True, check=False,
                                   env={**os.environ, "PATH": str(place)})
        self.lines = self.done.stdout.splitlines()
        self.place = place

    @property
    def cells(self) -> list[dict[str, Any]]:
        return json.loads((self.place / "out.json").read_text())["cells"]

    def verdicts(self, transport: str, credential: str) -> dict[tuple[str, str], str]:
        return {(cell["client"], cell["server"]): cell["verdict"] for cell in self.cells
                if (cell["transport"], cell["credential"]) == (transport, credential)}


def test_every_client_asks_every_server(tmp_path: Path) -> None:
    ran = Ran(tmp_path, [build(tmp_path / "a", ABLE), build(tmp_path / "b", NO_RPK)])
    assert ran.done.returncode == 0, ran.done.stderr
    names = ("own-gnutls", "own-openssl")
    for transport in ("DTLS", "TLS", "WSS"):
        for credential in ("PSK", "PKI"):
            found = ran.verdicts(transport, credential)
            assert all(found[a, b] == "works" for a in names for b in names)
        keys = ran.verdicts(transport, "RPK")
        assert keys["own-gnutls", "own-gnutls"] == "works"
        assert keys["own-openssl", "own-gnutls"] == "unavailable"
        assert keys["own-gnutls", "own-openssl"] == "unavailable"
    assert ran.lines[-1] == f"1..{len(ran.cells)}"
    assert "ok 9 - DTLS PSK: own-gnutls asks own-gnutls" in ran.lines
    page = (tmp_path / "out.html").read_text()
    assert page.count('<td class="text works"') == sum(c["verdict"] == "works" for c in ran.cells)
    assert "own-openssl has no raw public keys" in page


def test_what_is_not_there_is_skipped_with_the_reason(tmp_path: Path) -> None:
    ran = Ran(tmp_path, [build(tmp_path / "a", ABLE), tmp_path / "build-mbedtls"])
    assert ran.done.returncode == 0
    assert ran.verdicts("TLS", "PSK")["own-mbedtls", "own-gnutls"] == "unavailable"
    skipped = [line for line in ran.lines if "own-mbedtls asks own-gnutls # SKIP" in line]
    assert skipped and all("ci/setup --back-ends builds them" in line for line in skipped)
    assert any("libcoap-gnutls # SKIP there is no coap-client-gnutls" in line for line in ran.lines)


def test_a_question_without_its_answer_fails(tmp_path: Path) -> None:
    ran = Ran(tmp_path, [build(tmp_path / "a", ABLE), build(tmp_path / "b", NO_RPK, "*+tcp://*")])
    assert ran.done.returncode == 1
    assert ran.verdicts("DTLS", "PSK")["own-openssl", "own-gnutls"] == "fails"
    assert ran.verdicts("TLS", "PSK")["own-openssl", "own-gnutls"] == "works"
    at = next(i for i, line in enumerate(ran.lines)
              if line.startswith("not ok") and "DTLS PSK: own-openssl asks own-gnutls" in line)
    assert "# it hurts" in ran.lines[at:at + 6]
    assert all("it hurts" in cell["said"] for cell in ran.cells if cell["verdict"] == "fails")


LIMIT = """[[limit]]
reason = "cannot"
seen = "RFC 1 2.3: 00"
transport = "{}"
client = "own-o*"
"""


def test_a_limitation_is_expected(tmp_path: Path) -> None:
    builds = [build(tmp_path / "a", ABLE), build(tmp_path / "b", NO_RPK, "*+*://*")]
    ran = Ran(tmp_path, builds, LIMIT.format("DTLS"))
    assert ran.done.returncode == 0
    assert ran.verdicts("DTLS", "PKI")["own-openssl", "own-gnutls"] == "limitation"
    assert any(re.search("^not ok .*DTLS PKI: own-openssl asks own-gnutls # TODO cannot$", line)
               for line in ran.lines)


def test_a_limitation_that_works_is_flagged(tmp_path: Path) -> None:
    builds = [build(tmp_path / "a", ABLE), build(tmp_path / "b", NO_RPK)]
    ran = Ran(tmp_path, builds, LIMIT.format("TLS"))
    assert ran.done.returncode == 1
    assert ran.verdicts("TLS", "PKI")["own-openssl", "own-gnutls"] == "surprise"
    assert any(line.startswith("# a known limitation, and yet it works") for line in ran.lines)


def test_a_server_that_does_not_start_fails_its_cells(tmp_path: Path) -> None:
    builds = [build(tmp_path / "a", ABLE), build(tmp_path / "b", NO_RPK)]
    (builds[1] / "coapspec-server").write_text("#!/bin/sh\necho no luck today\nexit 1\n")
    ran = Ran(tmp_path, builds)
    assert ran.done.returncode == 1
    found = ran.verdicts("DTLS", "PSK")
    assert found["own-gnutls", "own-openssl"] == "fails"
    assert found["own-gnutls", "own-gnutls"] == "works"
    assert "# coapspec-server does not start: no luck today" in ran.lines


def test_nothing_to_try_is_no_pass(tmp_path: Path) -> None:
    assert Ran(tmp_path, [tmp_path / "build-tls"]).done.returncode == 1


@pytest.mark.parametrize("text", ['[[limit]]\nreason = "x"\n', "not toml"])
def test_malformed_limits_are_named(tmp_path: Path, text: str) -> None:
    ran = Ran(tmp_path, [build(tmp_path / "a", ABLE)], text)
    assert ran.done.returncode == 2
    assert "limits.toml: " in ran.done.stderr
