"""The commands of `coapspec`."""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import json
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from . import (
    arguments,
    client_commands,
    completion,
    diff,
    etsi,
    expect,
    explain,
    findings,
    network,
    peers,
    requirements,
    selftest,
    stability,
)
from .address import INSIDE
from .case import Case, load
from .client_handle import ClientTarget, Program
from .ending import FINDING, OK, UNREACHABLE, USAGE, Stop, words, write
from .gnutls import Keys
from .proxy_handle import ProxyTarget
from .report import console, html, machine
from .runner import Revive, run_cases
from .target import DEFAULT_PORTS, UDP, Target, TargetError, UnreachableError, parse_uri
from .verdict import Run

TRANSPORTS = tuple(DEFAULT_PORTS)
CLIENT_TRANSPORTS = ("coap", "coaps", "coaps+tcp", "coaps+ws", "coap+tcp", "coap+ws")


def _matches(case: Case, globs: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(case.id, glob) for glob in globs)


def _check_globs(globs: list[str], cases: dict[str, Case]) -> None:
    for glob in globs:
        if not any(fnmatch.fnmatchcase(id, glob) for id in cases):
            raise Stop(USAGE, f"no case matches '{glob}'{peers.nearest(glob, list(cases))}; see "
                       "'coapspec list'")


def select(cases: dict[str, Case], options: argparse.Namespace, role: str) -> list[Case]:
    """The cases about servers, or clients, that --only, --skip, --rfc and --quick leave."""
    _check_globs(options.only, cases)
    _check_globs(options.skip, cases)
    known = {id.split("/")[0] for id in cases}
    for number in options.rfc:
        if f"rfc{number}" not in known:
            numbers = sorted(name.removeprefix("rfc") for name in known)
            raise Stop(USAGE, f"no case of RFC {number}; there are cases of: {', '.join(numbers)}")
    chosen = [
        case for case in cases.values()
        if case.role == role
        and (not options.only or _matches(case, options.only))
        and not _matches(case, options.skip)
        and (not options.rfc or case.id.split("/")[0].removeprefix("rfc") in options.rfc)
        and not (options.quick and case.slow)
    ]
    if not chosen:
        raise Stop(USAGE, "no case is left: --only, --skip, --rfc and --quick exclude them all")
    return chosen


def remark_left_out(cases: dict[str, Case], options: argparse.Namespace, role: str) -> None:
    """Says what --quick has left out, also with --quiet: a run without it is another run."""
    slow = sum(case.slow and case.role == role for case in cases.values())
    if options.quick and slow:
        print(f"coapspec: --quick: {slow} cases that need seconds of protocol timers are left out",
              file=sys.stderr)


def adjust(target: Target, options: argparse.Namespace) -> None:
    """Applies --has, --lacks and --resource."""
    target.features |= set(words(options.has))
    for name in words(options.lacks):
        target.features.discard(name)
        target.resources.pop(name, None)
    for pair in options.resource:
        role, equals, path = pair.partition("=")
        if not (role and equals and path.startswith("/")):
            raise Stop(USAGE, f"--resource '{pair}': expected ROLE=/PATH")
        target.resources[role] = path


def _keys(options: argparse.Namespace) -> Keys:
    """What the runner shows to the server of a secure URI, and whom it trusts."""
    keys = Keys(options.identity, options.key.encode(), options.certificate, options.private_key,
                options.ca)
    if bool(keys.certificate) != bool(keys.private_key):
        raise Stop(USAGE, "--certificate and --private-key belong together")
    for path in (keys.certificate, keys.private_key, keys.ca):
        if path and not Path(path).is_file():
            raise Stop(USAGE, f"cannot read {path}")
    return keys


async def _test_uri(uri: str, chosen: list[Case], options: argparse.Namespace,
                    expected: dict[str, expect.Expectation], out: console.Console) -> list[Run]:
    kind = ProxyTarget if options.command == "proxy" else Target
    target = kind(uri, parse_uri(uri, *_keys(options).split()),
                  timeout_scale=options.timeout_scale)
    if not await target.is_up(2.0, 3):
        raise UnreachableError(f"nothing answers at {uri}: is the server running?")
    await target.probe()
    adjust(target, options)
    return [await _run(chosen, target, options, expected, out)]


async def _run(chosen: list[Case], target: Target, options: argparse.Namespace,
               expected: dict[str, expect.Expectation], out: console.Console,
               revive: Revive | None = None) -> Run:
    """One run, through the network that --network says."""
    async with AsyncExitStack() as stack:
        if options.network:
            relay = await stack.enter_async_context(
                network.Relay(target.address, network.Network.parse(options.network)))
            target = network.through(target, relay)
        run = await run_cases(chosen, target, jobs=options.jobs, strict=options.strict,
                              expected=expected, progress=out.progress, revive=revive)
    return run


async def _test_peer(description: peers.Description, transports: list[str], chosen: list[Case],
                     options: argparse.Namespace, expected: dict[str, expect.Expectation],
                     out: console.Console) -> list[Run]:
    """A run for each transport, one after the other; on the same server, but that security has one
    of its own."""
    version = peers.installed_version(description)
    if version is None:
        raise UnreachableError(f"peer '{description.name}' is not installed: run "
                               f"'conformance/coapspec peers --install {description.name}'")
    runs = []
    for group in _by_security(transports):
        async with peers.Server(description, options.timeout_scale, transports=group) as server:
            for target in server.targets:
                adjust(target, options)
                run = await _run(chosen, target, options, expected, out, server.revive)
                run.version = version
                run.title = description.title
                runs.append(run)
    return runs


def _by_security(transports: list[str]) -> list[list[str]]:
    """Those without security, those with it; no empty group."""
    groups = ([name for name in transports if name not in INSIDE],
              [name for name in transports if name in INSIDE])
    return [group for group in groups if group]


def _with_cases(transports: list[str], chosen: list[Case]) -> list[str]:
    """Those transports that some chosen case is for."""
    return [name for name in transports if any(case.is_for(name) for case in chosen)]


def _transports_of(description: peers.Description, options: argparse.Namespace,
                   chosen: list[Case], out: console.Console) -> list[str]:
    """What to test a peer over: all it declares and can here, or those of them that were asked
    for."""
    asked = words(options.transport)
    wanted = [name for name in description.transports if not asked or name in asked]
    if not wanted:
        raise Stop(USAGE, f"peer '{description.name}' has none of the transports asked for; "
                   f"it has: {', '.join(description.transports)}")
    why = description.insecure() if any(name in INSIDE for name in wanted) else None
    if why and any(name in INSIDE for name in asked):
        raise UnreachableError(f"peer '{description.name}' is not available with security: {why}")
    if why and all(name in INSIDE for name in wanted):
        raise UnreachableError(f"peer '{description.name}' is not available: {why}")
    if why:
        wanted = [name for name in wanted if name not in INSIDE]
        out.remark(f"{description.name}: not tested with security: {why}")
    left = _with_cases(wanted, chosen)
    if not left:
        raise Stop(USAGE, f"no case is left for peer '{description.name}' over "
                   f"{', '.join(wanted)}")
    return left


def _check_network(options: argparse.Namespace) -> None:
    """The network is one of datagrams, without security: nothing else is asked for then."""
    if not options.network:
        return
    try:
        network.Network.parse(options.network)
    except network.NetworkError as error:
        raise Stop(USAGE, f"--network {error}") from None
    if words(options.transport or UDP) != [UDP]:
        raise Stop(USAGE, "--network is for UDP: --transport coap")
    options.transport = UDP


def _plan(options: argparse.Namespace, cases: dict[str, Case],
          out: console.Console, role: str = "server") -> list[Callable[[], Awaitable[list[Run]]]]:
    """What is to be run, one coroutine for each server. All that can be wrong with the command
    line is found here, before anything is started."""
    chosen = select(cases, options, role)
    remark_left_out(cases, options, role)
    _check_network(options)
    given = expect.read(options.expect, cases) if options.expect else None
    plan: list[Callable[[], Awaitable[list[Run]]]] = []
    for name in words(options.peer or ""):
        description = peers.load(name)
        if role == "middle":
            description = peers.as_proxy(description)
        expected = _expected(options, description, cases)
        transports = _transports_of(description, options, chosen, out)
        plan.append(partial(_test_peer, description, transports, chosen, options, expected, out))
    keys = _keys(options)
    for uri in options.uri:
        address = parse_uri(uri, *keys.split())
        transport = address.transport
        if address.is_secure and not (keys.has_psk or keys.has_certificates):
            raise Stop(USAGE, f"URI '{uri}' needs --key (with --identity), or --ca")
        if words(options.transport) and transport not in words(options.transport):
            raise Stop(USAGE, f"URI '{uri}' is not of a transport asked for with --transport")
        if not _with_cases([transport], chosen):
            raise Stop(USAGE, f"no case is left for '{uri}': none is for {transport}")
        plan.append(partial(_test_uri, uri, chosen, options, given or {}, out))
    return plan


async def _test(plan: list[Callable[[], Awaitable[list[Run]]]], options: argparse.Namespace,
                out: console.Console) -> tuple[list[Run], list[str]]:
    """The runs, and why there is none of a server that could not be had."""
    runs, missing = [], []
    for step in plan:
        try:
            new = await step()
        except (peers.PeerError, UnreachableError) as error:
            out.clear()
            missing.append(str(error))
            continue
        runs += new
        if options.tap != "-":
            for run in new:
                out.run(run)
    return runs, missing


def _write_reports(runs: list[Run], options: argparse.Namespace) -> None:
    if options.json:
        write(options.json, json.dumps(machine.document(runs), indent=1) + "\n")
    if options.junit:
        write(options.junit, machine.junit(runs))
    if options.html:
        try:
            write(options.html, html.render(runs))
        except html.MissingJinja as error:
            raise Stop(UNREACHABLE, str(error)) from None
    if options.tap == "-":
        sys.stdout.write(machine.tap(runs))
    elif options.tap:
        write(Path(options.tap), machine.tap(runs))


def command_server(options: argparse.Namespace) -> int:
    if bool(options.uri) == bool(options.peer):
        raise Stop(USAGE, "give either URIs or --peer NAME; see 'coapspec server --help'")
    _check_transports(options, TRANSPORTS)
    out = console.Console(quiet=options.quiet)
    return _run_plan(_plan(options, load(), out), options, out)


def command_proxy(options: argparse.Namespace) -> int:
    if bool(options.uri) == bool(options.peer):
        raise Stop(USAGE, "give either URIs or --peer NAME; see 'coapspec proxy --help'")
    _check_transports(options, (UDP,))
    out = console.Console(quiet=options.quiet)
    return _run_plan(_plan(options, load(), out, "middle"), options, out)


def command_client(options: argparse.Namespace) -> int:
    if bool(options.psk or options.certificates or options.tasks) == bool(options.peer):
        raise Stop(USAGE, "give either --peer NAME, or commands by --command, --psk and "
                   "--certificates; see 'coapspec client --help'")
    _check_transports(options, CLIENT_TRANSPORTS)
    out = console.Console(quiet=options.quiet)
    return _run_plan(_client_plan(options, load(), out), options, out)


def _check_transports(options: argparse.Namespace, known: Sequence[str]) -> None:
    for transport in words(options.transport):
        if transport not in known:
            raise Stop(USAGE, f"unknown transport '{transport}'; there are: {', '.join(known)}")


def _expected(options: argparse.Namespace, description: peers.Description,
              cases: dict[str, Case]) -> dict[str, expect.Expectation]:
    """What is known to fail: as --expect says, else as the peer's own files do."""
    if options.expect:
        return expect.read(options.expect, cases)
    return {id: found for path in description.expectations
            for id, found in expect.read(path, cases).items()}


async def _test_client(name: str, program: Program, features: set[str],
                       transports: list[str], chosen: list[Case], options: argparse.Namespace,
                       expected: dict[str, expect.Expectation], out: console.Console) -> list[Run]:
    """A run for each transport."""
    runs = []
    for transport in transports:
        target = ClientTarget(name, transport, program, features, options.timeout_scale)
        run = await run_cases(chosen, target, jobs=options.jobs, strict=options.strict,
                              expected=expected, progress=out.progress)
        run.uri, run.title = f"{transport}://client", f"{name}, as a client"
        runs.append(run)
    return runs


def _client_transports(able: list[str], options: argparse.Namespace,
                       chosen: list[Case]) -> list[str]:
    asked = words(options.transport)
    left = _with_cases([t for t in able if not asked or t in asked], chosen)
    if not left:
        raise Stop(USAGE, "no case is left over the transports asked for")
    return left


def _peer_client(name: str, options: argparse.Namespace, cases: dict[str, Case],
                 chosen: list[Case], out: console.Console) -> Callable[[], Awaitable[list[Run]]]:
    """The run of a reference peer's client, over the transports that can be had here."""
    description = peers.load(name)
    client = description.client
    if not client.transports:
        raise UnreachableError(f"the client of peer '{name}' is not available: its peer.toml "
                               "describes no client")
    asked = words(options.transport)
    wanted = [t for t in client.transports if not asked or t in asked]
    lacking = {t: why for t in wanted if (why := description.clientless(t))}
    for transport, why in lacking.items():
        if len(lacking) == len(wanted):
            raise UnreachableError(f"the client of peer '{name}' is not available: {why}")
        out.remark(f"{name}: its client is not tested over {transport}: {why}")
    transports = _client_transports([t for t in wanted if t not in lacking], options, chosen)
    return partial(_test_client, name, client.program(description.places), client.features,
                   transports, chosen, options, _expected(options, description, cases), out)


def _client_plan(options: argparse.Namespace, cases: dict[str, Case],
                 out: console.Console) -> list[Callable[[], Awaitable[list[Run]]]]:
    """What is to be run, one coroutine for each client."""
    chosen = select(cases, options, "client")
    remark_left_out(cases, options, "client")
    plan = [_peer_client(name, options, cases, chosen, out) for name in words(options.peer or "")]
    if options.psk or options.certificates or options.tasks:
        commands = client_commands.tasks(options.tasks)
        client = peers.ClientDescription(
            psk=client_commands.command("psk", options.psk),
            certificates=client_commands.command("certificates", options.certificates),
            plain=commands.get("get", []), commands=commands, folder=str(Path.cwd()))
        asked = words(options.transport)
        # Streams without security only when asked for: not every client has them.
        able = [t for t in CLIENT_TRANSPORTS
                if (client.psk or client.certificates if t in INSIDE
                    else commands if t == UDP else client.plain and t in asked)]
        given = expect.read(options.expect, cases) if options.expect else {}
        plan.append(partial(_test_client, "client", client.program({}), client.features,
                            _client_transports(able, options, chosen), chosen, options, given, out))
    return plan


def _run_plan(plan: list[Callable[[], Awaitable[list[Run]]]], options: argparse.Namespace,
              out: console.Console) -> int:
    runs, missing = asyncio.run(_test(plan, options, out))
    if runs:
        _write_reports(runs, options)
    return _ending(runs, missing)


def _ending(runs: list[Run], missing: list[str]) -> int:
    """The exit code, with a line on standard error for each server that could not be had."""
    for text in missing:
        print(f"coapspec: {text}", file=sys.stderr)
    if not all(run.conforms for run in runs):
        return FINDING
    return UNREACHABLE if missing else OK


def command_list(options: argparse.Namespace) -> int:
    cases = load()
    catalogue = requirements.load()
    if options.json:
        listed = [{"id": case.id, "role": case.role, "level": case.level, "rfc": case.rfc,
                   "rows": list(case.rows), "title": case.title, "slow": case.slow,
                   "transports": list(case.transports), "requires": list(case.requires)}
                  for case in cases.values()]
        print(json.dumps({"schema": "coapspec-list/1", "cases": listed,
                          "rows": requirements.as_json(catalogue, cases.values())}, indent=1))
        return OK
    width = max((len(id) for id in cases), default=0)
    for case in cases.values():
        print(f"{case.id:{width}}  {case.level:7}  {case.title}")
    print()
    for line in requirements.coverage_lines(catalogue, cases.values()):
        print(line)
    accounts = catalogue.accounts(cases.values())
    states = Counter(account.state for account in accounts)
    print(f"\n{len(catalogue.rows)} rows, {len(accounts)} with their roles: "
          f"{states[requirements.TESTED]} tested, {states[requirements.UNTESTED]} not (list --json "
          f"says why), {states[requirements.PENDING]} of roles that are pending")
    print(f"{len(cases)} cases")
    return OK


def command_explain(options: argparse.Namespace) -> int:
    cases = load()
    case = cases.get(options.case)
    if case is None:
        raise Stop(USAGE, f"unknown case '{options.case}'"
                   f"{peers.nearest(options.case, list(cases))}; see 'coapspec list'")
    for line in explain.explained(case, cases, not options.no_packets):
        print(line)
    return OK


def _etsi_table(descriptions: list[etsi.Description]) -> int:
    """What tests each description here."""
    for found in descriptions:
        print(f"{found.name:18} {found.what}")
        for text in (*found.ids, *([f"not run: {found.why}"] if found.why else ())):
            print(f"{'':18}   {text}")
    tested = sum(bool(found.ids) for found in descriptions)
    print(f"{len(descriptions)} descriptions, {tested} of them tested at a server")
    return OK


def command_etsi(options: argparse.Namespace) -> int:
    descriptions = etsi.load(etsi.PURPOSES if options.purposes else etsi.FILE)
    if not options.uri and not options.peer:
        return _etsi_table(descriptions)
    if options.uri and options.peer:
        raise Stop(USAGE, "give either URIs or --peer NAME; see 'coapspec etsi --help'")
    _check_transports(options, TRANSPORTS)
    cases = {**load(), **etsi.scripts(descriptions)}
    if not options.only:
        options.only = sorted({id for found in descriptions for id in found.ids})
    out = console.Console(quiet=True)
    runs, missing = asyncio.run(_test(_plan(options, cases, out), options, out))
    _write_reports(runs, options)
    tables = {}
    for peer in dict.fromkeys(run.peer for run in runs):
        tables[peer] = etsi.standings(descriptions, [run for run in runs if run.peer == peer])
        for standing in tables[peer]:
            for line in etsi.lines(standing):
                print(line)
    if options.table:
        write(options.table, json.dumps(
            {"schema": "coapspec-etsi/1",
             "peers": {peer: [etsi.as_json(standing) for standing in table]
                       for peer, table in tables.items()}}, indent=1) + "\n")
    return _ending(runs, missing)


def command_stability(options: argparse.Namespace) -> int:
    if bool(options.uri) == bool(options.peer):
        raise Stop(USAGE, "give either URIs or --peer NAME; see 'coapspec stability --help'")
    _check_transports(options, TRANSPORTS)
    out = console.Console(quiet=options.quiet)
    steps = _plan(options, load(), console.Console(quiet=True))
    selftest.allow_sockets()
    # A server that runs already may be asked by one run at a time.
    at_once = 1 if options.uri else options.at_once
    record = asyncio.run(stability.repeat(steps, options.runs, at_once,
                                          (peers.PeerError, UnreachableError), out.progress))
    out.clear()
    _write_reports([run for runs in record.runs.values() for run in runs], options)
    if options.table:
        write(options.table, json.dumps(record.as_json(), indent=1) + "\n")
    text = list(stability.lines(record))
    for line in text[-1:] if options.quiet else text:
        out.line(line)
    for reason in record.missing:
        print(f"coapspec: {reason}", file=sys.stderr)
    return OK if record.holds else UNREACHABLE if not record.flickers() else FINDING


def command_findings(options: argparse.Namespace) -> int:
    cases = load()
    found = findings.load()
    try:
        shown = findings.evidence(options.runs)
        texts = {finding.path: findings.rendered(finding, cases, shown) for finding in found
                 if not options.peer or finding.peer in words(options.peer)}
    except findings.FindingError as error:
        raise Stop(USAGE, str(error)) from None
    for path, text in texts.items():
        write(options.out / path, text)
    write(options.out / "README.md", findings.index(found))
    print(f"{len(texts)} findings written to {options.out}")
    return OK


def _peer_row(name: str) -> dict[str, object]:
    try:
        peer = peers.load(name)
    except peers.PeerError as error:
        return {"name": name, "available": False, "why": str(error)}
    version = peers.installed_version(peer)
    return {"name": name, "title": peer.title, "package": peer.package, "version": peer.version,
            "transports": peer.transports, "installed": version, "available": version is not None,
            "limits": peer.limits}


def command_peers(options: argparse.Namespace) -> int:
    failed = False
    if options.install:
        wanted = peers.names() if options.install == "all" else words(options.install)
        for description in [peers.load(name) for name in wanted]:
            try:
                peers.install(description)
            except peers.PeerError as error:
                print(f"coapspec: {error}", file=sys.stderr)
                failed = True
    rows = [_peer_row(name) for name in peers.names()]
    if options.json:
        print(json.dumps(rows, indent=1))
    elif not options.install:
        for row in rows:
            state = f"installed: {row['installed']}" if row["available"] else row.get(
                "why", "not installed")
            print(f"{row['name']:15}  {row.get('package', ''):44}  {state}")
    return UNREACHABLE if failed else OK


def command_selftest(options: argparse.Namespace) -> int:
    cases = load()
    _check_globs(options.only, cases)
    known = [mutant.name for mutant in selftest.MUTANTS]
    if options.mutant and options.mutant not in known:
        raise Stop(USAGE, f"unknown mutant '{options.mutant}'"
                   f"{peers.nearest(options.mutant, known)}")
    chosen = [case for case in cases.values() if not options.only or _matches(case, options.only)]
    out = console.Console(quiet=options.quiet)
    proof = asyncio.run(selftest.prove(chosen, out.progress, options.mutant))
    out.clear()
    if options.json:
        write(options.json, json.dumps(proof.as_json(), indent=1) + "\n")
    if not options.quiet:
        for word, texts in (("not caught", proof.missed), ("false alarm", proof.alarms),
                            ("without a mutant", proof.uncovered)):
            for text in texts:
                out.line(f"{word}: {text}")
    out.line(proof.line())
    return OK if proof.holds else FINDING


COMMANDS = {"server": command_server, "proxy": command_proxy, "client": command_client, "list": command_list, "explain": command_explain,
            "etsi": command_etsi, "findings": command_findings, "diff": diff.command_diff,
            "stability": command_stability,
            "peers": command_peers, "selftest": command_selftest}


def main(argv: list[str] | None = None) -> int:
    parser = arguments.parser()
    completion.offer(parser)
    options = parser.parse_args(argv)
    # Ended by a job's time limit: as by the keyboard, so that peers are stopped first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return COMMANDS[options.command](options)
    except Stop as stop:
        code, text = stop.code, str(stop)
    except peers.PeerError as error:
        code = USAGE if str(error).startswith("unknown peer") else UNREACHABLE
        text = str(error)
    except UnreachableError as error:
        code, text = UNREACHABLE, str(error)
    except (TargetError, expect.ExpectError) as error:
        code, text = USAGE, str(error)
    except KeyboardInterrupt:
        code, text = FINDING, "interrupted"
    print(f"coapspec: {text}", file=sys.stderr)
    return code
