/* body.h -- a body put together from blocks, within the bounds of one body and of all the
 * context's together. */
#ifndef COAP_EXCHANGE_BODY_H_
#define COAP_EXCHANGE_BODY_H_

#include "exchange/exchange.h"

typedef struct coap_body_t {
  coap_exchange_t *exchange;
  uint8_t *data;
  size_t length; /* may be set lower by its owner: what is behind is forgotten */
  size_t room;   /* counted in exchange->body_bytes */
} coap_body_t;

void coap_body_init(coap_body_t *body, coap_exchange_t *exchange);
void coap_body_clear(coap_body_t *body);

/* Appends a copy. 1, or 0: a bound is reached or no memory; the body is then as before. */
int coap_body_append(coap_body_t *body, const uint8_t *data, size_t length);

/* Puts a copy at `offset`, which may leave a gap to be filled later. As above. */
int coap_body_put(coap_body_t *body, size_t offset, const uint8_t *data, size_t length);

/* Gives the bytes, to be freed by coap_mem_free(), never NULL unless nothing was ever appended; the
 * body is empty then and its bytes count no more. */
uint8_t *coap_body_take(coap_body_t *body);

#endif /* COAP_EXCHANGE_BODY_H_ */
