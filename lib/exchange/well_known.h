/* well_known.h -- the built-in /.well-known/core (RFC 6690, RFC 7252 7.2). */
#ifndef COAP_EXCHANGE_WELL_KNOWN_H_
#define COAP_EXCHANGE_WELL_KNOWN_H_

#include "exchange/incoming.h"

int coap_well_known_is(const coap_string_t *path);

/* Answers a GET with the links that its query asks for. */
void coap_well_known_answer(coap_incoming_t *in);

#endif /* COAP_EXCHANGE_WELL_KNOWN_H_ */
