"""The command `coapspec diff`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from functools import partial

from . import differences, peers, program, replay
from .differences import Comparison
from .ending import FINDING, OK, UNREACHABLE, USAGE, Stop, words, write
from .program import Program, ProgramError
from .replay import Answered
from .report import console, html
from .target import UDP, Target, TargetError, UnreachableError, parse_uri

PROGRAMS = peers.ROOT / "corpus" / "seeds" / "session_udp_server"


def command_diff(options: argparse.Namespace) -> int:
    names = words(options.peers)
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise Stop(USAGE, "--peers: expected two or more different peers or coap:// URIs, with "
                   "commas; see 'coapspec peers'")
    out = console.Console(quiet=options.quiet)
    programs, remarks = _programs(options)
    for remark in remarks:
        out.remark(f"left out: {remark}")
    plan = {name: _plan(name, options.timeout_scale) for name in names}
    found, missing = asyncio.run(_compare(plan, programs, out))
    out.clear()
    for text in missing:
        print(f"coapspec: {text}", file=sys.stderr)
    if found is None:
        return UNREACHABLE
    _report(found, options, out)
    return FINDING if any(cause.broken and cause.level == "MUST" for cause in found.causes) else OK


def _programs(options: argparse.Namespace) -> tuple[list[Program], list[str]]:
    if options.packet and options.programs:
        raise Stop(USAGE, "give either programs or --packet, not both")
    try:
        if options.packet:
            return [program.packet(text) for text in options.packet], []
        programs, remarks = program.found(options.programs or [PROGRAMS])
    except ProgramError as error:
        raise Stop(USAGE, str(error)) from None
    if not any(step.is_sent for found in programs for step in found.steps):
        raise Stop(USAGE, "no program has a message to send")
    return programs, remarks


def _plan(name: str, scale: float) -> peers.Description | Target:
    """What is to be asked: a peer to start, or a server that runs."""
    if "://" in name:
        address = parse_uri(name)
        if address.transport != UDP:
            raise Stop(USAGE, f"URI '{name}': diff speaks UDP only (coap://)")
        return Target(name, address, timeout_scale=scale)
    return peers.load(name)


async def _compare(plan: dict[str, peers.Description | Target], programs: list[Program],
                   out: console.Console) -> tuple[Comparison | None, list[str]]:
    played: dict[str, list[list[Answered]]] = {}
    versions: dict[str, str] = {}
    missing: list[str] = []
    done = 0

    def progress(peer: str, what: str) -> None:
        nonlocal done
        done += 1
        out.progress(f"{peer}: {what}", done, len(programs) * len(plan))

    async def one(name: str, which: peers.Description | Target) -> None:
        try:
            versions[name], played[name] = await _play(which, programs, partial(progress, name))
        except (peers.PeerError, TargetError) as error:
            missing.append(str(error))

    await asyncio.gather(*(one(name, which) for name, which in plan.items()))
    if len(played) < 2:
        return None, missing
    left_out = sum((found.left_out for found in programs), start=type(programs[0].left_out)())
    kept = {name: played[name] for name in plan if name in played}
    return differences.compare(kept, {name: versions[name] for name in kept}, left_out), missing


async def _play(which: peers.Description | Target, programs: list[Program],
                progress: partial[None]) -> tuple[str, list[list[Answered]]]:
    if isinstance(which, Target):
        if not await which.is_up(2.0, 3):
            raise UnreachableError(f"nothing answers at {which.name}: is the server running?")
        await which.probe()
        return "", await replay.play(programs, which, None, progress)
    version = peers.installed_version(which)
    if version is None:
        raise UnreachableError(f"peer '{which.name}' is not installed: run "
                               f"'conformance/coapspec peers --install {which.name}'")
    async with peers.Server(which) as server:
        return version, await replay.play(programs, server.target, server.revive, progress)


def _report(found: Comparison, options: argparse.Namespace, out: console.Console) -> None:
    if options.json:
        write(options.json, json.dumps(found.as_json(), indent=1) + "\n")
    if options.html:
        try:
            write(options.html, html.render_differences(found))
        except html.MissingJinja as error:
            raise Stop(UNREACHABLE, str(error)) from None
    text = list(differences.lines(found))
    for line in text[-1:] if options.quiet else text:
        out.line(line)
