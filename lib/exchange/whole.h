/* whole.h -- a request kept beyond its handler's call: with its payload, and with the body that was
 * put together from blocks. */
#ifndef COAP_EXCHANGE_WHOLE_H_
#define COAP_EXCHANGE_WHOLE_H_

#include <coap3/coap.h>

/* A copy, to be freed by coap_whole_free(); NULL when out of memory. */
coap_pdu_t *coap_whole_copy(const coap_pdu_t *request);

/* NULL is allowed. */
void coap_whole_free(coap_pdu_t *pdu);

#endif /* COAP_EXCHANGE_WHOLE_H_ */
