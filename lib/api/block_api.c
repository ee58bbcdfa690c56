/* block_api.c -- coap_block(3). */
#include "exchange/large_request.h"
#include "exchange/large_response.h"
#include "seams/clock.h"
#include "session/session.h"

void
coap_context_set_block_mode(coap_context_t *context, uint32_t block_mode) {
  if (context)
    coap_context_exchange(context)->block_mode =
        block_mode & (COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
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
  return 0;
}
