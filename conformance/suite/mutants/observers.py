"""The list of observers of the reference server (RFC 7641 section 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from .. import message as m
from ..message import Message
from .exchange import Reply, path_of
from .rules import Rules
from .service import Service

Address = tuple[str, int]
TICK = 0.4  # seconds between two changes of what can be observed
ENTRIES = 64  # at most
RECENT = 8  # notifications of an entry that a Reset may still be for


@dataclass
class Entry:
    request: Message
    source: Address
    sequence: int
    mids: list[int]  # of the notifications sent


class Observers:
    def __init__(self, rules: Rules, service: Service,
                 notify: Callable[[Message, Reply, Address], int],
                 is_outstanding: Callable[[int], bool]) -> None:
        self.rules = rules
        self.service = service
        self.notify = notify
        self.is_outstanding = is_outstanding
        self.entries: dict[object, Entry] = {}
        self.timer: asyncio.TimerHandle | None = None

    def considered(self, request: Message, reply: Reply, source: Address) -> Reply:
        """Registers or deregisters as the request asks; gives the reply that goes out."""
        understood, _ = self.service.sorted_out(request)
        resource = self.service.site.find(path_of(request))
        observable = resource is not None and resource.observable
        key: object = self.rules.entry_key(source, request.token)
        if self.rules.refuses_observe(understood, observable):
            return Reply(m.BAD_OPTION)
        wish = self.rules.observes(understood, observable)
        if wish is None and observable and self.rules.plain_get_cancels():
            self.entries = {k: e for k, e in self.entries.items() if e.source != source}
        if wish == 1 and self.rules.cancels("request"):
            self.entries.pop(key, None)
        if wish != 0 or reply.code >> 5 != 2 or len(self.entries) >= ENTRIES:
            return reply
        if key in self.entries and not self.rules.replaces_entries():
            key = (key, "again")
        self.entries[key] = Entry(request, source, 1, [])
        self.start()
        return self.rules.first_observe(reply, 1)

    def reset(self, mid: int, source: Address) -> None:
        if self.rules.cancels("reset"):
            self.entries = {key: entry for key, entry in self.entries.items()
                            if mid not in entry.mids or entry.source != source}

    def start(self) -> None:
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(TICK, self.tick)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def tick(self) -> None:
        self.timer = None
        self.service.site.count += 1
        for entry in self.rules.notified(list(self.entries.values())):
            assert isinstance(entry, Entry)
            # One at a time: the next one waits for the acknowledgement (4.5.1).
            if not (entry.mids and self.is_outstanding(entry.mids[-1])):
                self.tell(entry)
        if self.entries:
            self.start()

    def tell(self, entry: Entry) -> None:
        reply = self.service.answer(entry.request, entry.source)
        if reply is None:
            return
        if reply.code >> 5 != 2:
            self.fail(entry, reply)
            return
        entry.sequence = self.rules.next_sequence(entry.sequence)
        mid = self.notify(entry.request, self.rules.notification(reply, entry.sequence),
                          entry.source)
        entry.mids = [*entry.mids[-RECENT:], mid]

    def fail(self, entry: Entry, reply: Reply) -> None:
        """The last notification of an entry says that there is nothing to observe any more (4.2)."""
        if self.rules.ends_with_error():
            self.entries = {key: other for key, other in self.entries.items() if other is not entry}
        told = self.rules.error_notification(reply)
        if told:
            entry.mids = [*entry.mids[-RECENT:], self.notify(entry.request, told, entry.source)]
