"""Small extensions, as far as any server shows them: RFC 7967, 8132, 9175 and 9177."""

from __future__ import annotations

from ..case import case
from ..handle import Peer
from ..message import (
    ACK,
    BAD_OPTION,
    CON,
    ECHO,
    FETCH,
    GET,
    IPATCH,
    NO_RESPONSE,
    NON,
    NOT_IMPLEMENTED,
    PATCH,
    REQUEST_TAG,
    RST,
    UNAUTHORIZED,
    Message,
    path_options,
    uint,
)
from .shared import (
    TEXT,
    dotted,
    get_text,
    is_error,
    is_success,
    known_text,
    readable,
    unlikely_path,
)

NO_SUCCESS, NOTHING = 2, 26  # No-Response: of 2.xx; of 2.xx, 4.xx and 5.xx
Q_BLOCK2 = 31


@case(
    "rfc7967/2/unwanted-acknowledged",
    level="MUST",
    rfc="RFC 7967 section 2, RFC 7252 section 4.2",
    rows=("R7967-05", "R7967-06"),
    title="A Confirmable request with No-Response is acknowledged",
)
async def unwanted_acknowledged(peer: Peer) -> None:
    """The client has no interest in any response, but its message layer waits for the
    Acknowledgement. A server that ignores the option answers as ever, and that is fine."""
    path, _ = await readable(peer)
    request = Message(CON, GET, peer.fresh_mid(), peer.fresh_token(),
                      (*path_options(path), (NO_RESPONSE, uint(NOTHING))))
    for _ in range(3):
        await peer.send(request)
        if await peer.find(mid=request.mid, where=lambda m: m.type in (ACK, RST)):
            return
    await peer.missing("an Acknowledgement for a Confirmable request with No-Response")


@case(
    "rfc7967/2/errors-wanted",
    level="INTEROP",
    rfc="RFC 7967 section 2",
    rows=("R7967-03",),
    title="An error comes when only successes are unwanted",
)
async def errors_wanted(peer: Peer) -> None:
    """A Non-confirmable request for what is not there, with No-Response for 2.xx."""
    path = unlikely_path()
    plain = await peer.request(GET, path, type=NON)
    if plain.response is None or not is_error(plain.response):
        peer.skip("the peer answers such a request with no error")
    answer = await peer.request(GET, path, type=NON, options=((NO_RESPONSE, uint(NO_SUCCESS)),))
    if answer.response is None and not await peer.alive():
        await peer.lifeless("a request with No-Response")
    peer.check_should(answer.response, "with No-Response for 2.xx only: no 4.04 came")


@case(
    "rfc7967/2/all-wanted",
    level="INTEROP",
    rfc="RFC 7967 section 2",
    rows=("R7967-04",),
    title="An empty No-Response option asks for all responses",
)
async def all_wanted(peer: Peer) -> None:
    """It says that the client is interested in every class, in a Non-confirmable request."""
    path, plain = await readable(peer)
    exchange = await peer.request(GET, path, type=NON, options=((NO_RESPONSE, b""),))
    if exchange.response is None and not await peer.alive():
        await peer.lifeless("a request with No-Response")
    peer.check_should(exchange.response and exchange.response.code == plain.code,
                      f"with an empty No-Response option: expected {dotted(plain)}; got "
                      f"{exchange.response or 'nothing'}")


@case(
    "rfc8132/2/fetch-safe",
    level="MUST",
    rfc="RFC 8132 section 2",
    rows=("R8132-03",),
    title="FETCH changes nothing",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def fetch_safe(peer: Peer) -> None:
    """Whether the server knows the method or not, what was there is there."""
    path = peer.resource("test")
    before = await get_text(peer, path)
    await peer.request(FETCH, path, payload=b"a search", options=(TEXT,))
    after = await get_text(peer, path)
    peer.check(before == after, f"a FETCH changed {path} from {before[:40]!r} to {after[:40]!r}")


@case(
    "rfc8132/3/ipatch-again",
    level="MUST",
    rfc="RFC 8132 section 3",
    rows=("R8132-06",),
    title="iPATCH twice leaves what iPATCH once leaves",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def ipatch_again(peer: Peer) -> None:
    """A server without the method leaves things alone both times."""
    path = peer.resource("test")
    async with known_text(peer, path):
        states = []
        for _ in range(2):
            await peer.request(IPATCH, path, payload=b"a patch", options=(TEXT,))
            states.append(await get_text(peer, path))
    peer.check(states[0] == states[1],
               f"after one iPATCH {states[0][:40]!r}, after two {states[1][:40]!r}")


@case(
    "rfc8132/3/patch-answered",
    level="INTEROP",
    rfc="RFC 8132 section 3, RFC 7252 section 5.8",
    rows=("R8132-07", "R8132-08", "R8132-09"),
    title="PATCH on what is not there is answered with an error or 2.01",
)
async def patch_answered(peer: Peer) -> None:
    """4.05 from a server without the method, 4.04 or 4.15 from one with it; a patch may create as
    well. 5.01 is not for unknown methods: a warning."""
    answer = await peer.ask(PATCH, unlikely_path(), payload=b"a patch", options=(TEXT,))
    peer.check(is_error(answer) or is_success(answer), f"a PATCH: got {answer}")
    peer.check_should(answer.code != NOT_IMPLEMENTED, "a PATCH: expected 4.05; got 5.01")


@case(
    "rfc9175/2.2.1/echo-elective",
    level="MUST",
    rfc="RFC 9175 section 2.2.1, RFC 7252 section 5.4.1",
    rows=("R9175-04",),
    title="An Echo option that the server did not hand out is no obstacle",
)
async def echo_elective(peer: Peer) -> None:
    """With 8 bytes, and with 41, which is too long and as good as unknown. A server that wants
    freshness answers 4.01 with an Echo option of its own."""
    path, plain = await readable(peer)
    for length in (8, 41):
        answer = await peer.ask(GET, path, options=((ECHO, bytes(length)),))
        fresh = answer.code == UNAUTHORIZED and answer.has(ECHO)
        peer.check(fresh or answer.code == plain.code,
                   f"an Echo option of {length} bytes: expected {dotted(plain)}; got {answer}")


@case(
    "rfc9175/3.3/tag-elective",
    level="MUST",
    rfc="RFC 9175 sections 3.2.1 and 3.3",
    rows=("R9175-06",),
    title="A Request-Tag on a request without blocks is no obstacle",
)
async def tag_elective(peer: Peer) -> None:
    """The option is elective, may come more than once, and may be empty."""
    path, plain = await readable(peer)
    for tags in ((b"",), (b"tag",), (b"one", b"two")):
        answer = await peer.ask(GET, path, options=tuple((REQUEST_TAG, tag) for tag in tags))
        peer.check(answer.code == plain.code,
                   f"{len(tags)} Request-Tag: expected {dotted(plain)}; got {answer}")


@case(
    "rfc9177/4.1/q-block-known-or-refused",
    level="MUST",
    rfc="RFC 9177 section 4.1, RFC 7252 section 5.4.1",
    rows=("R9177-01",),
    title="Q-Block2 is understood or refused with 4.02",
)
async def q_block(peer: Peer) -> None:
    """It is critical. A server that knows it answers with a success, one that does not with 4.02 to
    a Confirmable request."""
    path, _ = await readable(peer)
    answer = await peer.ask(GET, path, options=((Q_BLOCK2, uint(6)),))
    peer.check(is_success(answer) or answer.code == BAD_OPTION,
               f"Q-Block2: expected a success or 4.02; got {answer}")
