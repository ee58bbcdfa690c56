"""The programs that talk to one another, and how each is told what it is to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Certificates, and what they are for: names of suite.certificates.
SERVER, CLIENT, AUTHORITY = "server", "client", "ca"
KEY, IDENTITY, HINT = "correct horse battery", "coapspec", "hint"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Family:
    """Programs of one house: the same options, the same answers."""

    name: str
    root: str  # in the answer to /
    core: str  # in the answer to /.well-known/core
    hint_option: str  # of the server


OWN = Family("own", "coapspec-server", "</test>", "-u")
LIBCOAP = Family("libcoap", "made with libcoap", "</time>", "-h")


@dataclass(frozen=True)
class Program:
    """A client and a server with one (D)TLS library or with none. `missing`: why there are none."""

    name: str
    family: Family
    client: str
    server: str
    about: str = ""
    missing: str = ""

    @property
    def is_own(self) -> bool:
        return self.family is OWN

    @property
    def can_rpk(self) -> bool:
        """What it says of itself: "PSK, PKI and RPK support", "PSK, PKI, and no RPK support"."""
        return bool(re.search(r"(?<!no )\bRPK\b", self.about))

    def lacks(self, transport: str, credential: str) -> str:
        """Why it cannot take part in a table; "" when it can."""
        if self.missing:
            return self.missing
        if credential == "RPK" and not self.can_rpk:
            return f"{self.name} has no raw public keys, as it says itself: {self.about}"
        if transport == "WSS" and not self.is_own:
            return f"{self.name}: of libcoap what 4.3.1 has is tried, which has no WebSockets"
        return ""


def _said(command: list[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.stdout


def about(command: list[str]) -> str:
    """The library that a program names, with what it can do, on one line."""
    text = re.search(r"TLS Library: ([^\n]*)(?:\n(\([^\n]*\)))?", _said(command))
    return " ".join(part for part in text.groups() if part) if text else ""


def library(text: str) -> str:
    """The short name of the library that about() has found: "gnutls"; "" for none."""
    found = re.match(r"(GnuTLS|OpenSSL|Mbed TLS)", text)
    return found[0].lower().replace(" ", "") if found else ""


def own(build: Path, name: str = "") -> Program:
    """Our two programs in a build directory; `name`: what they ought to be, there or not."""
    client, server = build / "coapspec-client", build / "coapspec-server"
    if not client.exists() or not server.exists():
        return Program(name or f"own ({build.name})", OWN, str(client), str(server),
                       missing=f"{build.name}/ has no coapspec-client and coapspec-server: "
                       "ci/setup --back-ends builds them")
    text = about([str(client), "-V"])
    name = name or "-".join(part for part in ("own", library(text)) if part)
    return Program(name, OWN, str(client), str(server), text)


def libcoap(flavour: str) -> Program:
    """Debian's."""
    client, server = f"coap-client-{flavour}", f"coap-server-{flavour}"
    name = f"libcoap-{flavour}"
    for program in (client, server):
        if not shutil.which(program):
            return Program(name, LIBCOAP, client, server,
                           missing=f"there is no {program} (package libcoap3-bin)")
    return Program(name, LIBCOAP, client, server, about([client]))


def server_keys(program: Program, credential: str, certificates: Path) -> list[str]:
    """The server's options for a kind of credential."""
    if credential == "PSK":
        return ["-k", KEY, program.family.hint_option, HINT]
    return _certified(credential, certificates, SERVER)


def client_keys(credential: str, certificates: Path) -> list[str]:
    """The client's; both families spell them alike."""
    if credential == "PSK":
        return ["-k", KEY, "-u", IDENTITY]
    return _certified(credential, certificates, CLIENT)


def _certified(credential: str, folder: Path, name: str) -> list[str]:
    key = str(folder / f"{name}.key")
    if credential == "PKI":
        return ["-c", str(folder / f"{name}.pem"), "-j", key,
                "-C", str(folder / f"{AUTHORITY}.pem")]
    return ["-M", key] if credential == "RPK" else []
