/* download.h -- response bodies that a client fetches from us block by block (RFC 7959 2.4). */
#ifndef COAP_EXCHANGE_DOWNLOAD_H_
#define COAP_EXCHANGE_DOWNLOAD_H_

#include "exchange/incoming.h"

/* Answers a request for a later block of a body that is still at hand. 1 when answered, 0 when the
 * handler has to. */
int coap_download_serve(coap_incoming_t *in);

/* Drops every body kept for the session. */
void coap_download_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_DOWNLOAD_H_ */
