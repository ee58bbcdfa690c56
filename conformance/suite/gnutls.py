"""One side of a (D)TLS session by GnuTLS, without sockets: it is given what the peer sent, and hands
what the peer is to get to a function. The library is used through ctypes, so nothing is compiled.

Cases see every record that way, and can lose, repeat or change it before either side does."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import ipaddress
from collections import deque
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ssize_t, c_uint, c_void_p
from dataclasses import dataclass, replace

LIBRARY = "libgnutls.so.30"
AGAIN, INTERRUPTED, REHANDSHAKE = -28, -52, -37
WARNING_ALERT, FATAL_ALERT, PREMATURE = -16, -12, -110
NO_CREDENTIALS = -32
CERTIFICATE, PSK = 1, 4  # gnutls_credentials_type_t
SERVER, CLIENT, DATAGRAM, NONBLOCK, NO_REPLAY_PROTECTION = 1, 2, 4, 8, 1 << 5
NO_SIGNAL, FORCE_CLIENT_CERT, NO_TICKETS = 1 << 6, 1 << 9, 1 << 10
ALPN_MANDATORY = 1
DISABLE_TIME_CHECKS = 1 << 6
PEM, REQUIRE_CERTIFICATE, WRITE_SIDE = 1, 2, 1
BUFFER = 1 << 17
TRIES = 64  # calls in a row that give neither data nor an end

# RFC 7252 9.1.3 has the two suites that end in CCM_8; the others are for peers that want them.
CIPHERS = "+AES-128-CCM-8:+AES-128-CCM:+AES-256-CCM-8:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305"
REST = "+AEAD:+SHA256:+SHA384:+SHA1:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509"
PRIORITY = f"NONE:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-DTLS1.2:{CIPHERS}:{REST}"


class Datum(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size", c_uint)]


class Prestate(ctypes.Structure):
    """What a server that keeps nothing before the cookie tells the session that begins with it."""

    _fields_ = [("record_sequence", c_uint), ("message_in", c_uint), ("message_out", c_uint)]


Transfer = ctypes.CFUNCTYPE(c_ssize_t, c_void_p, c_void_p, c_size_t)
Timeout = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint)
FindKey = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, POINTER(Datum))


class TlsError(Exception):
    """A handshake or record that cannot go on. `alert` is the peer's, None when it sent none."""

    def __init__(self, text: str, alert: str | None = None, code: int = 0):
        super().__init__(text)
        self.alert = alert
        self.code = code


@dataclass(frozen=True)
class Keys:
    """What one side shows and whom it trusts: a pre-shared key, or files in PEM."""

    identity: str = ""
    key: bytes = b""
    certificate: str = ""
    private_key: str = ""
    ca: str = ""

    def split(self) -> tuple[Keys, Keys]:
        """For sessions as such, with the pre-shared key where there is one; and for sessions with
        certificates."""
        psk = replace(self, certificate="", private_key="", ca="")
        certified = replace(self, identity="", key=b"")
        return (psk if self.has_psk else certified), certified

    @property
    def has_psk(self) -> bool:
        return bool(self.key)

    @property
    def has_certificates(self) -> bool:
        return bool(self.certificate or self.ca)


def guessable_key(identity: str) -> bytes:
    """A key that anybody can work out who knows the identity; no server should have it."""
    return hashlib.sha256(identity.encode()).digest()[:16]


def _load() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    for name in ("gnutls_strerror", "gnutls_alert_get_name", "gnutls_check_version",
                 "gnutls_protocol_get_name", "gnutls_ciphersuite_get"):
        getattr(library, name).restype = c_char_p
    for name in ("gnutls_record_send", "gnutls_record_recv"):
        getattr(library, name).restype = c_ssize_t
        getattr(library, name).argtypes = [c_void_p, c_char_p, c_size_t]
    return library


_library = _load()


def available() -> bool:
    return _library is not None


def library() -> ctypes.CDLL:
    if _library is None:
        raise TlsError(f"{LIBRARY} is not installed (Debian: libgnutls30)")
    return _library


def alert_name(number: int) -> str:
    """As GnuTLS calls an alert."""
    return (library().gnutls_alert_get_name(number) or b"").decode()


def version() -> str:
    return library().gnutls_check_version(None).decode()


def must(result: int, what: str) -> int:
    if result < 0:
        raise TlsError(f"GnuTLS: {what}: {library().gnutls_strerror(result).decode()}", code=result)
    return result


def datum(data: bytes) -> Datum:
    """A datum that borrows `data`: keep it as long as GnuTLS may look."""
    return Datum(ctypes.cast(ctypes.c_char_p(data), c_void_p), len(data))


def _is_literal(host: str) -> bool:
    """Whether it is an address, which is no host name (RFC 6066 3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def priority_of(keys: Keys, base: str = PRIORITY) -> str:
    """The key exchanges that there are keys for."""
    exchanges = ":+PSK:+ECDHE-PSK" if keys.has_psk else ""
    return base + exchanges + (":+ECDHE-ECDSA:+ECDHE-RSA" if keys.has_certificates else "")


@dataclass
class Side:
    """What a session is to be."""

    keys: Keys
    is_server: bool = False
    is_datagram: bool = True
    priority: str = ""
    alpn: tuple[bytes, ...] = ()  # RFC 7301
    alpn_flags: int = 0
    mtu: int = 1200
    flags: int = 0
    wants_certificate: bool = False  # of its client
    verify_flags: int = 0  # gnutls_certificate_verify_flags
    host: str = ""  # the name to ask for (RFC 6066 3), and to look for in the certificate
    key_for: Callable[[bytes], bytes | None] | None = None  # a server's keys by identity
    prestate: tuple[int, int, int] | None = None  # a DTLS server's, after the cookie


class Tls:
    """One side of one session."""

    def __init__(self, side: Side, send: Callable[[bytes], None]):
        self.gnutls = library()
        self.side = side
        self.ended = False  # the peer has said that nothing more comes
        self.is_up = False
        self._send = send
        self._input: deque[bytes] = deque()
        self._kept: list[object] = []  # what GnuTLS points at
        self._free: list[tuple[Callable[[c_void_p], object], c_void_p]] = []
        self._native = c_void_p()
        flags = side.flags | NONBLOCK | NO_SIGNAL | NO_TICKETS
        flags |= SERVER if side.is_server else CLIENT
        must(self.gnutls.gnutls_init(byref(self._native), flags | DATAGRAM * side.is_datagram),
             "session")
        try:
            self._set_up()
        except TlsError:
            self.close()
            raise

    def _set_up(self) -> None:
        side, native = self.side, self._native
        priority = side.priority or priority_of(side.keys)
        must(self.gnutls.gnutls_priority_set_direct(native, priority.encode(), None),
             f"priority '{priority}'")
        self._set_transport()
        if side.keys.has_psk or side.key_for:
            self._set_psk()
        if side.keys.has_certificates:
            self._set_certificates()
        if side.alpn:
            names = (Datum * len(side.alpn))(*map(datum, side.alpn))
            must(self.gnutls.gnutls_alpn_set_protocols(native, names, len(names),
                                                       side.alpn_flags), "ALPN")
        if side.host and not side.is_server and not _is_literal(side.host):
            host = side.host.encode()
            must(self.gnutls.gnutls_server_name_set(native, 1, host, c_size_t(len(host))), "SNI")
        if side.prestate:
            self.gnutls.gnutls_dtls_prestate_set(native, byref(Prestate(*side.prestate)))

    def _set_transport(self) -> None:
        native = self._native
        push, pull, timeout = Transfer(self._push), Transfer(self._pull), Timeout(self._waiting)
        self._kept += [push, pull, timeout]
        self.gnutls.gnutls_transport_set_push_function(native, push)
        self.gnutls.gnutls_transport_set_pull_function(native, pull)
        self.gnutls.gnutls_transport_set_pull_timeout_function(native, timeout)
        self.gnutls.gnutls_handshake_set_timeout(native, 0)
        if self.side.is_datagram:
            self.gnutls.gnutls_dtls_set_mtu(native, self.side.mtu)
            self.gnutls.gnutls_dtls_set_timeouts(native, 1000, 60000)

    def _set_psk(self) -> None:
        made = c_void_p()
        if self.side.is_server:
            must(self.gnutls.gnutls_psk_allocate_server_credentials(byref(made)), "PSK")
            self._free.append((self.gnutls.gnutls_psk_free_server_credentials, made))
            find = FindKey(self._find_key)
            self._kept.append(find)
            self.gnutls.gnutls_psk_set_server_credentials_function(made, find)
        else:
            must(self.gnutls.gnutls_psk_allocate_client_credentials(byref(made)), "PSK")
            self._free.append((self.gnutls.gnutls_psk_free_client_credentials, made))
            key = datum(self.side.keys.key)
            must(self.gnutls.gnutls_psk_set_client_credentials(
                made, self.side.keys.identity.encode(), byref(key), 0), "PSK")
        must(self.gnutls.gnutls_credentials_set(self._native, PSK, made), "PSK")

    def _find_key(self, native: int, identity: bytes, key: object) -> int:
        find = self.side.key_for
        found = find(identity) if find else self.side.keys.key
        if not found:
            return NO_CREDENTIALS
        allocate = ctypes.CFUNCTYPE(c_void_p, c_size_t)(
            c_void_p.in_dll(self.gnutls, "gnutls_malloc").value or 0)
        place = allocate(len(found))
        ctypes.memmove(place, found, len(found))
        key[0].data, key[0].size = place, len(found)  # type: ignore[index]
        return 0

    def _set_certificates(self) -> None:
        keys, native, made = self.side.keys, self._native, c_void_p()
        must(self.gnutls.gnutls_certificate_allocate_credentials(byref(made)), "certificates")
        self._free.append((self.gnutls.gnutls_certificate_free_credentials, made))
        if keys.certificate:
            must(self.gnutls.gnutls_certificate_set_x509_key_file(
                made, keys.certificate.encode(), keys.private_key.encode(), PEM), keys.certificate)
        if keys.ca:
            must(self.gnutls.gnutls_certificate_set_x509_trust_file(made, keys.ca.encode(), PEM),
                 keys.ca)
            host = self.side.host.encode() if self.side.host else None
            self._kept.append(host)
            self.gnutls.gnutls_session_set_verify_cert(native, host,
                                                       self.side.verify_flags)
        must(self.gnutls.gnutls_credentials_set(native, CERTIFICATE, made), "certificates")
        if self.side.wants_certificate:
            self.gnutls.gnutls_certificate_server_set_request(native, REQUIRE_CERTIFICATE)

    # -- what GnuTLS calls -------------------------------------------------------------------------

    def _push(self, pointer: int, data: int, length: int) -> int:
        self._send(ctypes.string_at(data, length))
        return length

    def _pull(self, pointer: int, data: int, length: int) -> int:
        if not self._input:
            self.gnutls.gnutls_transport_set_errno(self._native, errno.EAGAIN)
            return -1
        piece = self._input.popleft()
        if len(piece) > length and not self.side.is_datagram:
            self._input.appendleft(piece[length:])
        taken = piece[:length]
        ctypes.memmove(data, taken, len(taken))
        return len(taken)

    def _waiting(self, pointer: int, ms: int) -> int:
        return 1 if self._input else 0

    # -- what a user calls -------------------------------------------------------------------------

    @property
    def native(self) -> c_void_p:
        """GnuTLS's own object; it does not look whether there is one."""
        if not self._native:
            raise TlsError("the session has been closed")
        return self._native

    def feed(self, data: bytes) -> None:
        """What came from the peer: of DTLS one datagram, of TLS any piece."""
        if data:
            self._input.append(data)

    def _failure(self, result: int) -> TlsError:
        text = self.gnutls.gnutls_strerror(result).decode()
        alert = None
        if result == FATAL_ALERT:
            number = self.gnutls.gnutls_alert_get(self.native)
            alert = (self.gnutls.gnutls_alert_get_name(number) or b"unknown").decode()
            return TlsError(f"the peer ended it with the alert '{alert}'", alert, result)
        if not self.ended:
            self.gnutls.gnutls_alert_send_appropriate(self.native, result)
        return TlsError(text, None, result)

    def handshake(self) -> bool:
        """Goes on as far as that goes; begins it, sends again what is due. True: it is through."""
        for _ in range(TRIES):
            result = self.gnutls.gnutls_handshake(self.native)
            if result == 0:
                self.is_up = True
                return True
            if result == AGAIN and not self._input:
                return False
            if self.gnutls.gnutls_error_is_fatal(result):
                raise self._failure(result)
        return False

    def timeout(self) -> float:
        """Seconds until handshake() wants to be called again (DTLS)."""
        return self.gnutls.gnutls_dtls_get_timeout(self.native) / 1000

    def read(self) -> list[bytes]:
        """All that was protected and is there by now; of DTLS, one piece a datagram."""
        found: list[bytes] = []
        buffer = ctypes.create_string_buffer(BUFFER)
        idle = 0
        while not self.ended and idle < TRIES:
            result = self.gnutls.gnutls_record_recv(self.native, buffer, BUFFER)
            if result > 0:
                found.append(buffer.raw[:result])
                idle = 0
            elif result in (0, PREMATURE):
                self.ended = True
            elif result == AGAIN and not self._input:
                break
            elif self.gnutls.gnutls_error_is_fatal(int(result)):
                self.ended = True
                raise self._failure(int(result))
            else:
                idle += 1
        return found

    def write(self, data: bytes) -> None:
        if self.side.is_datagram:
            self.gnutls.gnutls_dtls_set_data_mtu(self.native, max(len(data), 1))
        while True:
            result = self.gnutls.gnutls_record_send(self.native, data, len(data))
            if result in (AGAIN, INTERRUPTED):
                continue
            must(int(result), "a record cannot be sent")
            data = data[result:]
            if not data:
                return

    def bye(self) -> None:
        """Says that nothing more comes (RFC 5246 7.2.1)."""
        if self.is_up and self._native:
            self.gnutls.gnutls_bye(self.native, WRITE_SIDE)

    def alert(self, level: int, number: int) -> None:
        self.gnutls.gnutls_alert_send(self.native, level, number)

    @property
    def suite(self) -> str:
        """The name of the cipher suite that was agreed on."""
        return (self.gnutls.gnutls_ciphersuite_get(self.native) or b"").decode()

    @property
    def protocol(self) -> str:
        number = self.gnutls.gnutls_protocol_get_version(self.native)
        return (self.gnutls.gnutls_protocol_get_name(number) or b"").decode()

    @property
    def chosen_alpn(self) -> bytes | None:
        chosen = Datum()
        result = self.gnutls.gnutls_alpn_get_selected_protocol(self.native, byref(chosen))
        return None if result < 0 else ctypes.string_at(chosen.data, chosen.size)

    def close(self) -> None:
        if self._native:
            self.gnutls.gnutls_deinit(self._native)
            self._native = c_void_p()
        for free, what in self._free:
            free(what)
        self._free.clear()

    def __del__(self) -> None:
        if getattr(self, "_native", None):
            self.close()
