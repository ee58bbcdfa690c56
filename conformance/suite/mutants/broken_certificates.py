"""Mutants of certificates, over DTLS and over TLS (RFC 7252 section 9.1.3.3)."""

from __future__ import annotations

from dataclasses import replace

from .. import gnutls
from ..gnutls import Keys
from .catalogue import mutant
from .secure_rules import DtlsRules, SecureRules, TlsRules


class TrustsAnybody(SecureRules):
    """Any certificate is as good as any other."""

    def keys(self) -> Keys:
        return replace(super().keys(), ca="")


@mutant("rfc7252/9.1.3.3/untrusted-client", also=("rfc7252/9.1.3.3/expired-client",))
class TrustsAnybodyOverDtls(TrustsAnybody, DtlsRules):
    """Any certificate of a client is as good as any other."""


@mutant("rfc8323/9.1/untrusted-client")
class TrustsAnybodyOverTls(TrustsAnybody, TlsRules):
    """Any certificate of a client is as good as any other."""


@mutant("rfc7252/9.1.3.3/no-client-certificate",
        also=("rfc7252/9.1.3.3/untrusted-client", "rfc7252/9.1.3.3/expired-client",
              "rfc6347/4.2.3/certificate-fragments"))
class AsksForNoCertificate(DtlsRules):
    """Clients are not asked for certificates."""

    def wants_certificate(self) -> bool:
        return False


@mutant("rfc8323/9.1/no-client-certificate", also=("rfc8323/9.1/untrusted-client",))
class AsksForNoCertificateOverTls(TlsRules):
    """Clients are not asked for certificates."""

    def wants_certificate(self) -> bool:
        return False


@mutant("rfc7252/9.1.3.3/expired-client")
class KnowsNoTime(DtlsRules):
    """It does not matter when a certificate was good."""

    def verify_flags(self) -> int:
        return gnutls.DISABLE_TIME_CHECKS
