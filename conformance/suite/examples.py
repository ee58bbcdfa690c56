"""What the help of each command shows as examples."""

from __future__ import annotations

import argparse

TOP = """where to begin:
  coapspec server coap://127.0.0.1:5683      is my server right?
  coapspec explain rfc7252/4.3/ping-reset    what does that case want, and why?
  coapspec COMMAND --help                    options and examples of one command"""

COMMANDS = {
    "server": """examples:
  coapspec server coap://127.0.0.1:5683                    all cases over UDP
  coapspec server coap://127.0.0.1 --only 'rfc7252/4.*'    of one section
  coapspec server coap+tcp://127.0.0.1 --html report.html  over TCP, and a page to read
  coapspec server coap://127.0.0.1 --resource large=/big   a resource by another path
  coapspec server coaps://127.0.0.1 --identity me --key secret
  coapspec server --peer libcoap --junit junit.xml         a peer that is started for you
  coapspec server coap://127.0.0.1 --expect known.txt      exit 0 unless something is new""",
    "client": """examples:
  coapspec client --psk 'my-client --id {identity} --key {key} --wait {seconds} {uri}'
  coapspec client --certificates 'my-client --cert {certificate} --key-file {private_key} \\
                                  --ca {ca} {uri}'
  coapspec client --peer own""",
    "etsi": """examples:
  coapspec etsi                           what tests each description
  coapspec etsi coap://127.0.0.1:5683     the outcome at a server""",
    "list": """examples:
  coapspec list                           each case in a line, then what is covered
  coapspec list --json                    the same for programs, with every row of the catalogue""",
    "explain": """example:
  coapspec explain rfc7252/4.3/ping-reset""",
    "findings": """example:
  coapspec server --peer libcoap --json libcoap.json
  coapspec findings libcoap.json --peer libcoap --out reports""",
    "peers": """examples:
  coapspec peers                          what there is, and what is installed
  coapspec peers --install libcoap,node-coap""",
    "selftest": """examples:
  coapspec selftest                       every mutant (minutes)
  coapspec selftest --only 'rfc7641/*'    those of some cases""",
}


def teach(parser: argparse.ArgumentParser, commands: dict[str, argparse.ArgumentParser]) -> None:
    """Puts them above what else stands at the end of each help."""
    for command, text in ((parser, TOP), *((commands[name], COMMANDS[name]) for name in commands
                                           if name in COMMANDS)):
        command.formatter_class = argparse.RawDescriptionHelpFormatter
        command.epilog = f"{text}\n\n{command.epilog}" if command.epilog else text
