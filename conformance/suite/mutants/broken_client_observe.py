"""Mutants of clients over UDP: observing (RFC 7641)."""

from __future__ import annotations

from ..message import NON, OBSERVE, Message
from .catalogue import mutant
from .client_udp_rules import UdpClientRules

NEAR = 100  # how far ahead a sequence number may be, for those who expect no loss
OBSERVATIONS = (
    "rfc7252/4.5/client-copy-acknowledged", "rfc7641/2/client-registration",
    "rfc7641/3.1/client-separate-registration", "rfc7641/3.2/client-critical",
    "rfc7641/3.2/client-error-ends", "rfc7641/3.2/client-notifications",
    "rfc7641/3.4/client-gap", "rfc7641/3.4/client-older", "rfc7641/3.4/client-wrap",
    "rfc7641/3.5/client-acknowledges", "rfc7641/3.5/client-non",
    "rfc7641/3.5/client-unknown-token", "rfc7641/3.6/client-deregisters",
    "rfc7959/2.6/client-large-state")


def observations_but(id: str) -> tuple[str, ...]:
    """The other cases that begin with a registration."""
    return tuple(name for name in OBSERVATIONS if name != id)


@mutant("rfc7641/2/client-registration", also=observations_but("rfc7641/2/client-registration"))
class RegistersByOne(UdpClientRules):
    """A registration has the value 1."""

    def register_value(self) -> bytes:
        return b"\x01"


@mutant("rfc7641/3.1/client-not-observable")
class WantsToBeRegistered(UdpClientRules):
    """A response to a registration without Observe is no response."""

    def __init__(self) -> None:
        super().__init__()
        self.registers = False

    def request(self, request: Message) -> Message:
        self.registers = request.first(OBSERVE) == b""
        return request

    def takes_piggybacked(self, response: Message) -> bool:
        return not self.registers or response.has(OBSERVE)


@mutant("rfc7641/3.2/client-notifications", also=("rfc7641/3.5/client-non",))
class TakesConfirmableNotifications(UdpClientRules):
    """A Non-confirmable notification is passed over."""

    def is_notification(self, response: Message) -> bool:
        return response.type != NON


@mutant("rfc7641/3.5/client-acknowledges",
        also=observations_but("rfc7641/3.5/client-acknowledges"))
class AcknowledgesNoNotifications(UdpClientRules):
    """Notifications are taken in silence."""

    def receipt(self, response: Message) -> Message | None:
        return None if response.has(OBSERVE) else super().receipt(response)


@mutant("rfc7641/3.4/client-older")
class TakesWhatComes(UdpClientRules):
    """The notification that comes last is the present state."""

    def is_newer(self, value: int, latest: int, passed: float) -> bool:
        return True


@mutant("rfc7641/3.4/client-wrap")
class ComparesPlainNumbers(UdpClientRules):
    """The greater sequence number is the newer."""

    def is_newer(self, value: int, latest: int, passed: float) -> bool:
        return value > latest


@mutant("rfc7641/3.4/client-gap", also=("rfc7641/3.4/client-wrap",))
class ExpectsNoLoss(UdpClientRules):
    """A sequence number that is far ahead is taken for an old one."""

    def is_newer(self, value: int, latest: int, passed: float) -> bool:
        return 0 < value - latest < NEAR


@mutant("rfc7641/3.2/client-error-ends")
class GoesOnAfterErrors(UdpClientRules):
    """A notification with an error ends nothing."""

    def notification_ends(self, response: Message) -> bool:
        return False


@mutant("rfc7641/3.6/client-deregisters")
class LeavesWithAnotherToken(UdpClientRules):
    """A deregistration has a token of its own."""

    def cancelling(self, registration: Message) -> Message:
        return registration.but(token=self.token())


@mutant("rfc7641/3.6/client-deregisters")
class LeavesWithoutOptions(UdpClientRules):
    """A deregistration has no options but Observe."""

    def cancelling(self, registration: Message) -> Message:
        return registration.but(options=tuple(
            option for option in registration.options if option[0] == OBSERVE))


@mutant("rfc7641/3.1/client-separate-registration")
class RegistersByAcknowledgementAlone(UdpClientRules):
    """A first state in a message of its own is rejected."""

    def takes_separate(self, response: Message, acknowledged: bool) -> bool:
        return not response.has(OBSERVE)
