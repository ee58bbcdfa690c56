/* transfer.c -- a client's transfer: what carries it from block to block, and the blocks of the
 * request body (RFC 7959 2.5). */
#include "exchange/transfer.h"

#include "exchange/message_options.h"
#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

coap_transfer_t *
coap_transfer_new(coap_session_t *session, const coap_pdu_t *request, int with_payload) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_transfer_t *transfer = coap_mem_zalloc(sizeof(*transfer));
  size_t length = 0;
  const uint8_t *data = NULL;

  if (with_payload)
    coap_get_data(request, &length, &data);
  if (transfer) {
    transfer->request = coap_options_copy(request, &token, request->used + length + 3, NULL);
    coap_body_init(&transfer->body, coap_session_exchange(session));
    if (transfer->request && coap_add_data(transfer->request, length, data))
      return transfer;
    coap_transfer_free(transfer, session);
  }
  session->core->counters.no_memory++;
  return NULL;
}

void
coap_transfer_free(coap_transfer_t *transfer, coap_session_t *session) {
  if (!transfer)
    return;
  coap_lent_return(&transfer->lent, session);
  coap_body_clear(&transfer->body);
  coap_delete_pdu(transfer->first);
  coap_delete_pdu(transfer->request);
  coap_mem_free(transfer);
}

/* RFC 7959 2.4, 2.7: later requests repeat the first one's options but for these; 2.10 wants
 * If-None-Match with the first block only, and RFC 7641 3.1 would register once more. */
static int
is_not_repeated(coap_option_num_t number) {
  switch (number) {
  case COAP_OPTION_BLOCK1:
  case COAP_OPTION_BLOCK2:
  case COAP_OPTION_ETAG:
  case COAP_OPTION_IF_NONE_MATCH:
  case COAP_OPTION_OBSERVE:
  case COAP_OPTION_SIZE1:
  case COAP_OPTION_SIZE2:
    return 1;
  default:
    return 0;
  }
}

static coap_pdu_t *
request_with_token(coap_session_t *session, const coap_transfer_t *transfer,
                   const coap_bin_const_t *token) {
  coap_pdu_t *pdu = coap_options_copy(transfer->request, token, coap_session_max_pdu_size(session),
                                      is_not_repeated);

  if (pdu)
    coap_pdu_set_mid(pdu, coap_new_message_id(session));
  else
    session->core->counters.no_memory++;
  return pdu;
}

int
coap_transfer_send(coap_outgoing_t *out, coap_pdu_t *pdu, coap_tick_t now) {
  coap_session_t *session = out->session;
  coap_client_extra_t *own = out->extra;
  coap_client_extra_t *extra = coap_mem_zalloc(sizeof(*extra));
  coap_outgoing_t *next;

  /* A handler that closed the session meant this exchange, too. */
  if (!extra || out->ended) {
    session->core->counters.no_memory += !extra;
    coap_mem_free(extra);
    coap_delete_pdu(pdu);
    return 0;
  }
  next = coap_message_send(session, pdu, now, 0) == COAP_INVALID_MID
             ? NULL
             : coap_outgoing_by_pdu(session, pdu);
  if (!next) {
    coap_mem_free(extra);
    return 0;
  }
  extra->transfer = own->transfer;
  own->transfer = NULL;
  next->extra = extra;
  out->answered = 1;
  return 1;
}

coap_response_t
coap_transfer_deliver(coap_outgoing_t *out, const coap_transfer_t *transfer,
                      const coap_pdu_t *received) {
  coap_bin_const_t asked = coap_pdu_get_token(transfer->request);
  coap_bin_const_t token = coap_pdu_get_token(received);
  size_t length = 0;
  const uint8_t *data = NULL;
  coap_pdu_t *shown;
  coap_response_t result;

  if (coap_binary_equal(&asked, &token))
    return coap_client_deliver(out, transfer->request, received);
  coap_get_data(received, &length, &data);
  shown = coap_options_copy(received, &asked, received->used + asked.length + length + 3, NULL);
  if (!shown || !coap_add_data(shown, length, data)) {
    coap_delete_pdu(shown);
    out->session->core->counters.no_memory++;
    return COAP_RESPONSE_FAIL;
  }
  result = coap_client_deliver(out, transfer->request, shown);
  coap_delete_pdu(shown);
  return result;
}

static int
is_observed_body(const coap_outgoing_t *out, const coap_bin_const_t *token) {
  const coap_client_extra_t *extra = out->is_request ? out->extra : NULL;
  coap_bin_const_t own;

  if (!extra || !extra->transfer || out->ended || out->busy)
    return 0;
  own = coap_pdu_get_token(extra->transfer->request);
  /* Another request may bear the same token: it has to come to an end of its own. */
  return coap_binary_equal(&own, token) &&
         coap_options_uint(extra->transfer->request, COAP_OPTION_OBSERVE, UINT32_MAX) ==
             COAP_OBSERVE_ESTABLISH;
}

void
coap_transfer_abandon(coap_session_t *session, const coap_bin_const_t *token) {
  coap_outgoing_t *out;
  coap_outgoing_t *next;

  DL_FOREACH_SAFE(session->outgoing, out, next) {
    if (is_observed_body(out, token)) {
      coap_outgoing_end(out, -1);
      return;
    }
  }
}

coap_pdu_t *
coap_transfer_next_request(coap_session_t *session, const coap_transfer_t *transfer) {
  uint8_t token_bytes[8];
  coap_bin_const_t token = {0, token_bytes};

  coap_session_new_token(session, &token.length, token_bytes);
  return request_with_token(session, transfer, &token);
}

static int
is_encrypted(coap_proto_t proto) {
  return proto == COAP_PROTO_DTLS || proto == COAP_PROTO_TLS || proto == COAP_PROTO_WSS;
}

/* Some servers tell bodies apart by their token alone, and one at a time may have it (RFC 7252
 * 5.3.1). Under DTLS and TLS a token is not used twice (RFC 9175 4.2). */
static coap_pdu_t *
next_block_request(coap_session_t *session, const coap_transfer_t *transfer) {
  coap_bin_const_t token = coap_pdu_get_token(transfer->request);

  return is_encrypted(session->proto) ? coap_transfer_next_request(session, transfer)
                                      : request_with_token(session, transfer, &token);
}

/* The block at transfer->offset. */
static int
send_block(coap_outgoing_t *out, coap_transfer_t *transfer, coap_tick_t now) {
  coap_pdu_t *pdu = next_block_request(out->session, transfer);
  coap_block_t block = {.szx = transfer->szx};
  int sent;

  if (!pdu)
    return 0;
  block.num = (unsigned int)(transfer->offset / coap_block_bytes(block.szx));
  sent =
      coap_block_add(&block, COAP_OPTION_BLOCK1, pdu, transfer->lent.data, transfer->lent.length);
  if (sent <= 0) {
    coap_delete_pdu(pdu);
    return 0;
  }
  transfer->szx = block.szx & 7;
  transfer->in_flight = (size_t)sent;
  return coap_transfer_send(out, pdu, now);
}

/* The server wants smaller blocks (RFC 7959 2.3, 2.9.3). */
static int
shrinks(coap_transfer_t *transfer, const coap_block_t *theirs) {
  if (theirs->szx >= transfer->szx)
    return 0;
  transfer->szx = theirs->szx;
  return 1;
}

/* The request's body is out of our hands: the answer is final, or the first block of one. */
static coap_response_t
finish_sending(coap_outgoing_t *out, coap_transfer_t *transfer, const coap_pdu_t *received,
               coap_tick_t now) {
  coap_block_t block2;

  transfer->is_sending = 0;
  coap_lent_return(&transfer->lent, out->session);
  if (COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) == 2 &&
      (coap_session_exchange(out->session)->block_mode & COAP_BLOCK_USE_LIBCOAP) &&
      coap_block_read(received, COAP_OPTION_BLOCK2, &block2) && block2.m)
    return coap_fetch_response(out, transfer, received, now);
  return coap_transfer_deliver(out, transfer, received);
}

static coap_response_t
sending_response(coap_outgoing_t *out, coap_transfer_t *transfer, const coap_pdu_t *received,
                 coap_tick_t now) {
  int code = coap_pdu_get_code(received);
  coap_block_t block1;
  int has_block1 = coap_block_read(received, COAP_OPTION_BLOCK1, &block1);
  size_t sent = transfer->offset + transfer->in_flight;
  int is_last = sent >= transfer->lent.length;

  if (has_block1 && code == COAP_RESPONSE_CODE_REQUEST_TOO_LARGE && shrinks(transfer, &block1))
    return send_block(out, transfer, now) ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
  if (COAP_RESPONSE_CLASS(code) != 2 || is_last || !has_block1)
    return finish_sending(out, transfer, received, now);
  if (block1.num != transfer->offset / coap_block_bytes(transfer->szx))
    return COAP_RESPONSE_FAIL;
  transfer->offset = sent;
  shrinks(transfer, &block1);
  return send_block(out, transfer, now) ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}

coap_response_t
coap_transfer_response(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now) {
  coap_client_extra_t *extra = out->extra;

  if (extra->transfer->is_sending)
    return sending_response(out, extra->transfer, received, now);
  return coap_fetch_response(out, extra->transfer, received, now);
}
