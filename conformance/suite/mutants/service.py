"""From a request to a reply: the request layer of the reference server (RFC 7252 section 5)."""

from collections import Counter
from dataclasses import replace

from .. import message as m
from ..message import Message
from .exchange import Reply, path_of
from .rules import Rules
from .site import Resource, Site

BERT_BLOCKS = 1  # how many blocks go in one message over a reliable transport (RFC 8323 6)
BLOCK_SIZES = 6  # the largest size exponent: 1024 bytes


class Service:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.site = rules.site = Site(rules)

    def answer(self, request: Message) -> Reply | None:
        """The reply, or None for a request that is to be rejected."""
        understood, obstacles = self.sorted_out(request)
        if obstacles:
            reply = self.rules.for_bad_options(obstacles, request)
            return self.rules.finished(request, reply) if reply else None
        self.rules.before(request)
        reply = self.blockwise(understood, self.performed(understood))
        return self.rules.finished(request, reply)

    def sorted_out(self, request: Message) -> tuple[Message, list[int]]:
        """The request without the options to ignore, and the numbers it may not have (5.4)."""
        seen: Counter[int] = Counter()
        kept: list[tuple[int, bytes]] = []
        obstacles: list[int] = []
        for number, value in request.options:
            if self.rules.recognizes(number, value, seen[number] + 1, request.code):
                seen[number] += 1
                kept.append((number, value))
            elif self.rules.refuses(number, value):
                obstacles.append(number)
        return replace(request, options=tuple(kept)), obstacles

    def performed(self, request: Message) -> Reply:
        rules = self.rules
        if rules.wants_proxy(request):
            return rules.for_proxying(request)
        if not rules.knows_method(request.code):
            return rules.for_unknown_method(request)
        resource = self.site.find(rules.looked_up(path_of(request)))
        creating = request.code in (m.PUT, m.DELETE)
        if resource is None or not (resource.exists or creating):
            return rules.for_missing(request)
        handler = resource.methods.get(request.code)
        if handler is None:
            return rules.for_wrong_method(request)
        if not self.conditions_hold(request, resource):
            if rules.performs_anyway(request):
                handler(request)
            return rules.for_failed_precondition(request)
        if request.code == m.GET:
            if not rules.acceptable(request, resource.formats):
                return Reply(m.NOT_ACCEPTABLE)
        elif not rules.takes_format(request, resource.takes):
            return Reply(m.UNSUPPORTED_FORMAT)
        return handler(request)

    def conditions_hold(self, request: Message, resource: Resource) -> bool:
        matches = self.rules.if_match_holds(
            request.all(m.IF_MATCH), resource.exists, resource.etag()
        )
        fresh = self.rules.if_none_match_holds(request.has(m.IF_NONE_MATCH), resource.exists)
        return matches and fresh

    def blockwise(self, request: Message, reply: Reply) -> Reply:
        """One block of a large representation (RFC 7959 2.4)."""
        asked = request.uint(m.BLOCK2)
        if reply.code != m.CONTENT or (asked is None and not self.rules.cuts(reply.payload)):
            return reply
        number, exponent = (0, BLOCK_SIZES) if asked is None else (asked >> 4, asked & 7)
        if exponent > self.rules.largest_exponent():
            return Reply(m.BAD_REQUEST, b"block size exponent 7 is reserved")
        unit = 16 << min(exponent, BLOCK_SIZES)
        size = BERT_BLOCKS * unit if exponent > BLOCK_SIZES else unit
        start = number * unit
        if start and start >= len(reply.payload):
            return Reply(m.BAD_REQUEST, b"block number beyond the end")
        more = start + size < len(reply.payload)
        block = m.uint(number << 4 | more << 3 | exponent)
        return replace(
            reply,
            payload=reply.payload[start : start + size],
            options=[*reply.options, (m.BLOCK2, block)],
        )
