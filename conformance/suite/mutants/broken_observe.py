"""Mutants of observing (RFC 7641)."""

from __future__ import annotations

from .. import message as m
from ..message import Message
from .catalogue import NOTIFICATIONS, mutant
from .exchange import Reply
from .rules import Rules

# Cases that cannot go on when no registration is taken, or nothing comes of it.
NEED_NOTIFICATIONS = (
    *NOTIFICATIONS,
    "rfc7641/4.5/cancel-by-reset",
    "rfc7641/4.2/deletion-told",
    "rfc7641/4.2/deletion-ends",
)


@mutant("rfc7641/3.1/registered", also=(*NEED_NOTIFICATIONS, "rfc7641/4.2/notified"))
class TakesNoRegistration(Rules):
    """No registration is taken, of no resource."""

    def observes(self, request: Message, observable: bool) -> int | None:
        return None


@mutant("rfc7641/4.2/notified", also=NEED_NOTIFICATIONS)
class NeverNotifies(Rules):
    """Registrations are taken, and nobody is notified."""

    def notified(self, entries: list[object]) -> list[object]:
        return []


@mutant("rfc7641/3.2/notification-observe", also=("rfc7641/4.4/order",))
class NotifiesWithoutObserve(Rules):
    """Notifications have no Observe option."""

    def notification(self, reply: Reply, sequence: int) -> Reply:
        return reply


@mutant("rfc7641/3.2/notification-token")
class CutsNotificationTokens(Rules):
    """The eighth byte of a token is missing in notifications."""

    def notification_token(self, token: bytes) -> bytes:
        return token[:7]


@mutant("rfc7641/4.4/order")
class CountsDown(Rules):
    """Observe values fall."""

    def next_sequence(self, last: int) -> int:
        return (last - 1) & 0xFFFFFF


@mutant("rfc7641/4.4/order")
class NumbersAllAlike(Rules):
    """All notifications have the same Observe value."""

    def next_sequence(self, last: int) -> int:
        return last


@mutant("rfc7641/4.2/same-format")
class ChangesFormat(Rules):
    """Notifications say that they are bytes, where the first answer was text."""

    def notification(self, reply: Reply, sequence: int) -> Reply:
        reply.without(m.CONTENT_FORMAT).plus(m.CONTENT_FORMAT, m.uint(m.OCTET_STREAM))
        return super().notification(reply, sequence)


@mutant("rfc7641/3.6/cancel-by-request")
class KeepsTheDeregistered(Rules):
    """A GET with Observe 1 does not end an observation."""

    def cancels(self, why: str) -> bool:
        return why != "request"


@mutant("rfc7641/4.5/cancel-by-reset")
class KeepsAfterReset(Rules):
    """A Reset for a notification does not end an observation."""

    def cancels(self, why: str) -> bool:
        return why != "reset"


@mutant("rfc7641/4.1/registered-twice")
class ListsTwice(Rules):
    """A second registration with the same token makes a second entry."""

    def replaces_entries(self) -> bool:
        return False


@mutant("rfc7641/4.1/other-request")
class EndsWithAnyGet(Rules):
    """A plain GET ends the observations of its endpoint."""

    def plain_get_cancels(self) -> bool:
        return True


@mutant("rfc7641/4.1/two-observers")
class KnowsTokensOnly(Rules):
    """Two endpoints with the same token have one entry between them."""

    def entry_key(self, source: object, token: bytes) -> tuple[object, ...]:
        return (token,) if token == b"both" else (source, token)


@mutant("rfc7641/4.1/not-observable")
class RefusesObserve(Rules):
    """Observe where nothing can be observed gives 4.02."""

    def refuses_observe(self, request: Message, observable: bool) -> bool:
        # Only where there is something: what is missing is another case's.
        return request.has(m.OBSERVE) and not observable and request.all(m.URI_PATH) == [b"test"]


@mutant("rfc7641/4.2/error-without-observe", also=("rfc7641/4.2/deletion-told",))
class ObservesErrors(Rules):
    """A 4.04 to a request with Observe has the option as well."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if reply.code == m.NOT_FOUND and request.has(m.OBSERVE):
            reply.plus(m.OBSERVE, b"")
        return super().finished(request, reply)


@mutant("rfc7641/2/observe-too-long")
class TakesLongObserve(Rules):
    """An Observe option of four bytes is taken."""

    def recognizes(self, number: int, value: bytes, occurrence: int, method: int) -> bool:
        if number == m.OBSERVE and len(value) == 4:
            return True
        return super().recognizes(number, value, occurrence, method)


@mutant("rfc7641/4.2/deletion-told", also=("rfc7641/4.2/deletion-ends",))
class DeletesInSilence(Rules):
    """Observers of what is deleted are not told."""

    def error_notification(self, reply: Reply) -> Reply | None:
        return None


@mutant("rfc7641/4.2/deletion-told")
class ObservesTheDeleted(Rules):
    """The notification of a deletion has an Observe option."""

    def error_notification(self, reply: Reply) -> Reply | None:
        return reply.plus(m.OBSERVE, m.uint(99))


@mutant("rfc7641/4.2/deletion-ends")
class KeepsObserversOfTheDeleted(Rules):
    """An observer stays on the list after an error."""

    def ends_with_error(self) -> bool:
        return False
