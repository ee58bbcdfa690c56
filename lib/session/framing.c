/* framing.c -- the transports' tables, and the calls that go through them. */
#include "session/framing.h"

#include "secure/tls.h"
#include "session/message.h"
#include "session/reliable.h"
#include "session/stream.h"
#include "session/ws.h"
#include "wire/pdu_tcp.h"

#include <errno.h>

/* The message layer of every stream. */
#define RELIABLE_LAYER                                                                             \
  .is_reliable = 1, .disconnect = COAP_FSM_EV_HANG_UP, .send = coap_reliable_send,                 \
  .send_empty = coap_reliable_send_empty, .tell = coap_reliable_tell, .ping = coap_reliable_ping,  \
  .keepalive = coap_reliable_keepalive, .next = coap_reliable_next

/* RFC 8323 3.2: length and code in front of the token. */
static size_t
tcp_overhead(unsigned int mtu) {
  enum { SHORT = 4, LONG = 6, SHORT_MAX = 65804 };

  return mtu <= SHORT_MAX + SHORT ? SHORT : LONG;
}

static coap_wire_status_t
tcp_take(coap_session_t *session, coap_pdu_t **pdu, size_t *used, const char **why) {
  size_t max_token = session->core->max_token;
  size_t length;
  const uint8_t *bytes = coap_stream_received(session, &length);
  uint64_t total;
  coap_wire_status_t status = coap_wire_tcp_size(bytes, length, max_token, &total);

  if (status == COAP_WIRE_MALFORMED)
    *why = "token length is reserved or not accepted";
  if (status != COAP_WIRE_OK)
    return status;
  if (total > session->core->csm_max_message) {
    *why = "message is longer than Max-Message-Size";
    return COAP_WIRE_MALFORMED;
  }
  if (total > length)
    return COAP_WIRE_MORE;
  *used = (size_t)total;
  return coap_wire_parse_tcp(bytes, (size_t)total, max_token, pdu, why);
}

static int
tcp_put(coap_session_t *session, coap_pdu_t *pdu) {
  size_t length = 0;
  const uint8_t *bytes = coap_wire_encode_tcp(pdu, &length);

  return bytes ? coap_stream_write(session, bytes, length) : -EINVAL;
}

const coap_framing_t coap_framing_tcp = {
    .scheme = COAP_URI_SCHEME_COAP_TCP,
    .name = "Reliable",
    RELIABLE_LAYER,
    .overhead = tcp_overhead,
    .connected = COAP_FSM_EV_CONNECTED,
    .accepted = COAP_FSM_EV_ACCEPT,
    .take = tcp_take,
    .put = tcp_put,
};

const coap_framing_t coap_framing_tls = {
    .scheme = COAP_URI_SCHEME_COAPS_TCP,
    .name = "Reliable",
    RELIABLE_LAYER,
    .is_secure = 1,
    .secured = COAP_FSM_EV_SECURED_TLS,
    .alpn = "coap", /* RFC 8323 8.2 */
    .overhead = tcp_overhead,
    .connected = COAP_FSM_EV_CONNECTED_TLS,
    .accepted = COAP_FSM_EV_ACCEPT_TLS,
    .take = tcp_take,
    .put = tcp_put,
};

/* RFC 8323 4.2: the frame tells the length. */
static size_t
ws_overhead(unsigned int mtu) {
  enum { WS_HEADER = 2 };

  (void)mtu;
  return WS_HEADER;
}

const coap_framing_t coap_framing_ws = {
    .scheme = COAP_URI_SCHEME_COAP_WS,
    .name = "WebSocket",
    RELIABLE_LAYER,
    .is_ws = 1,
    .overhead = ws_overhead,
    .connected = COAP_FSM_EV_CONNECTED_WS,
    .accepted = COAP_FSM_EV_ACCEPT_WS,
    .take = coap_ws_take,
    .put = coap_ws_put,
};

const coap_framing_t coap_framing_wss = {
    .scheme = COAP_URI_SCHEME_COAPS_WS,
    .name = "WebSocket",
    RELIABLE_LAYER,
    .is_ws = 1,
    .is_secure = 1,
    .secured = COAP_FSM_EV_SECURED_WSS,
    .alpn = "http/1.1", /* RFC 7301 6: the upgrade is HTTP's */
    .overhead = ws_overhead,
    .connected = COAP_FSM_EV_CONNECTED_TLS,
    .accepted = COAP_FSM_EV_ACCEPT_TLS,
    .take = coap_ws_take,
    .put = coap_ws_put,
};

const coap_framing_t *const coap_framings[COAP_PROTO_LAST] = {
    [COAP_PROTO_UDP] = &coap_framing_datagram, [COAP_PROTO_DTLS] = &coap_framing_dtls,
    [COAP_PROTO_TCP] = &coap_framing_tcp,      [COAP_PROTO_TLS] = &coap_framing_tls,
    [COAP_PROTO_WS] = &coap_framing_ws,        [COAP_PROTO_WSS] = &coap_framing_wss,
};

const coap_framing_t *
coap_framing_for(coap_proto_t proto) {
  const coap_framing_t *framing =
      (unsigned int)proto < COAP_PROTO_LAST ? coap_framings[proto] : NULL;

  if (!framing || !framing->is_secure)
    return framing;
  return (framing->is_reliable ? coap_tls_ability()->tls : coap_tls_ability()->dtls) ? framing
                                                                                     : NULL;
}

coap_mid_t
coap_message_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now, uint32_t delay_ms) {
  return coap_session_framing(session)->send(session, pdu, now, delay_ms);
}

int
coap_message_send_empty(coap_session_t *session, coap_pdu_type_t type, coap_mid_t mid) {
  return coap_session_framing(session)->send_empty(session, type, mid);
}

int
coap_message_tell(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  coap_pdu_t *sealed = NULL;
  int result = coap_message_seal(session, pdu, &sealed);

  if (sealed || result < 0) {
    coap_delete_pdu(pdu);
    pdu = sealed;
  }
  return result == 0 && coap_session_framing(session)->tell(session, pdu, now);
}

coap_mid_t
coap_message_ping(coap_session_t *session, coap_tick_t now) {
  return coap_session_framing(session)->ping(session, now);
}

void
coap_message_next(coap_session_t *session, coap_tick_t now) {
  coap_session_framing(session)->next(session, now);
}
