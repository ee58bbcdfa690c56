/* quick_put.c -- a request's body by Q-Block1 (RFC 9177 4.3, 7.2). */
#include "exchange/quick_client.h"

#include "exchange/message_options.h"
#include "exchange/quick.h"
#include "session/session.h"
#include "wire/block_numbers.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

int
coap_quick_put_block(const coap_quick_client_t *quick, const coap_transfer_t *transfer,
                     coap_pdu_t *pdu, uint32_t num) {
  const coap_quick_sender_t *sender = &quick->sender;
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  uint8_t size[4];
  unsigned int length = coap_block_value(value, num, num + 1 < sender->count, sender->szx);

  /* RFC 9177 4.6: the exact size, in every message. */
  return coap_pdu_update_option(pdu, COAP_OPTION_Q_BLOCK1, length, value) &&
         coap_pdu_update_option(
             pdu, COAP_OPTION_SIZE1,
             coap_encode_var_safe(size, sizeof(size), (unsigned int)sender->length), size) &&
         coap_add_block(pdu, transfer->lent.length, transfer->lent.data, num,
                        (unsigned char)sender->szx);
}

static void
send_block(coap_quick_client_t *quick, uint32_t num, coap_tick_t now) {
  coap_pdu_t *pdu = coap_quick_client_message(quick);

  if (pdu && coap_quick_put_block(quick, coap_quick_client_transfer(quick), pdu, num))
    coap_quick_client_transmit(quick, pdu, now);
  else
    coap_delete_pdu(pdu);
}

/* The set under way, then the pause; behind the last one the time for an answer. */
static void
send_set(coap_quick_client_t *quick, coap_tick_t now) {
  coap_session_t *session = quick->session;
  coap_tick_t wait = coap_quick_pause(session);
  uint32_t num;
  int again;

  quick->is_begun = 1;
  quick->first_mid = COAP_INVALID_MID;
  while (!quick->out->ended && coap_quick_sender_next(&quick->sender, &num, &again))
    send_block(quick, num, now);
  if (quick->out->ended)
    return;
  if (coap_quick_sender_is_done(&quick->sender))
    wait += coap_quick_patience(session, 0);
  coap_timer_arm(&session->core->timers, &quick->timer, now + wait);
}

int
coap_quick_put_due(coap_quick_client_t *quick, coap_tick_t now) {
  coap_session_t *session = quick->session;

  if (!quick->is_begun || coap_quick_sender_resume(&quick->sender)) {
    send_set(quick, now);
    return 1;
  }
  /* The answer, or all that would have led to it, is lost: the last block draws it once more. */
  if (++quick->asked > coap_session_recovery(session)->non_max_retransmit)
    return 0;
  coap_timer_arm(&session->core->timers, &quick->timer,
                 now + coap_quick_patience(session, quick->asked));
  send_block(quick, quick->sender.count - 1, now);
  return 1;
}

static coap_response_t
went_on(coap_outgoing_t *out) {
  out->keep = 1;
  return COAP_RESPONSE_OK;
}

static coap_response_t
send_missing(coap_outgoing_t *out, coap_quick_client_t *quick, const coap_pdu_t *received,
             coap_tick_t now) {
  uint32_t numbers[COAP_QUICK_NAMED_MAX];
  size_t length = 0;
  const uint8_t *data = NULL;
  int count;

  coap_get_data(received, &length, &data);
  count = coap_block_numbers_read(data, length, numbers, COAP_QUICK_NAMED_MAX);
  if (count < 0) /* RFC 9177 5: dropped */
    return went_on(out);
  quick->asked = 0;
  for (int i = 0; i < count; i++)
    coap_quick_sender_name(&quick->sender, numbers[i]);
  send_set(quick, now);
  return went_on(out);
}

coap_response_t
coap_quick_put_response(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = out->extra;
  coap_quick_client_t *quick = extra->quick;
  int code = coap_pdu_get_code(received);
  coap_block_t block;

  if (code == COAP_RESPONSE_CODE_CONTINUE) {
    quick->asked = 0;
    if (coap_block_read(received, COAP_OPTION_Q_BLOCK1, &block) &&
        coap_quick_sender_continue(&quick->sender, block.num + 1))
      send_set(quick, now);
    return went_on(out);
  }
  if (code == COAP_RESPONSE_CODE_INCOMPLETE &&
      coap_options_uint(received, COAP_OPTION_CONTENT_FORMAT, 0) ==
          COAP_MEDIATYPE_APPLICATION_MB_CBOR_SEQ)
    return send_missing(out, quick, received, now);
  /* The body is out of our hands. */
  quick->is_sending = 0;
  coap_lent_return(&extra->transfer->lent, out->session);
  return out->ended ? COAP_RESPONSE_OK : coap_quick_get_response(out, received, now);
}
