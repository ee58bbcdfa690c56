"""Expected-failures files: what a peer is known to get wrong, each with the RFC section.

    # a comment
    rfc7252/4.3/ping-reset  # RFC 7252 section 4.3: answers an Empty CON with an ACK
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .case import Case


class ExpectError(Exception):
    """An expected-failures file that cannot be used."""


@dataclass(frozen=True)
class Expectation:
    case: str
    reason: str
    line: int


def read(path: Path, cases: dict[str, Case]) -> dict[str, Expectation]:
    """The expectations in a file, by case id; ExpectError names file and line."""
    expected: dict[str, Expectation] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ExpectError(f"cannot read the expected-failures file {path}: {error}") from None
    for number, line in enumerate(lines, 1):
        entry, _, reason = line.partition("#")
        entry, reason = entry.strip(), reason.strip()
        if not entry:
            continue
        if entry not in cases:
            raise ExpectError(f"{path}:{number}: unknown case '{entry}'; see 'coapspec list'")
        if entry in expected:
            raise ExpectError(f"{path}:{number}: '{entry}' is already on line "
                              f"{expected[entry].line}")
        if not reason:
            raise ExpectError(f"{path}:{number}: '{entry}' needs a reason behind '#', with the "
                              "RFC section")
        expected[entry] = Expectation(entry, reason, number)
    return expected
