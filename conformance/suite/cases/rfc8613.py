"""RFC 8613, RFC 8768: options that many servers do not know, and what no server may make of them."""

from __future__ import annotations

from ..case import case
from ..handle import Peer
from ..message import BAD_REQUEST, GET, HOP_LIMIT, OSCORE, code_name
from .shared import dotted, is_success, readable

# Partial IV 0 and a kid that nobody has; flags: kid present, one byte of Partial IV (section 6.1).
STRANGER = b"\x09\x00nobody-knows-this-id"
CIPHERTEXT = bytes(range(16))
RESERVED_FLAG = b"\x89\x00nobody"  # the highest bit
RESERVED_LENGTH = b"\x0f\x00\x00\x00\x00\x00\x00\x00nobody"  # n is 7


async def expect_unserved(peer: Peer, option: bytes, payload: bytes, why: str) -> None:
    """The request is not served: an error, a Reset or silence. Without OSCORE the option is an
    unknown critical one, and refused for that."""
    path, _ = await readable(peer)
    exchange = await peer.request(GET, path, options=((OSCORE, option),), payload=payload)
    if exchange.response is None and not exchange.reset and not await peer.alive():
        await peer.lifeless(why)
    if exchange.response is not None:
        peer.check(not is_success(exchange.response),
                   f"{why}: expected an error, a Reset or silence; got {exchange.response}")


@case(
    "rfc8613/2/without-payload",
    level="MUST",
    rfc="RFC 8613 section 2, RFC 7252 section 5.4.1",
    rows=("R8613-01",),
    title="A request with an OSCORE option and no payload is not served",
)
async def without_payload(peer: Peer) -> None:
    """There is nothing to decrypt, so the message is malformed. What stands in its other options is
    not protected and not meant."""
    await expect_unserved(peer, STRANGER, b"", "an OSCORE option without a payload")


@case(
    "rfc8613/6.1/reserved-flags",
    level="MUST",
    rfc="RFC 8613 section 6.1, RFC 7252 section 5.4.1",
    rows=("R8613-11",),
    title="A request whose OSCORE option has reserved flags is not served",
)
async def reserved_flags(peer: Peer) -> None:
    """The bit for extensions, and a length of the Partial IV that is reserved."""
    for option in (RESERVED_FLAG, RESERVED_LENGTH):
        await expect_unserved(peer, option, CIPHERTEXT, f"an OSCORE option {option[:1].hex()}...")


@case(
    "rfc8613/8.2/unknown-context",
    level="MUST",
    rfc="RFC 8613 section 8.2, RFC 7252 section 5.4.1",
    rows=("R8613-14",),
    title="A request with an OSCORE option for an unknown context is not served",
)
async def unknown_context(peer: Peer) -> None:
    """The kid is one that no server has a key for. 4.01 is usual; what must not be is the resource,
    as if the option were not there."""
    await expect_unserved(peer, STRANGER, CIPHERTEXT, "an OSCORE option with an unknown kid")


@case(
    "rfc8768/3/hop-limit-zero",
    level="MUST",
    rfc="RFC 8768 section 3",
    rows=("R8768-01",),
    title="A Hop-Limit of 0 gives 4.00, or is ignored",
)
async def hop_limit_zero(peer: Peer) -> None:
    """The value is out of range. The option is elective, so that a server which does not know it
    serves the request; it must not refuse it as one that it does not understand."""
    path, plain = await readable(peer)
    answer = await peer.ask(GET, path, options=((HOP_LIMIT, b"\0"),))
    peer.check(answer.code in (BAD_REQUEST, plain.code),
               f"Hop-Limit 0: expected {code_name(BAD_REQUEST)} or {dotted(plain)}; got {answer}")
