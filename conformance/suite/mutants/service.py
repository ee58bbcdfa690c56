"""From a request to a reply: the request layer of the reference server (RFC 7252 section 5)."""

import hashlib
from collections import Counter, OrderedDict
from dataclasses import replace

from .. import message as m
from ..message import Message
from .exchange import Reply, path_of
from .rules import Rules
from .site import Resource, Site

BERT_BLOCKS = 1  # how many blocks go in one message over a reliable transport (RFC 8323 6)
UPLOADS = 64  # bodies in the making that are kept; the oldest go first
BLOCK_SIZES = 6  # the largest size exponent: 1024 bytes


class Service:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.site = rules.site = Site(rules)
        self.uploads: OrderedDict[object, tuple[bytes, bytes | None]] = OrderedDict()

    def answer(self, request: Message, source: object = None) -> Reply | None:
        """The reply, or None for a request that is to be rejected. Blocks of a body belong
        together when they are from one source."""
        understood, obstacles = self.sorted_out(request)
        if obstacles:
            reply = self.rules.for_bad_options(obstacles, request)
            return self.rules.finished(request, reply) if reply else None
        self.rules.before(request)
        whole = self.assembled(understood, source)
        if isinstance(whole, Reply):
            return self.rules.finished(request, whole)
        reply = self.blockwise(whole, self.performed(whole))
        block = whole.uint(m.BLOCK1)
        if block is not None:
            reply.options += self.rules.final_block(block)
        return self.rules.finished(request, reply)

    def assembled(self, request: Message, source: object) -> Message | Reply:
        """The request with its whole body once the last block is there, else the answer to the
        block (RFC 7959 2.5)."""
        block = request.uint(m.BLOCK1)
        if block is None:
            return request
        number, more, exponent = block >> 4, bool(block & 8), block & 7
        size = 16 << min(exponent, BLOCK_SIZES)
        if exponent > self.rules.largest_exponent():
            return Reply(m.BAD_REQUEST, b"block size exponent 7 is reserved")
        if not self.rules.fits_block(request.payload, size, more):
            return Reply(m.BAD_REQUEST, b"a block that is not full")
        key = self.rules.upload_key(request, source)
        kept = self.uploads.pop(key, None)
        given = request.first(m.CONTENT_FORMAT)
        if number == 0:
            body = self.rules.starts_upload(kept[0] if kept else b"", request.payload)
        elif self.rules.fits_upload(kept, number * size, given):
            body = (kept[0] if kept else b"") + request.payload
        else:
            return Reply(m.INCOMPLETE, b"blocks before this one are missing")
        if not more:
            return request.but(payload=body)
        self.uploads[key] = (body, given)
        if len(self.uploads) > UPLOADS:
            self.uploads.popitem(last=False)
        return self.rules.for_continue(block)

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
        if request.has(m.SIZE2) and reply.code == m.CONTENT:
            reply.options.append((m.SIZE2, m.uint(self.rules.whole_size(reply.payload))))
        if reply.code != m.CONTENT or (asked is None and not self.rules.cuts(reply.payload)):
            return reply
        number, exponent = self.rules.block_of(asked)
        if exponent > self.rules.largest_exponent():
            return Reply(m.BAD_REQUEST, b"block size exponent 7 is reserved")
        unit = 16 << min(exponent, BLOCK_SIZES)
        size = BERT_BLOCKS * unit if exponent > BLOCK_SIZES else unit
        start = self.rules.block_start(number, unit)
        if start and start >= len(reply.payload):
            return self.rules.beyond_the_end()
        more = start + size < len(reply.payload)
        block = m.uint(number << 4 | more << 3 | exponent)
        etag = hashlib.sha256(reply.payload).digest()[:4]
        tagged = [] if reply.has(m.ETAG) else [(m.ETAG, self.rules.block_etag(etag, number))]
        return replace(
            reply,
            payload=reply.payload[start : start + size],
            options=[*tagged, *reply.options, (m.BLOCK2, block)],
        )
