"""What the action and the template run, run here: with our server, a foreign one and none."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

OTHERS = Path(__file__).resolve().parents[1]
TOP = OTHERS.parents[1]
OWN = TOP / "build" / "coapspec-server"
ONLY = ["--only", "rfc7252/4.3/ping-reset", "--only", "rfc7252/3/unknown-version"]


def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def server(command: str) -> tuple[str, str]:
    """The command with a free port, and the URI."""
    number = port()
    return command.format(number), f"coap://127.0.0.1:{number}"


FOREIGN = "exec coap-server-notls -A 127.0.0.1 -p {}"


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, timeout=120,
                          capture_output=True, text=True, check=False)


def outcome(folder: Path, start: str, uri: str, *more: str) -> subprocess.CompletedProcess[str]:
    return run([str(OTHERS / "test-server"), "--start", start, "--uri", uri, "--wait", "10", *more],
               folder)


def test_a_server_that_conforms(tmp_path: Path) -> None:
    start, uri = server(f"sleep 1; exec {OWN} -A 127.0.0.1 -p {{}}")
    done = outcome(tmp_path, start, uri, "--", *ONLY)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = list(ET.parse(tmp_path / "coapspec" / "junit.xml").getroot().iter("testcase"))
    assert len(cases) == 2
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:  # it has been ended
        again.bind(("127.0.0.1", int(uri.rpartition(":")[2])))


def test_a_server_that_does_not_until_it_is_expected(tmp_path: Path) -> None:
    start, uri = server(FOREIGN)
    done = outcome(tmp_path, start, uri, "--", *ONLY)
    assert done.returncode == 1 and "FAIL rfc7252/3/unknown-version" in done.stdout
    (tmp_path / "known.txt").write_text("rfc7252/3/unknown-version  # RFC 7252 section 3: known\n")
    done = outcome(tmp_path, *server(FOREIGN), "--expect", "known.txt", "--", *ONLY)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_server_that_ends(tmp_path: Path) -> None:
    done = outcome(tmp_path, *server("echo no such port; exit 7 # {}"))
    assert done.returncode == 3 and "has ended: no such port" in done.stderr


@pytest.mark.parametrize(("words", "said"), [
    ([], "where does the server answer?"),
    (["--uri", "coap://127.0.0.1", "--wait", "soon"], "--wait wants a whole number"),
    (["--nonsense"], 'unknown argument "--nonsense"'),
])
def test_mistakes(tmp_path: Path, words: list[str], said: str) -> None:
    done = run([str(OTHERS / "test-server"), *words], tmp_path)
    assert done.returncode == 2 and said in done.stderr


@pytest.mark.parametrize(("more", "code"), [("", 1), (" --skip rfc7252/3/unknown-version", 0)])
def test_the_script_of_the_action(tmp_path: Path, more: str, code: int) -> None:
    action = yaml.safe_load((OTHERS / "action.yml").read_text())
    step = action["runs"]["steps"][0]
    start, uri = server(FOREIGN)
    given = {"uri": uri, "start": start, "expect": "", "options": " ".join(ONLY) + more}
    assert set(action["inputs"]) == set(given)
    environment = {name: given.get(text[len("${{ inputs."):-len(" }}")], str(OTHERS))
                   for name, text in step["env"].items()}
    summary = tmp_path / "summary.md"
    done = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], tmp_path,
               GITHUB_STEP_SUMMARY=str(summary), **environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert "conform" in summary.read_text()
    assert (tmp_path / action["runs"]["steps"][1]["with"]["path"] / "junit.xml").exists()


def test_the_script_of_the_template(tmp_path: Path) -> None:
    job = yaml.safe_load((OTHERS / "gitlab.yml").read_text())[".coapspec"]
    start, uri = server(FOREIGN)
    assert job["script"][0].startswith("git clone ")
    (tmp_path / ".coapspec").symlink_to(TOP)  # in place of the clone
    done = run(["bash", "-eo", "pipefail", "-c", "\n".join(job["script"][1:])], tmp_path,
               **{**job["variables"], "COAPSPEC_URI": uri, "COAPSPEC_START": start,
                  "COAPSPEC_OPTIONS": " ".join(ONLY)})
    assert done.returncode == 1, done.stdout + done.stderr
    assert (tmp_path / job["artifacts"]["reports"]["junit"]).exists()


def test_the_examples_of_the_page_use_what_there_is() -> None:
    page = (OTHERS / "README.md").read_text()
    github, gitlab = (yaml.safe_load(block.split("```")[0])
                      for block in page.split("```yaml\n")[1:])
    action = yaml.safe_load((OTHERS / "action.yml").read_text())
    assert set(github[1]["with"]) <= set(action["inputs"])
    assert github[1]["uses"].split("@")[0].endswith("/ci/others")
    template = yaml.safe_load((OTHERS / "gitlab.yml").read_text())
    assert gitlab["conformance"]["extends"] in template
    assert set(gitlab["conformance"]["variables"]) <= set(template[".coapspec"]["variables"])
