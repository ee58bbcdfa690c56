"""Clients and blocks (RFC 7959)."""

from __future__ import annotations

from ..blocks import RESERVED_SZX, Block, block_in
from ..client_udp import Talk, UdpClientPeer, fresh
from ..message import (
    BLOCK1,
    BLOCK2,
    CHANGED,
    CONTINUE,
    ETAG,
    INCOMPLETE,
    PUT,
    TOO_LARGE,
    Message,
    code_name,
)
from .client_shared import (
    BLOCKS,
    GIVES_UP,
    PUTS,
    client_case,
    joined,
    serve_block,
    serve_download,
    take_upload,
)

SZX, SIZE = 2, 64  # of most transfers here
PARTS = 5
UPLOAD = b"".join(b"part %02d " % n for n in range(200))  # 1600 bytes


def body_of(word: str) -> bytes:
    """A body of several blocks that nothing else has."""
    return b" ".join(fresh(word) for _ in range(PARTS * SIZE // 16))[: PARTS * SIZE - 7]


def blocks_of(client: UdpClientPeer, requests: list[Message], number: int) -> list[Block]:
    """The Block options of requests, each of which has to have one."""
    found = [block_in(request, number) for request in requests]
    client.check(all(found), f"expected a Block{1 if number == BLOCK1 else 2} option in each "
                 f"request; got {next((r for r in requests if not r.has(number)), None)}")
    return [block for block in found if block]


async def download(client: UdpClientPeer, szx: int = SZX) -> list[Message]:
    """The requests for a body in blocks, which is delivered whole."""
    async with client.given(path="/large") as talk:
        body = body_of("body")
        requests = await serve_download(client, talk, body, szx)
        await talk.expect_shown(body, "a body in blocks")
    return requests


async def upload(client: UdpClientPeer, largest: int = 6, size: int = 256) -> list[Message]:
    """The requests of an upload."""
    async with client.given("put", "/large-update", body=UPLOAD, size=size) as talk:
        requests = await take_upload(client, talk, largest)
    client.check(len(requests) > 1, f"a body of {len(UPLOAD)} bytes in blocks of {size}: expected "
                 "several requests; got one")
    return requests


@client_case("rfc7959/2.4/client-download", level="MUST", rfc="RFC 7959 section 2.4",
             rows=("R7959-24",),
             title="A client asks for the blocks of a body one after the other, and joins them")
async def downloads(client: UdpClientPeer) -> None:
    """From the second block on each request names the block that is missing next."""
    requests = await download(client)
    numbers = [block.number for block in blocks_of(client, requests[1:], BLOCK2)]
    client.check(numbers == list(range(1, PARTS)),
                 f"expected the blocks 1 to {PARTS - 1} to be asked for; got {numbers}")


@client_case("rfc7959/2.4/client-keeps-size", level="MUST", rfc="RFC 7959 section 2.4",
             rows=("R7959-12",),
             title="A client goes on with the block size that the server has used")
async def keeps_size(client: UdpClientPeer) -> None:
    """The first response was in blocks of 64 bytes: the later requests ask for that."""
    requests = await download(client)
    sizes = {block.szx for block in blocks_of(client, requests[1:], BLOCK2)}
    client.check(sizes == {SZX}, f"expected size exponent {SZX} in later requests; got {sizes}")


@client_case("rfc7959/2.4/client-more", level="MUST", rfc="RFC 7959 section 2.4",
             rows=("R7959-13",),
             title="A client sets no More flag in a Block2 option of a request")
async def more_flag(client: UdpClientPeer) -> None:
    """It means nothing there, and is zero when sent."""
    requests = await download(client)
    client.check(not any(b.more for b in blocks_of(client, requests[1:], BLOCK2)),
                 "expected no More flag in requests; it is there")


@client_case("rfc7959/2.2/client-reserved-size", level="MUST", rfc="RFC 7959 section 2.2",
             rows=("R7959-04",), requires=PUTS,
             title="A client over UDP never sends the size exponent 7")
async def reserved_size(client: UdpClientPeer) -> None:
    """It is reserved; in an upload each request has one."""
    sizes = {b.szx for b in blocks_of(client, await upload(client, size=1024), BLOCK1)}
    client.check(RESERVED_SZX not in sizes, f"expected no size exponent 7; got {sizes}")


@client_case("rfc7959/2.4/client-options-kept", level="MUST", rfc="RFC 7959 section 2.4",
             rows=("R7959-24",),
             title="The requests for later blocks name the same resource as the first")
async def options_kept(client: UdpClientPeer) -> None:
    """Path and query stay: else the blocks would be of another body."""
    async with client.given(path="/large?a=1&b=2") as talk:
        requests = await serve_download(client, talk, body_of("body"), SZX)
    plain = [tuple(o for o in r.options if o[0] in (3, 7, 11, 15)) for r in requests]
    client.check(len(set(plain)) == 1, "expected the same path and query in each request; got "
                 f"{requests[-1]}")


@client_case("rfc7959/2.4/client-changed-body", level="MUST", rfc="RFC 7959 section 2.4",
             rows=("R7959-11",),
             title="A client does not join blocks with different entity tags")
async def changed_body(client: UdpClientPeer) -> None:
    """The body is another one after two blocks, as its entity tag says. The client may begin again
    or give up, but not deliver a mixture."""
    old, new = body_of("old"), body_of("new")
    await client.expect_working()
    async with client.given(path="/large") as talk:
        count = 0
        while (request := await talk.next_request(GIVES_UP)) is not None and count < 4 * PARTS:
            body, tag = (old, b"old") if count < 2 else (new, b"new")
            serve_block(talk, request, body, SZX, tag)
            count += 1
        client.check(count > 1, "expected a request for a second block; none came")
        report = await talk.stopped(GIVES_UP)
        client.check(old[:SIZE] not in report.shown or new[-SIZE:] not in report.shown,
                     "a body whose entity tag changes: expected one body or an error; got both "
                     "mixed")


@client_case("rfc7959/2.4/client-smaller", level="MUST", rfc="RFC 7959 section 2.4",
             rows=("R7959-12",), requires=BLOCKS,
             title="A client that has asked for large blocks goes on with the smaller ones it got")
async def smaller(client: UdpClientPeer) -> None:
    """256 bytes were asked for, the server gives 64: the second block is number 1 of those."""
    async with client.given("block", "/large", size=256) as talk:
        body = body_of("body")
        requests = await serve_download(client, talk, body, SZX)
        await talk.expect_shown(body, "a body in smaller blocks than asked for")
    second = blocks_of(client, requests[1:2], BLOCK2)[0]
    client.check((second.number, second.szx) == (1, SZX), f"expected block 1 of 64 bytes; got "
                 f"{requests[1]}")


@client_case("rfc7959/2.4/client-early-negotiation", level="DEF",
             rfc="RFC 7959 sections 2.4 and 2.2", rows=("R7959-13",), requires=BLOCKS,
             title="A client that wants small blocks says so in its first request")
async def early_negotiation(client: UdpClientPeer) -> None:
    """Block2 with number 0 and the size, without the More flag."""
    async with client.given("block", "/large", size=SIZE) as talk:
        request = await talk.request("a GET")
        body = body_of("body")
        first = block_in(request, BLOCK2)
        client.check(first == Block(0, False, SZX),
                     f"expected Block2 with number 0 for {SIZE} bytes; got {request}")
        if serve_block(talk, request, body, SZX).more:
            await serve_download(client, talk, body, SZX)
        await talk.expect_shown(body, "a body in blocks of the size that was asked for")


@client_case("rfc7959/2.5/client-upload", level="SHOULD", rfc="RFC 7959 section 2.5",
             rows=("R7959-19",), requires=PUTS,
             title="A client sends the blocks of a body in order from the first")
async def uploads(client: UdpClientPeer) -> None:
    """And joined they are the body."""
    requests = await upload(client)
    numbers = [block.number for block in blocks_of(client, requests, BLOCK1)]
    client.check_should(numbers == list(range(len(numbers))),
                        f"expected blocks in order from 0; got {numbers}")
    client.check(joined(requests) == UPLOAD,
                 "expected that the blocks are the body; joined they are another one")


@client_case("rfc7959/2.3/client-full-blocks", level="MUST", rfc="RFC 7959 section 2.3",
             rows=("R7959-14",), requires=PUTS,
             title="Every block of a client's body but the last is full")
async def full_blocks(client: UdpClientPeer) -> None:
    """As long as its size exponent says."""
    requests = await upload(client)
    for request, block in zip(requests, blocks_of(client, requests, BLOCK1), strict=True):
        client.check(not block.more or len(request.payload) == block.size,
                     f"expected a block of {block.size} bytes; got {request}")


@client_case("rfc7959/2.5/client-takes-smaller", level="SHOULD", rfc="RFC 7959 section 2.5",
             rows=("R7959-18",), requires=PUTS,
             title="A client goes on with smaller blocks when the server asks for them")
async def takes_smaller(client: UdpClientPeer) -> None:
    """The first 2.31 says 64 bytes: the next block begins where the first has ended."""
    requests = await upload(client, SZX)
    later = blocks_of(client, requests[1:], BLOCK1)
    client.check_should(all(block.szx <= SZX for block in later),
                        f"expected blocks of no more than {SIZE} bytes; got {requests[1]}")
    client.check(joined(requests) == UPLOAD,
                 "expected that the blocks are the body; joined they are another one")


@client_case("rfc7959/2.9.3/client-too-large", level="SHOULD",
             rfc="RFC 7959 sections 2.5 and 2.9.3", rows=("R7959-25",), requires=PUTS,
             title="A client whose first block is too large begins again with the size in "
                   "the answer")
async def too_large(client: UdpClientPeer) -> None:
    """4.13 with a Block1 option of 64 bytes: there the server tells what it can take."""
    async with client.given("put", "/large-update", body=UPLOAD, size=256) as talk:
        request = await talk.request("a PUT")
        talk.answer(request, code=TOO_LARGE, options=(Block(0, True, SZX).option(BLOCK1),))
        again = await talk.next_request(GIVES_UP)
        if again is None:
            client.warn("after 4.13 with blocks of 64 bytes: expected the first block in that "
                        "size; nothing came")
            return
        block = block_in(again, BLOCK1)
        client.check_should(block is not None and block.szx <= SZX and not block.number, "expected "
                            f"the first block of no more than {SIZE} bytes; got {again}")


@client_case("rfc7959/2.5/client-stops", level="INTEROP", rfc="RFC 7959 section 2.5",
             rows=("R7959-17",), requires=PUTS,
             title="A client whose upload has failed does not go on with the next block")
async def stops(client: UdpClientPeer) -> None:
    """4.08 to the second block: to begin again is right, to go on with the third is not."""
    async with client.given("put", "/large-update", body=UPLOAD, size=256) as talk:
        request = await talk.request("a PUT")
        got = block_in(request, BLOCK1) or Block(0, False, 6)
        talk.answer(request, code=CONTINUE, options=(got.option(BLOCK1),))
        second = await talk.request("a PUT with the second block")
        talk.answer(second, code=INCOMPLETE)
        third = await talk.next_request(GIVES_UP)
        block = block_in(third, BLOCK1) if third else None
        client.check_should(block is None or block.number < 2, f"after {code_name(INCOMPLETE)}: "
                            f"expected no third block; got {third}")


@client_case("rfc7959/2.7/client-both", level="MUST", rfc="RFC 7959 section 2.7",
             rows=("R7959-24",), requires=PUTS,
             title="A client fetches the rest of a response that comes in blocks after an upload")
async def both(client: UdpClientPeer) -> None:
    """The response to the last block of the body is the first block of another body."""
    async with client.given("put", "/large-update", body=UPLOAD, size=256) as talk:
        body = body_of("answer")
        await take_but_last(client, talk, body)
        numbers: list[int] = []
        while len(numbers) < PARTS - 1:
            request = await talk.request("a PUT for the next block of the response")
            block = block_in(request, BLOCK2)
            client.check(request.code == PUT and block is not None,
                         f"expected a PUT with Block2; got {request}")
            assert block
            numbers.append(block.number)
            serve_block(talk, request, body, SZX, code=CHANGED)
        client.check(numbers == list(range(1, PARTS)),
                     f"expected the blocks 1 to {PARTS - 1} in order; got {numbers}")


async def take_but_last(client: UdpClientPeer, talk: Talk, answer: bytes) -> None:
    """Takes an upload, and answers its last block with the first of a body."""
    while True:
        request = await talk.request("a PUT")
        block = block_in(request, BLOCK1)
        client.check(block is not None, f"expected a block; got {request}")
        assert block
        if not block.more:
            first = Block(0, True, SZX)
            talk.answer(request, first.cut(answer), CHANGED,
                        ((ETAG, b"one"), first.option(BLOCK2), block.option(BLOCK1)))
            return
        talk.answer(request, code=CONTINUE, options=(block.option(BLOCK1),))
