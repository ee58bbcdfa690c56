/* download.c -- the bodies kept for clients that fetch them block by block. */
#include "exchange/download.h"

#include "exchange/large_response.h"
#include "exchange/message_options.h"
#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"

#include <utlist.h>

#include <stddef.h>

typedef struct coap_download_t {
  coap_timer_t timer;
  coap_session_t *session;
  coap_binary_t *key;
  uint64_t resource_serial;
  coap_pdu_t *head; /* the response's code and options, for every block */
  coap_lent_t body;
  struct coap_download_t *prev, *next;
} coap_download_t;

static void
download_free(coap_download_t *download) {
  coap_session_t *session = download->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_timer_cancel(&session->core->timers, &download->timer);
  DL_DELETE(peer->downloads, download);
  peer->download_count--;
  coap_session_exchange(session)->kept_bytes -= download->body.length;
  coap_lent_return(&download->body, session);
  coap_delete_binary(download->key);
  coap_delete_pdu(download->head);
  coap_mem_free(download);
}

static void
download_expire(coap_timer_t *timer, uint64_t now) {
  coap_download_t *download =
      (coap_download_t *)(void *)((char *)timer - offsetof(coap_download_t, timer));
  coap_session_t *session = download->session;

  (void)now;
  coap_session_pin(session);
  download_free(download);
  coap_session_unpin(session);
}

static coap_download_t *
download_find(const coap_session_t *session, const coap_binary_t *key, uint64_t serial) {
  coap_download_t *download = session->exchange ? session->exchange->downloads : NULL;

  for (; download; download = download->next) {
    if (download->resource_serial == serial && coap_binary_equal(download->key, key))
      return download;
  }
  return NULL;
}

static int
is_not_repeated(coap_option_num_t number) {
  return number == COAP_OPTION_BLOCK2 || number == COAP_OPTION_BLOCK1 ||
         number == COAP_OPTION_OBSERVE || number == COAP_OPTION_SIZE2;
}

static int
has_room(coap_exchange_t *exchange, size_t length) {
  if (length <= COAP_EXCHANGE_MAX_KEPT - exchange->kept_bytes)
    return 1;
  exchange->counters.bodies_refused++;
  return 0;
}

static coap_download_t *
download_new(coap_session_t *session, const coap_pdu_t *request, const coap_pdu_t *response) {
  static const coap_bin_const_t no_token = {0, NULL};
  coap_download_t *download = coap_mem_zalloc(sizeof(*download));

  if (!download)
    return NULL;
  download->session = session;
  download->timer.fire = download_expire;
  download->key = coap_options_transfer_key(request);
  download->head =
      coap_options_copy(response, &no_token, coap_session_max_pdu_size(session), is_not_repeated);
  if (download->key && download->head)
    return download;
  coap_delete_binary(download->key);
  coap_delete_pdu(download->head);
  coap_mem_free(download);
  return NULL;
}

int
coap_download_keep(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                   const coap_pdu_t *response, coap_lent_t *body, coap_tick_t now) {
  coap_exchange_t *exchange = coap_session_exchange(session);
  coap_peer_exchange_t *peer = coap_session_peer_exchange(session);
  coap_download_t *download = NULL;
  coap_download_t *before;

  if (!has_room(exchange, body->length))
    return 1;
  if (peer)
    download = download_new(session, request, response);
  if (!download)
    return 0;
  if (!coap_lent_keep(body) || !coap_timer_arm(&session->core->timers, &download->timer,
                                               now + COAP_EXCHANGE_BODY_TIMEOUT_MS)) {
    coap_delete_binary(download->key);
    coap_delete_pdu(download->head);
    coap_mem_free(download);
    return 0;
  }
  /* RFC 7959 2.4: one such transfer per endpoint and resource. */
  before = download_find(session, download->key, resource->serial);
  if (before)
    download_free(before);
  if (peer->download_count >= COAP_EXCHANGE_SESSION_BODIES)
    download_free(peer->downloads);
  download->resource_serial = resource->serial;
  download->body = *body;
  exchange->kept_bytes += body->length;
  memset(body, 0, sizeof(*body));
  DL_APPEND(peer->downloads, download);
  peer->download_count++;
  return 1;
}

static void
send_block(coap_incoming_t *in, const coap_download_t *download) {
  coap_pdu_t *response = coap_reply_new(in);
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int ok = response != NULL;

  if (ok)
    coap_pdu_set_code(response, coap_pdu_get_code(download->head));
  coap_option_iterator_init(download->head, &oi, COAP_OPT_ALL);
  while (ok && (option = coap_option_next(&oi)))
    ok = coap_add_option(response, oi.number, coap_opt_length(option), coap_opt_value(option)) > 0;
  if (ok)
    ok = coap_large_add_block(response, &in->block2, &download->body);
  if (ok) {
    coap_reply_send(in, response);
    return;
  }
  coap_delete_pdu(response);
  coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
}

static int
is_safe(int method) {
  return method == COAP_REQUEST_GET || method == COAP_REQUEST_FETCH;
}

int
coap_download_serve(coap_incoming_t *in) {
  coap_binary_t *key;
  coap_download_t *download;

  if (!(in->exchange->block_mode & COAP_BLOCK_USE_LIBCOAP) || !in->has_block2 ||
      in->block2.num == 0)
    return 0;
  key = coap_options_transfer_key(in->request);
  download = key ? download_find(in->session, key, in->resource->serial) : NULL;
  coap_delete_binary(key);
  if (!download) {
    if (is_safe((int)coap_pdu_get_code(in->request)))
      return 0;
    /* The handler would act once more: the body it made then is gone (RFC 7959 2.7). */
    coap_reply_error(in, COAP_RESPONSE_CODE_INCOMPLETE, NULL);
    return 1;
  }
  if (coap_block_offset(&in->block2) >= download->body.length) {
    coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Block2 lies past the end");
    return 1;
  }
  coap_timer_arm(&in->session->core->timers, &download->timer,
                 in->meta.now + COAP_EXCHANGE_BODY_TIMEOUT_MS);
  send_block(in, download);
  return 1;
}

void
coap_download_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->downloads)
    download_free(session->exchange->downloads);
}
