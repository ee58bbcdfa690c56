"""The commands of a client under test, as the command line gives them."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence

from .client_handle import CLIENT_WORDS, TASK_WORDS, TASKS
from .ending import USAGE, Stop


def command(option: str, text: str, known: Sequence[str] = CLIENT_WORDS) -> list[str]:
    """The words of a client's command."""
    try:
        parts = shlex.split(text)
        for word in parts:
            word.format(**dict.fromkeys(known, ""))
    except (ValueError, KeyError, IndexError) as error:
        raise Stop(USAGE, f"--{option} '{text}': {error}; there are: "
                   f"{', '.join(f'{{{word}}}' for word in known)}") from None
    if parts and not shutil.which(parts[0]):
        raise Stop(USAGE, f"--{option}: there is no program '{parts[0]}'")
    if parts and "{uri}" not in text:
        raise Stop(USAGE, f"--{option} '{text}' has no {{uri}}")
    return parts


def tasks(pairs: list[str]) -> dict[str, list[str]]:
    """What --command says: TASK=COMMAND."""
    commands = {}
    for pair in pairs:
        task, equals, text = pair.partition("=")
        if task not in TASKS or not equals or not text.strip():
            raise Stop(USAGE, f"--command '{pair}': expected TASK=COMMAND, where TASK is one of: "
                       f"{', '.join(TASKS)}")
        commands[task] = command(f"command {task}", text, TASK_WORDS)
    return commands
