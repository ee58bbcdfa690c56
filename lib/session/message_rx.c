/* message_rx.c -- receiving: which message is answered, matched, rejected or ignored (RFC 7252 4.2,
 * 4.3, 4.5, 5.3.2). */
#include "session/dedup.h"
#include "session/message.h"
#include "wire/pdu_udp.h"

enum { CLASS_REQUEST = 0, CLASS_SUCCESS = 2, CLASS_CLIENT_ERROR = 4, CLASS_SERVER_ERROR = 5 };

static int
is_response_code(int code) {
  int code_class = code >> 5;

  return code_class == CLASS_SUCCESS || code_class == CLASS_CLIENT_ERROR ||
         code_class == CLASS_SERVER_ERROR;
}

static int
is_request_code(int code) {
  return code != COAP_EMPTY_CODE && code >> 5 == CLASS_REQUEST;
}

/* RFC 7252 4.2: a CON is rejected by a matching Reset; 4.3: a NON may be. Never by multicast, 8.1.
 */
static void
reject(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta, int with_reset) {
  session->core->counters.rx_rejected++;
  if (with_reset && !meta->multicast)
    coap_message_send_empty(session, COAP_MESSAGE_RST, coap_pdu_get_mid(pdu));
}

/* Hands a matching response up and settles the record. */
static coap_response_t
deliver_opened(coap_outgoing_t *out, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_session_t *session = out->session;
  coap_response_t result;

  /* The response stands for the acknowledgement, should that have been lost (RFC 7252 5.2.2). */
  coap_timer_cancel(&session->core->timers, &out->timer);
  if (out->stage == COAP_OUT_UNACKED)
    coap_outgoing_set_stage(out, COAP_OUT_AWAITING);
  out->acked = 1;
  out->busy = 1;
  result = session->core->ops->response(session, out, pdu, meta);
  out->busy = 0;
  if (out->ended) {
    coap_outgoing_end(out, out->end_reason);
  } else if (session->is_mcast) {
    /* Others of the group may answer too; out->keep is not asked. Nothing would end the wait for
     * them without a timer, and the session with it. */
    if (!coap_message_await(out, meta->now))
      coap_outgoing_end(out, COAP_NACK_NOT_DELIVERABLE);
  } else if (out->keep) {
    coap_outgoing_set_stage(out, COAP_OUT_KEPT);
  } else {
    coap_outgoing_end(out, COAP_NACK_BAD_RESPONSE);
  }
  return result;
}

/* The answer to a sealed request counts once the guard has opened it. What it does not open still
 * tells that the request has arrived, as an empty acknowledgement could tell too. */
coap_response_t
coap_message_deliver(coap_outgoing_t *out, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_pdu_t *opened = NULL;
  coap_response_t result = COAP_RESPONSE_OK;
  int is_good;

  if (!out->sealed)
    return deliver_opened(out, pdu, meta);
  out->busy = 1;
  is_good = out->session->core->ops->open(out->session, out, pdu, &opened);
  out->busy = 0;
  if (out->ended) {
    coap_outgoing_end(out, out->end_reason);
  } else if (is_good) {
    result = deliver_opened(out, opened ? opened : pdu, meta);
  } else if (out->stage == COAP_OUT_UNACKED && coap_pdu_get_type(pdu) == COAP_MESSAGE_ACK) {
    out->acked = 1;
    coap_message_await(out, meta->now);
  }
  coap_delete_pdu(opened);
  return result;
}

static coap_response_t
take_response(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_outgoing_t *out = coap_outgoing_by_token(session, &token);
  coap_response_t result;

  if (!out)
    return session->core->ops->stray_response(session, pdu, meta) ? COAP_RESPONSE_OK
                                                                  : COAP_RESPONSE_FAIL;
  result = coap_message_deliver(out, pdu, meta);
  coap_message_next(session, meta->now);
  return result;
}

/* 1 when the message is new; a duplicate has been dealt with. */
static int
is_new(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta,
       coap_tick_t lifetime) {
  coap_bin_const_t reply = {0, NULL};

  switch (coap_dedup_check(session, coap_pdu_get_mid(pdu), meta->now, lifetime, &reply)) {
  case COAP_DEDUP_NEW:
    return 1;
  case COAP_DEDUP_NO_MEMORY:
    /* Acted on now it could be acted on twice: the peer's next copy may fare better. */
    session->core->counters.no_memory++;
    return 0;
  case COAP_DEDUP_DUPLICATE:
    session->core->counters.rx_duplicate++;
    if (coap_pdu_get_type(pdu) == COAP_MESSAGE_CON && reply.length)
      coap_message_repeat_reply(session, &reply);
    break;
  }
  return 0;
}

static void
on_con(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  int code = coap_pdu_get_code(pdu);

  if (meta->multicast) {
    /* RFC 7252 8.1: requests to a group are NON. */
    reject(session, pdu, meta, 0);
  } else if (code == COAP_EMPTY_CODE) {
    session->core->ops->ping(session, pdu, mid);
    coap_message_send_empty(session, COAP_MESSAGE_RST, mid);
  } else if (!is_new(session, pdu, meta, coap_session_exchange_lifetime(session))) {
    return;
  } else if (is_request_code(code)) {
    session->core->ops->request(session, pdu, meta);
    if (!coap_dedup_replied(session, mid))
      coap_message_send_empty(session, COAP_MESSAGE_ACK, mid);
  } else if (is_response_code(code) && take_response(session, pdu, meta) == COAP_RESPONSE_OK) {
    coap_message_send_empty(session, COAP_MESSAGE_ACK, mid);
  } else {
    reject(session, pdu, meta, 1);
  }
}

static void
on_non(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  int code = coap_pdu_get_code(pdu);

  if (!is_request_code(code) && !is_response_code(code))
    reject(session, pdu, meta, 0);
  else if (!is_new(session, pdu, meta, coap_session_non_lifetime(session)))
    return;
  else if (is_request_code(code))
    session->core->ops->request(session, pdu, meta);
  else if (take_response(session, pdu, meta) != COAP_RESPONSE_OK)
    reject(session, pdu, meta, 1);
}

static void
on_ack(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_outgoing_t *out = coap_outgoing_by_mid(session, coap_pdu_get_mid(pdu));
  int code = coap_pdu_get_code(pdu);
  coap_bin_const_t theirs = coap_pdu_get_token(pdu);
  coap_bin_const_t ours;

  if (!out || out->stage != COAP_OUT_UNACKED ||
      (code != COAP_EMPTY_CODE && !is_response_code(code))) {
    reject(session, pdu, meta, 0);
    return;
  }
  if (!out->is_request) {
    /* RFC 7252 5.2.2: whatever the acknowledgement of a response carries. */
    coap_mid_t mid = coap_pdu_get_mid(out->pdu);
    int was_ping = out->is_ping;

    coap_outgoing_end(out, -1);
    if (was_ping)
      session->core->ops->pong(session, pdu, mid);
  } else if (code == COAP_EMPTY_CODE) {
    out->acked = 1;
    coap_message_await(out, meta->now);
  } else {
    ours = coap_pdu_get_token(out->pdu);
    if (!coap_binary_equal(&theirs, &ours)) {
      reject(session, pdu, meta, 0); /* RFC 7252 5.3.2 */
      return;
    }
    coap_message_deliver(out, pdu, meta);
  }
  coap_message_next(session, meta->now);
}

static void
on_rst(coap_session_t *session, const coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  coap_outgoing_t *out = coap_outgoing_by_mid(session, mid);

  if (coap_pdu_get_code(pdu) != COAP_EMPTY_CODE) {
    reject(session, pdu, meta, 0);
  } else if (!out) {
    session->core->ops->reset(session, mid);
  } else if (out->is_ping) {
    coap_outgoing_end(out, -1);
    session->core->ops->pong(session, pdu, mid);
  } else {
    const coap_fsm_row_t *row = coap_session_event(session, COAP_FSM_EV_RST_IN, COAP_NACK_RST);

    coap_outgoing_end(out, row->nack);
  }
  coap_message_next(session, meta->now);
}

void
coap_session_input(coap_session_t *session, coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  coap_show_pdu(COAP_LOG_DEBUG, pdu);
  coap_session_pin(session);
  coap_session_event(session, COAP_FSM_EV_RX, COAP_NACK_NOT_DELIVERABLE);
  if (coap_session_is_open(session)) {
    coap_session_heard(session, meta->now);
    switch (coap_pdu_get_type(pdu)) {
    case COAP_MESSAGE_CON:
      on_con(session, pdu, meta);
      break;
    case COAP_MESSAGE_NON:
      on_non(session, pdu, meta);
      break;
    case COAP_MESSAGE_ACK:
      on_ack(session, pdu, meta);
      break;
    case COAP_MESSAGE_RST:
      on_rst(session, pdu, meta);
      break;
    }
  }
  coap_delete_pdu(pdu);
  coap_session_unpin(session);
}

coap_wire_status_t
coap_session_parse(coap_core_t *core, const uint8_t *data, size_t length, coap_pdu_t **pdu) {
  const char *why = "";
  coap_wire_status_t status = coap_wire_parse_udp(data, length, core->max_token, pdu, &why);

  switch (status) {
  case COAP_WIRE_MORE: /* never, of a datagram */
  case COAP_WIRE_IGNORE:
    core->counters.rx_ignored++;
    break;
  case COAP_WIRE_MALFORMED:
    core->counters.rx_malformed++;
    coap_log_debug("malformed message: %s\n", why);
    break;
  case COAP_WIRE_NO_MEMORY:
    core->counters.no_memory++;
    break;
  case COAP_WIRE_OK:
    break;
  }
  return status;
}

void
coap_message_datagram(coap_session_t *session, const uint8_t *data, size_t length,
                      const coap_rx_meta_t *meta) {
  coap_pdu_t *pdu = NULL;
  coap_wire_status_t status = coap_session_parse(session->core, data, length, &pdu);

  if (status == COAP_WIRE_OK) {
    coap_session_input(session, pdu, meta);
  } else if (status == COAP_WIRE_MALFORMED) {
    if (coap_pdu_get_type(pdu) == COAP_MESSAGE_CON)
      coap_message_send_empty(session, COAP_MESSAGE_RST, coap_pdu_get_mid(pdu));
    coap_delete_pdu(pdu);
  }
}

void
coap_session_icmp(coap_session_t *session) {
  coap_session_pin(session);
  coap_session_event(session, COAP_FSM_EV_ICMP, COAP_NACK_ICMP_ISSUE);
  coap_session_unpin(session);
}
