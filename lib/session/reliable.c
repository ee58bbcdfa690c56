/* reliable.c -- sending and receiving messages over a connection (RFC 8323 3.1, 3.3, 3.4). */
#include "session/reliable.h"

#include "session/framing.h"
#include "session/message.h"
#include "session/signal.h"
#include "session/stream.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <errno.h>

/* Why a message cannot go to this peer now; 0 when it can. */
static int
put_result(coap_session_t *session, coap_pdu_t *pdu) {
  const coap_stream_t *stream = coap_session_stream(session);

  if (coap_pdu_get_token(pdu).length > stream->peer_max_token) /* RFC 8974 2.2.1 */
    return -EMSGSIZE;
  if (coap_stream_is_full(session))
    return -ENOBUFS;
  pdu->transport = coap_session_framing(session)->name;
  coap_show_pdu(COAP_LOG_DEBUG, pdu);
  return coap_session_framing(session)->put(session, pdu);
}

/* A broken connection is known by what comes of writing to it: it ends, unless it has already. */
static int
put(coap_session_t *session, coap_pdu_t *pdu) {
  int result = put_result(session, pdu);

  if (result == -ENOBUFS)
    session->core->counters.tx_refused++;
  else if (result < 0 && result != -EMSGSIZE && result != -ENOMEM && result != -EINVAL)
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
  return result;
}

/* Nobody may refer to a server's session: one whose peer never answers must not stay for that alone
 * (coap_session(3): it is freed when it has not been used for the session time-out). A client waits
 * as long as its connection lasts. */
static void
limit_wait(coap_outgoing_t *out, coap_tick_t now) {
  coap_core_t *core = out->session->core;

  if (out->session->type != COAP_SESSION_TYPE_SERVER || !out->is_request)
    return;
  if (!coap_timer_arm(&core->timers, &out->timer,
                      now + (coap_tick_t)core->session_timeout_s * COAP_TICKS_PER_SECOND))
    core->counters.no_memory++;
}

/* Writes a record's message. 0, or negative: the record is to end, with out->end_reason when the
 * connection ended meanwhile. */
static int
put_record(coap_outgoing_t *out, coap_tick_t now) {
  int result;

  out->session->last_used = now;
  out->busy = out->sending = 1;
  coap_outgoing_set_stage(out, COAP_OUT_AWAITING);
  result = coap_message_seal(out->session, out->pdu, &out->sealed);
  if (result == 0)
    result = put(out->session, out->sealed ? out->sealed : out->pdu);
  out->busy = out->sending = 0;
  if (result == 0 && !out->ended)
    limit_wait(out, now);
  return out->ended ? -ECANCELED : result;
}

void
coap_reliable_next(coap_session_t *session, coap_tick_t now) {
  coap_outgoing_t *out = session->outgoing;

  while (out && coap_session_is_open(session)) {
    coap_outgoing_t *next = out->next;

    if (out->stage == COAP_OUT_QUEUED) {
      int result = put_record(out, now);

      if (result < 0)
        coap_outgoing_end(out, out->ended ? out->end_reason : COAP_NACK_NOT_DELIVERABLE);
      else if (!out->is_request)
        coap_outgoing_end(out, -1);
      /* Handlers may have run: what was next may be gone. */
      next = session->outgoing;
    }
    out = next;
  }
}

static int
is_request(const coap_pdu_t *pdu) {
  int code = coap_pdu_get_code(pdu);

  return code > 0 && code < 32;
}

/* Keeps a record: of a request for its response, of anything until it may be sent. */
static coap_mid_t
send_recorded(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  coap_outgoing_t *out =
      session->outgoing_count < COAP_CORE_MAX_OUTGOING ? coap_outgoing_new(session, pdu) : NULL;

  if (!out) {
    session->core->counters.tx_refused += session->outgoing_count >= COAP_CORE_MAX_OUTGOING;
    coap_delete_pdu(pdu);
    return COAP_INVALID_MID;
  }
  out->is_request = is_request(pdu) ? 1 : 0;
  if (!coap_session_is_open(session) || put_record(out, now) == 0) {
    out->promised = 1;
    return mid;
  }
  coap_outgoing_end(out, -1);
  return COAP_INVALID_MID;
}

/* A client's session whose connection has ended opens another one, unless told to hold off (RFC
 * 8323 5.5). 0 when nothing can be sent now. */
static int
reopen(coap_session_t *session, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->now = now;
  if (session->state != COAP_FSM_CLOSED)
    return 1;
  if (now < stream->hold_off)
    return 0;
  coap_session_event(session, COAP_FSM_EV_CONNECT, COAP_NACK_NOT_DELIVERABLE);
  return 1;
}

static int
may_send(const coap_session_t *session, const coap_pdu_t *pdu) {
  switch (session->state) {
  case COAP_FSM_CONNECTING:
  case COAP_FSM_HANDSHAKE:
  case COAP_FSM_UPGRADING:
  case COAP_FSM_CSM:
  case COAP_FSM_ESTABLISHED:
    return 1;
  case COAP_FSM_RELEASING:
    return !is_request(pdu); /* RFC 8323 5.5 */
  default:
    return 0;
  }
}

static coap_mid_t
send_pdu(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  coap_pdu_t *sealed = NULL;

  if (coap_pdu_get_code(pdu) == COAP_EMPTY_CODE) {
    /* Acknowledging or pinging in the datagrams' manner: there is nothing of that here. */
    coap_delete_pdu(pdu);
    return mid;
  }
  if (is_request(pdu) || !coap_session_is_open(session))
    return send_recorded(session, pdu, now);
  session->last_used = now;
  if (coap_message_seal(session, pdu, &sealed) < 0 || put(session, sealed ? sealed : pdu) < 0)
    mid = COAP_INVALID_MID;
  coap_delete_pdu(sealed);
  coap_delete_pdu(pdu);
  return mid;
}

coap_mid_t
coap_reliable_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now, uint32_t delay_ms) {
  coap_mid_t mid = COAP_INVALID_MID;

  (void)delay_ms; /* leisure is for groups, which have no connections */
  coap_session_pin(session);
  /* A session that holds off stays closed: sending is what opens sessions of datagrams only. */
  if (reopen(session, now))
    coap_session_event(session, COAP_FSM_EV_TX, COAP_NACK_NOT_DELIVERABLE);
  if (may_send(session, pdu))
    mid = send_pdu(session, pdu, now);
  else
    coap_delete_pdu(pdu);
  coap_session_unpin(session);
  return mid;
}

int
coap_reliable_send_empty(coap_session_t *session, coap_pdu_type_t type, coap_mid_t mid) {
  (void)type;
  (void)mid;
  /* What was sent has arrived: saying so is the transport's business. */
  return coap_session_is_open(session);
}

int
coap_reliable_tell(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  int done = 0;

  if (coap_session_is_open(session)) {
    session->last_used = now;
    done = put_result(session, pdu) == 0;
  }
  coap_delete_pdu(pdu);
  return done;
}

coap_mid_t
coap_reliable_ping(coap_session_t *session, coap_tick_t now) {
  if (!coap_session_is_open(session))
    return COAP_INVALID_MID;
  coap_session_stream(session)->now = now;
  session->last_used = now;
  session->tx_mid++;
  return coap_signal_ping(session, session->tx_mid) ? session->tx_mid : COAP_INVALID_MID;
}

void
coap_reliable_keepalive(coap_session_t *session, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->now = now;
  if (stream->ping_waits) {
    coap_session_event(session, COAP_FSM_EV_KEEPALIVE_LOST, COAP_NACK_NOT_DELIVERABLE);
    return;
  }
  stream->ping_waits = 1;
  coap_reliable_ping(session, now);
}

/* The message ID of a response is that of its request, since it has none of its own. */
static void
take_response(coap_session_t *session, coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_outgoing_t *out = coap_outgoing_by_token(session, &token);

  if (!out) {
    if (!session->core->ops->stray_response(session, pdu, meta))
      session->core->counters.rx_rejected++;
    return;
  }
  coap_pdu_set_mid(pdu, coap_pdu_get_mid(out->pdu));
  if (coap_message_deliver(out, pdu, meta) != COAP_RESPONSE_OK)
    session->core->counters.rx_rejected++;
}

static void
take_message(coap_session_t *session, coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  switch (coap_pdu_get_code(pdu) >> 5) {
  case 0:
    coap_pdu_set_mid(pdu, ++coap_session_stream(session)->rx_mid);
    session->core->ops->request(session, pdu, meta);
    break;
  case 2:
  case 4:
  case 5:
    take_response(session, pdu, meta);
    break;
  default: /* RFC 7252 5.1, 5.2: reserved */
    session->core->counters.rx_rejected++;
    break;
  }
}

static int
is_signal_before_csm(const coap_pdu_t *pdu) {
  int code = coap_pdu_get_code(pdu);

  return code == COAP_SIGNALING_CODE_CSM || code == COAP_SIGNALING_CODE_ABORT;
}

/* Whether the connection is to end for it (RFC 8323 3.3). Where the CSM is optional the session has
 * begun without one then; a handler may have closed it at that. */
static int
comes_early(coap_session_t *session, const coap_pdu_t *pdu) {
  if (session->state != COAP_FSM_CSM || is_signal_before_csm(pdu))
    return 0;
  if (!session->core->csm_optional)
    return 1;
  coap_session_event(session, COAP_FSM_EV_CSM_IN, COAP_NACK_NOT_DELIVERABLE);
  return 0;
}

/* A token longer than our CSM allows is a format error (RFC 8974 2.2.1). */
static int
has_long_token(const coap_session_t *session, const coap_pdu_t *pdu) {
  return coap_pdu_get_token(pdu).length > session->core->max_token;
}

static void
dispatch(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  coap_rx_meta_t meta = {.now = now, .multicast = 0};

  if (coap_pdu_get_code(pdu) == COAP_EMPTY_CODE) /* RFC 8323 3.4: ignored whenever it comes */
    return;
  if (comes_early(session, pdu)) {
    session->core->counters.rx_rejected++;
    coap_signal_abort(session, "CSM has to come first", -1);
    coap_session_event(session, COAP_FSM_EV_EARLY, COAP_NACK_NOT_DELIVERABLE);
  } else if (!coap_session_stream(session)->connected) {
    session->core->counters.rx_rejected++;
  } else if (has_long_token(session, pdu)) {
    session->core->counters.rx_malformed++;
    coap_signal_abort(session, "Token is longer than Extended-Token-Length", -1);
    coap_session_event(session, COAP_FSM_EV_MALFORMED, COAP_NACK_NOT_DELIVERABLE);
  } else if (COAP_PDU_IS_SIGNALING(pdu)) {
    coap_signal_input(session, pdu, now);
  } else {
    take_message(session, pdu, &meta);
  }
}

void
coap_reliable_input(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  pdu->transport = coap_session_framing(session)->name;
  coap_show_pdu(COAP_LOG_DEBUG, pdu);
  coap_session_pin(session);
  coap_session_event(session, COAP_FSM_EV_RX, COAP_NACK_NOT_DELIVERABLE);
  coap_session_heard(session, now);
  coap_session_stream(session)->ping_waits = 0;
  dispatch(session, pdu, now);
  coap_delete_pdu(pdu);
  coap_session_unpin(session);
}
