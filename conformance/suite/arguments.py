"""The command line of `coapspec`."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import __version__, examples
from .client_handle import TASKS

EXIT_CODES = """exit codes:
  0  the peer conforms, or fails only as expected
  1  it does not (or: an unexpected pass, no case that could run, a failed selftest)
  2  usage: unknown option, case or peer, malformed URI, unusable file
  3  the peer cannot be reached, started or installed"""

DIFF_EXIT_CODES = """exit codes:
  0  compared, whatever differs
  1  a peer breaks a MUST that another one keeps
  2  usage: unknown option or peer, malformed URI or program, unusable file
  3  fewer than two of the peers can be reached, started or installed"""

STABILITY_EXIT_CODES = """exit codes:
  0  the same verdict each time, whatever it is
  1  a case came to several verdicts
  2  usage: unknown option, case or peer, malformed URI, unusable file
  3  a peer cannot be reached, started or installed"""

TASK_HELP = "tasks of --command:\n" + "".join(
    f"  {name:8} {what}\n" for name, what in TASKS.items()) + "\n"


def positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not above zero")
    return value


def whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above zero")
    return value


def _choosing(command: argparse.ArgumentParser) -> None:
    """Which cases, how they are run, and where the results go."""
    command.add_argument("--only", metavar="GLOB", action="append", default=[],
                        help="only cases whose id matches")
    command.add_argument("--skip", metavar="GLOB", action="append", default=[],
                        help="not the cases whose id matches")
    command.add_argument("--rfc", metavar="N", action="append", default=[],
                        help="only cases of that RFC, for example 7252")
    command.add_argument("--strict", action="store_true", help="a missed SHOULD is a failure")
    command.add_argument("--expect", metavar="FILE", type=Path,
                        help="expected failures (default with --peer: the peer's own file)")
    command.add_argument("--json", metavar="FILE", type=Path)
    command.add_argument("--junit", metavar="FILE", type=Path)
    command.add_argument("--tap", metavar="FILE", nargs="?", const="-",
                        help="TAP to a file, or to standard output in place of the summary")
    command.add_argument("--html", metavar="FILE", type=Path)
    command.add_argument("--jobs", metavar="N", type=whole, default=32,
                        help="cases beside one another (default 32; 1 names the case that ends a "
                        "server)")
    command.add_argument("--timeout-scale", metavar="X", type=positive, default=1.0,
                        help="longer or shorter waits, for slow peers or networks")
    command.add_argument("--quick", action="store_true",
                        help="leave out cases that need seconds of protocol timers")
    command.add_argument("--quiet", action="store_true", help="one line a peer, no progress")


def _client(commands: argparse._SubParsersAction) -> None:
    client = commands.add_parser(
        "client", help="test a client", epilog=TASK_HELP + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Lets a client program send requests to servers that are not what they should "
        "be.")
    client.add_argument("--peer", metavar="NAME", help="the client of a reference peer, or several "
                        "with commas")
    client.add_argument("--command", metavar="TASK=COMMAND", dest="tasks", action="append",
                        default=[],
                        help="how your client does a task over UDP, with {uri}, {seconds}, {file}, "
                        "{size} and {token}; cases whose task has no command are skipped")
    client.add_argument("--psk", metavar="COMMAND", default="",
                        help="your client with a pre-shared key: a command that sends a GET to {uri} "
                        "with {identity} and {key} within {seconds}, and prints the payload")
    client.add_argument("--certificates", metavar="COMMAND", default="",
                        help="your client with {certificate}, {private_key} and {ca} (files, PEM)")
    client.add_argument("--transport", metavar="LIST", default="",
                        help="only these: coap (UDP), coaps (DTLS), coaps+tcp, coap+tcp, coap+ws "
                        "(default: all that there are commands for, but the last two)")
    _choosing(client)


def _server(commands: argparse._SubParsersAction) -> None:
    server = commands.add_parser(
        "server", help="test a server", epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Takes a CoAP server through the requirements of the RFCs.")
    _servers(server)


def _proxy(commands: argparse._SubParsersAction) -> None:
    proxy = commands.add_parser(
        "proxy", help="test a forward-proxy", epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Takes a forward-proxy over UDP through its requirements: the runner is its "
        "client, and the origin server.")
    _servers(proxy)


def _servers(server: argparse.ArgumentParser) -> None:
    """Which servers, what they offer, and the keys for them."""
    server.add_argument("uri", nargs="*", metavar="URI",
                        help="coap://HOST[:PORT], coap+tcp:// or coap+ws://, or with security "
                        "coaps://, coaps+tcp:// or coaps+ws://; any number")
    server.add_argument("--peer", metavar="NAME", help="a reference peer to start and test, or "
                        "several with commas; see 'coapspec peers'")
    server.add_argument("--transport", metavar="LIST", default="",
                        help="only these transports: coap (UDP), coap+tcp, coap+ws, coaps "
                        "(DTLS), coaps+tcp, coaps+ws (default: all that the peer has)")
    _choosing(server)
    server.add_argument("--network", metavar="LIST", default="",
                        help="over UDP through a network that is not good: loss=10,delay=200,"
                        "reorder=25 (percent, milliseconds, percent, each way)")
    server.add_argument("--has", metavar="LIST", default="",
                        help="features the peer has, with commas")
    server.add_argument("--lacks", metavar="LIST", default="",
                        help="features or resources the peer has not, with commas")
    server.add_argument("--resource", metavar="ROLE=PATH", action="append", default=[],
                        help="where the peer offers a resource, for example large=/big")
    secure = server.add_argument_group("security, for coaps URIs")
    secure.add_argument("--identity", metavar="TEXT", default="", help="of the pre-shared key")
    secure.add_argument("--key", metavar="TEXT", default="", help="the pre-shared key")
    secure.add_argument("--ca", metavar="FILE", default="",
                        help="whose certificates are trusted (PEM)")
    secure.add_argument("--certificate", metavar="FILE", default="",
                        help="to be shown to the server (PEM)")
    secure.add_argument("--private-key", metavar="FILE", default="",
                        help="of that certificate (PEM)")


def _etsi(commands: argparse._SubParsersAction) -> None:
    etsi = commands.add_parser(
        "etsi", help="the ETSI plugtest descriptions by their names", epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Without a server: what tests each description here. With one: the outcome.")
    etsi.add_argument("--purposes", action="store_true",
                      help="the test purposes of TS 103 596-1 in their place")
    etsi.add_argument("--table", metavar="FILE", type=Path,
                      help="the outcome as JSON, beside the report that --json writes")
    _servers(etsi)


def _stability(commands: argparse._SubParsersAction) -> None:
    stability = commands.add_parser(
        "stability", help="the same cases again and again: is the verdict the same?",
        epilog=STABILITY_EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs the cases about servers so many times, several runs beside one another, "
        "and names each case whose verdict was not the same each time.")
    stability.add_argument("--runs", metavar="N", type=whole, default=20,
                           help="how often (default 20)")
    stability.add_argument("--at-once", metavar="N", type=whole, default=4,
                           help="runs beside one another (default 4), each with a server of its "
                           "own")
    stability.add_argument("--table", metavar="FILE", type=Path,
                           help="the outcome as JSON, beside the report of all runs that --json "
                           "writes")
    _servers(stability)


def _diff(commands: argparse._SubParsersAction) -> None:
    diff = commands.add_parser(
        "diff", help="the same messages to several servers, and where they differ",
        epilog=DIFF_EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Plays session programs to several servers, groups the differences of their "
        "answers by cause, and says which rule decides each.")
    diff.add_argument("programs", metavar="PROGRAM", nargs="*", type=Path,
                      help="session programs in text form, or folders of them (default: "
                      "corpus/seeds/session_udp_server)")
    diff.add_argument("--peers", metavar="LIST", default="",
                      help="reference peers, or coap:// URIs, with commas: two or more")
    diff.add_argument("--packet", metavar="HEX", action="append", default=[],
                      help="one datagram in place of programs; any number")
    diff.add_argument("--json", metavar="FILE", type=Path)
    diff.add_argument("--html", metavar="FILE", type=Path)
    diff.add_argument("--timeout-scale", metavar="X", type=positive, default=1.0,
                      help="longer or shorter waits, for slow peers or networks")
    diff.add_argument("--quiet", action="store_true", help="only the last line, no progress")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="coapspec", epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Holds CoAP implementations against the RFCs.")
    top.add_argument("--version", action="version", version=f"coapspec {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _server(commands)
    _proxy(commands)
    _client(commands)
    _etsi(commands)
    _diff(commands)
    _stability(commands)
    listing = commands.add_parser("list", help="the cases", epilog=EXIT_CODES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    listing.add_argument("--json", action="store_true")
    explain = commands.add_parser("explain", help="one case in words")
    explain.add_argument("case", metavar="CASE")
    explain.add_argument("--no-packets", action="store_true",
                         help="without a run on a correct peer and on a wrong one, which shows "
                         "the packets")
    findings = commands.add_parser("findings", help="reports on what reference peers get wrong")
    findings.add_argument("runs", metavar="RUN.json", nargs="+", type=Path,
                          help="reports of runs that show the failures")
    findings.add_argument("--peer", metavar="LIST", default="", help="only on these peers")
    findings.add_argument("--out", metavar="FOLDER", type=Path,
                          default=Path(__file__).resolve().parent.parent / "findings")
    peers = commands.add_parser("peers", help="which reference peers can be had")
    peers.add_argument("--json", action="store_true")
    peers.add_argument("--install", metavar="LIST", help="install these, with commas, or all")
    selftest = commands.add_parser("selftest", help="prove the cases by servers with planted "
                                   "faults")
    selftest.add_argument("--json", metavar="FILE", type=Path)
    selftest.add_argument("--mutant", metavar="NAME", help="only this one")
    selftest.add_argument("--only", metavar="GLOB", action="append", default=[],
                          help="only cases whose id matches")
    selftest.add_argument("--quiet", action="store_true", help="only the last line")
    examples.teach(top, commands.choices)
    return top
