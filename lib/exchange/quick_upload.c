/* quick_upload.c -- request bodies in any order, and what the client is told of them. */
#include "exchange/quick_upload.h"

#include "exchange/message_options.h"
#include "exchange/quick.h"
#include "exchange/quick_receiver.h"
#include "exchange/quick_sender.h"
#include "seams/memory.h"
#include "session/outgoing.h"
#include "session/session.h"
#include "wire/block_numbers.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <stddef.h>

#define NO_FORMAT UINT32_MAX

typedef struct coap_quick_upload_t {
  coap_timer_t timer;
  coap_session_t *session;
  uint64_t serial;
  coap_binary_t *key;
  uint64_t resource_serial;
  uint32_t content_format;
  coap_quick_receiver_t receiver;
  coap_binary_t *token;     /* of the newest block: answers have it */
  coap_mid_t told_mid;      /* of the last word to the client */
  coap_pdu_t *response;     /* to the whole body; NULL before, and when there was none */
  unsigned int is_done : 1; /* the handler has had it */
  unsigned int is_con : 1;  /* RFC 9177 4.3: then acknowledgements say what has arrived */
  struct coap_quick_upload_t *prev, *next;
} coap_quick_upload_t;

static void
upload_free(coap_quick_upload_t *upload) {
  coap_session_t *session = upload->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_timer_cancel(&session->core->timers, &upload->timer);
  DL_DELETE(peer->quick_uploads, upload);
  peer->quick_upload_count--;
  coap_quick_receiver_clear(&upload->receiver);
  coap_delete_binary(upload->key);
  coap_delete_binary(upload->token);
  coap_delete_pdu(upload->response);
  coap_mem_free(upload);
}

static coap_quick_upload_t *
upload_find(const coap_incoming_t *in, const coap_binary_t *key) {
  coap_peer_exchange_t *peer = in->session->exchange;
  coap_quick_upload_t *upload = peer ? peer->quick_uploads : NULL;

  for (; upload; upload = upload->next) {
    if (upload->resource_serial == in->resource->serial && coap_binary_equal(upload->key, key))
      return upload;
  }
  return NULL;
}

/* A message to the client that answers the newest block. */
static coap_pdu_t *
word_new(const coap_quick_upload_t *upload, coap_pdu_code_t code) {
  coap_session_t *session = upload->session;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, code, coap_new_message_id(session),
                                  coap_session_max_pdu_size(session));

  if (pdu && coap_add_token(pdu, upload->token->length, upload->token->s))
    return pdu;
  coap_delete_pdu(pdu);
  session->core->counters.no_memory++;
  return NULL;
}

static void
say(coap_quick_upload_t *upload, coap_pdu_t *pdu, coap_tick_t now) {
  upload->told_mid = coap_pdu_get_mid(pdu);
  coap_message_send(upload->session, pdu, now, 0);
}

/* RFC 9177 5: 4.08 with the numbers of the missing blocks. Handlers may run (ICMP): `upload` may
 * be gone when it returns. */
static void
say_missing(coap_quick_upload_t *upload, int is_under_way, coap_tick_t now) {
  uint32_t numbers[COAP_QUICK_NAMED_MAX];
  uint8_t payload[COAP_QUICK_NAMED_MAX * 5];
  uint8_t format[4];
  unsigned int count =
      coap_quick_receiver_missing(&upload->receiver, is_under_way, numbers, COAP_QUICK_NAMED_MAX);
  size_t length = coap_block_numbers_write(payload, sizeof(payload), numbers, count);
  coap_pdu_t *pdu = word_new(upload, COAP_RESPONSE_CODE_INCOMPLETE);

  if (pdu &&
      coap_add_option(
          pdu, COAP_OPTION_CONTENT_FORMAT,
          coap_encode_var_safe(format, sizeof(format), COAP_MEDIATYPE_APPLICATION_MB_CBOR_SEQ),
          format) &&
      coap_add_data(pdu, length, payload))
    say(upload, pdu, now);
  else
    coap_delete_pdu(pdu);
}

/* RFC 9177 4.3: 2.31 says that every block before `end` is there. */
static void
say_continue(coap_quick_upload_t *upload, uint32_t end, coap_tick_t now) {
  coap_pdu_t *pdu = word_new(upload, COAP_RESPONSE_CODE_CONTINUE);
  uint8_t value[COAP_BLOCK_VALUE_MAX];

  if (pdu && coap_add_option(pdu, COAP_OPTION_Q_BLOCK1,
                             coap_block_value(value, end - 1, 1, upload->receiver.szx), value))
    say(upload, pdu, now);
  else
    coap_delete_pdu(pdu);
}

static void
upload_fire(coap_timer_t *timer, uint64_t now) {
  coap_quick_upload_t *upload =
      (coap_quick_upload_t *)(void *)((char *)timer - offsetof(coap_quick_upload_t, timer));
  coap_session_t *session = upload->session;
  unsigned int asked = ++upload->receiver.asked;

  coap_session_pin(session);
  if (upload->is_done) {
    upload_free(upload);
  } else if (asked > coap_session_recovery(session)->non_max_retransmit || upload->is_con) {
    coap_session_exchange(session)->counters.bodies_expired++;
    upload_free(upload);
    coap_exchange_on_event(session, COAP_EVENT_PARTIAL_BLOCK);
  } else {
    coap_timer_arm(&session->core->timers, timer, now + coap_quick_patience(session, asked));
    say_missing(upload, 0, now);
  }
  coap_session_unpin(session);
}

/* Takes `key`, also on failure. */
static coap_quick_upload_t *
upload_new(const coap_incoming_t *in, coap_binary_t *key) {
  coap_peer_exchange_t *peer = coap_session_peer_exchange(in->session);
  coap_quick_upload_t *upload = peer ? coap_mem_zalloc(sizeof(*upload)) : NULL;

  if (!upload) {
    coap_delete_binary(key);
    return NULL;
  }
  if (peer->quick_upload_count >= COAP_EXCHANGE_SESSION_BODIES)
    upload_free(peer->quick_uploads);
  upload->session = in->session;
  upload->timer.fire = upload_fire;
  upload->serial = coap_quick_serial(in->exchange);
  upload->key = key;
  upload->resource_serial = in->resource->serial;
  upload->content_format = coap_options_uint(in->request, COAP_OPTION_CONTENT_FORMAT, NO_FORMAT);
  upload->told_mid = COAP_INVALID_MID;
  upload->is_con = coap_pdu_get_type(in->request) == COAP_MESSAGE_CON;
  coap_quick_receiver_init(&upload->receiver, in->exchange,
                           coap_session_recovery(in->session)->max_payloads);
  DL_APPEND(peer->quick_uploads, upload);
  peer->quick_upload_count++;
  return upload;
}

/* The answer to the whole body was lost, or is late. */
static void
answer_again(const coap_incoming_t *in, const coap_quick_upload_t *upload) {
  coap_pdu_t *response = upload->response ? coap_reply_new(in) : NULL;
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  size_t length = 0;
  const uint8_t *data = NULL;
  int ok = response != NULL;

  if (!ok)
    return;
  coap_pdu_set_code(response, coap_pdu_get_code(upload->response));
  coap_option_iterator_init(upload->response, &oi, COAP_OPT_ALL);
  while (ok && (option = coap_option_next(&oi)))
    ok = coap_add_option(response, oi.number, coap_opt_length(option), coap_opt_value(option)) > 0;
  coap_get_data(upload->response, &length, &data);
  if (ok && coap_add_data(response, length, data))
    coap_reply_send(in, response);
  else
    coap_delete_pdu(response);
}

/* Hands the body over as coap_upload_take() does. */
static int
complete(coap_incoming_t *in, coap_quick_upload_t *upload, coap_pdu_t **whole) {
  coap_pdu_t *request = coap_request_whole(in, &upload->receiver.body, upload->receiver.total);

  if (!request) {
    upload_free(upload);
    coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
    return 0;
  }
  coap_quick_receiver_clear(&upload->receiver);
  upload->is_done = 1;
  coap_timer_arm(&in->session->core->timers, &upload->timer,
                 in->meta.now + coap_quick_linger(in->session));
  in->quick_upload = upload->serial;
  *whole = request;
  return 1;
}

/* What a NON block calls for (RFC 9177 7.2). */
static void
tell(coap_quick_upload_t *upload, coap_quick_took_t took, uint32_t num, uint32_t end_before,
     coap_tick_t now) {
  coap_quick_receiver_t *receiver = &upload->receiver;
  uint32_t end = coap_quick_receiver_confirm(receiver);

  /* The last block of a confirmed set again: the 2.31 was lost (4.3). */
  if (!end && took == COAP_QUICK_SEEN && num + 1 == receiver->confirmed)
    end = receiver->confirmed;
  if (end)
    say_continue(upload, end, now);
  else if (took == COAP_QUICK_NEW && coap_quick_receiver_jumped(receiver, end_before))
    say_missing(upload, 1, now);
}

static int
take_block(coap_incoming_t *in, coap_quick_upload_t *upload, size_t total, coap_pdu_t **whole) {
  coap_quick_receiver_t *receiver = &upload->receiver;
  uint32_t end_before = receiver->end;
  coap_quick_took_t took;
  size_t length = 0;
  const uint8_t *data = NULL;

  coap_get_data(in->request, &length, &data);
  took = coap_quick_receiver_take(receiver, &in->quick1, total, data, length);
  if (took == COAP_QUICK_BAD) {
    if (!receiver->have)
      upload_free(upload);
    coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Q-Block1 does not fit the body");
    return 0;
  }
  if (took == COAP_QUICK_NO_ROOM ||
      (took == COAP_QUICK_NEW &&
       !coap_timer_arm(&in->session->core->timers, &upload->timer,
                       in->meta.now + (upload->is_con ? coap_quick_linger(in->session)
                                                      : coap_quick_patience(in->session, 0))))) {
    upload_free(upload);
    coap_reply_too_large(in);
    return 0;
  }
  if (coap_quick_receiver_is_whole(receiver))
    return complete(in, upload, whole);
  if (!upload->is_con)
    tell(upload, took, in->quick1.num, end_before, in->meta.now);
  return 0;
}

static int
take_token(coap_quick_upload_t *upload, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_binary_t *copy = coap_new_binary(token.length);

  if (!copy)
    return 0;
  if (token.length)
    memcpy(copy->s, token.s, token.length);
  coap_delete_binary(upload->token);
  upload->token = copy;
  return 1;
}

/* The body that the block belongs to, begun if need be; NULL: answered. */
static coap_quick_upload_t *
body_of(coap_incoming_t *in) {
  coap_binary_t *key = coap_options_transfer_key(in->request);
  coap_quick_upload_t *upload = key ? upload_find(in, key) : NULL;

  if (upload)
    coap_delete_binary(key);
  else if (key)
    upload = upload_new(in, key);
  if (upload && take_token(upload, in->request))
    return upload;
  if (upload && !upload->token)
    upload_free(upload);
  in->exchange->core->counters.no_memory++;
  return NULL;
}

int
coap_quick_upload_take(coap_incoming_t *in, coap_pdu_t **whole) {
  uint32_t total = coap_options_uint(in->request, COAP_OPTION_SIZE1, 0);
  coap_opt_iterator_t oi;
  coap_quick_upload_t *upload;

  /* RFC 9177 4.3 */
  if (!total || !coap_check_option(in->request, COAP_OPTION_RTAG, &oi)) {
    coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Q-Block1 needs Request-Tag and Size1");
    return 0;
  }
  if (total > COAP_EXCHANGE_MAX_BODY) {
    coap_reply_too_large(in);
    return 0;
  }
  upload = body_of(in);
  if (!upload)
    return 0;
  if (upload->is_done) {
    answer_again(in, upload);
    return 0;
  }
  if (coap_options_uint(in->request, COAP_OPTION_CONTENT_FORMAT, NO_FORMAT) !=
      upload->content_format) {
    coap_reply_error(in, COAP_RESPONSE_CODE_INCOMPLETE, "Content-Format differs");
    return 0;
  }
  return take_block(in, upload, total, whole);
}

void
coap_quick_upload_answered(const coap_incoming_t *in, const coap_pdu_t *response) {
  static const coap_bin_const_t no_token = {0, NULL};
  coap_peer_exchange_t *peer = in->session->exchange;
  coap_quick_upload_t *upload = peer ? peer->quick_uploads : NULL;
  size_t length = 0;
  const uint8_t *data = NULL;

  while (upload && upload->serial != in->quick_upload)
    upload = upload->next;
  if (!upload || upload->response)
    return;
  coap_get_data(response, &length, &data);
  upload->response = coap_options_copy(response, &no_token, response->used + length + 3, NULL);
  if (upload->response && coap_add_data(upload->response, length, data))
    return;
  coap_delete_pdu(upload->response);
  upload->response = NULL;
  in->exchange->core->counters.no_memory++;
}

void
coap_quick_upload_reset(coap_session_t *session, coap_mid_t mid) {
  coap_quick_upload_t *upload = session->exchange ? session->exchange->quick_uploads : NULL;

  while (upload && upload->told_mid != mid)
    upload = upload->next;
  if (upload)
    upload_free(upload);
}

void
coap_quick_upload_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->quick_uploads)
    upload_free(session->exchange->quick_uploads);
}
