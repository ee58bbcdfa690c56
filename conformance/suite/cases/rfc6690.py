"""RFC 6690: discovery in link-format, and its filters."""

from __future__ import annotations

import re
import secrets

from ..case import case
from ..handle import Peer
from ..message import CONTENT, CONTENT_FORMAT, LINK_FORMAT, NOT_FOUND, URI_QUERY, Message
from .links import ONCE, Link, LinkError, matches, parse
from .shared import CORE, body, dotted, is_error

CARDINAL = re.compile(r"0|[1-9][0-9]*")


async def discovery(peer: Peer, query: str = "") -> tuple[Message, list[Link]]:
    """The answer of /.well-known/core and its links, fetched in blocks where need be."""
    options = ((URI_QUERY, query.encode()),) if query else ()
    answer, whole = await body(peer, CORE, options)
    if is_error(answer):
        return answer, []
    try:
        return answer, parse(whole)
    except LinkError as error:
        peer.fail(f"GET {CORE}{'?' + query if query else ''}: expected link-format; {error}")


async def all_links(peer: Peer) -> list[Link]:
    answer, links = await discovery(peer)
    if is_error(answer) or not links:
        peer.skip(f"discovery gives no links: got {answer}")
    return links


@case(
    "rfc6690/4/content-format",
    level="MUST",
    rfc="RFC 6690 section 4, RFC 7252 section 7.2",
    rows=("R6690-01", "R7252-114"),
    title="Discovery is answered with 2.05 in format 40",
)
async def content_format(peer: Peer) -> None:
    """/.well-known/core is where the links of a server are found. Not to have it is a warning; to
    have it in another format than link-format is a failure."""
    answer = await peer.ask(path=CORE)
    if is_error(answer):
        peer.warn(f"GET {CORE}: expected 2.05; got {answer}")
        return
    peer.check_should(answer.code == CONTENT, f"GET {CORE}: expected 2.05; got {answer}")
    peer.check(
        answer.uint(CONTENT_FORMAT) == LINK_FORMAT,
        f"GET {CORE}: expected Content-Format {LINK_FORMAT}; got {answer}",
    )


@case(
    "rfc6690/2/link-format",
    level="MUST",
    rfc="RFC 6690 section 2",
    rows=("R6690-02",),
    title="Discovery follows the grammar of link-format",
    requires=("feature:discovery",),
)
async def link_format(peer: Peer) -> None:
    """Targets in angle brackets, attributes behind semicolons, commas between links, quotes
    closed. Relative targets begin with a slash, for they are resolved against the server's root."""
    for link in await all_links(peer):
        absolute = re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", link.target)
        peer.check_should(
            absolute or link.target.startswith("/"),
            f"expected a target that begins with a slash; got {link}",
        )


@case(
    "rfc6690/3/attributes-once",
    level="MUST",
    rfc="RFC 6690 sections 3.1 to 3.3, RFC 7252 section 7.2.1 with erratum 5078",
    rows=("R6690-02", "R6690-06"),
    title="rt, if, sz and ct stand at most once in a link",
    requires=("feature:discovery",),
)
async def attributes_once(peer: Peer) -> None:
    """Several values go into one attribute, separated by spaces."""
    for link in await all_links(peer):
        for name in ONCE:
            peer.check(len(link.all(name)) <= 1, f"expected {name} at most once; got {link}")


@case(
    "rfc6690/3.3/size",
    level="INTEROP",
    rfc="RFC 6690 sections 2 and 3.3",
    rows=("R6690-02",),
    title="sz is a plain number",
    requires=("feature:discovery",),
)
async def size(peer: Peer) -> None:
    """In decimal, without leading zeros."""
    for link in await all_links(peer):
        for value in link.all("sz"):
            peer.check_should(CARDINAL.fullmatch(value), f"expected sz to be a number; got {link}")


@case(
    "rfc7252/7.2.1/ct-values",
    level="MUST",
    rfc="RFC 7252 section 7.2.1",
    rows=("R6690-06",),
    title="ct is a Content-Format number, or several in quotes",
    requires=("feature:discovery",),
)
async def ct_values(peer: Peer) -> None:
    """Each is a decimal number up to 65535."""
    for link in await all_links(peer):
        for attribute in link.attributes:
            if attribute.name != "ct":
                continue
            numbers = (attribute.value or "").split()
            right = numbers and all(CARDINAL.fullmatch(n) and int(n) <= 0xFFFF for n in numbers)
            peer.check(right, f"expected ct to be a number up to 65535, or several; got {link}")
            peer.check(
                attribute.quoted or len(numbers) == 1,
                f"expected several numbers to be quoted; got {link}",
            )


async def judge_filter(peer: Peer, name: str, wanted: str) -> None:
    """A filter gives the links that match and no others, or it is not supported, and then it gives
    all (RFC 6690 4.1). Links that come and go meanwhile are left out of the comparison."""
    before = {str(link): link for link in await all_links(peer)}
    answer, links = await discovery(peer, f"{name}={wanted}")
    after = {str(link) for link in await all_links(peer)}
    stable = {text: link for text, link in before.items() if text in after}
    matching = {text for text, link in stable.items() if matches(link, name, wanted)}
    got = {str(link) for link in links}
    query = f"GET {CORE}?{name}={wanted}"
    if is_error(answer):
        peer.check(
            not matching or answer.code != NOT_FOUND,
            f"{query}: expected {len(matching)} links; got {answer}",
        )
        peer.check_should(answer.code == NOT_FOUND, f"{query}: expected 2.05; got {dotted(answer)}")
        return
    strangers = [str(link) for link in links if not matches(link, name, wanted)]
    if strangers and set(stable) <= got:
        peer.note("the filter is not supported: all links came")
        return
    peer.check(
        not strangers,
        f"{query}: expected only links that match, or all; got "
        f"{', '.join(strangers[:3])} and not all others",
    )
    missing = matching - got
    peer.check(not missing, f"{query}: expected {', '.join(sorted(missing)[:3])}; it is not there")


async def first_value(peer: Peer, name: str, several: bool = False) -> str:
    """A value of an attribute that some link has; the last one of a list when asked for."""
    for link in await all_links(peer):
        for value in link.all(name):
            values = value.split()
            if values and len(values) > several and "*" not in value:
                return values[-1] if several else values[0]
    peer.skip(f"no link has {'a list in ' if several else ''}{name}")


@case(
    "rfc6690/4.1/filter-rt",
    level="MUST",
    rfc="RFC 6690 section 4.1",
    rows=("R6690-03",),
    title="A filter by resource type gives the links of that type, or all",
    requires=("feature:discovery",),
)
async def filter_rt(peer: Peer) -> None:
    """The type is taken from the peer's own list."""
    await judge_filter(peer, "rt", await first_value(peer, "rt"))


@case(
    "rfc6690/4.1/filter-rt-among-several",
    level="INTEROP",
    rfc="RFC 6690 sections 3.1 and 4.1",
    rows=("R6690-04",),
    title="A filter by resource type looks at each of several types of a link",
    requires=("feature:discovery",),
)
async def filter_rt_among_several(peer: Peer) -> None:
    """A link with rt="a b" has type a and type b."""
    await judge_filter(peer, "rt", await first_value(peer, "rt", several=True))


@case(
    "rfc6690/4.1/filter-rt-any",
    level="INTEROP",
    rfc="RFC 6690 section 4.1",
    rows=("R6690-04",),
    title="The filter rt=* gives the links that have a type",
    requires=("feature:discovery",),
)
async def filter_rt_any(peer: Peer) -> None:
    """The prefix before the star is empty: every value begins with it, but there has to be one."""
    await first_value(peer, "rt")
    await judge_filter(peer, "rt", "*")


@case(
    "rfc6690/4.1/filter-if-prefix",
    level="INTEROP",
    rfc="RFC 6690 sections 3.2 and 4.1",
    rows=("R6690-03", "R6690-04"),
    title="A filter by interface with a star gives the links whose interface begins so",
    requires=("feature:discovery",),
)
async def filter_if_prefix(peer: Peer) -> None:
    """The prefix is cut from an interface of the peer's own list."""
    value = await first_value(peer, "if")
    await judge_filter(peer, "if", value[: max(1, len(value) - 1)] + "*")


@case(
    "rfc6690/4.1/filter-sz-any",
    level="INTEROP",
    rfc="RFC 6690 sections 3.3 and 4.1",
    rows=("R6690-04",),
    title="The filter sz=* gives the links that have a size",
    requires=("feature:discovery",),
)
async def filter_sz_any(peer: Peer) -> None:
    """As for rt=*."""
    await first_value(peer, "sz")
    await judge_filter(peer, "sz", "*")


@case(
    "rfc6690/4.1/filter-href",
    level="MUST",
    rfc="RFC 6690 section 4.1",
    rows=("R6690-03",),
    title="A filter by target gives that link, or all",
    requires=("feature:discovery",),
)
async def filter_href(peer: Peer) -> None:
    """href is the name for the target in a filter."""
    target = (await all_links(peer))[-1].target
    await judge_filter(peer, "href", target)


@case(
    "rfc6690/4.1/filter-href-prefix",
    level="INTEROP",
    rfc="RFC 6690 section 4.1",
    rows=("R6690-04",),
    title="A filter by target with a star gives the links whose target begins so",
    requires=("feature:discovery",),
)
async def filter_href_prefix(peer: Peer) -> None:
    """The prefix is cut from a target of the peer's own list."""
    target = (await all_links(peer))[-1].target
    await judge_filter(peer, "href", target[: max(1, len(target) - 1)] + "*")


@case(
    "rfc6690/4.1/filter-without-match",
    level="INTEROP",
    rfc="RFC 6690 section 4.1",
    rows=("R6690-03",),
    title="A filter that nothing matches gives nothing, or all",
    requires=("feature:discovery",),
)
async def filter_without_match(peer: Peer) -> None:
    """An empty document, or 4.04; without support for filters all links."""
    await judge_filter(peer, "rt", f"no-such-type-{secrets.token_hex(4)}")
