"""Which rule a report says is broken: the same words whatever numbers are in it."""

from __future__ import annotations

import re

SIGNS = (
    re.compile(r"^(oracle \S+ violated \([^)]*(?:\([^)]*\))?\)).*? ms: (.*)$", re.MULTILINE),
    re.compile(r"ERROR: (\w+Sanitizer: [\w-]+)"),
    re.compile(r"(runtime error: .{1,60})"),
    re.compile(r"(Assertion `.{1,60}?' failed)"),
)


def rule_of(report: str, code: int) -> str:
    """Numbers are taken out of what an oracle says, so that two findings of one rule look alike."""
    for sign in SIGNS:
        found = sign.search(report)
        if found and sign is SIGNS[0]:
            words = re.sub(r"0x[0-9a-f]+", "ID", found.group(2))
            return f"{found.group(1)}: " + re.sub(r"[0-9]+", "N", words)
        if found:
            return found.group(1)
    return f"exit {code}"
