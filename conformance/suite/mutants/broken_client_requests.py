"""Mutants of clients over UDP: what they ask for (RFC 7252 sections 5.4, 5.10 and 6.4, RFC 8516,
RFC 8974, RFC 9175)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from ..message import ACCEPT, URI_HOST, URI_PORT, Message, uint
from .catalogue import mutant
from .client_udp_rules import Options, UdpClientRules

SHORT, MIDDLE = 8, 268  # the longest tokens with four bits, with one byte more


@mutant("rfc7252/5.4.5/client-options-once")
class RepeatsAccept(UdpClientRules):
    """There are two Accept options."""

    def request(self, request: Message) -> Message:
        return request.but(options=(*request.options, (ACCEPT, b""), (ACCEPT, b"")))


@mutant("rfc7252/5.10.1/client-dot-segments")
class KeepsDots(UdpClientRules):
    """A path goes as it is written."""

    def resolved(self, path: str) -> str:
        return path


@mutant("rfc7252/6.4/client-path", also=("rfc7252/6.4/client-escaped-slash",))
class KeepsEscapes(UdpClientRules):
    """Escapes in a path are not decoded."""

    def segments(self, path: str) -> list[bytes]:
        return [] if path == "/" else [segment.encode() for segment in path[1:].split("/")]


@mutant("rfc7252/6.4/client-escaped-slash")
class DecodesFirst(UdpClientRules):
    """A path is decoded before it is divided."""

    def segments(self, path: str) -> list[bytes]:
        return [] if path == "/" else unquote_to_bytes(path[1:]).split(b"/")


@mutant("rfc7252/6.4/client-query", also=("rfc7252/3/client-request",))
class SendsOneArgument(UdpClientRules):
    """A query is one option."""

    def arguments(self, query: str) -> list[bytes]:
        return [unquote_to_bytes(query)] if query else []


@mutant("rfc7252/6.4/client-root")
class SendsAnEmptySegment(UdpClientRules):
    """The path / is an empty segment."""

    def segments(self, path: str) -> list[bytes]:
        return [b""] if path == "/" else super().segments(path)


@mutant("rfc7252/6.4/client-trailing-slash")
class DropsTrailingSlashes(UdpClientRules):
    """A slash at the end is as good as none."""

    def segments(self, path: str) -> list[bytes]:
        return super().segments(path.rstrip("/"))


@mutant("rfc7252/6.4/client-host-literal")
class SendsLiterals(UdpClientRules):
    """Uri-Host is always there."""

    def host_option(self, host: str) -> Options:
        return super().host_option(host) or ((URI_HOST, host.encode()),)


@mutant("rfc7252/6.4/client-port")
class SendsThePort(UdpClientRules):
    """Uri-Port is always there."""

    def port_option(self, port: int) -> Options:
        return ((URI_PORT, uint(port)),)


@mutant("rfc7252/6.4/client-host-name")
class KeepsCapitals(UdpClientRules):
    """A host's name goes as it is written."""

    def host_option(self, host: str) -> Options:
        return ((URI_HOST, host.encode()),) if super().host_option(host) else ()


@mutant("rfc8974/2.1/client-token", "rfc8974/2.1/client-longer-token")
class CutsTokens(UdpClientRules):
    """A token has no more than 8 bytes."""

    def request(self, request: Message) -> Message:
        return request.but(token=request.token[:SHORT])


@mutant("rfc8974/2.1/client-longer-token")
class KnowsOneByteMore(UdpClientRules):
    """A token in a response has no more than 268 bytes."""

    def belongs(self, response: Message, request: Message) -> bool:
        return len(response.token) <= MIDDLE and super().belongs(response, request)


@mutant("rfc9175/2.3/client-echo")
class ForgetsEcho(UdpClientRules):
    """A request to show freshness is an error like any other."""

    def echoes(self, value: bytes) -> bytes | None:
        return None


@mutant("rfc9175/2.3/client-echo")
class CutsEcho(UdpClientRules):
    """Echo comes back without its first byte."""

    def echoes(self, value: bytes) -> bytes | None:
        return value[1:]


@mutant("rfc8516/4/client-waits")
class CannotWait(UdpClientRules):
    """A server that has too many requests gets another at once."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0

    def may_repeat(self, response: Message) -> bool:
        self.tries += 1
        return self.tries < 3
