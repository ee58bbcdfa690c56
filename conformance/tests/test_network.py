"""A network that is not good: what the relay does, and that verdicts stay what they are."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path

import pytest
from conftest import Reference, coapspec

from suite.address import Address
from suite.network import Network, NetworkError, Relay

BAD = "loss=10,delay=200,reorder=25,seed=5"
SOME = ("rfc7252/4.3/ping-reset", "rfc7252/4.2/request-acknowledged", "rfc7252/3/unknown-version",
        "rfc7252/5.4.1/unknown-critical", "rfc7252/4.2/reset-unanswered")


def test_a_network_is_read() -> None:
    assert Network.parse("loss=10,delay=200") == Network(loss=10, delay=200)
    for text in ("loss", "loss=x", "loss=101", "delay=-1", "jitter=3"):
        with pytest.raises(NetworkError, match="expected NAME=NUMBER; there are: loss"):
            Network.parse(text)


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)  # type: ignore[attr-defined]


async def echoed(network: Network, count: int) -> tuple[list[bytes], float, int]:
    """What comes back of so many datagrams, after how long the first, and how many were lost."""
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    address = Address("127.0.0.1", server.get_extra_info("sockname")[1])
    got: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        async with Relay(address, network) as relay:
            await loop.sock_connect(client, (relay.address.host, relay.address.port))
            start, first = time.monotonic(), 0.0
            for number in range(count):
                client.send(b"%03d" % number)
                await asyncio.sleep(0.001)
            while True:
                try:
                    got.append(await asyncio.wait_for(loop.sock_recv(client, 16), 1.0))
                except TimeoutError:
                    break
                first = first or time.monotonic() - start
            lost = relay.lost[client.getsockname()[1]]
    server.close()
    return got, first, lost


def test_a_good_network_changes_nothing() -> None:
    got, _, lost = asyncio.run(echoed(Network(), 50))
    assert got == [b"%03d" % number for number in range(50)] and lost == 0


def test_a_bad_network_loses_delays_and_reorders() -> None:
    got, first, lost = asyncio.run(echoed(Network(loss=20, delay=100, reorder=25, seed=3), 200))
    assert lost == 200 - len(got) and 20 < lost < 140  # 36 of 100 on average, both ways
    assert first >= 0.2
    assert sorted(got) != got and len(set(got)) == len(got)


def verdicts(uri: str, file: Path, *words: str) -> dict[str, str]:
    done = coapspec("server", uri, "--json", file, *words,
                    *(word for id in SOME for word in ("--only", id)))
    assert done.code in (0, 1), done.err
    (run,) = json.loads(file.read_text())["runs"]
    return {case["id"]: case["verdict"] for case in run["cases"]}


@pytest.mark.parametrize("mutant", ["", "acknowledges-ping"])
def test_verdicts_are_the_same_on_a_bad_network(mutant: str, tmp_path: Path,
                                                reference: Reference) -> None:
    uri = reference.start(mutant)
    good = verdicts(uri, tmp_path / "good.json")
    assert set(good) == set(SOME) and ("fail" in good.values()) == bool(mutant)
    assert verdicts(uri, tmp_path / "bad.json", "--network", BAD) == good


@pytest.mark.parametrize(("words", "complaint"), [
    (("--network", "loss=200"), "--network 'loss=200': expected NAME=NUMBER"),
    (("--network", "loss=1", "--transport", "coap+tcp"), "--network is for UDP"),
])
def test_bad_input_is_one_clear_line(words: tuple[str, ...], complaint: str) -> None:
    done = coapspec("server", "--peer", "own", *words)
    assert done.code == 2 and complaint in done.error_line
