"""`coapspec diff`: programs read, servers right and wrong told apart, real peers compared."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from conftest import Finished, Reference, coapspec

from suite import differences, peers, program, stimulus
from suite.message import CON, GET, RST, URI_PATH
from suite.replay import Answered

WORLD = "world roles=server seed=1\n"
SEEDS = peers.ROOT / "corpus" / "seeds" / "session_udp_server"


def test_a_program_is_read() -> None:
    found = program.parse("p", WORLD + """
message peer=3 type=con code=get mid=0x0102 token=0a uri-path="a b\\x00" opt=65001:"x" # a remark
message type=rst mid=last-1
message version=2 type=con code=get mid=0x0009 cut=2
datagram peer=1 data=40ff
advance ms=1500
react on=request do=release
""")
    first, reset, odd, raw, pause = found.steps
    assert first.message and first.peer == 3
    assert (first.message.type, first.message.code, first.message.mid) == (CON, GET, 0x102)
    assert first.message.options == ((URI_PATH, b"a b\0"), (65001, b"x"))
    assert reset.message and reset.message.type == RST and reset.mid_of == 1
    assert odd.message and odd.datagram(odd.message) == bytes.fromhex("8001")
    assert (raw.data, pause.milliseconds) == (b"\x40\xff", 1500)
    assert found.left_out == {"react": 1}


def test_every_seed_is_read() -> None:
    found, remarks = program.found([SEEDS])
    assert len(found) == len(list(SEEDS.glob("*.session"))) and not remarks


@pytest.mark.parametrize(("text", "complaint"), [
    ("", "no world line"),
    ("message type=con\n", "p:1: expected the world line"),
    (WORLD + "message type=com\n", "p:2: unknown word 'com'"),
    (WORLD + "message type=con code=0.1x\n", "p:2: "),
    (WORLD + "message type=con nonsense\n", "p:2: expected field=value"),
    ("world roles=client\n", "not a program for a server on UDP"),
    ("world roles=server proto=tcp\n", "not a program for a server on UDP"),
])
def test_a_wrong_program_says_where(text: str, complaint: str) -> None:
    with pytest.raises(program.ProgramError, match=complaint):
        program.parse("p", text)


@pytest.mark.parametrize(("hexadecimal", "words"), [
    ("00010001", {"version"}),
    ("4001", {"runt"}),
    ("40010001ff", {"malformed", "con"}),
    ("60010001ff", {"malformed", "reply"}),
    ("60450001", {"reply"}),
    ("40000001", {"con", "empty"}),
    ("50e10001", {"non", "reserved-code"}),
    ("40450001", {"con", "response"}),
    ("40010001e1fcdc00", {"con", "request", "bad-critical"}),
    ("40030001d10e0f", {"con", "request", "changes", "option:Block1", "reserved-block-size"}),
])
def test_what_kind_of_message_it_is(hexadecimal: str, words: set[str]) -> None:
    (step,) = program.packet(hexadecimal).steps
    data = step.data if step.message is None else step.datagram(step.message)
    assert data is not None
    assert stimulus.words(Answered("", 1, data, step.message)) == words


def test_a_rule_decides_or_says_what_is_open() -> None:
    with differences.FILE.open("rb") as file:
        entries = tomllib.load(file)["rule"]
    assert len(entries) == len(differences.load())
    for entry in entries:
        assert bool(entry.get("open")) != bool(entry.get("section")), entry["name"]
        assert "RFC " in entry.get("open", entry.get("section", ""))
        assert entry.get("open") or (entry["right"] and entry["level"] in ("MUST", "SHOULD"))


def compared(file: Path, *words: object) -> tuple[Finished, dict[str, dict]]:
    """The causes by name, of a run that ends with 0 or 1."""
    done = coapspec("diff", "--json", file, *words)
    assert done.code in (0, 1), done.err
    document = json.loads(file.read_text())
    assert document["schema"] == "coapspec-diff/1"
    return done, {cause["cause"]: cause for cause in document["causes"]}


def test_two_correct_servers_do_not_differ(tmp_path: Path, reference: Reference) -> None:
    uris = [reference.start(), reference.start()]
    done, causes = compared(tmp_path / "d.json", "--peers", ",".join(uris), SEEDS / "ping.session",
                            SEEDS / "malformed.session", SEEDS / "get-con.session",
                            SEEDS / "separate.session", SEEDS / "put-post-delete.session")
    assert done.code == 0 and not causes, done.out


@pytest.mark.parametrize(("mutant", "packet", "cause"), [
    ("acknowledges-ping", "40000001", "ping"),
    ("overlooks-unknown-critical", "40010001b474657374e8fcd1696e206120474554",
     "unknown critical option, CON"),
    ("answers-other-versions", "80010001b474657374", "unknown version"),
])
def test_a_wrong_server_is_named(mutant: str, packet: str, cause: str, tmp_path: Path,
                                 reference: Reference) -> None:
    right, wrong = reference.start(), reference.start(mutant)
    done, causes = compared(tmp_path / "d.json", "--peers", f"{right},{wrong}", "--packet", packet,
                            "--html", tmp_path / "d.html")
    assert done.code == 1
    assert list(causes) == [cause]
    found = causes[cause]
    assert found["level"] == "MUST" and found["broken_by"] == {wrong: 1}
    assert "RFC 7252 section" in found["decides"]
    (example,) = found["examples"]
    assert example["sent"] == packet and set(example["answers"]) == {right, wrong}
    page = (tmp_path / "d.html").read_text()
    assert packet in page and "Broken by" in page and wrong in page


def test_real_peers_differ_where_the_rfc_decides_and_where_it_does_not(
        tmp_path: Path, reference: Reference) -> None:
    for name in ("own", "libcoap"):
        if peers.installed_version(peers.load(name)) is None:
            pytest.skip(f"peer {name} is not installed")
    wrong = reference.start("acknowledges-ping")
    done, causes = compared(tmp_path / "d.json", "--peers", f"own,libcoap,{wrong}",
                            SEEDS / "malformed.session", SEEDS / "ping.session",
                            SEEDS / "options.session")
    assert done.code == 1
    assert causes["ping"]["broken_by"] == {wrong: 1}
    assert causes["unknown version"]["broken_by"] == {"libcoap": 2}
    assert not any("own" in cause["broken_by"] for cause in causes.values())
    levels = [cause["level"] for cause in causes.values()]
    assert levels == sorted(levels, key=differences.LEVELS.index) and "open" in levels
    assert "undecided" not in levels


@pytest.mark.parametrize(("words", "code", "complaint"), [
    ((), 2, "--peers: expected two or more"),
    (("--peers", "own,own"), 2, "two or more different peers"),
    (("--peers", "own,libcoop"), 2, "did you mean 'libcoap'?"),
    (("--peers", "own,coap+tcp://127.0.0.1"), 2, "UDP only"),
    (("--peers", "own,libcoap", "--packet", "4g"), 2, "expected pairs of hex digits"),
    (("--peers", "own,libcoap", "/no/such.session"), 2, "cannot read /no/such.session"),
    (("--peers", "own,libcoap", "--packet", "40", SEEDS), 2, "either programs or --packet"),
])
def test_bad_input_is_one_clear_line(words: tuple[object, ...], code: int, complaint: str) -> None:
    done = coapspec("diff", *words)
    assert done.code == code
    assert complaint in done.error_line
