/* exchange.c -- the layer as a whole: its state per context and session, sending, and the handlers
 * that are merely told. */
#include "exchange/exchange.h"

#include "exchange/async.h"
#include "exchange/cache.h"
#include "exchange/client.h"
#include "exchange/download.h"
#include "exchange/large_request.h"
#include "exchange/observe.h"
#include "exchange/quick_client.h"
#include "exchange/quick_download.h"
#include "exchange/quick_probe.h"
#include "exchange/quick_upload.h"
#include "exchange/resource.h"
#include "exchange/transfer.h"
#include "exchange/upload.h"
#include "seams/memory.h"
#include "session/session.h"
#include "session/stream.h"
#include "wire/block_opt.h"

#include <string.h>

int
coap_exchange_init(coap_exchange_t *exchange, coap_core_t *core) {
  memset(exchange, 0, sizeof(*exchange));
  exchange->core = core;
  return 1;
}

void
coap_exchange_clear(coap_exchange_t *exchange) {
  if (!exchange->core)
    return;
  coap_cache_clear(exchange);
  coap_resource_free_all(exchange);
}

coap_exchange_t *
coap_session_exchange(const coap_session_t *session) {
  return coap_context_exchange(session->core->context);
}

unsigned int
coap_exchange_max_szx(const coap_exchange_t *exchange) {
  unsigned int szx = COAP_BLOCK_MAX_SIZE_GET(exchange->block_mode);

  return szx && szx < COAP_MAX_BLOCK_SZX ? szx : COAP_MAX_BLOCK_SZX;
}

unsigned int
coap_exchange_szx(const coap_session_t *session) {
  const coap_exchange_t *exchange = coap_session_exchange(session);
  const coap_stream_t *stream = coap_session_stream(session);

  return stream && stream->peer_blockwise && !COAP_BLOCK_MAX_SIZE_GET(exchange->block_mode) &&
                 stream->peer_max_message > COAP_STREAM_BASE_MESSAGE
             ? COAP_BLOCK_SZX_BERT
             : coap_exchange_max_szx(exchange);
}

int
coap_exchange_may_block(const coap_session_t *session) {
  return !coap_session_stream(session) || !coap_session_is_open(session) ||
         coap_session_stream(session)->peer_blockwise;
}

coap_peer_exchange_t *
coap_session_peer_exchange(coap_session_t *session) {
  /* What came into being now would never be freed. */
  if (session->state == COAP_FSM_FREED)
    return NULL;
  if (!session->exchange) {
    session->exchange = coap_mem_zalloc(sizeof(*session->exchange));
    if (!session->exchange)
      session->core->counters.no_memory++;
  }
  return session->exchange;
}

void
coap_exchange_session_gone(coap_session_t *session) {
  coap_observe_session_gone(session);
  coap_quick_client_session_gone(session);
  coap_quick_upload_session_gone(session);
  coap_quick_download_session_gone(session);
  coap_async_session_gone(session);
  coap_cache_session_gone(session);
  coap_upload_session_gone(session);
  coap_download_session_gone(session);
  coap_large_request_session_gone(session);
  coap_mem_free(session->exchange);
  session->exchange = NULL;
}

/* Ties a transfer that waited for its first request to that request's record. */
static void
attach(coap_session_t *session, const coap_pdu_t *pdu, coap_transfer_t *transfer) {
  coap_outgoing_t *out = coap_outgoing_by_pdu(session, pdu);
  coap_client_extra_t *extra = out ? coap_client_extra(out) : NULL;

  if (extra && !extra->transfer)
    extra->transfer = transfer;
  else
    coap_transfer_free(transfer, session);
}

coap_mid_t
coap_exchange_send_plain(coap_session_t *session, coap_pdu_t *pdu, coap_transfer_t *transfer,
                         coap_tick_t now) {
  coap_mid_t mid;

  coap_client_before_send(session, pdu);
  mid = coap_message_send(session, pdu, now, 0);
  if (transfer && mid != COAP_INVALID_MID)
    attach(session, pdu, transfer);
  else
    coap_transfer_free(transfer, session);
  return mid;
}

coap_mid_t
coap_exchange_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now) {
  coap_transfer_t *transfer = coap_large_request_take(session, pdu);

  if (session->is_mcast && coap_pdu_get_type(pdu) == COAP_MESSAGE_CON) {
    /* RFC 7252 8.1 */
    coap_log_warn("coap_send: a request to a group must be non-confirmable\n");
    coap_delete_pdu(pdu);
    coap_transfer_free(transfer, session);
    return COAP_INVALID_MID;
  }
  if (coap_quick_client_wants(session, pdu, transfer))
    return coap_quick_client_send(session, pdu, transfer, now);
  return coap_exchange_send_plain(session, pdu, transfer, now);
}

void
coap_exchange_on_nack(coap_session_t *session, coap_outgoing_t *out, coap_nack_reason_t reason) {
  coap_exchange_t *exchange = coap_session_exchange(session);
  const coap_client_extra_t *extra = out->is_request ? out->extra : NULL;
  const coap_pdu_t *sent = extra && extra->transfer ? extra->transfer->request : out->pdu;

  if (extra && extra->probe) {
    coap_quick_probe_failed(extra->probe, reason);
    return;
  }
  if (!out->is_request)
    coap_observe_failed(out);
  else if (extra && extra->transfer)
    coap_exchange_on_event(session, COAP_EVENT_XMIT_BLOCK_FAIL);
  if (exchange->nack_handler)
    exchange->nack_handler(session, sent, reason, coap_pdu_get_mid(sent));
}

void
coap_exchange_outgoing_gone(coap_session_t *session, coap_outgoing_t *out) {
  coap_client_extra_t *extra = out->extra;

  if (!out->is_request) {
    coap_observe_settled(out);
  } else if (extra) {
    out->extra = NULL;
    coap_quick_client_free(extra->quick);
    coap_quick_probe_free(extra->probe);
    coap_transfer_free(extra->transfer, session);
    coap_mem_free(extra);
  }
}

void
coap_exchange_on_reset(coap_session_t *session, coap_mid_t mid) {
  coap_observe_reset(session, mid);
  coap_quick_upload_reset(session, mid);
  coap_quick_client_reset(session, mid);
}

void
coap_exchange_on_event(coap_session_t *session, coap_event_t event) {
  coap_exchange_t *exchange = coap_session_exchange(session);

  if (exchange->event_handler)
    exchange->event_handler(session, event);
}

void
coap_exchange_on_ping(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid) {
  coap_exchange_t *exchange = coap_session_exchange(session);

  if (exchange->ping_handler)
    exchange->ping_handler(session, received, mid);
}

void
coap_exchange_on_pong(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid) {
  coap_exchange_t *exchange = coap_session_exchange(session);

  if (exchange->pong_handler)
    exchange->pong_handler(session, received, mid);
}
