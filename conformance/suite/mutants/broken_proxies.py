"""Mutants of proxies (RFC 7252 sections 5.7 and 5.10.2, RFC 8768)."""

from __future__ import annotations

from .. import message as m
from ..message import Message, uint
from .catalogue import RULES, mutant
from .proxy_reference import Address, Options, ProxyRules, is_unsafe


@mutant("rfc7252/5.7.2/relayed")
class ForwardsTheProxyUri(ProxyRules):
    """The origin gets the Proxy-Uri as well."""

    def kept(self, options: Options) -> Options:
        return (*super().kept(options), *(o for o in options if o[0] == m.PROXY_URI))


@mutant("rfc7252/5.7.1/error-relayed")
class HidesErrors(ProxyRules):
    """An error of the origin's becomes 5.02."""

    def returned(self, response: Message) -> tuple[int, Options, bytes]:
        code, options, payload = super().returned(response)
        return (m.BAD_GATEWAY if code >> 5 == 4 else code), options, payload


@mutant("rfc7252/5.10.2/proxy-uri-first")
class AddsThePath(ProxyRules):
    """Uri-Path and Uri-Query beside a Proxy-Uri are forwarded, too."""

    def where(self, request: Message) -> tuple[Address, Options]:
        origin, options = super().where(request)
        if not request.has(m.PROXY_URI):
            return origin, options
        own = tuple(o for o in request.options if o[0] in (m.URI_PATH, m.URI_QUERY))
        return origin, (*options, *own)


@mutant("rfc7252/5.10.2/proxy-scheme")
class KeepsTheScheme(ProxyRules):
    """The origin gets the Proxy-Scheme."""

    def kept(self, options: Options) -> Options:
        return (*super().kept(options), *(o for o in options if o[0] == m.PROXY_SCHEME))


@mutant("rfc7252/5.7.1/unsafe-request")
class ForwardsUnsafeOptions(ProxyRules):
    """An unknown Unsafe option in a request is forwarded."""

    def refusal(self, request: Message) -> int | None:
        safe = request.but(options=tuple(o for o in request.options if not is_unsafe((o,))))
        return super().refusal(safe)


@mutant("rfc7252/5.7.1/safe-request")
class DropsSafeOptions(ProxyRules):
    """Unknown options of a request are not forwarded."""

    def kept(self, options: Options) -> Options:
        return tuple(o for o in super().kept(options) if o[0] in m.OPTIONS)


@mutant("rfc7252/5.7.1/safe-response")
class DropsSafeOptionsOfResponses(ProxyRules):
    """Unknown options of a response are not forwarded."""

    def returned(self, response: Message) -> tuple[int, Options, bytes]:
        code, options, payload = super().returned(response)
        return code, tuple(o for o in options if o[0] in m.OPTIONS), payload


@mutant("rfc7252/5.7.1/unsafe-response")
class ReturnsUnsafeOptions(ProxyRules):
    """An unknown Unsafe option in a response is forwarded."""

    def returned(self, response: Message) -> tuple[int, Options, bytes]:
        return response.code, response.options, response.payload


@mutant("rfc8768/3/hop-limit-less")
class TakesTwoHops(ProxyRules):
    """Two hops are taken at a time."""

    def forwarded(self, request: Message) -> tuple[Address, Options]:
        origin, options = super().forwarded(request)
        left = ((m.HOP_LIMIT, uint(self.hops(request) - 1)),) if request.has(m.HOP_LIMIT) else ()
        return origin, tuple(o for o in options if not left or o[0] != m.HOP_LIMIT) + left


@mutant("rfc8768/3/hop-limit-reached")
class HidesTheLastHop(ProxyRules):
    """A request for its last hop is answered with 5.02."""

    def refusal(self, request: Message) -> int | None:
        code = super().refusal(request)
        return m.BAD_GATEWAY if code and not is_unsafe(request.options) else code


@mutant("rfc8768/3/hop-limit-inserted")
class PutsInManyHops(ProxyRules):
    """The Hop-Limit that is put in is 255."""

    def first_hops(self) -> int:
        return 255


PROXY_RULES: dict[str, type[ProxyRules]] = {
    name: rules for name, rules in RULES.items() if issubclass(rules, ProxyRules)}
