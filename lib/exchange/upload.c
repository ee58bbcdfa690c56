/* upload.c -- request bodies put together before their handler sees them. Blocks are taken in
 * order; what is not is refused with 4.08, as RFC 7959 2.5 allows. */
#include "exchange/upload.h"

#include "exchange/body.h"
#include "exchange/message_options.h"
#include "seams/memory.h"
#include "session/session.h"
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <stddef.h>

#define NO_FORMAT UINT32_MAX

typedef struct coap_upload_t {
  coap_timer_t timer;
  coap_session_t *session;
  coap_binary_t *key;
  uint64_t resource_serial;
  uint32_t content_format; /* of the whole body (RFC 7959 2.3), or NO_FORMAT */
  coap_body_t body;
  struct coap_upload_t *prev, *next;
} coap_upload_t;

static void
upload_free(coap_upload_t *upload) {
  coap_session_t *session = upload->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_timer_cancel(&session->core->timers, &upload->timer);
  DL_DELETE(peer->uploads, upload);
  peer->upload_count--;
  coap_body_clear(&upload->body);
  coap_delete_binary(upload->key);
  coap_mem_free(upload);
}

static void
upload_expire(coap_timer_t *timer, uint64_t now) {
  coap_upload_t *upload = (coap_upload_t *)(void *)((char *)timer - offsetof(coap_upload_t, timer));
  coap_session_t *session = upload->session;

  (void)now;
  coap_session_pin(session);
  coap_session_exchange(session)->counters.bodies_expired++;
  upload_free(upload);
  coap_exchange_on_event(session, COAP_EVENT_PARTIAL_BLOCK);
  coap_session_unpin(session);
}

/* RFC 7959 2.3: blocks of one operation; a later first block begins anew. */
static coap_upload_t *
upload_find(const coap_incoming_t *in, const coap_binary_t *key) {
  coap_peer_exchange_t *peer = in->session->exchange;
  coap_upload_t *upload = peer ? peer->uploads : NULL;

  for (; upload; upload = upload->next) {
    if (upload->resource_serial == in->resource->serial && coap_binary_equal(upload->key, key))
      return upload;
  }
  return NULL;
}

/* Takes `key`, also on failure. */
static coap_upload_t *
upload_new(const coap_incoming_t *in, coap_binary_t *key) {
  coap_peer_exchange_t *peer = coap_session_peer_exchange(in->session);
  coap_upload_t *upload = peer ? coap_mem_zalloc(sizeof(*upload)) : NULL;

  if (!upload) {
    coap_delete_binary(key);
    return NULL;
  }
  if (peer->upload_count >= COAP_EXCHANGE_SESSION_BODIES)
    upload_free(peer->uploads);
  upload->session = in->session;
  upload->timer.fire = upload_expire;
  upload->key = key;
  upload->resource_serial = in->resource->serial;
  upload->content_format = coap_options_uint(in->request, COAP_OPTION_CONTENT_FORMAT, NO_FORMAT);
  coap_body_init(&upload->body, in->exchange);
  DL_APPEND(peer->uploads, upload);
  peer->upload_count++;
  return upload;
}

/* RFC 7959 2.9.1: M set says that the final answer is still to come. */
static void
answer_continue(const coap_incoming_t *in) {
  coap_pdu_t *response = coap_reply_new(in);
  uint8_t value[COAP_BLOCK_VALUE_MAX];

  if (!response)
    return;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTINUE);
  if (coap_add_option(response, COAP_OPTION_BLOCK1,
                      coap_block_value(value, in->block1.num, 1, in->block1.szx), value))
    coap_reply_send(in, response);
  else
    coap_delete_pdu(response);
}

/* Hands the body over as a request of its own, without payload: that is in the body. */
static int
complete(coap_incoming_t *in, coap_upload_t *upload, coap_pdu_t **whole) {
  *whole = coap_request_whole(in, &upload->body, upload->body.length);
  /* Before anything is sent: a socket's error may end the session and its bodies. */
  upload_free(upload);
  if (!*whole)
    coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
  return *whole != NULL;
}

/* Adds the block; its place is right. 0: answered. */
static int
append(coap_incoming_t *in, coap_upload_t *upload, const uint8_t *data, size_t length) {
  uint32_t announced = coap_options_uint(in->request, COAP_OPTION_SIZE1, 0);

  if (announced > COAP_EXCHANGE_MAX_BODY || !coap_body_append(&upload->body, data, length) ||
      !coap_timer_arm(&in->session->core->timers, &upload->timer,
                      in->meta.now + COAP_EXCHANGE_BODY_TIMEOUT_MS)) {
    upload_free(upload);
    coap_reply_too_large(in);
    return 0;
  }
  return 1;
}

static int
take_block(coap_incoming_t *in, coap_upload_t *upload, const uint8_t *data, size_t length,
           coap_pdu_t **whole) {
  size_t offset = coap_block_offset(&in->block1);

  if (coap_options_uint(in->request, COAP_OPTION_CONTENT_FORMAT, NO_FORMAT) !=
      upload->content_format) {
    coap_reply_error(in, COAP_RESPONSE_CODE_INCOMPLETE, "Content-Format differs from block 0");
    return 0;
  }
  if (offset > upload->body.length) {
    upload_free(upload);
    coap_reply_error(in, COAP_RESPONSE_CODE_INCOMPLETE, "Blocks before this one are missing");
    return 0;
  }
  /* An earlier block again: the transfer goes on from there. */
  upload->body.length = offset;
  if (!append(in, upload, data, length))
    return 0;
  if (!in->block1.m)
    return complete(in, upload, whole);
  answer_continue(in);
  return 0;
}

/* One block is all there is to see: the handler gets it with its place in the body. */
static int
pass_block(coap_incoming_t *in, const uint8_t *data, size_t length, coap_pdu_t **whole) {
  coap_bin_const_t token = coap_pdu_get_token(in->request);
  coap_pdu_t *request = coap_options_copy(in->request, &token, in->request->used + 2, NULL);
  size_t offset = coap_block_offset(&in->block1);
  size_t end = offset + length + in->block1.m;
  size_t announced = coap_options_uint(in->request, COAP_OPTION_SIZE1, 0);
  uint8_t *copy = request ? coap_mem_alloc(length) : NULL;

  if (!copy) {
    coap_delete_pdu(request);
    in->exchange->core->counters.no_memory++;
    coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
    return 0;
  }
  if (length)
    memcpy(copy, data, length);
  request->body = copy;
  request->body_length = length;
  request->body_offset = offset;
  request->body_total = announced > end ? announced : end;
  *whole = request;
  return 1;
}

int
coap_upload_take(coap_incoming_t *in, coap_pdu_t **whole) {
  int is_single = (in->exchange->block_mode & COAP_BLOCK_SINGLE_BODY) ||
                  (in->resource->flags & COAP_RESOURCE_FLAGS_FORCE_SINGLE_BODY);
  coap_binary_t *key;
  coap_upload_t *upload;
  size_t length = 0;
  const uint8_t *data = NULL;

  coap_get_data(in->request, &length, &data);
  if (in->block1.m && !coap_block_is_full(in->block1.szx, length)) { /* RFC 7959 2.3 */
    coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Payload does not fill its block");
    return 0;
  }
  if (!is_single)
    return pass_block(in, data, length, whole);
  if (in->block1.num == 0 && !in->block1.m)
    return 1;
  key = coap_options_transfer_key(in->request);
  upload = key ? upload_find(in, key) : NULL;
  if (upload && in->block1.num == 0) {
    upload_free(upload);
    upload = NULL;
  }
  if (!upload && in->block1.num == 0 && key) {
    upload = upload_new(in, key);
    key = NULL;
    if (!upload)
      in->exchange->core->counters.no_memory++;
  }
  coap_delete_binary(key);
  if (upload)
    return take_block(in, upload, data, length, whole);
  /* RFC 7959 2.9.2: never begun, or dropped meanwhile. */
  coap_reply_error(in, COAP_RESPONSE_CODE_INCOMPLETE, "Blocks before this one are missing");
  return 0;
}

void
coap_upload_release(coap_incoming_t *in, coap_pdu_t *whole) {
  (void)in;
  if (!whole)
    return;
  coap_mem_free((void *)(uintptr_t)whole->body);
  coap_delete_pdu(whole);
}

void
coap_upload_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->uploads)
    upload_free(session->exchange->uploads);
}
