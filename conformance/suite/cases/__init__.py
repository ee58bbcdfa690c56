"""The cases, one file per RFC and section. Importing this package declares them all."""

from . import (
    rfc6690,
    rfc7252_s3_format,
    rfc7252_s3_options,
    rfc7252_s4_duplicates,
    rfc7252_s4_messages,
    rfc7252_s4_retransmission,
    rfc7252_s5_conditions,
    rfc7252_s5_methods,
    rfc7252_s5_options,
    rfc7252_s5_responses,
    rfc7252_s5_uri,
    rfc8323_s3_stream,
    rfc8323_s4_handshake,
    rfc8323_s4_websocket,
    rfc8323_s5_signaling,
)

__all__ = [
    "rfc6690",
    "rfc7252_s3_format",
    "rfc7252_s3_options",
    "rfc7252_s4_duplicates",
    "rfc7252_s4_messages",
    "rfc7252_s4_retransmission",
    "rfc7252_s5_conditions",
    "rfc7252_s5_methods",
    "rfc7252_s5_options",
    "rfc7252_s5_responses",
    "rfc7252_s5_uri",
    "rfc8323_s3_stream",
    "rfc8323_s4_handshake",
    "rfc8323_s4_websocket",
    "rfc8323_s5_signaling",
]
