/* message_tx.c -- sending: NSTART, retransmission, waiting for responses (RFC 7252 4.2, 4.3, 4.7,
 * 4.8). */
#include "session/dedup.h"
#include "session/framing.h"
#include "session/message.h"
#include "session/tls_link.h"
#include "wire/pdu_udp.h"

#include <utlist.h>

#include <errno.h>
#include <stddef.h>

static coap_tick_t
fixed_ms(coap_fixed_point_t value) {
  return (coap_tick_t)value.integer_part * 1000 + value.fractional_part;
}

/* RFC 7252 4.8.2: MAX_TRANSMIT_SPAN. */
static coap_tick_t
max_transmit_span(const coap_recovery_t *r) {
  return fixed_ms(r->ack_timeout) * ((UINT64_C(1) << r->max_retransmit) - 1) *
         fixed_ms(r->ack_random_factor) / 1000;
}

enum { MAX_LATENCY_MS = 100 * 1000 }; /* RFC 7252 4.8.2 */

coap_tick_t
coap_session_exchange_lifetime(const coap_session_t *session) {
  return max_transmit_span(coap_session_recovery(session)) + 2 * (coap_tick_t)MAX_LATENCY_MS +
         fixed_ms(coap_session_recovery(session)->ack_timeout);
}

coap_tick_t
coap_session_non_lifetime(const coap_session_t *session) {
  return max_transmit_span(coap_session_recovery(session)) + MAX_LATENCY_MS;
}

/* RFC 7252 4.2: a random time between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR. */
static uint32_t
initial_timeout(const coap_session_t *session, uint8_t jitter) {
  const coap_recovery_t *r = coap_session_recovery(session);
  coap_tick_t base = fixed_ms(r->ack_timeout);
  coap_tick_t spread = base * (fixed_ms(r->ack_random_factor) - 1000) / 1000;

  return (uint32_t)(base + spread * jitter / UINT8_MAX);
}

/* An earlier datagram met an ICMP error: the send itself has not been tried then. */
static int
is_icmp_error(int result) {
  return result == -ECONNREFUSED || result == -EHOSTUNREACH || result == -ENETUNREACH;
}

static int
transmit_once(coap_session_t *session, const uint8_t *data, size_t length) {
  return coap_session_framing(session)->is_secure
             ? coap_tls_link_write(session, data, length)
             : session->core->ops->transmit(session, data, length);
}

static int
transmit_bytes(coap_session_t *session, const uint8_t *data, size_t length) {
  coap_core_t *core = session->core;
  int result = transmit_once(session, data, length);

  if (is_icmp_error(result) && coap_session_is_open(session)) {
    coap_session_icmp(session);
    /* A handler may have closed it: the peer hears no more of it then. */
    if (coap_session_is_open(session))
      result = transmit_once(session, data, length);
  }
  if (result == -EAGAIN || result == -EWOULDBLOCK || result == -ENOBUFS) {
    core->counters.tx_lost++;
    return 0;
  }
  if (result < 0)
    core->counters.tx_failed++;
  return result;
}

int
coap_message_transmit(coap_session_t *session, coap_pdu_t *pdu) {
  size_t length = 0;
  const uint8_t *data = coap_wire_encode_udp(pdu, &length);
  int type = coap_pdu_get_type(pdu);

  if (!data)
    return -EINVAL;
  if (type == COAP_MESSAGE_ACK || type == COAP_MESSAGE_RST)
    coap_dedup_reply(session, coap_pdu_get_mid(pdu), data, length);
  coap_show_pdu(COAP_LOG_DEBUG, pdu);
  return transmit_bytes(session, data, length);
}

static int
datagram_send_empty(coap_session_t *session, coap_pdu_type_t type, coap_mid_t mid) {
  uint8_t data[4];

  /* A handler may have closed it: the peer hears no more of it then. */
  if (!coap_session_is_open(session))
    return 0;
  coap_wire_empty_udp(data, type, mid);
  coap_dedup_reply(session, mid, data, sizeof(data));
  coap_log_debug("v:1 t:%s c:EMPTY i:%04x {} [  ]\n", type == COAP_MESSAGE_ACK ? "ACK" : "RST",
                 (unsigned int)mid & 0xffff);
  return transmit_bytes(session, data, sizeof(data)) == 0;
}

int
coap_message_repeat_reply(coap_session_t *session, const coap_bin_const_t *reply) {
  return transmit_bytes(session, reply->s, reply->length) == 0;
}

/* Sends a record's message. Handlers may run meanwhile (an ICMP error shows up on sending) and end
 * it: -ECANCELED then, and the caller finishes it with out->end_reason. */
static int
transmit_record(coap_outgoing_t *out, coap_tick_t now) {
  int result = 0;

  out->session->last_used = now;
  out->busy = out->sending = 1;
  /* It is retransmitted as it was. */
  if (out->fresh)
    result = coap_message_seal(out->session, out->pdu, &out->sealed);
  if (result == 0)
    result = coap_message_transmit(out->session, out->sealed ? out->sealed : out->pdu);
  out->busy = out->sending = 0;
  return out->ended ? -ECANCELED : result;
}

static int
transmit_first(coap_outgoing_t *out, coap_tick_t now) {
  int result;

  out->fresh = 1;
  result = transmit_record(out, now);
  out->fresh = 0;
  return result;
}

/* First transmission of a CON whose turn it is. */
static int
start_con(coap_outgoing_t *out, coap_tick_t now) {
  coap_session_t *session = out->session;

  out->timeout_ms = initial_timeout(session, session->core->ops->jitter(session));
  if (!coap_timer_arm(&session->core->timers, &out->timer, now + out->timeout_ms)) {
    session->core->counters.no_memory++;
    return -ENOMEM;
  }
  coap_outgoing_set_stage(out, COAP_OUT_UNACKED);
  return transmit_first(out, now);
}

int
coap_message_await(coap_outgoing_t *out, coap_tick_t now) {
  coap_session_t *session = out->session;
  coap_tick_t wait = coap_pdu_get_type(out->pdu) == COAP_MESSAGE_CON
                         ? coap_session_exchange_lifetime(session)
                         : coap_session_non_lifetime(session);

  coap_outgoing_set_stage(out, COAP_OUT_AWAITING);
  if (coap_timer_arm(&session->core->timers, &out->timer, now + wait))
    return 1;
  session->core->counters.no_memory++;
  return 0;
}

static void
datagram_next(coap_session_t *session, coap_tick_t now) {
  coap_outgoing_t *out = session->outgoing;

  while (out && coap_session_is_open(session) &&
         session->con_active < coap_session_recovery(session)->nstart) {
    coap_outgoing_t *next = out->next;

    if (out->stage == COAP_OUT_QUEUED) {
      int result = start_con(out, now);

      if (result < 0)
        coap_outgoing_end(out, out->ended ? out->end_reason : COAP_NACK_NOT_DELIVERABLE);
      /* Handlers may have run: what was next may be gone. */
      next = session->outgoing;
    }
    out = next;
  }
}

/* The NON requests that waited for the handshake are due at once; NSTART does not bound them. */
static void
release_nons(coap_session_t *session, coap_tick_t now) {
  coap_outgoing_t *out = session->outgoing;

  while (out) {
    coap_outgoing_t *next = out->next;

    if (out->stage == COAP_OUT_QUEUED && coap_pdu_get_type(out->pdu) == COAP_MESSAGE_NON) {
      coap_outgoing_set_stage(out, COAP_OUT_DELAYED);
      if (!coap_timer_arm(&session->core->timers, &out->timer, now)) {
        session->core->counters.no_memory++;
        coap_outgoing_end(out, COAP_NACK_NOT_DELIVERABLE);
        /* Handlers may have run: what was next may be gone. */
        next = session->outgoing;
      }
    }
    out = next;
  }
}

void
coap_message_start(coap_session_t *session, coap_tick_t now) {
  release_nons(session, now);
  coap_message_next(session, now);
}

/* The last time-out has passed. */
static void
gave_up(coap_outgoing_t *out, coap_tick_t now) {
  coap_session_t *session = out->session;

  if (out->is_ping) {
    coap_outgoing_end(out, -1);
    coap_session_event(session, COAP_FSM_EV_KEEPALIVE_LOST, COAP_NACK_NOT_DELIVERABLE);
  } else if (session->is_mcast) {
    /* A group need not answer. */
    coap_outgoing_end(out, -1);
  } else {
    const coap_fsm_row_t *row =
        coap_session_event(session, COAP_FSM_EV_GAVE_UP, COAP_NACK_TOO_MANY_RETRIES);

    coap_outgoing_end(out, row->nack);
  }
  coap_message_next(session, now);
}

static void
send_delayed(coap_outgoing_t *out, coap_tick_t now) {
  if (out->is_request)
    coap_message_await(out, now);
  if (transmit_first(out, now) == -ECANCELED)
    coap_outgoing_end(out, out->end_reason);
  else if (!out->is_request)
    coap_outgoing_end(out, -1);
}

static void
retransmit(coap_outgoing_t *out, coap_tick_t now) {
  coap_session_t *session = out->session;

  out->retransmits++;
  if (!coap_timer_arm(&session->core->timers, &out->timer,
                      now + ((coap_tick_t)out->timeout_ms << out->retransmits))) {
    session->core->counters.no_memory++;
    coap_outgoing_end(out, COAP_NACK_NOT_DELIVERABLE);
    coap_message_next(session, now);
    return;
  }
  /* A socket that refuses now may take the next copy. */
  if (transmit_record(out, now) == -ECANCELED) {
    coap_outgoing_end(out, out->end_reason);
    coap_message_next(session, now);
  }
}

void
coap_message_timer_fire(coap_timer_t *timer, uint64_t now) {
  coap_outgoing_t *out =
      (coap_outgoing_t *)(void *)((char *)timer - offsetof(coap_outgoing_t, timer));
  coap_session_t *session = out->session;

  coap_session_pin(session);
  if (out->stage == COAP_OUT_DELAYED)
    send_delayed(out, now);
  else if (out->stage == COAP_OUT_QUEUED)
    coap_message_next(session, now);
  else if (out->stage == COAP_OUT_UNACKED &&
           out->retransmits < coap_session_recovery(session)->max_retransmit)
    retransmit(out, now);
  else
    gave_up(out, now);
  coap_session_unpin(session);
}

/* RFC 7252 4.2, 4.3: what may be sent as what. */
static int
is_sendable(const coap_pdu_t *pdu) {
  int code = coap_pdu_get_code(pdu);
  int code_class = code >> 5;

  switch (coap_pdu_get_type(pdu)) {
  case COAP_MESSAGE_CON:
    return code_class == 0 || code_class == 2 || code_class == 4 || code_class == 5;
  case COAP_MESSAGE_NON:
    return code != 0 && (code_class == 0 || code_class == 2 || code_class == 4 || code_class == 5);
  case COAP_MESSAGE_ACK:
    return code == 0 || code_class == 2 || code_class == 4 || code_class == 5;
  case COAP_MESSAGE_RST:
    return code == 0;
  }
  return 0;
}

/* Makes room for one more record: the request that has waited longest for a NON answer goes. */
static int
make_room(coap_session_t *session) {
  coap_outgoing_t *out;

  if (session->outgoing_count < COAP_CORE_MAX_OUTGOING)
    return 1;
  DL_FOREACH(session->outgoing, out) {
    if (out->stage == COAP_OUT_AWAITING && !out->busy &&
        coap_pdu_get_type(out->pdu) == COAP_MESSAGE_NON) {
      coap_outgoing_end(out, COAP_NACK_TOO_MANY_RETRIES);
      return coap_session_is_open(session);
    }
  }
  return 0;
}

static int
has_queued_before(const coap_outgoing_t *out) {
  const coap_outgoing_t *other;

  DL_FOREACH(out->session->outgoing, other) {
    if (other != out && other->stage == COAP_OUT_QUEUED)
      return 1;
  }
  return 0;
}

/* Sends what is followed up. Takes `pdu`. */
static coap_mid_t
send_followed(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now, uint32_t delay_ms) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  int code = coap_pdu_get_code(pdu);
  coap_outgoing_t *out = make_room(session) ? coap_outgoing_new(session, pdu) : NULL;
  int result = 0;

  if (!out) {
    coap_delete_pdu(pdu);
    return COAP_INVALID_MID;
  }
  out->is_request = code > 0 && code < 32;
  out->is_ping = code == 0;
  /* What comes before the handshake is through waits for that. */
  if (!coap_session_is_open(session)) {
    out->promised = 1;
    return mid;
  }
  if (coap_pdu_get_type(pdu) == COAP_MESSAGE_CON) {
    /* Behind what waits already, if anything does. */
    if (session->con_active < coap_session_recovery(session)->nstart && !has_queued_before(out))
      result = start_con(out, now);
  } else if (delay_ms) {
    coap_outgoing_set_stage(out, COAP_OUT_DELAYED);
    if (!coap_timer_arm(&session->core->timers, &out->timer, now + delay_ms))
      result = -ENOMEM;
  } else {
    result = coap_message_await(out, now) ? transmit_first(out, now) : -ENOMEM;
  }
  if (result < 0) {
    coap_outgoing_end(out, -1);
    return COAP_INVALID_MID;
  }
  out->promised = 1;
  return mid;
}

static coap_mid_t
send_and_forget(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  coap_pdu_t *sealed = NULL;

  session->last_used = now;
  if (coap_message_seal(session, pdu, &sealed) < 0 ||
      coap_message_transmit(session, sealed ? sealed : pdu) < 0)
    mid = COAP_INVALID_MID;
  coap_delete_pdu(sealed);
  coap_delete_pdu(pdu);
  return mid;
}

/* A client's session that has been closed is opened by sending. Where a handshake is needed for
 * that, 0 when it cannot begin: with one that has come to an endpoint the peer begins, whatever
 * coap_session_set_type_client() made of it. */
static int
reopen(coap_session_t *session, coap_tick_t now) {
  if (!coap_session_framing(session)->is_secure || session->state != COAP_FSM_CLOSED)
    return 1;
  if (session->is_accepted)
    return 0;
  session->last_used = now;
  coap_session_event(session, coap_session_framing(session)->opened, COAP_NACK_NOT_DELIVERABLE);
  return session->state != COAP_FSM_CLOSED;
}

static coap_mid_t
send_message(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now, uint32_t delay_ms,
             int is_followed) {
  coap_mid_t mid = COAP_INVALID_MID;
  int may_wait;

  coap_session_pin(session);
  if (reopen(session, now))
    coap_session_event(session, COAP_FSM_EV_TX, COAP_NACK_NOT_DELIVERABLE);
  may_wait = session->state == COAP_FSM_HANDSHAKE && is_followed;
  if (!is_sendable(pdu) || !(coap_session_is_open(session) || may_wait))
    coap_delete_pdu(pdu);
  else if (is_followed)
    mid = send_followed(session, pdu, now, delay_ms);
  else
    mid = send_and_forget(session, pdu, now);
  coap_session_unpin(session);
  return mid;
}

static int
datagram_tell(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  size_t length = 0;
  const uint8_t *data = coap_wire_encode_udp(pdu, &length);
  int done = 0;

  if (data && coap_session_is_open(session)) {
    session->last_used = now;
    coap_show_pdu(COAP_LOG_DEBUG, pdu);
    done = transmit_once(session, data, length) >= 0;
  }
  coap_delete_pdu(pdu);
  return done;
}

static coap_mid_t
datagram_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now, uint32_t delay_ms) {
  int code = coap_pdu_get_code(pdu);
  int is_request = code > 0 && code < 32;
  int is_con = coap_pdu_get_type(pdu) == COAP_MESSAGE_CON;

  return send_message(session, pdu, now, delay_ms, is_con || delay_ms || is_request);
}

coap_mid_t
coap_message_send_loose(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  return send_message(session, pdu, now, 0, 0);
}

static coap_mid_t
datagram_ping(coap_session_t *session, coap_tick_t now) {
  coap_pdu_t *pdu;

  session->tx_mid++;
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, session->tx_mid, 0);
  if (!pdu) {
    session->core->counters.no_memory++;
    return COAP_INVALID_MID;
  }
  return coap_message_send(session, pdu, now, 0);
}

static void
datagram_keepalive(coap_session_t *session, coap_tick_t now) {
  datagram_ping(session, now);
}

/* RFC 7252 3 */
static size_t
datagram_overhead(unsigned int mtu) {
  enum { UDP_HEADER = 4 };

  (void)mtu;
  return UDP_HEADER;
}

static size_t
dtls_overhead(unsigned int mtu) {
  return datagram_overhead(mtu) + COAP_TLS_LINK_OVERHEAD;
}

/* The message layer of datagrams, secured or not. */
#define DATAGRAM_LAYER                                                                             \
  .disconnect = COAP_FSM_EV_DISCONNECT, .send = datagram_send, .send_empty = datagram_send_empty,  \
  .tell = datagram_tell, .ping = datagram_ping, .keepalive = datagram_keepalive,                   \
  .next = datagram_next

const coap_framing_t coap_framing_datagram = {
    DATAGRAM_LAYER,
    .scheme = COAP_URI_SCHEME_COAP,
    .opened = COAP_FSM_EV_OPEN,
    .overhead = datagram_overhead,
};

const coap_framing_t coap_framing_dtls = {
    DATAGRAM_LAYER,
    .scheme = COAP_URI_SCHEME_COAPS,
    .is_secure = 1,
    .opened = COAP_FSM_EV_OPEN_DTLS,
    .secured = COAP_FSM_EV_SECURED,
    .overhead = dtls_overhead,
};
