/* block_api.c -- coap_block(3). */
#include "exchange/large_request.h"
#include "exchange/large_response.h"
#include "seams/clock.h"
#include "session/session.h"
#include "wire/block_opt.h"

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

/* RFC 8323 6: 7 says so on a connection, and is reserved elsewhere. */
int
coap_get_block_b(const coap_session_t *session, const coap_pdu_t *pdu, coap_option_num_t number,
                 coap_block_b_t *block) {
  coap_block_t read;
  size_t length = 0;
  const uint8_t *data;

  memset(block, 0, sizeof(*block));
  if (!pdu || !coap_block_read(pdu, number, &read))
    return 0;
  block->bert = read.szx == COAP_BLOCK_SZX_BERT;
  if (block->bert && (!session || !coap_session_is_reliable(session))) {
    block->bert = 0;
    return 0;
  }
  block->num = read.num;
  block->m = read.m;
  block->aszx = read.szx;
  block->szx = block->bert ? COAP_MAX_BLOCK_SZX : read.szx;
  block->chunk_size = (uint32_t)coap_block_bytes(read.szx);
  if (block->bert && coap_get_data(pdu, &length, &data) && length > block->chunk_size)
    block->chunk_size = (uint32_t)(length / block->chunk_size * block->chunk_size);
  block->defined = 1;
  return 1;
}

int
coap_write_block_b_opt(coap_session_t *session, coap_block_b_t *block, coap_option_num_t number,
                       coap_pdu_t *pdu, size_t data_length) {
  coap_block_t plain = {.num = block->num, .szx = block->szx};
  int result = coap_write_block_opt(&plain, number, pdu, data_length);

  (void)session;
  if (result <= 0)
    return result;
  block->num = plain.num;
  block->m = plain.m;
  block->szx = block->aszx = plain.szx;
  block->chunk_size = (uint32_t)coap_block_bytes(plain.szx);
  block->bert = 0;
  return result;
}

int
coap_add_block_b_data(coap_pdu_t *pdu, size_t len, const uint8_t *data, coap_block_b_t *block) {
  return coap_add_block(pdu, len, data, block->num, (unsigned char)block->szx);
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
