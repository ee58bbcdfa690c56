/* large_response.h -- between coap_add_data_large_response(3) and the bodies kept for it. */
#ifndef COAP_EXCHANGE_LARGE_RESPONSE_H_
#define COAP_EXCHANGE_LARGE_RESPONSE_H_

#include "exchange/lent.h"
#include "exchange/resource.h"

/* Adds Block2 and the piece of `body` that `block` names; blocks become smaller where the message
 * has no room for them. 1, or 0: past the end, no room. */
int coap_large_add_block(coap_pdu_t *response, coap_block_t *block, const coap_lent_t *body);

/* Keeps the body for requests of later blocks: takes what *body holds then. 1, also when a bound
 * does not let it be kept; 0 when out of memory. */
int coap_download_keep(coap_resource_t *resource, coap_session_t *session,
                       const coap_pdu_t *request, const coap_pdu_t *response, coap_lent_t *body,
                       coap_tick_t now);

/* coap_add_data_large_response(3) at a known time; `body` is used up whatever comes of it. */
typedef struct coap_large_response_t {
  uint16_t media_type; /* 65535: none */
  int max_age;         /* below 0: none */
  uint64_t etag;       /* 0: made from the body when it goes in blocks */
} coap_large_response_t;

int coap_large_response_add(coap_resource_t *resource, coap_session_t *session,
                            const coap_pdu_t *request, coap_pdu_t *response,
                            const coap_large_response_t *about, coap_lent_t *body, coap_tick_t now);

#endif /* COAP_EXCHANGE_LARGE_RESPONSE_H_ */
