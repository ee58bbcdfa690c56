/* block_api.c -- coap_block(3). */
#include "exchange/large_request.h"
#include "exchange/large_response.h"
#include "seams/clock.h"
#include "session/session.h"

enum {
  MODES = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY | COAP_BLOCK_NO_PREEMPTIVE_RTAG |
          COAP_BLOCK_STLESS_FETCH | COAP_BLOCK_STLESS_BLOCK2 | COAP_BLOCK_NOT_RANDOM_BLOCK1 |
          COAP_BLOCK_MAX_SIZE_MASK | COAP_BLOCK_TRY_Q_BLOCK | COAP_BLOCK_USE_M_Q_BLOCK
};

void
coap_context_set_block_mode(coap_context_t *context, uint32_t block_mode) {
  /* Without the library in charge of blocks the rest means nothing. */
  if (context)
    coap_context_exchange(context)->block_mode =
        block_mode & COAP_BLOCK_USE_LIBCOAP ? block_mode & (uint32_t)MODES : 0;
}

coap_binary_t *
coap_block_build_body(coap_binary_t *body_data, size_t length, const uint8_t *data, size_t offset,
                      size_t total) {
  size_t end = offset + length;
  size_t size = end > total ? end : total;

  if (!data || end < offset) {
    coap_delete_binary(body_data);
    return NULL;
  }
  if (!body_data || body_data->length < size) {
    coap_binary_t *grown = coap_resize_binary(body_data, size);

    if (!grown) {
      coap_delete_binary(body_data);
      return NULL;
    }
    body_data = grown;
  }
  memcpy(body_data->s + offset, data, length);
  return body_data;
}

int
coap_add_data_large_request(coap_session_t *session, coap_pdu_t *pdu, size_t length,
                            const uint8_t *data, coap_release_large_data_t release_func,
                            void *app_ptr) {
  coap_lent_t body = {data, length, release_func, app_ptr};

  if (session && pdu)
    return coap_large_request_add(session, pdu, &body, coap_clock_now());
  coap_lent_return(&body, session);
  return 0;
}

int
coap_add_data_large_response(coap_resource_t *resource, coap_session_t *session,
                             const coap_pdu_t *request, coap_pdu_t *response,
                             const coap_string_t *query, uint16_t media_type, int maxage,
                             uint64_t etag, size_t length, const uint8_t *data,
                             coap_release_large_data_t release_func, void *app_ptr) {
  coap_large_response_t about = {media_type, maxage, etag};
  coap_lent_t body = {data, length, release_func, app_ptr};

  (void)query;
  if (session && request && response)
    return coap_large_response_add(resource, session, request, response, &about, &body,
                                   coap_clock_now());
  coap_lent_return(&body, session);
  return 0;
}

int
coap_q_block_is_supported(void) {
  return 1;
}
