/* echo.h -- a server that wants to see its Echo again before it acts (RFC 9175 section 2). */
#ifndef COAP_EXCHANGE_ECHO_H_
#define COAP_EXCHANGE_ECHO_H_

#include "exchange/exchange.h"

/* When `received` is such a demand: sends the request of `out` again with the Echo value, once, and
 * with what the record carries. 1 when that is on its way: `out` is answered then and its end is
 * told to nobody, or `out` has ended. 0: the response is to be treated as any other. */
int coap_echo_repeat(coap_outgoing_t *out, const coap_pdu_t *received, coap_tick_t now);

#endif /* COAP_EXCHANGE_ECHO_H_ */
