/* fetch.c -- a client's transfer: the blocks of a response body (RFC 7959 2.4, 2.6, 2.7). */
#include "exchange/transfer.h"

#include "exchange/message_options.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

enum { MAX_RESTARTS = 3 };

int
coap_transfer_begins(const coap_outgoing_t *out, const coap_pdu_t *received) {
  coap_block_t block;

  /* A member of a group is asked for more by the application, which can tell them apart. */
  return !out->session->is_mcast &&
         (coap_session_exchange(out->session)->block_mode & COAP_BLOCK_USE_LIBCOAP) &&
         COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) == 2 &&
         coap_block_read(received, COAP_OPTION_BLOCK2, &block) && block.m && block.num == 0;
}

coap_response_t
coap_transfer_start(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = coap_client_extra(out);
  coap_bin_const_t token = coap_pdu_get_token(out->pdu);
  coap_response_t result;

  /* A newer state's body takes the place of the one still being fetched. */
  coap_transfer_abandon(out->session, &token);
  if (!extra)
    return COAP_RESPONSE_FAIL;
  extra->transfer = coap_transfer_new(out->session, out->pdu, 1);
  if (!extra->transfer)
    return COAP_RESPONSE_FAIL;
  result = coap_fetch_response(out, extra->transfer, received, now);
  /* An observation's record stays; the next notification begins anew. */
  if (out->keep && extra->transfer) {
    coap_transfer_free(extra->transfer, out->session);
    extra->transfer = NULL;
  }
  return result;
}

static int
same_option(const coap_pdu_t *a, const coap_pdu_t *b, coap_option_num_t number) {
  coap_opt_iterator_t oi;
  coap_opt_t *in_a = coap_check_option(a, number, &oi);
  coap_opt_t *in_b = coap_check_option(b, number, &oi);

  if (!in_a || !in_b)
    return in_a == in_b;
  return coap_opt_length(in_a) == coap_opt_length(in_b) &&
         memcmp(coap_opt_value(in_a), coap_opt_value(in_b), coap_opt_length(in_a)) == 0;
}

/* Asks for the block at the end of what is there. */
static int
ask_next(coap_outgoing_t *out, coap_transfer_t *transfer, size_t offset, coap_tick_t now) {
  coap_pdu_t *pdu = coap_transfer_next_request(out->session, transfer);
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  size_t num = offset / coap_block_bytes(transfer->szx);
  size_t length = 0;
  const uint8_t *data = NULL;

  if (!pdu)
    return 0;
  /* A FETCH means what its payload says (RFC 8132 2). */
  if (coap_pdu_get_code(pdu) == COAP_REQUEST_CODE_FETCH)
    coap_get_data(transfer->request, &length, &data);
  if (num <= COAP_BLOCK_NUM_MAX &&
      coap_add_option(pdu, COAP_OPTION_BLOCK2,
                      coap_block_value(value, (unsigned int)num, 0, transfer->szx), value) &&
      coap_add_data(pdu, length, data))
    return coap_transfer_send(out, pdu, now);
  coap_delete_pdu(pdu);
  return 0;
}

static int
is_block2(coap_option_num_t number) {
  return number == COAP_OPTION_BLOCK2 || number == COAP_OPTION_Q_BLOCK2;
}

coap_response_t
coap_fetch_deliver(coap_outgoing_t *out, const coap_transfer_t *transfer, const coap_pdu_t *head,
                   const coap_pdu_t *received, const coap_lent_t *part, size_t offset,
                   size_t total) {
  coap_bin_const_t token = coap_pdu_get_token(transfer->request);
  /* A whole body is no block; of a part, programs ask Block2 whether it is the last one. */
  coap_option_drop_t drop = part->length == total ? is_block2 : NULL;
  coap_pdu_t *shown = coap_options_copy(head, &token, head->used + token.length + 3, drop);
  coap_response_t result;

  if (!shown) {
    out->session->core->counters.no_memory++;
    return COAP_RESPONSE_FAIL;
  }
  coap_pdu_set_type(shown, coap_pdu_get_type(received));
  coap_pdu_set_mid(shown, coap_pdu_get_mid(received));
  shown->body = part->data;
  shown->body_length = part->length;
  shown->body_offset = offset;
  shown->body_total = total;
  result = coap_client_deliver(out, transfer->request, shown);
  coap_delete_pdu(shown);
  return result;
}

/* Begins anew: the body changed under way (RFC 7959 2.4). */
static coap_response_t
restart(coap_outgoing_t *out, coap_transfer_t *transfer, coap_tick_t now) {
  if (transfer->restarts++ >= MAX_RESTARTS)
    return COAP_RESPONSE_FAIL;
  transfer->body.length = 0;
  coap_delete_pdu(transfer->first);
  transfer->first = NULL;
  return ask_next(out, transfer, 0, now) ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}

/* 1 when the block continues what is there. */
static int
is_in_place(const coap_transfer_t *transfer, size_t have, const coap_block_t *block,
            size_t length) {
  return coap_block_offset(block) == have &&
         (!block->m || coap_block_is_full(block->szx, length)) &&
         (transfer->first || block->num == 0);
}

/* The application sees each block by itself. */
static coap_response_t
pass_block(coap_outgoing_t *out, coap_transfer_t *transfer, const coap_pdu_t *received,
           const coap_block_t *block, const coap_lent_t *part, coap_tick_t now) {
  size_t offset = transfer->offset;
  size_t end = offset + part->length;
  size_t announced = coap_options_uint(transfer->first, COAP_OPTION_SIZE2, 0);
  size_t total = announced > end ? announced : end + block->m;
  coap_response_t result =
      coap_fetch_deliver(out, transfer, received, received, part, offset, total);

  transfer->offset = end;
  if (result == COAP_RESPONSE_OK && block->m && !ask_next(out, transfer, end, now))
    return COAP_RESPONSE_FAIL;
  return result;
}

static coap_response_t
collect_block(coap_outgoing_t *out, coap_transfer_t *transfer, const coap_pdu_t *received,
              const coap_block_t *block, const coap_lent_t *part, coap_tick_t now) {
  coap_lent_t whole = {0};

  if (!coap_body_append(&transfer->body, part->data, part->length)) {
    coap_session_exchange(out->session)->counters.bodies_refused++;
    return COAP_RESPONSE_FAIL;
  }
  if (block->m)
    return ask_next(out, transfer, transfer->body.length, now) ? COAP_RESPONSE_OK
                                                               : COAP_RESPONSE_FAIL;
  whole.data = transfer->body.data;
  whole.length = transfer->body.length;
  return coap_fetch_deliver(out, transfer, transfer->first, received, &whole, 0, whole.length);
}

coap_response_t
coap_fetch_response(coap_outgoing_t *out, coap_transfer_t *transfer, const coap_pdu_t *received,
                    coap_tick_t now) {
  static const coap_bin_const_t no_token = {0, NULL};
  int is_single =
      (coap_session_exchange(out->session)->block_mode & COAP_BLOCK_SINGLE_BODY) ? 1 : 0;
  coap_lent_t part = {0};
  coap_block_t block;

  /* An error, or an answer in one piece after all. */
  if (COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) != 2 ||
      !coap_block_read(received, COAP_OPTION_BLOCK2, &block))
    return coap_transfer_deliver(out, transfer, received);
  coap_get_data(received, &part.length, &part.data);
  if (block.szx == COAP_BLOCK_SZX_BERT && !coap_session_is_reliable(out->session))
    return COAP_RESPONSE_FAIL;
  if (transfer->first && !same_option(transfer->first, received, COAP_OPTION_ETAG))
    return is_single ? restart(out, transfer, now) : COAP_RESPONSE_FAIL;
  if (!is_in_place(transfer, is_single ? transfer->body.length : transfer->offset, &block,
                   part.length) ||
      (transfer->first && !same_option(transfer->first, received, COAP_OPTION_CONTENT_FORMAT)))
    return COAP_RESPONSE_FAIL;
  if (!transfer->first) {
    transfer->first = coap_options_copy(received, &no_token, received->used + 2, NULL);
    if (!transfer->first) {
      out->session->core->counters.no_memory++;
      return COAP_RESPONSE_FAIL;
    }
    transfer->offset = 0;
  }
  transfer->szx = block.szx & 7;
  return is_single ? collect_block(out, transfer, received, &block, &part, now)
                   : pass_block(out, transfer, received, &block, &part, now);
}
