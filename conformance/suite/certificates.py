"""Certificates for peers on this machine and for cases: an authority, who it vouches for, and who it
does not. Made by GnuTLS, with ECDSA on secp256r1 (RFC 7252 9.1.3.3)."""

from __future__ import annotations

import atexit
import ctypes
import functools
import ipaddress
import secrets
import shutil
import tempfile
import time
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_void_p
from dataclasses import dataclass
from pathlib import Path

from .gnutls import Datum, Keys, library, must

ECDSA, SHA256, PEM, SECP256R1_BITS = 4, 6, 1, 256
DNS_NAME, IP_ADDRESS, APPEND = 1, 4, 1
DIGITAL_SIGNATURE, SIGN_CERTIFICATES = 128, 4
COMMON_NAME = b"2.5.4.3"
DAY = 24 * 3600
LIFE = 365 * DAY
HOST, LOOPBACK = "localhost", "127.0.0.1"


@dataclass(frozen=True)
class Wanted:
    """One certificate: its file name, whom it is about, and who vouches for it ("": itself)."""

    name: str
    host: str
    issuer: str
    address: str = ""
    days: tuple[int, int] = (-1, 365)  # from and to, counted from today
    is_authority: bool = False


# Whom the authority vouches for, and for comparison whom it does not.
ALL = (
    Wanted("ca", "coapspec authority", "", is_authority=True),
    Wanted("server", HOST, "ca", LOOPBACK),
    Wanted("client", "client", "ca"),
    Wanted("expired", HOST, "ca", LOOPBACK, (-20, -10)),
    Wanted("elsewhere", "elsewhere.example", "ca"),
    Wanted("stranger-ca", "another authority", "", is_authority=True),
    Wanted("stranger", HOST, "stranger-ca", LOOPBACK),
)


class _Maker:
    """Keys and certificates made so far, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.gnutls = library()
        self.folder = folder
        self.made: dict[str, tuple[c_void_p, c_void_p]] = {}  # certificate and key

    def make(self, wanted: Wanted) -> None:
        key, certificate = c_void_p(), c_void_p()
        must(self.gnutls.gnutls_x509_privkey_init(byref(key)), "key")
        must(self.gnutls.gnutls_x509_privkey_generate(key, ECDSA, c_uint(SECP256R1_BITS),
                                                      c_uint(0)), "key")
        must(self.gnutls.gnutls_x509_crt_init(byref(certificate)), "certificate")
        self.made[wanted.name] = (certificate, key)
        self._fill(certificate, key, wanted)
        issuer, issuer_key = self.made[wanted.issuer or wanted.name]
        must(self.gnutls.gnutls_x509_crt_sign2(certificate, issuer, issuer_key, SHA256, 0), "sign")
        self._write(f"{wanted.name}.pem", self.gnutls.gnutls_x509_crt_export2, certificate)
        self._write(f"{wanted.name}.key", self.gnutls.gnutls_x509_privkey_export2, key)

    def _fill(self, certificate: c_void_p, key: c_void_p, wanted: Wanted) -> None:
        g, now = self.gnutls, int(time.time())
        serial = b"\1" + secrets.token_bytes(7)
        must(g.gnutls_x509_crt_set_version(certificate, 3), "version")
        must(g.gnutls_x509_crt_set_serial(certificate, serial, c_size_t(len(serial))), "serial")
        start, end = (now + days * DAY for days in wanted.days)
        must(g.gnutls_x509_crt_set_activation_time(certificate, c_long(start)), "time")
        must(g.gnutls_x509_crt_set_expiration_time(certificate, c_long(end)), "time")
        name = wanted.host.encode()
        must(g.gnutls_x509_crt_set_dn_by_oid(certificate, COMMON_NAME, 0, name, len(name)), "name")
        must(g.gnutls_x509_crt_set_key(certificate, key), "key")
        must(g.gnutls_x509_crt_set_basic_constraints(certificate, int(wanted.is_authority), -1),
             "constraints")
        must(g.gnutls_x509_crt_set_key_usage(
            certificate, SIGN_CERTIFICATES if wanted.is_authority else DIGITAL_SIGNATURE), "usage")
        if wanted.is_authority:
            return
        self._also(certificate, DNS_NAME, name)
        if wanted.address:
            self._also(certificate, IP_ADDRESS, ipaddress.ip_address(wanted.address).packed)

    def _also(self, certificate: c_void_p, kind: int, value: bytes) -> None:
        must(self.gnutls.gnutls_x509_crt_set_subject_alt_name(
            certificate, kind, c_char_p(value), len(value), c_int(APPEND)), "other name")

    def _write(self, name: str, export: object, what: c_void_p) -> None:
        text = Datum()
        must(export(what, PEM, byref(text)), name)  # type: ignore[operator]
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(ctypes.string_at(text.data, text.size))

    def close(self) -> None:
        for certificate, key in self.made.values():
            self.gnutls.gnutls_x509_crt_deinit(certificate)
            self.gnutls.gnutls_x509_privkey_deinit(key)


def make(folder: Path) -> Path:
    """Makes all of them anew in a folder, which it gives back."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = _Maker(folder)
    try:
        for wanted in ALL:
            maker.make(wanted)
    finally:
        maker.close()
    return folder


def keys(folder: Path, name: str = "client", ca: str = "ca") -> Keys:
    """What somebody shows with the certificate of that name ("": with none), and whom he trusts."""
    shown = (str(folder / f"{name}.pem"), str(folder / f"{name}.key")) if name else ("", "")
    return Keys("", b"", *shown, str(folder / f"{ca}.pem") if ca else "")


@functools.cache
def temporary() -> Path:
    """A folder with all of them, there until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="coapspec-certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make(folder)
