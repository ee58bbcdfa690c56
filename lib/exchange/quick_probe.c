/* quick_probe.c -- one question, and who waits for its answer. */
#include "exchange/quick_probe.h"

#include "exchange/message_options.h"
#include "exchange/quick_client.h"
#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

enum { HELD_MAX = 32 }; /* more are refused: coap_send(3) fails */

typedef struct held_t {
  coap_pdu_t *pdu;
  coap_transfer_t *transfer;
  coap_pdu_t *shown; /* what the NACK handler knows the request by, should it not get away */
  struct held_t *prev, *next;
} held_t;

typedef struct coap_quick_probe_t {
  coap_session_t *session;
  held_t *held;
  unsigned int count;
} coap_quick_probe_t;

static void
held_free(held_t *held, coap_session_t *session) {
  if (!held)
    return;
  coap_delete_pdu(held->pdu);
  coap_delete_pdu(held->shown);
  coap_transfer_free(held->transfer, session);
  coap_mem_free(held);
}

/* Takes both. NULL when out of memory. */
static held_t *
held_new(coap_session_t *session, coap_pdu_t *pdu, coap_transfer_t *transfer) {
  const coap_pdu_t *shown = transfer ? transfer->request : pdu;
  coap_bin_const_t token = coap_pdu_get_token(shown);
  held_t *held = coap_mem_zalloc(sizeof(*held));

  if (!held) {
    coap_delete_pdu(pdu);
    coap_transfer_free(transfer, session);
    return NULL;
  }
  held->pdu = pdu;
  held->transfer = transfer;
  held->shown = coap_options_copy(shown, &token, shown->used + 2, NULL);
  if (held->shown)
    return held;
  held_free(held, session);
  return NULL;
}

void
coap_quick_probe_free(coap_quick_probe_t *probe) {
  if (!probe)
    return;
  while (probe->held) {
    held_t *held = probe->held;

    DL_DELETE(probe->held, held);
    held_free(held, probe->session);
  }
  if (probe->session->exchange && probe->session->exchange->quick_probe == probe)
    probe->session->exchange->quick_probe = NULL;
  coap_mem_free(probe);
}

/* A GET for nothing in particular: what matters is whether the option is understood. */
static coap_pdu_t *
question(coap_session_t *session) {
  unsigned int szx = coap_exchange_max_szx(coap_session_exchange(session));
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  uint8_t token[8];
  size_t length = 0;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET,
                                  coap_new_message_id(session), coap_session_max_pdu_size(session));

  coap_session_new_token(session, &length, token);
  if (pdu && coap_add_token(pdu, length, token) &&
      coap_add_option(pdu, COAP_OPTION_Q_BLOCK2, coap_block_value(value, 0, 0, szx), value))
    return pdu;
  coap_delete_pdu(pdu);
  return NULL;
}

/* Sends the question; its record owns the probe then. 1, or 0: nothing is left of it. */
static int
probe_start(coap_session_t *session, coap_quick_probe_t *probe, coap_tick_t now) {
  coap_client_extra_t *extra = coap_mem_zalloc(sizeof(*extra));
  coap_pdu_t *pdu = extra ? question(session) : NULL;
  coap_outgoing_t *out = NULL;

  if (pdu && coap_message_send(session, pdu, now, 0) != COAP_INVALID_MID)
    out = coap_outgoing_by_pdu(session, pdu);
  if (!out) {
    session->core->counters.no_memory += !pdu;
    coap_mem_free(extra);
    coap_quick_probe_free(probe);
    return 0;
  }
  extra->probe = probe;
  out->extra = extra;
  session->exchange->quick_probe = probe;
  return 1;
}

coap_mid_t
coap_quick_probe_hold(coap_session_t *session, coap_pdu_t *pdu, coap_transfer_t *transfer,
                      coap_tick_t now) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  coap_peer_exchange_t *peer = coap_session_peer_exchange(session);
  coap_quick_probe_t *probe = peer ? peer->quick_probe : NULL;
  held_t *held = held_new(session, pdu, transfer);
  int is_new = !probe;

  if (held && peer && !probe)
    probe = coap_mem_zalloc(sizeof(*probe));
  if (!held || !probe || probe->count >= HELD_MAX) {
    session->core->counters.no_memory += !held || !probe;
    held_free(held, session);
    if (is_new)
      coap_mem_free(probe);
    return COAP_INVALID_MID;
  }
  probe->session = session;
  probe->count++;
  DL_APPEND(probe->held, held);
  return !is_new || probe_start(session, probe, now) ? mid : COAP_INVALID_MID;
}

static void
nack(coap_session_t *session, const coap_pdu_t *sent, coap_nack_reason_t reason) {
  coap_exchange_t *exchange = coap_session_exchange(session);

  if (exchange->nack_handler)
    exchange->nack_handler(session, sent, reason, coap_pdu_get_mid(sent));
}

static void
release(coap_quick_probe_t *probe, coap_quick_support_t support, coap_tick_t now) {
  coap_session_t *session = probe->session;
  held_t *list = probe->held;

  probe->held = NULL;
  if (session->exchange) {
    session->exchange->quick_probe = NULL;
    session->exchange->quick_support = support;
  }
  while (list) {
    held_t *held = list;
    coap_mid_t mid;

    DL_DELETE(list, held);
    mid = support == COAP_QUICK_SUPPORTED
              ? coap_quick_client_start(session, held->pdu, held->transfer, now)
              : coap_exchange_send_plain(session, held->pdu, held->transfer, now);
    held->pdu = NULL;
    held->transfer = NULL;
    if (mid == COAP_INVALID_MID)
      nack(session, held->shown, COAP_NACK_NOT_DELIVERABLE);
    held_free(held, session);
  }
}

coap_response_t
coap_quick_probe_response(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = out->extra;

  out->answered = 1;
  release(extra->probe,
          coap_pdu_get_code(received) == COAP_RESPONSE_CODE_BAD_OPTION ? COAP_QUICK_UNSUPPORTED
                                                                       : COAP_QUICK_SUPPORTED,
          now);
  return COAP_RESPONSE_OK;
}

void
coap_quick_probe_failed(coap_quick_probe_t *probe, coap_nack_reason_t reason) {
  coap_session_t *session = probe->session;
  held_t *held;

  /* A Reset says no; the same reason of a session that the program disconnects says nothing. */
  if (reason == COAP_NACK_RST && coap_session_is_open(session)) {
    /* It has just come in. */
    release(probe, COAP_QUICK_UNSUPPORTED, session->last_used);
    return;
  }
  if (session->exchange)
    session->exchange->quick_probe = NULL;
  for (held = probe->held; held; held = held->next)
    nack(session, held->shown, reason);
}
