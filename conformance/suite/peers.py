"""Reference peers: conformance/peers/NAME/peer.toml says how one is installed and started."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import os
import random
import shutil
import signal
import socket
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import certificates, gnutls
from .address import INSIDE, NO_KEYS, Address, plain
from .client_handle import TASKS, Program
from .gnutls import Keys
from .proxy_handle import ProxyTarget
from .target import UDP, Target

CONFORMANCE = Path(__file__).resolve().parent.parent
ROOT = CONFORMANCE.parent
IS_CHECKOUT = (ROOT / "configure.ac").exists()  # else it has been installed
PEERS = CONFORMANCE / "peers"
PORTS = (15000, 31000)  # below those that Linux gives to clients
STOP_SECONDS = 3.0


class PeerError(Exception):
    """A peer that is not known, not described rightly, or cannot be had."""


@dataclass
class ClientDescription:
    """What peer.toml says of a client program."""

    transports: list[str] = field(default_factory=list)
    psk: list[str] = field(default_factory=list)  # the command with a pre-shared key
    certificates: list[str] = field(default_factory=list)  # and with certificates
    plain: list[str] = field(default_factory=list)  # without security
    needs: str = ""  # the program that these take
    commands: dict[str, list[str]] = field(default_factory=dict)  # over UDP, by TASKS
    plain_needs: str = ""  # the program that those take
    folder: str = field(default="/", compare=False)  # where they are started

    @property
    def features(self) -> set[str]:
        secure = {name for name in ("psk", "certificates") if getattr(self, name)}
        return secure | set(self.commands)

    def program(self, places: dict[str, str]) -> Program:
        """`places`: the folders that commands may name."""

        def placed(command: list[str]) -> list[str]:
            for name, path in places.items():
                command = [word.replace(f"{{{name}}}", path) for word in command]
            return command

        return Program(placed(self.psk), placed(self.certificates), placed(self.plain), self.folder,
                       commands={name: placed(words) for name, words in self.commands.items()})


def client_description(folder: Path, table: dict[str, Any]) -> ClientDescription:
    """What is in [client]: the commands over UDP have the names of tasks."""
    commands = {name: list(table[name]) for name in TASKS if name in table}
    said: dict[str, Any] = {"folder": str(folder)}
    said.update((name, value) for name, value in table.items() if name not in TASKS)
    return ClientDescription(commands=commands, **said)


@dataclass
class Description:
    """What peer.toml says."""

    name: str
    folder: Path
    title: str
    language: str
    package: str
    version: str
    transports: list[str]
    start: list[str]
    features: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    resources: dict[str, str] = field(default_factory=dict)
    install: str = "install"
    ready_seconds: float = 10.0
    secure_start: list[str] = field(default_factory=list)
    secure_needs: str = ""  # the program that it takes
    secure_build: str = ""  # the folder of the build with (D)TLS, if it is another than usual
    keys: Keys = NO_KEYS  # of a client that it takes
    client: ClientDescription = field(default_factory=ClientDescription)
    proxy_start: list[str] = field(default_factory=list)
    is_proxy: bool = False  # started as one
    like: str = ""  # the peer whose resources, features and expected failures it shares

    @property
    def target_class(self) -> type[Target]:
        return ProxyTarget if self.is_proxy else Target

    def insecure(self) -> str | None:
        """Why its server cannot be had with security; None when it can."""
        return self._lacking(self.secure_needs)

    def clientless(self, transport: str) -> str | None:
        """Why its client cannot be had over a transport; None when it can."""
        if transport in INSIDE:
            return self._lacking(self.client.needs)
        return self._missing(self.client.plain_needs if transport == UDP else self.client.needs)

    @property
    def places(self) -> dict[str, str]:
        """The folders that commands of its client may name."""
        return {"build": str(build_directory()), "tls_build": str(self.tls_build),
                "directory": str(self.directory)}

    @property
    def tls_build(self) -> Path:
        """Where our own programs with (D)TLS are that it is made of."""
        usual = tls_build_directory()
        return usual.parent / self.secure_build if self.secure_build else usual

    def _lacking(self, needs: str) -> str | None:
        if not gnutls.available():
            return f"{gnutls.LIBRARY} is not installed"
        return self._missing(needs)

    def _missing(self, needs: str) -> str | None:
        program = needs.format(**self.places)
        if program and not shutil.which(program, path=f"{os.environ.get('PATH')}:{self.folder}"):
            return f"there is no {program}"
        return None

    @property
    def directory(self) -> Path:
        """Where its files are installed."""
        return (build_directory() if IS_CHECKOUT else cache_directory()) / "peers" / self.name

    @property
    def expectations(self) -> list[Path]:
        """The files with the cases that it is known to fail."""
        folders = [PEERS / self.like] if self.like else []
        files = [folder / "expected-failures.txt" for folder in (*folders, self.folder)]
        return [path for path in files if path.exists()]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "COAPSPEC_PEER_DIR": str(self.directory),
                "COAPSPEC_BUILD": str(build_directory()), "COAPSPEC_TLS_BUILD": str(self.tls_build)}


def build_directory() -> Path:
    """Where our own programs are."""
    return Path(os.environ.get("COAPSPEC_BUILD") or installed_programs() or ROOT / "build")


def tls_build_directory() -> Path:
    """Where the programs are that have been built with (D)TLS."""
    return Path(os.environ.get("COAPSPEC_TLS_BUILD") or installed_programs() or ROOT / "build-tls")


def installed_programs() -> Path | None:
    """Of an installed suite, the folder of the programs that PATH has; None in a checkout."""
    found = None if IS_CHECKOUT else shutil.which("coapspec-server")
    return Path(found).parent if found else None


def cache_directory() -> Path:
    """Where an installed suite, whose own folder may be read-only, puts what it makes."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coapspec"


def names() -> list[str]:
    return sorted(path.parent.name for path in PEERS.glob("*/peer.toml"))


def nearest(word: str, known: list[str]) -> str:
    """" (did you mean 'x'?)" for the nearest known word, "" when none is near."""
    found = difflib.get_close_matches(word, known, 1, 0.5)
    return f" (did you mean '{found[0]}'?)" if found else ""


def load(name: str) -> Description:
    """The description of a peer by name; PeerError when it is unknown or wrong."""
    path = PEERS / name / "peer.toml"
    if name not in names():
        raise PeerError(f"unknown peer '{name}'{nearest(name, names())}; "
                        f"known: {', '.join(names())}")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        if "like" in data:
            other = PEERS / data["like"] / "peer.toml"
            data = _over(tomllib.loads(other.read_text(encoding="utf-8")), data)
        server, secure = data["server"], data.get("secure", {})
        return Description(
            name=data["name"], folder=path.parent, title=data["title"],
            language=data["language"], package=data["package"], version=data["version"],
            transports=list(data["transports"]), start=list(server["start"]),
            features=list(data.get("features", [])), limits=list(data.get("limits", [])),
            resources=dict(data.get("resources", {})),
            install=data.get("install", {}).get("script", "install"),
            ready_seconds=float(server.get("ready_seconds", 10)),
            client=client_description(path.parent, data.get("client", {})),
            like=data.get("like", ""),
            secure_start=list(secure.get("start", [])), secure_needs=secure.get("needs", ""),
            proxy_start=list(data.get("proxy", {}).get("start", [])),
            secure_build=secure.get("build", ""),
            keys=Keys(secure.get("identity", ""), secure.get("key", "").encode()))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise PeerError(f"{path}: {type(error).__name__}: {error}") from None


def as_proxy(peer: Description) -> Description:
    """The same peer, started as a proxy."""
    if not peer.proxy_start:
        raise PeerError(f"the proxy of peer '{peer.name}' is not available: its peer.toml "
                        "describes none")
    return replace(peer, start=peer.proxy_start, transports=["coap"], is_proxy=True)


def _over(base: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What `base` says where `data` does not, in its tables as well."""
    tables = {name: {**base[name], **table} for name, table in data.items()
              if isinstance(table, dict) and name in base}
    return {**base, **data, **tables}


def _last_line(text: str, otherwise: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else otherwise


def installed_version(peer: Description) -> str | None:
    """The version that is installed, None when it is not."""
    done = subprocess.run([str(peer.folder / peer.install), "--check"], cwd=peer.folder,
                          env=peer.environment(), capture_output=True, text=True, check=False)
    return _last_line(done.stdout, peer.version) if done.returncode == 0 else None


def install(peer: Description) -> None:
    """Installs a peer; PeerError says why it cannot be had."""
    done = subprocess.run([str(peer.folder / peer.install)], cwd=peer.folder,
                          env=peer.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        why = _last_line(done.stderr, f"its install script ended with {done.returncode}")
        raise PeerError(f"peer '{peer.name}' is not available: {why}")


def _bind(kind: socket.SocketKind, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made


def free_port() -> int:
    """A port that is free for UDP and for TCP, as is the next one, for security. It is none that
    the kernel gives away by itself, lest another process gets it before the peer binds it."""
    while True:
        port = random.randrange(*PORTS)
        try:
            for number in (port, port + 1):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    _bind(kind, number).close()
        except OSError:
            continue
        return port


class Server:
    """A peer's server process on loopback: an asynchronous context. It has a Target for each
    transport: `target` is the first, `targets` are all. Transports with security have a process
    of their own, as `transports` are all secure or all not."""

    def __init__(self, peer: Description, timeout_scale: float = 1.0, port: int = 0,
                 transports: Sequence[str] = ("coap",)):
        self.peer = peer
        self.timeout_scale = timeout_scale
        self.port = port or free_port()
        self.is_secure = transports[0] in INSIDE
        self.ws_port = free_port() if "coap+ws" in map(plain, peer.transports) else 0
        self.process: subprocess.Popen[bytes] | None = None
        # Of its own: several servers of a peer may run beside one another.
        self.log = peer.directory / f"server-{self.port}.log"
        self.certified, self.certificates = NO_KEYS, peer.directory
        if any("{certificates}" in word for word in peer.secure_start) and self.is_secure:
            self.certificates = certificates.temporary()
            self.certified = certificates.keys(self.certificates)
        self.targets = [self._target(transport) for transport in transports]
        self.target = self.targets[0]

    def _target(self, transport: str) -> Target:
        port = self.ws_port if plain(transport) == "coap+ws" else self.port
        address = Address("127.0.0.1", port + (transport in INSIDE), transport=transport,
                          keys=self.peer.keys, certified=self.certified)
        kind = self.peer.target_class
        return kind(self.peer.name, address,
                    dict(self.peer.resources), set(self.peer.features), self.timeout_scale)

    def start(self) -> None:
        """Starts the process (again, on the same port)."""
        words = {"host": "127.0.0.1", "port": str(self.port), "ws_port": str(self.ws_port),
                 "wss_port": str(self.ws_port + 1), "build": str(build_directory()),
                 "tls_build": str(self.peer.tls_build), "identity": self.peer.keys.identity,
                 "key": self.peer.keys.key.decode(),
                 "certificates": str(self.certificates)}
        start = self.peer.secure_start if self.is_secure else self.peer.start
        command = [word.format(**words) for word in start]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab" if self.process else "wb") as log:
            try:
                self.process = subprocess.Popen(
                    command, cwd=self.peer.folder, env=self.peer.environment(),
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            except OSError as error:
                raise PeerError(f"peer '{self.peer.name}' cannot be started: {command[0]}: "
                                f"{error.strerror}") from None

    def stop(self) -> None:
        process = self.process
        if process is None:
            return
        # The second signal is for a process that ignores the first, and for its children.
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)

    async def revive(self) -> bool:
        """Starts it again, whether its process has ended or hangs; True when it then answers."""
        self.stop()
        try:
            self.start()
            await self.ready()
        except PeerError:
            return False
        return True

    async def ready(self) -> None:
        """Waits until it answers; PeerError, and no process left behind, when it does not."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.peer.ready_seconds * self.timeout_scale
        assert self.process
        # Something else may answer on the port while the peer itself has given up.
        while not await self._all_up() or self.process.poll() is not None:
            ended = self.process.poll()
            if ended is not None or loop.time() > end:
                self.stop()
                how = f"ended with {ended}" if ended is not None else "does not answer"
                last = _last_line(self.log.read_text(errors="replace"), "no word in its log")
                raise PeerError(f"peer '{self.peer.name}' {how} on port {self.port}: {last}")
            await asyncio.sleep(0.1)

    async def _all_up(self) -> bool:
        return all([await target.is_up(0.5) for target in self.targets])

    async def __aenter__(self) -> Server:
        self.start()
        try:
            await self.ready()
            for target in self.targets:
                await target.probe()
        except BaseException:
            self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        self.log.unlink(missing_ok=True)  # of a server that could not be started it stays
