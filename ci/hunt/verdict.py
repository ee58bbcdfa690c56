"""What a report of a broken library says: which oracle or sanitizer has spoken."""

from __future__ import annotations

import re

SIGNS = (
    (re.compile(r"^oracle (\S+) violated", re.MULTILINE), "oracle {}"),
    (re.compile(r"ERROR: (\w+Sanitizer): ([\w-]+)"), "{} {}"),
    (re.compile(r"runtime error: (.{1,50})"), "UBSan {}"),
    (re.compile(r"Assertion `(.{1,40}?)' failed"), "assert {}"),
    (re.compile(r"ERROR: libFuzzer: ([\w-]+)"), "{}"),
)
SHORT = {"AddressSanitizer": "ASan", "LeakSanitizer": "LSan"}


def seen_by(report: str, code: int) -> str:
    """In a few words; an abort without any is a check of the target itself."""
    for pattern, words in SIGNS:
        found = pattern.search(report)
        if found:
            parts = [SHORT.get(part, part) for part in found.groups()]
            # What a sanitizer calls an abort is none of its own findings.
            if parts[-1] == "ABRT" or parts[-1] == "deadly":
                continue
            return words.format(*parts).strip()
    if code in (-6, 134):
        return "target"
    return f"exit {code}"
