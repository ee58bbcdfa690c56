/* large_request.c -- the first block of a request's body, and what waits for it to be sent. */
#include "exchange/large_request.h"

#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <stddef.h>

typedef struct coap_large_request_t {
  coap_timer_t timer;
  coap_session_t *session;
  const coap_pdu_t *pdu; /* the application's; with its message ID, to know it again */
  coap_mid_t mid;
  coap_transfer_t *transfer;
  struct coap_large_request_t *prev, *next;
} coap_large_request_t;

static void
unsent_free(coap_large_request_t *unsent) {
  coap_session_t *session = unsent->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_timer_cancel(&session->core->timers, &unsent->timer);
  DL_DELETE(peer->unsent, unsent);
  peer->unsent_count--;
  coap_transfer_free(unsent->transfer, session);
  coap_mem_free(unsent);
}

/* Its PDU was deleted, or forgotten. */
static void
unsent_expire(coap_timer_t *timer, uint64_t now) {
  coap_large_request_t *unsent =
      (coap_large_request_t *)(void *)((char *)timer - offsetof(coap_large_request_t, timer));
  coap_session_t *session = unsent->session;

  (void)now;
  coap_session_pin(session);
  unsent_free(unsent);
  coap_session_unpin(session);
}

static int
unsent_add(coap_session_t *session, const coap_pdu_t *pdu, coap_transfer_t *transfer,
           coap_tick_t now) {
  coap_peer_exchange_t *peer = coap_session_peer_exchange(session);
  coap_large_request_t *unsent = peer ? coap_mem_zalloc(sizeof(*unsent)) : NULL;

  if (!unsent)
    return 0;
  unsent->timer.fire = unsent_expire;
  if (!coap_timer_arm(&session->core->timers, &unsent->timer,
                      now + COAP_EXCHANGE_BODY_TIMEOUT_MS)) {
    coap_mem_free(unsent);
    return 0;
  }
  if (peer->unsent_count >= COAP_EXCHANGE_SESSION_BODIES)
    unsent_free(peer->unsent);
  unsent->session = session;
  unsent->pdu = pdu;
  unsent->mid = coap_pdu_get_mid(pdu);
  unsent->transfer = transfer;
  DL_APPEND(peer->unsent, unsent);
  peer->unsent_count++;
  return 1;
}

coap_transfer_t *
coap_large_request_take(coap_session_t *session, const coap_pdu_t *pdu) {
  coap_large_request_t *unsent = session->exchange ? session->exchange->unsent : NULL;
  coap_transfer_t *transfer;

  while (unsent && (unsent->pdu != pdu || unsent->mid != coap_pdu_get_mid(pdu)))
    unsent = unsent->next;
  if (!unsent)
    return NULL;
  transfer = unsent->transfer;
  unsent->transfer = NULL;
  unsent_free(unsent);
  return transfer;
}

void
coap_large_request_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->unsent)
    unsent_free(session->exchange->unsent);
}

static int
set_size(coap_pdu_t *pdu, size_t length) {
  uint8_t value[4];

  return coap_pdu_update_option(pdu, COAP_OPTION_SIZE1,
                                coap_encode_var_safe(value, sizeof(value), (unsigned int)length),
                                value);
}

/* RFC 9175 3.3: a tag of its own keeps the blocks of one body from being taken for another's. */
static int
tag_request(coap_exchange_t *exchange, coap_pdu_t *pdu) {
  coap_opt_iterator_t oi;
  uint8_t value[4];

  if ((exchange->block_mode & COAP_BLOCK_NO_PREEMPTIVE_RTAG) ||
      coap_check_option(pdu, COAP_OPTION_RTAG, &oi))
    return 1;
  if (!exchange->request_tag)
    coap_prng(&exchange->request_tag, sizeof(exchange->request_tag));
  exchange->request_tag++;
  return coap_pdu_update_option(pdu, COAP_OPTION_RTAG,
                                coap_encode_var_safe(value, sizeof(value), exchange->request_tag),
                                value);
}

/* A Block1 option that is there already asks for its block size. */
static int
add_first_block(coap_session_t *session, coap_pdu_t *pdu, coap_lent_t *body, coap_tick_t now) {
  coap_block_t block;
  coap_transfer_t *transfer;
  int sent = 0;

  if (!coap_get_block(pdu, COAP_OPTION_BLOCK1, &block))
    block.szx = coap_exchange_szx(session) & 7;
  block.num = block.m = 0;
  if (body->length > coap_block_most_bytes(block.szx)) {
    coap_log_warn("a body of %zu bytes is too large for blocks of %zu\n", body->length,
                  coap_block_bytes(block.szx));
    return 0;
  }
  coap_pdu_remove_option(pdu, COAP_OPTION_BLOCK1);
  if (!tag_request(coap_session_exchange(session), pdu))
    return 0;
  transfer = coap_transfer_new(session, pdu, 0);
  if (!transfer)
    return 0;
  transfer->is_sending = 1;
  /* RFC 7959 4: the size of the whole, for the server to refuse early. */
  if (coap_lent_keep(body) && set_size(pdu, body->length))
    sent = coap_block_add(&block, COAP_OPTION_BLOCK1, pdu, body->data, body->length);
  if (sent <= 0 || !unsent_add(session, pdu, transfer, now)) {
    coap_transfer_free(transfer, session);
    return 0;
  }
  transfer->szx = block.szx & 7;
  transfer->in_flight = (size_t)sent;
  transfer->lent = *body;
  memset(body, 0, sizeof(*body));
  return 1;
}

static int
add_body(coap_session_t *session, coap_pdu_t *pdu, coap_lent_t *body, coap_tick_t now) {
  coap_block_t block;
  size_t one_block;

  if (body->length > COAP_EXCHANGE_MAX_BODY || pdu->data_offset)
    return 0;
  one_block = coap_get_block(pdu, COAP_OPTION_BLOCK1, &block) ? coap_block_bytes(block.szx)
                                                              : coap_lent_one_message(session, pdu);
  if (body->length <= one_block && body->length <= coap_lent_room(session, pdu))
    return coap_add_data(pdu, body->length, body->data);
  if (!coap_exchange_may_block(session)) {
    coap_log_warn("a body of %zu bytes is too large for a peer without blocks\n", body->length);
    return 0;
  }
  /* RFC 7959 2.8: Block1 has no meaning there, where each member would answer each block. */
  if (session->is_mcast) {
    coap_log_warn("a body of %zu bytes is too large for one message to a group\n", body->length);
    return 0;
  }
  return add_first_block(session, pdu, body, now);
}

int
coap_large_request_add(coap_session_t *session, coap_pdu_t *pdu, coap_lent_t *body,
                       coap_tick_t now) {
  int ok = add_body(session, pdu, body, now);

  coap_lent_return(body, session);
  return ok;
}
