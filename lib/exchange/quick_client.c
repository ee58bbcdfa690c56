/* quick_client.c -- starting, following and ending exchanges by Q-Block. */
#include "exchange/quick_client.h"

#include "exchange/message_options.h"
#include "exchange/quick.h"
#include "exchange/quick_probe.h"
#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <stddef.h>

enum { ID_LENGTH = 4, TOKEN_LENGTH = 8 };

coap_transfer_t *
coap_quick_client_transfer(const coap_quick_client_t *quick) {
  return ((coap_client_extra_t *)quick->out->extra)->transfer;
}

static int
has_option(const coap_pdu_t *pdu, coap_option_num_t number) {
  coap_opt_iterator_t oi;

  return coap_check_option(pdu, number, &oi) != NULL;
}

int
coap_quick_client_wants(const coap_session_t *session, const coap_pdu_t *pdu,
                        const coap_transfer_t *transfer) {
  int code = coap_pdu_get_code(pdu);

  if (!coap_quick_is_on(coap_session_exchange(session)) || session->is_mcast ||
      coap_session_is_reliable(session) || coap_pdu_get_type(pdu) != COAP_MESSAGE_NON ||
      !coap_session_is_open(session))
    return 0;
  /* Blocks go without a record, by which the guard would know what their answers belong to. */
  if (coap_session_guard(session))
    return 0;
  if (session->exchange && session->exchange->quick_support == COAP_QUICK_UNSUPPORTED)
    return 0;
  if (transfer)
    return 1;
  return (code == COAP_REQUEST_CODE_GET || code == COAP_REQUEST_CODE_FETCH) &&
         !has_option(pdu, COAP_OPTION_OBSERVE) && !has_option(pdu, COAP_OPTION_BLOCK1) &&
         !has_option(pdu, COAP_OPTION_BLOCK2) && !has_option(pdu, COAP_OPTION_Q_BLOCK1) &&
         !has_option(pdu, COAP_OPTION_Q_BLOCK2);
}

static void
quick_fire(coap_timer_t *timer, uint64_t now) {
  coap_quick_client_t *quick =
      (coap_quick_client_t *)(void *)((char *)timer - offsetof(coap_quick_client_t, timer));
  coap_session_t *session = quick->session;
  coap_outgoing_t *out = quick->out;
  int goes_on;

  coap_session_pin(session);
  out->busy = 1;
  goes_on = quick->is_sending ? coap_quick_put_due(quick, now) : coap_quick_get_due(quick, now);
  out->busy = 0;
  if (out->ended)
    coap_outgoing_end(out, out->end_reason);
  else if (!goes_on)
    coap_outgoing_end(out, COAP_NACK_TOO_MANY_RETRIES);
  coap_session_unpin(session);
}

static coap_quick_client_t *
find_by_id(const coap_session_t *session, uint32_t id) {
  coap_quick_client_t *quick = session->exchange ? session->exchange->quick_clients : NULL;

  while (quick && quick->id != id)
    quick = quick->next;
  return quick;
}

static coap_quick_client_t *
quick_new(coap_session_t *session) {
  coap_peer_exchange_t *peer = coap_session_peer_exchange(session);
  coap_quick_client_t *quick = peer ? coap_mem_zalloc(sizeof(*quick)) : NULL;

  if (!quick)
    return NULL;
  quick->session = session;
  quick->timer.fire = quick_fire;
  quick->first_mid = quick->last_mid = COAP_INVALID_MID;
  do {
    coap_prng(&quick->id, sizeof(quick->id));
  } while (find_by_id(session, quick->id) && ++quick->requests < 8);
  coap_quick_receiver_init(&quick->receiver, coap_session_exchange(session),
                           coap_session_recovery(session)->max_payloads);
  return quick;
}

static void
unlist(coap_quick_client_t *quick) {
  if (quick->is_listed)
    DL_DELETE(quick->session->exchange->quick_clients, quick);
  quick->is_listed = 0;
}

/* In the list of the session's, so that answers find it. */
static void
list(coap_quick_client_t *quick) {
  if (!quick->session->exchange)
    return;
  DL_APPEND(quick->session->exchange->quick_clients, quick);
  quick->is_listed = 1;
}

void
coap_quick_client_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->quick_clients)
    unlist(session->exchange->quick_clients);
}

void
coap_quick_client_free(coap_quick_client_t *quick) {
  if (!quick)
    return;
  coap_timer_cancel(&quick->session->core->timers, &quick->timer);
  unlist(quick);
  coap_quick_receiver_clear(&quick->receiver);
  coap_mem_free(quick);
}

/* RFC 9177 4.3: a body by Q-Block1 has a tag even where the mode wants none. */
static int
tag_body(coap_session_t *session, coap_pdu_t *request) {
  uint64_t serial = coap_quick_serial(coap_session_exchange(session));
  uint8_t value[8];

  return has_option(request, COAP_OPTION_RTAG) ||
         coap_pdu_update_option(request, COAP_OPTION_RTAG,
                                coap_encode_var_safe8(value, sizeof(value), serial), value);
}

/* Says that Q-Block2 may answer (RFC 9177 4.4). Takes `pdu`. */
static coap_pdu_t *
first_get(coap_session_t *session, coap_pdu_t *pdu) {
  unsigned int szx = coap_exchange_max_szx(coap_session_exchange(session));
  uint8_t value[COAP_BLOCK_VALUE_MAX];

  if (coap_pdu_update_option(pdu, COAP_OPTION_Q_BLOCK2, coap_block_value(value, 0, 1, szx), value))
    return pdu;
  coap_delete_pdu(pdu);
  return NULL;
}

/* The first block, under the application's own token and message ID. */
static coap_pdu_t *
first_put(coap_quick_client_t *quick, const coap_transfer_t *transfer) {
  coap_session_t *session = quick->session;
  coap_bin_const_t token = coap_pdu_get_token(transfer->request);
  coap_pdu_t *pdu;

  if (!tag_body(session, transfer->request))
    return NULL;
  pdu = coap_options_copy(transfer->request, &token, coap_session_max_pdu_size(session), NULL);
  if (pdu && coap_quick_put_block(quick, transfer, pdu, 0))
    return pdu;
  coap_delete_pdu(pdu);
  return NULL;
}

/* The first message sent: its record carries the rest from now on. 1, or 0: nothing is kept. */
static int
send_first(coap_quick_client_t *quick, coap_transfer_t *transfer, coap_pdu_t *pdu,
           coap_tick_t now) {
  coap_session_t *session = quick->session;
  coap_tick_t wait = quick->is_sending ? 0 : coap_quick_patience(session, 0);
  coap_client_extra_t *extra = coap_mem_zalloc(sizeof(*extra));
  coap_outgoing_t *out;

  if (!extra || !coap_timer_arm(&session->core->timers, &quick->timer, now + wait)) {
    coap_mem_free(extra);
    coap_delete_pdu(pdu);
    return 0;
  }
  coap_timer_cancel(&session->core->timers, &quick->timer);
  out = coap_message_send(session, pdu, now, 0) == COAP_INVALID_MID
            ? NULL
            : coap_outgoing_by_pdu(session, pdu);
  if (!out || !coap_timer_arm(&session->core->timers, &quick->timer, now + wait)) {
    coap_mem_free(extra);
    return 0;
  }
  extra->transfer = transfer;
  extra->quick = quick;
  out->extra = extra;
  quick->out = out;
  list(quick);
  /* The exchange has its own times. */
  coap_timer_cancel(&session->core->timers, &out->timer);
  return 1;
}

coap_mid_t
coap_quick_client_start(coap_session_t *session, coap_pdu_t *pdu, coap_transfer_t *transfer,
                        coap_tick_t now) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);
  coap_quick_client_t *quick = quick_new(session);
  coap_pdu_t *first = NULL;

  if (quick && transfer) {
    quick->is_sending = 1;
    coap_quick_sender_begin(&quick->sender, transfer->lent.length, transfer->szx,
                            coap_session_recovery(session)->max_payloads, 0);
    quick->sender.next = 1;
    first = first_put(quick, transfer);
    coap_delete_pdu(pdu);
  } else if (quick) {
    transfer = coap_transfer_new(session, pdu, 1);
    first = transfer ? first_get(session, pdu) : NULL;
    if (!transfer)
      coap_delete_pdu(pdu);
  } else {
    coap_delete_pdu(pdu);
  }
  if (first && send_first(quick, transfer, first, now))
    return mid;
  session->core->counters.no_memory += !first;
  coap_quick_client_free(quick);
  coap_transfer_free(transfer, session);
  return COAP_INVALID_MID;
}

coap_mid_t
coap_quick_client_send(coap_session_t *session, coap_pdu_t *pdu, coap_transfer_t *transfer,
                       coap_tick_t now) {
  if (session->exchange && session->exchange->quick_support == COAP_QUICK_SUPPORTED)
    return coap_quick_client_start(session, pdu, transfer, now);
  return coap_quick_probe_hold(session, pdu, transfer, now);
}

/* Options of single messages; unlike with Block1 (RFC 7959 2.10) If-None-Match stays: any block may
 * be the one that completes the body. */
static int
is_not_repeated(coap_option_num_t number) {
  switch (number) {
  case COAP_OPTION_ETAG:
  case COAP_OPTION_SIZE1:
  case COAP_OPTION_SIZE2:
    return 1;
  default:
    return 0;
  }
}

coap_pdu_t *
coap_quick_client_message(coap_quick_client_t *quick) {
  uint8_t bytes[TOKEN_LENGTH];
  coap_bin_const_t token = {sizeof(bytes), bytes};
  uint32_t number = ++quick->requests;
  coap_pdu_t *pdu;

  memcpy(bytes, &quick->id, ID_LENGTH);
  memcpy(bytes + ID_LENGTH, &number, sizeof(number));
  pdu = coap_options_copy(coap_quick_client_transfer(quick)->request, &token,
                          coap_session_max_pdu_size(quick->session), is_not_repeated);
  if (pdu)
    coap_pdu_set_mid(pdu, coap_new_message_id(quick->session));
  else
    quick->session->core->counters.no_memory++;
  return pdu;
}

void
coap_quick_client_transmit(coap_quick_client_t *quick, coap_pdu_t *pdu, coap_tick_t now) {
  coap_mid_t mid = coap_pdu_get_mid(pdu);

  if (quick->first_mid == COAP_INVALID_MID)
    quick->first_mid = mid;
  quick->last_mid = mid;
  coap_message_send_loose(quick->session, pdu, now);
}

coap_response_t
coap_quick_client_response(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = out->extra;

  return extra->quick->is_sending ? coap_quick_put_response(out, received, now)
                                  : coap_quick_get_response(out, received, now);
}

int
coap_quick_client_stray(coap_session_t *session, const coap_pdu_t *received,
                        const coap_rx_meta_t *meta) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  coap_quick_client_t *quick;
  coap_outgoing_t *out;
  coap_response_t result;
  uint32_t id;

  if (token.length != TOKEN_LENGTH)
    return 0;
  memcpy(&id, token.s, sizeof(id));
  quick = find_by_id(session, id);
  if (!quick || !quick->out || quick->out->busy || quick->out->ended)
    return 0;
  out = quick->out;
  out->busy = 1;
  result = coap_exchange_on_response(session, out, received, meta);
  out->busy = 0;
  if (out->ended)
    coap_outgoing_end(out, out->end_reason);
  else if (!out->keep)
    coap_outgoing_end(out, COAP_NACK_BAD_RESPONSE);
  return result == COAP_RESPONSE_OK;
}

void
coap_quick_client_reset(coap_session_t *session, coap_mid_t mid) {
  coap_quick_client_t *quick = session->exchange ? session->exchange->quick_clients : NULL;

  for (; quick; quick = quick->next) {
    if (quick->out && quick->first_mid != COAP_INVALID_MID &&
        (uint16_t)(mid - quick->first_mid) <= (uint16_t)(quick->last_mid - quick->first_mid)) {
      coap_outgoing_end(quick->out, COAP_NACK_RST);
      return;
    }
  }
}
