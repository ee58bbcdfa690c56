/* quick_download.c -- sending response bodies set by set. */
#include "exchange/quick_download.h"

#include "exchange/message_options.h"
#include "exchange/quick.h"
#include "exchange/quick_sender.h"
#include "seams/memory.h"
#include "session/outgoing.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <stddef.h>

typedef struct coap_quick_download_t {
  coap_timer_t timer;
  coap_session_t *session;
  uint64_t serial; /* tells this body from a later one in the same memory */
  coap_binary_t *key;
  uint64_t resource_serial;
  coap_pdu_t *head;     /* the response's code, options and, as its token, that of the request */
  coap_pdu_type_t type; /* of the messages that carry the body */
  coap_lent_t body;
  coap_quick_sender_t sender;
  unsigned int unheard;      /* sets sent since the client was last heard of */
  unsigned int is_begun : 1; /* the first set has been sent */
  unsigned int is_idle : 1;  /* all is sent: kept for what got lost */
  struct coap_quick_download_t *prev, *next;
} coap_quick_download_t;

static void
discard(coap_quick_download_t *download) {
  coap_delete_binary(download->key);
  coap_delete_pdu(download->head);
  coap_mem_free(download);
}

static void
download_free(coap_quick_download_t *download) {
  coap_session_t *session = download->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_timer_cancel(&session->core->timers, &download->timer);
  DL_DELETE(peer->quick_downloads, download);
  peer->quick_download_count--;
  coap_session_exchange(session)->kept_bytes -= download->body.length;
  coap_lent_return(&download->body, session);
  discard(download);
}

static coap_quick_download_t *
download_find(const coap_session_t *session, const coap_binary_t *key, uint64_t resource_serial) {
  coap_quick_download_t *download = session->exchange ? session->exchange->quick_downloads : NULL;

  for (; download; download = download->next) {
    if (download->resource_serial == resource_serial && coap_binary_equal(download->key, key))
      return download;
  }
  return NULL;
}

/* Sending may have run handlers that closed the session. */
static int
is_there(const coap_session_t *session, uint64_t serial) {
  coap_quick_download_t *download = session->exchange ? session->exchange->quick_downloads : NULL;

  while (download && download->serial != serial)
    download = download->next;
  return download != NULL;
}

static int
is_observe(coap_option_num_t number) {
  return number == COAP_OPTION_OBSERVE;
}

/* The message with block `num`, as the answer to the newest request. RFC 9177 4.5: without Observe
 * when it is sent again. */
static coap_pdu_t *
block_message(const coap_quick_download_t *download, uint32_t num, int again) {
  coap_session_t *session = download->session;
  const coap_quick_sender_t *sender = &download->sender;
  coap_bin_const_t token = coap_pdu_get_token(download->head);
  coap_pdu_t *pdu = coap_options_copy(download->head, &token, coap_session_max_pdu_size(session),
                                      again ? is_observe : NULL);
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  unsigned int length = coap_block_value(value, num, num + 1 < sender->count, sender->szx);

  if (pdu && coap_pdu_update_option(pdu, COAP_OPTION_Q_BLOCK2, length, value) &&
      coap_add_block(pdu, download->body.length, download->body.data, num,
                     (unsigned char)sender->szx)) {
    coap_pdu_set_type(pdu, download->type);
    coap_pdu_set_mid(pdu, coap_new_message_id(session));
    return pdu;
  }
  coap_delete_pdu(pdu);
  session->core->counters.no_memory++;
  return NULL;
}

/* A peer that says nothing is not sent a whole body: the request may have come from elsewhere. */
static int
goes_on_unasked(const coap_quick_download_t *download) {
  return download->type == COAP_MESSAGE_NON &&
         download->unheard < coap_session_recovery(download->session)->non_max_retransmit &&
         !coap_quick_sender_is_done(&download->sender);
}

static void
rest(coap_quick_download_t *download, coap_tick_t now) {
  coap_session_t *session = download->session;
  coap_tick_t wait;

  download->unheard++;
  download->is_idle = !goes_on_unasked(download);
  wait = download->is_idle ? coap_quick_linger(session) : coap_quick_pause(session);
  coap_timer_arm(&session->core->timers, &download->timer, now + wait);
}

static void
send_set(coap_quick_download_t *download, coap_tick_t now) {
  coap_session_t *session = download->session;
  uint64_t serial = download->serial;
  uint32_t num;
  int again;

  while (coap_quick_sender_next(&download->sender, &num, &again)) {
    coap_pdu_t *pdu = block_message(download, num, again);

    if (pdu)
      coap_message_send(session, pdu, now, 0);
    if (!is_there(session, serial))
      return;
  }
  rest(download, now);
}

static void
download_fire(coap_timer_t *timer, uint64_t now) {
  coap_quick_download_t *download =
      (coap_quick_download_t *)(void *)((char *)timer - offsetof(coap_quick_download_t, timer));
  coap_session_t *session = download->session;

  coap_session_pin(session);
  if (download->is_idle) {
    download_free(download);
  } else {
    if (download->is_begun)
      coap_quick_sender_resume(&download->sender);
    download->is_begun = 1;
    send_set(download, now);
  }
  coap_session_unpin(session);
}

static int
is_not_repeated(coap_option_num_t number) {
  return number == COAP_OPTION_Q_BLOCK2 || number == COAP_OPTION_Q_BLOCK1;
}

static coap_quick_download_t *
download_new(coap_session_t *session, const coap_pdu_t *request, const coap_pdu_t *response,
             const coap_lent_t *body, const coap_block_t *first) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_quick_download_t *download = coap_mem_zalloc(sizeof(*download));

  if (!download)
    return NULL;
  download->session = session;
  download->timer.fire = download_fire;
  download->serial = coap_quick_serial(coap_session_exchange(session));
  download->type =
      coap_pdu_get_type(request) == COAP_MESSAGE_CON && !coap_session_is_reliable(session)
          ? COAP_MESSAGE_CON
          : COAP_MESSAGE_NON;
  download->key = coap_options_transfer_key(request);
  download->head =
      coap_options_copy(response, &token, coap_session_max_pdu_size(session), is_not_repeated);
  coap_quick_sender_begin(&download->sender, body->length, first->szx,
                          coap_session_recovery(session)->max_payloads, first->num);
  if (download->key && download->head)
    return download;
  discard(download);
  return NULL;
}

/* The numbers that the request asks for but the first, which the response at hand has. */
static void
name_wanted(coap_quick_sender_t *sender, const coap_pdu_t *request, uint32_t already) {
  coap_opt_filter_t filter;
  coap_opt_iterator_t oi;
  coap_opt_t *option;

  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_Q_BLOCK2);
  coap_option_iterator_init(request, &oi, &filter);
  while ((option = coap_option_next(&oi))) {
    uint32_t num = coap_opt_block_num(option);
    uint32_t end = num + 1;

    if (COAP_OPT_BLOCK_MORE(option)) /* RFC 9177 4.4: the rest of its set */
      end = (num / sender->per_set + 1) * sender->per_set;
    for (; num < end; num++) {
      if (num != already)
        coap_quick_sender_name(sender, num);
    }
  }
}

/* M is set in the one Q-Block2 option: the body from there on. */
static int
wants_the_rest(const coap_pdu_t *request) {
  coap_block_t block;

  return !coap_block_read(request, COAP_OPTION_Q_BLOCK2, &block) || block.m;
}

int
coap_quick_download_keep(coap_resource_t *resource, coap_session_t *session,
                         const coap_pdu_t *request, const coap_pdu_t *response,
                         const coap_block_t *first, coap_lent_t *body, coap_tick_t now) {
  coap_exchange_t *exchange = coap_session_exchange(session);
  coap_peer_exchange_t *peer = coap_session_peer_exchange(session);
  coap_quick_download_t *download;
  coap_quick_download_t *before;

  if (body->length > COAP_EXCHANGE_MAX_KEPT - exchange->kept_bytes) {
    exchange->counters.bodies_refused++;
    return 1;
  }
  download = peer ? download_new(session, request, response, body, first) : NULL;
  if (!download)
    return 0;
  if (!coap_lent_keep(body) || !coap_timer_arm(&session->core->timers, &download->timer, now)) {
    discard(download);
    return 0;
  }
  before = download_find(session, download->key, resource->serial);
  if (before)
    download_free(before);
  if (peer->quick_download_count >= COAP_EXCHANGE_SESSION_BODIES)
    download_free(peer->quick_downloads);
  download->resource_serial = resource->serial;
  download->body = *body;
  exchange->kept_bytes += body->length;
  memset(body, 0, sizeof(*body));
  DL_APPEND(peer->quick_downloads, download);
  peer->quick_download_count++;
  download->sender.next++;
  if (!wants_the_rest(request)) {
    /* Named blocks only: those before the first are taken as sent, as all of the rest. */
    download->sender.next = download->sender.stop = download->sender.count;
    name_wanted(&download->sender, request, first->num);
  }
  return 1;
}

/* RFC 9177 4.4: ascending, none twice. */
static int
is_ascending(const coap_pdu_t *request) {
  coap_opt_filter_t filter;
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int64_t previous = -1;

  coap_option_filter_clear(&filter);
  coap_option_filter_set(&filter, COAP_OPTION_Q_BLOCK2);
  coap_option_iterator_init(request, &oi, &filter);
  while ((option = coap_option_next(&oi))) {
    int64_t num = coap_opt_block_num(option);

    if (num <= previous)
      return 0;
    previous = num;
  }
  return 1;
}

/* Answers from now on have this request's token. */
static int
take_token(coap_quick_download_t *download, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_pdu_t *head =
      coap_options_copy(download->head, &token, coap_session_max_pdu_size(download->session), NULL);

  if (!head)
    return 0;
  coap_delete_pdu(download->head);
  download->head = head;
  return 1;
}

int
coap_quick_download_serve(coap_incoming_t *in) {
  coap_binary_t *key;
  coap_quick_download_t *download;
  coap_quick_sender_t *sender;

  if (!in->has_quick2)
    return 0;
  if (!is_ascending(in->request)) {
    coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Q-Block2 numbers do not ascend");
    return 1;
  }
  if (in->quick2.num == 0 && in->quick2.m) /* the body anew */
    return 0;
  key = coap_options_transfer_key(in->request);
  download = key ? download_find(in->session, key, in->resource->serial) : NULL;
  coap_delete_binary(key);
  if (!download || download->sender.szx != in->quick2.szx)
    return 0;
  sender = &download->sender;
  if (in->quick2.num >= sender->count) {
    coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Q-Block2 lies past the end");
    return 1;
  }
  if (!take_token(download, in->request)) {
    in->exchange->core->counters.no_memory++;
    return 1;
  }
  download->unheard = 0;
  if (in->quick2.m && in->quick2.num % sender->per_set == 0 && in->quick2.num >= sender->next) {
    if (!coap_quick_sender_continue(sender, in->quick2.num) && !download->is_idle)
      return 1; /* the set is under way */
  } else {
    name_wanted(sender, in->request, UINT32_MAX);
  }
  send_set(download, in->meta.now);
  return 1;
}

void
coap_quick_download_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->quick_downloads)
    download_free(session->exchange->quick_downloads);
}
