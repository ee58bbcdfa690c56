/* quick_get.c -- a response's body by Q-Block2 (RFC 9177 4.4, 7.2). */
#include "exchange/quick_client.h"

#include "exchange/message_options.h"
#include "exchange/quick.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

enum { MAX_RESTARTS = 3 };

/* Adds the numbers asked for; with `more` the last one means the rest of its set, too. */
static int
add_numbers(coap_pdu_t *pdu, const uint32_t *numbers, unsigned int count, unsigned int more,
            unsigned int szx) {
  uint8_t value[COAP_BLOCK_VALUE_MAX];

  for (unsigned int i = 0; i < count; i++) {
    unsigned int length = coap_block_value(value, numbers[i], more, szx);

    if (!coap_add_option(pdu, COAP_OPTION_Q_BLOCK2, length, value))
      return 0;
  }
  return 1;
}

static void
ask(coap_quick_client_t *quick, const uint32_t *numbers, unsigned int count, unsigned int more,
    unsigned int szx, coap_tick_t now) {
  coap_pdu_t *pdu = coap_quick_client_message(quick);
  size_t length = 0;
  const uint8_t *data = NULL;

  /* A FETCH means what its payload says (RFC 8132 2). */
  if (pdu && coap_pdu_get_code(pdu) == COAP_REQUEST_CODE_FETCH)
    coap_get_data(coap_quick_client_transfer(quick)->request, &length, &data);
  quick->first_mid = COAP_INVALID_MID;
  if (pdu && add_numbers(pdu, numbers, count, more, szx) && coap_add_data(pdu, length, data))
    coap_quick_client_transmit(quick, pdu, now);
  else
    coap_delete_pdu(pdu);
}

/* 1 when the numbers are `lowest` and all behind it up to the end of its set. */
static int
is_rest_of_set(const coap_quick_receiver_t *receiver, unsigned int count) {
  uint32_t stop = (receiver->lowest / receiver->per_set + 1) * receiver->per_set;

  if (stop > receiver->count)
    stop = receiver->count;
  return receiver->end <= receiver->lowest && receiver->lowest + count == stop;
}

static void
ask_missing(coap_quick_client_t *quick, int is_under_way, coap_tick_t now) {
  coap_quick_receiver_t *receiver = &quick->receiver;
  uint32_t mode = coap_session_exchange(quick->session)->block_mode;
  uint32_t numbers[COAP_QUICK_NAMED_MAX];
  unsigned int count =
      coap_quick_receiver_missing(receiver, is_under_way, numbers, COAP_QUICK_NAMED_MAX);
  /* Nothing of a set has come: that is 'Continue' once more. */
  int from_start = count && numbers[0] % receiver->per_set == 0;

  if (count && is_rest_of_set(receiver, count) && (from_start || (mode & COAP_BLOCK_USE_M_Q_BLOCK)))
    ask(quick, numbers, 1, 1, receiver->szx, now);
  else
    ask(quick, numbers, count, 0, receiver->szx, now);
}

int
coap_quick_get_due(coap_quick_client_t *quick, coap_tick_t now) {
  static const uint32_t all = 0;
  coap_session_t *session = quick->session;
  coap_quick_receiver_t *receiver = &quick->receiver;

  if (++receiver->asked > coap_session_recovery(session)->non_max_retransmit)
    return 0;
  coap_timer_arm(&session->core->timers, &quick->timer,
                 now + coap_quick_patience(session, receiver->asked));
  if (receiver->have)
    ask_missing(quick, 0, now);
  else
    ask(quick, &all, 1, 1, coap_exchange_max_szx(coap_session_exchange(session)), now);
  return 1;
}

static int
same_tag(const coap_pdu_t *a, const coap_pdu_t *b) {
  coap_opt_iterator_t oi;
  coap_opt_t *in_a = coap_check_option(a, COAP_OPTION_ETAG, &oi);
  coap_opt_t *in_b = coap_check_option(b, COAP_OPTION_ETAG, &oi);

  if (!in_a || !in_b)
    return in_a == in_b;
  return coap_opt_length(in_a) == coap_opt_length(in_b) &&
         memcmp(coap_opt_value(in_a), coap_opt_value(in_b), coap_opt_length(in_a)) == 0;
}

/* Keeps the head of the body's first message. RFC 9177 4.4: another ETag begins anew. 1 or 0. */
static int
take_head(coap_quick_client_t *quick, coap_transfer_t *transfer, const coap_pdu_t *received) {
  static const coap_bin_const_t no_token = {0, NULL};

  if (transfer->first && same_tag(transfer->first, received))
    return 1;
  if (transfer->first && transfer->restarts++ >= MAX_RESTARTS)
    return 0;
  coap_quick_receiver_clear(&quick->receiver);
  coap_delete_pdu(transfer->first);
  transfer->first = coap_options_copy(received, &no_token, received->used + 2, NULL);
  if (!transfer->first)
    quick->session->core->counters.no_memory++;
  return transfer->first != NULL;
}

static coap_response_t
deliver_whole(coap_outgoing_t *out, const coap_quick_client_t *quick,
              const coap_transfer_t *transfer, const coap_pdu_t *received) {
  coap_lent_t whole = {.data = quick->receiver.body.data, .length = quick->receiver.total};

  return coap_fetch_deliver(out, transfer, transfer->first, received, &whole, 0, whole.length);
}

/* More is to come: what the server has to be told meanwhile. */
static coap_response_t
go_on(coap_outgoing_t *out, coap_quick_client_t *quick, uint32_t end_before, coap_tick_t now) {
  coap_session_t *session = quick->session;
  uint32_t next = coap_quick_receiver_confirm(&quick->receiver);

  out->keep = 1;
  coap_timer_arm(&session->core->timers, &quick->timer, now + coap_quick_patience(session, 0));
  if (next)
    ask(quick, &next, 1, 1, quick->receiver.szx, now);
  else if (coap_quick_receiver_jumped(&quick->receiver, end_before))
    ask_missing(quick, 1, now);
  return COAP_RESPONSE_OK;
}

static coap_response_t
take_block(coap_outgoing_t *out, coap_quick_client_t *quick, coap_transfer_t *transfer,
           const coap_pdu_t *received, const coap_block_t *block, coap_tick_t now) {
  uint32_t total = coap_options_uint(received, COAP_OPTION_SIZE2, 0);
  uint32_t end_before;
  size_t length = 0;
  const uint8_t *data = NULL;

  if (!take_head(quick, transfer, received))
    return COAP_RESPONSE_FAIL;
  end_before = quick->receiver.end;
  coap_get_data(received, &length, &data);
  switch (coap_quick_receiver_take(&quick->receiver, block, total, data, length)) {
  case COAP_QUICK_NEW:
    if (coap_quick_receiver_is_whole(&quick->receiver))
      return deliver_whole(out, quick, transfer, received);
    return go_on(out, quick, end_before, now);
  case COAP_QUICK_SEEN:
    out->keep = 1;
    return COAP_RESPONSE_OK;
  case COAP_QUICK_NO_ROOM:
    coap_session_exchange(out->session)->counters.bodies_refused++;
    return COAP_RESPONSE_FAIL;
  case COAP_QUICK_BAD:
    break;
  }
  return COAP_RESPONSE_FAIL;
}

coap_response_t
coap_quick_get_response(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = out->extra;
  coap_block_t block;

  if (COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) == 2) {
    if (coap_block_read(received, COAP_OPTION_Q_BLOCK2, &block))
      return take_block(out, extra->quick, extra->transfer, received, &block, now);
    /* It chose Block2 after all. */
    if (coap_block_read(received, COAP_OPTION_BLOCK2, &block) && block.m) {
      coap_quick_client_free(extra->quick);
      extra->quick = NULL;
      return coap_fetch_response(out, extra->transfer, received, now);
    }
  }
  return coap_transfer_deliver(out, extra->transfer, received);
}
