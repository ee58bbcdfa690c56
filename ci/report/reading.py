"""Reading what the commands wrote, with an error that names the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class BadResult(Exception):
    """A results file that is not what its command writes; the text says which and why."""


def load(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadResult(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise BadResult(f"{path}: wanted a JSON object")
    return data


def take(data: dict[str, Any], key: str, path: Path) -> Any:
    if key not in data:
        raise BadResult(f'{path}: "{key}" is missing')
    return data[key]
