"""Completion in shells, by argcomplete where that is installed: words of the command line, and
names that only the suite knows."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from . import case, peers
from .selftest import MUTANTS


def _cases(**_: Any) -> Iterable[str]:
    return case.load()


def _peers(**_: Any) -> Iterable[str]:
    return peers.names()


def _mutants(**_: Any) -> Iterable[str]:
    return (mutant.name for mutant in MUTANTS)


# What stands for a name, by the argument that takes it.
NAMES = {"case": _cases, "only": _cases, "skip": _cases, "peer": _peers, "install": _peers,
         "mutant": _mutants}


def _commands(parser: argparse.ArgumentParser) -> Iterable[argparse.ArgumentParser]:
    for action in parser._actions:  # argparse has no other way to its commands
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def offer(parser: argparse.ArgumentParser) -> None:
    """Ends the program when a shell has asked what may follow."""
    try:
        import argcomplete
    except ImportError:
        return
    for command in _commands(parser):
        for action in command._actions:
            if action.dest in NAMES:
                action.completer = NAMES[action.dest]  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)
