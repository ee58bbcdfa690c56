"""Reads link-format documents (RFC 6690 section 2), as strictly as its grammar is."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME = re.compile(r"[!#$&+\-.^_`|~0-9A-Za-z]+\*?")
TOKEN = re.compile(r"[!#$%&'()*+\-./0-9:<=>?@A-Z\[\]^_`a-z{|}~]+")
TARGET = re.compile(r"<([^<>\"{}|\\^`\x00-\x20]*)>")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
SPACE = re.compile(r"[ \t\r\n]*")
ONCE = ("rt", "if", "sz", "ct")
LISTS = frozenset({"rt", "if", "rel", "rev", "ct"})


class LinkError(ValueError):
    """A document that is not in link-format."""


@dataclass(frozen=True)
class Attribute:
    name: str
    value: str | None
    quoted: bool = False


@dataclass(frozen=True)
class Link:
    target: str
    attributes: tuple[Attribute, ...] = ()

    def all(self, name: str) -> list[str]:
        return [a.value or "" for a in self.attributes if a.name == name]

    def __str__(self) -> str:
        return f"<{self.target}>" + "".join(
            f";{a.name}" + ("" if a.value is None else f'="{a.value}"') for a in self.attributes
        )


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            near = self.text[self.at : self.at + 16]
            raise LinkError(f"expected {what} at character {self.at}, got {near!r}")
        self.at = found.end()
        return found

    def skip(self, mark: str) -> bool:
        self.read(SPACE, "space")
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            self.read(SPACE, "space")
            return True
        return False

    def attribute(self) -> Attribute:
        name = self.read(NAME, "an attribute name").group()
        if not self.skip("="):
            return Attribute(name, None)
        if self.text.startswith('"', self.at):
            value = self.read(QUOTED, "a closed quoted string").group(1)
            return Attribute(name, re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL), True)
        return Attribute(name, self.read(TOKEN, "a value").group())


def parse(document: bytes) -> list[Link]:
    """The links of a document, in order; LinkError says what is wrong with it."""
    try:
        reader = _Reader(document.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LinkError(f"not UTF-8 at byte {error.start}") from None
    links: list[Link] = []
    reader.read(SPACE, "space")
    while reader.at < len(reader.text):
        target = reader.read(TARGET, "a target in angle brackets").group(1)
        attributes = []
        while reader.skip(";"):
            attributes.append(reader.attribute())
        links.append(Link(target, tuple(attributes)))
        if not reader.skip(","):
            break
        if reader.at == len(reader.text):
            raise LinkError(f"expected a link behind the comma at character {reader.at - 1}")
    if reader.at != len(reader.text):
        reader.read(re.compile(r"\Z"), "a comma or the end")
    return links


def matches(link: Link, name: str, wanted: str) -> bool:
    """Whether a filter lets a link through: a trailing * asks for a prefix, and in a list of
    values each one counts (RFC 6690 4.1)."""
    values = [link.target] if name == "href" else link.all(name)
    if name in LISTS:
        values = [one for value in values for one in (value, *value.split())]
    if wanted.endswith("*"):
        return any(value.startswith(wanted[:-1]) for value in values)
    return wanted in values
