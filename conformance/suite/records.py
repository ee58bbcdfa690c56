"""The records of DTLS and TLS as far as they can be read without keys, and handshake messages made by
hand (RFC 6347 sections 4.1 and 4.2, RFC 5246 sections 6.2 and 7.4)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
CONTENTS = {CHANGE_CIPHER_SPEC: "ChangeCipherSpec", ALERT: "Alert", HANDSHAKE: "Handshake",
            APPLICATION_DATA: "ApplicationData"}
CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST = 1, 2, 3
CERTIFICATE, SERVER_KEY_EXCHANGE, CLIENT_KEY_EXCHANGE, FINISHED = 11, 12, 16, 20
MESSAGES = {0: "HelloRequest", CLIENT_HELLO: "ClientHello", SERVER_HELLO: "ServerHello",
            HELLO_VERIFY_REQUEST: "HelloVerifyRequest", 4: "NewSessionTicket",
            CERTIFICATE: "Certificate", SERVER_KEY_EXCHANGE: "ServerKeyExchange",
            13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify",
            CLIENT_KEY_EXCHANGE: "ClientKeyExchange", FINISHED: "Finished"}
WARNING, FATAL = 1, 2
CLOSE_NOTIFY, HANDSHAKE_FAILURE, DECRYPT_ERROR, PROTOCOL_VERSION = 0, 40, 51, 70
UNKNOWN_PSK_IDENTITY, NO_APPLICATION_PROTOCOL = 115, 120
ALERTS = {CLOSE_NOTIFY: "close_notify", 10: "unexpected_message", 20: "bad_record_mac",
          22: "record_overflow", HANDSHAKE_FAILURE: "handshake_failure", 42: "bad_certificate",
          43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
          46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
          49: "access_denied", 50: "decode_error", DECRYPT_ERROR: "decrypt_error",
          PROTOCOL_VERSION: "protocol_version", 71: "insufficient_security",
          80: "internal_error", 90: "user_canceled", 100: "no_renegotiation",
          109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
          UNKNOWN_PSK_IDENTITY: "unknown_psk_identity", 116: "certificate_required",
          NO_APPLICATION_PROTOCOL: "no_application_protocol"}
DTLS_1_0, DTLS_1_2 = 0xFEFF, 0xFEFD
SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2 = 0x0300, 0x0301, 0x0302, 0x0303
VERSIONS = {DTLS_1_0: "DTLS 1.0", DTLS_1_2: "DTLS 1.2", SSL_3_0: "SSL 3.0", TLS_1_0: "TLS 1.0",
            TLS_1_1: "TLS 1.1", TLS_1_2: "TLS 1.2"}
PSK_AES_128_CCM_8, PSK_AES_128_GCM, RENEGOTIATION_INFO = 0xC0A8, 0x00A8, 0x00FF
ECDHE_ECDSA_AES_128_CCM_8 = 0xC0AE
HEADER, MESSAGE_HEADER, TLS_HEADER = 13, 12, 5  # bytes


class RecordError(ValueError):
    """Bytes that are no records."""


@dataclass(frozen=True)
class Record:
    """One record; of TLS, epoch and sequence are 0."""

    content: int
    version: int
    fragment: bytes
    epoch: int = 0
    sequence: int = 0

    @property
    def is_protected(self) -> bool:
        return self.epoch > 0 or self.content == APPLICATION_DATA

    def encode(self) -> bytes:
        """As DTLS has it."""
        return (bytes([self.content]) + self.version.to_bytes(2, "big")
                + self.epoch.to_bytes(2, "big") + self.sequence.to_bytes(6, "big")
                + len(self.fragment).to_bytes(2, "big") + self.fragment)

    def encode_tls(self) -> bytes:
        return (bytes([self.content]) + self.version.to_bytes(2, "big")
                + len(self.fragment).to_bytes(2, "big") + self.fragment)

    @property
    def alert(self) -> tuple[int, int] | None:
        """Level and description of an alert that is not protected."""
        if self.content != ALERT or self.is_protected or len(self.fragment) != 2:
            return None
        return self.fragment[0], self.fragment[1]

    def __str__(self) -> str:
        name = CONTENTS.get(self.content, f"content type {self.content}")
        place = f"epoch {self.epoch} number {self.sequence}, " if self.version >> 8 == 254 else ""
        if self.is_protected:
            return f"{name} ({place}protected, {len(self.fragment)} bytes)"
        if self.alert:
            return f"Alert {ALERTS.get(self.alert[1], self.alert[1])}"
        if self.content == HANDSHAKE and self.version >> 8 == 254:
            what = ", ".join(str(message) for message in messages_of(self)) or "unreadable"
            return f"{name} ({place}{what})"
        if self.content == HANDSHAKE and self.fragment:
            return f"{name} ({MESSAGES.get(self.fragment[0], self.fragment[0])})"
        return f"{name} ({place}{len(self.fragment)} bytes)"


@dataclass(frozen=True)
class HandshakeMessage:
    """A handshake message of DTLS, or a fragment of one."""

    kind: int
    sequence: int
    body: bytes
    offset: int = 0
    length: int = -1  # of the whole message; of a whole one, that of its body

    @property
    def whole_length(self) -> int:
        return len(self.body) if self.length < 0 else self.length

    def encode(self) -> bytes:
        return (bytes([self.kind]) + self.whole_length.to_bytes(3, "big")
                + self.sequence.to_bytes(2, "big") + self.offset.to_bytes(3, "big")
                + len(self.body).to_bytes(3, "big") + self.body)

    def fragments(self, size: int, overlap: int = 0) -> list[HandshakeMessage]:
        """The same message in pieces of `size` bytes, each with `overlap` bytes of the next."""
        return [replace(self, body=self.body[at : at + size + overlap], offset=at,
                        length=len(self.body))
                for at in range(0, max(len(self.body), 1), size)]

    def __str__(self) -> str:
        name = MESSAGES.get(self.kind, f"message type {self.kind}")
        if len(self.body) == self.whole_length:
            return name
        return f"{name} bytes {self.offset}+{len(self.body)} of {self.whole_length}"


def split(datagram: bytes) -> list[Record]:
    """The records of a DTLS datagram; raises RecordError."""
    records, rest = [], datagram
    while rest:
        length = int.from_bytes(rest[11:13], "big")
        if len(rest) < HEADER or len(rest) < HEADER + length or rest[1] != 254:
            raise RecordError(f"no DTLS record: {rest[:HEADER].hex()}")
        records.append(Record(rest[0], int.from_bytes(rest[1:3], "big"),
                              rest[HEADER : HEADER + length], int.from_bytes(rest[3:5], "big"),
                              int.from_bytes(rest[5:11], "big")))
        rest = rest[HEADER + length :]
    return records


def split_tls(stream: bytes) -> tuple[list[Record], bytes]:
    """The whole records at the front of a TLS stream, and what is behind; raises RecordError."""
    records, rest = [], stream
    while len(rest) >= TLS_HEADER:
        length = int.from_bytes(rest[3:5], "big")
        if rest[0] not in CONTENTS or rest[1] != 3:
            raise RecordError(f"no TLS record: {rest[:TLS_HEADER].hex()}")
        if len(rest) < TLS_HEADER + length:
            break
        records.append(Record(rest[0], int.from_bytes(rest[1:3], "big"),
                              rest[TLS_HEADER : TLS_HEADER + length]))
        rest = rest[TLS_HEADER + length :]
    return records, rest


def messages_of(record: Record) -> list[HandshakeMessage]:
    """The handshake messages and fragments in a DTLS record that is not protected."""
    found, rest = [], record.fragment
    while len(rest) >= MESSAGE_HEADER:
        size = int.from_bytes(rest[9:12], "big")
        body = rest[MESSAGE_HEADER : MESSAGE_HEADER + size]
        if len(body) < size:
            break
        found.append(HandshakeMessage(rest[0], int.from_bytes(rest[4:6], "big"), body,
                                      int.from_bytes(rest[6:9], "big"),
                                      int.from_bytes(rest[1:4], "big")))
        rest = rest[MESSAGE_HEADER + size :]
    return found


def describe(data: bytes, is_datagram: bool) -> str:
    """What bytes on the wire are, for people."""
    try:
        records = split(data) if is_datagram else split_tls(data)[0]
    except RecordError:
        return f"{len(data)} bytes that are no record"
    return "; ".join(map(str, records)) or "the start of a record"


def vector(data: bytes, size: int) -> bytes:
    """Bytes behind their length in `size` bytes."""
    return len(data).to_bytes(size, "big") + data


def extension(number: int, data: bytes) -> bytes:
    return number.to_bytes(2, "big") + vector(data, 2)


def alpn(*names: bytes) -> bytes:
    """RFC 7301."""
    return extension(16, vector(b"".join(vector(name, 1) for name in names), 2))


def signature_algorithms() -> bytes:
    """SHA-256 with ECDSA and with RSA (RFC 5246 7.4.1.4.1)."""
    return extension(13, vector(bytes.fromhex("04030401"), 2))


def groups() -> bytes:
    """secp256r1, uncompressed (RFC 8422 5.1)."""
    return extension(10, vector(bytes.fromhex("0017"), 2)) + extension(11, vector(b"\0", 1))


@dataclass(frozen=True)
class Hello:
    """A ClientHello made by hand."""

    version: int = DTLS_1_2
    random: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    cookie: bytes = b""
    suites: tuple[int, ...] = (PSK_AES_128_CCM_8, RENEGOTIATION_INFO)
    extensions: bytes = b""
    padding: int = 0  # bytes of session ID, up to 32

    @property
    def is_datagram(self) -> bool:
        return self.version >> 8 == 254

    def body(self) -> bytes:
        suites = b"".join(suite.to_bytes(2, "big") for suite in self.suites)
        cookie = vector(self.cookie, 1) if self.is_datagram else b""
        return (self.version.to_bytes(2, "big") + self.random + vector(bytes(self.padding), 1)
                + cookie + vector(suites, 2) + b"\1\0"
                + (vector(self.extensions, 2) if self.extensions else b""))

    def datagram(self, sequence: int = 0) -> bytes:
        """In the record with this number; the message is the client's first, or with a cookie its
        second (RFC 6347 4.2.2)."""
        message = HandshakeMessage(CLIENT_HELLO, 1 if self.cookie else 0, self.body())
        return Record(HANDSHAKE, self.version, message.encode(), 0, sequence).encode()

    def stream(self) -> bytes:
        """As a TLS record."""
        body = self.body()
        message = bytes([CLIENT_HELLO]) + vector(body, 3)
        return Record(HANDSHAKE, min(self.version, TLS_1_0), message).encode_tls()


def first_message(datagrams: list[bytes], kind: int) -> HandshakeMessage | None:
    """The first unprotected handshake message of a kind; fragments do not count."""
    for datagram in datagrams:
        for record in split(datagram):
            if record.content != HANDSHAKE or record.is_protected:
                continue
            for message in messages_of(record):
                if message.kind == kind and len(message.body) == message.whole_length:
                    return message
    return None


def cookie_of(request: HandshakeMessage) -> bytes:
    """The cookie in a HelloVerifyRequest; raises RecordError."""
    body = request.body
    if len(body) < 3 or len(body) != 3 + body[2]:
        raise RecordError(f"no HelloVerifyRequest: {body.hex()}")
    return body[3:]
