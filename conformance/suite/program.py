"""Session programs (fuzz/README.md) as a scripted client: the part of them that is on the wire.

What a program does to the library's insides (failing memory, its own requests, its handlers) no
foreign peer can be asked for; such operations are counted, and left out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .codec import FormatError, decode, encode
from .message import METHOD_NAMES, OPTION_NUMBERS, Message, Type, code

METHODS = {name.lower(): number for number, name in METHOD_NAMES.items()}
OPTIONS = {name.lower(): number for name, number in OPTION_NUMBERS.items()}
TYPES = {kind.name.lower(): kind for kind in Type}
WORD = re.compile(r'\s*([a-z0-9-]+)=((?:\d+:)?"(?:[^"\\]|\\.)*"|[^\s#]*)')
ESCAPE = re.compile(rb'\\(x[0-9a-fA-F]{2}|["\\])')
LAST = re.compile(r"last(?:-([1-3]))?$")
MESSAGE_FIELDS = {"peer", "to", "version", "type", "code", "mid", "token", "payload", "cut"}


class ProgramError(Exception):
    """A program that cannot be read: file, line, and what was expected."""


@dataclass(frozen=True)
class Step:
    """One operation of a program: a message, bytes, or time that passes."""

    line: int
    peer: int = 0
    message: Message | None = None
    data: bytes | None = None  # bytes that are not made of `message`
    milliseconds: int = 0
    mid_of: int | None = None  # the message ID of the peer's last message but so many
    token_of: int | None = None  # its token
    version: int = 1
    cut: int = 0  # so many bytes are missing at the end

    @property
    def is_sent(self) -> bool:
        return self.message is not None or self.data is not None

    def datagram(self, message: Message) -> bytes:
        """The bytes of the step's message, as it is once it is filled in."""
        whole = encode(message)
        whole = bytes([whole[0] & 0x3F | self.version << 6]) + whole[1:]
        return whole[:max(0, len(whole) - self.cut)]


@dataclass(frozen=True)
class Program:
    """A program's steps on the wire, and how many operations of which kinds are left out."""

    name: str
    steps: tuple[Step, ...]
    left_out: Counter[str] = field(default_factory=Counter)


def _bytes(text: str) -> bytes:
    if text.startswith('"'):
        raw = text[1:-1].encode()
        return ESCAPE.sub(lambda found: bytes([int(found[1][1:], 16)]) if found[1][:1] == b"x"
                          else found[1], raw)
    return bytes.fromhex(text)


def _code(text: str) -> int:
    return METHODS[text] if text in METHODS else code(text)


def _step(line: int, kind: str, pairs: list[tuple[str, str]]) -> Step:
    words = dict(pairs)
    peer = int(words.get("peer", "0"))
    if kind == "advance":
        return Step(line, milliseconds=int(words.get("ms", "0")))
    if kind == "datagram":
        return Step(line, peer, data=_bytes(words.get("data", "")))
    options = tuple(_option(name, value) for name, value in pairs if name not in MESSAGE_FIELDS)
    mid, token = LAST.match(words.get("mid", "")), LAST.match(words.get("token", ""))
    if words.get("token") == "own":
        words["token"] = '"own"'  # one that nobody else uses
    fresh = words.get("mid") == "next"
    message = Message(
        TYPES[words.get("type", "con")], _code(words.get("code", "0.00")),
        -1 if fresh else 0 if mid else int(words.get("mid", "0"), 0),
        b"" if token else _bytes(words.get("token", "")), options,
        _bytes(words.get("payload", "")))
    return Step(line, peer, message, mid_of=int(mid[1] or 0) if mid else None,
                token_of=int(token[1] or 0) if token else None,
                version=int(words.get("version", "1")), cut=int(words.get("cut", "0")))


def _option(name: str, value: str) -> tuple[int, bytes]:
    if name == "opt":
        number, _, value = value.partition(":")
        return int(number, 0), _bytes(value)
    return OPTIONS[name], _bytes(value)


def _fields(text: str) -> list[tuple[str, str]]:
    pairs, at = [], 0
    while found := WORD.match(text, at):
        pairs.append((found[1], found[2]))
        at = found.end()
    rest = text[at:].strip()
    if rest and not rest.startswith("#"):
        raise ValueError(f"expected field=value, found '{rest}'")
    return pairs


def parse(name: str, text: str) -> Program:
    """A program from its text. ProgramError says where it is wrong, or that it is none for a
    server on UDP."""
    steps: list[Step] = []
    left_out, world = Counter[str](), None
    for number, line in enumerate(text.splitlines(), 1):
        kind, _, rest = line.strip().partition(" ")
        if not kind or kind.startswith("#"):
            continue
        try:
            pairs = _fields(rest)
            if world is None:
                if kind != "world":
                    raise ValueError(f"expected the world line, found '{kind}'")
                world = dict(pairs)
            elif dict(pairs).get("to", "server") != "server" or \
                    kind not in ("message", "datagram", "advance"):
                left_out[kind] += 1
            else:
                steps.append(_step(number, kind, pairs))
        except (KeyError, ValueError) as error:
            why = f"unknown word {error}" if isinstance(error, KeyError) else error
            raise ProgramError(f"{name}:{number}: {why}") from None
    if world is None:
        raise ProgramError(f"{name}: no world line: is it a session program in text form? "
                           "(fuzz/session-convert makes one of other forms)")
    if world.get("roles", "server") not in ("server", "both") or world.get("proto", "udp") != "udp":
        raise ProgramError(f"{name}: not a program for a server on UDP "
                           f"({', '.join(f'{k}={v}' for k, v in world.items())})")
    return Program(name, tuple(steps), left_out)


def packet(hexadecimal: str) -> Program:
    """A program of one datagram."""
    try:
        data = bytes.fromhex(hexadecimal)
    except ValueError:
        raise ProgramError(f"--packet '{hexadecimal}': expected pairs of hex digits") from None
    try:
        step = Step(1, message=decode(data))
    except FormatError:
        step = Step(1, data=data)
    return Program(f"packet {hexadecimal}", (step,))


def read(path: Path) -> Program:
    try:
        return parse(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ProgramError(f"cannot read {path}: {why}; session programs in text form are named "
                           "*.session") from None


def found(paths: list[Path]) -> tuple[list[Program], list[str]]:
    """The programs of files, and those of folders that are for a server on UDP; and the remarks
    about the others there."""
    programs, remarks = [], []
    for path in paths:
        if not path.is_dir():
            programs.append(read(path))
            continue
        files = sorted(path.rglob("*.session"))
        if not files:
            raise ProgramError(f"{path}: no session program (*.session) in this folder")
        for file in files:
            try:
                programs.append(read(file))
            except ProgramError as error:
                remarks.append(str(error))
    return programs, remarks
