/* quick_download.h -- response bodies that we send by Q-Block2 (RFC 9177 4.4). */
#ifndef COAP_EXCHANGE_QUICK_DOWNLOAD_H_
#define COAP_EXCHANGE_QUICK_DOWNLOAD_H_

#include "exchange/incoming.h"
#include "exchange/lent.h"

/* Keeps the body and sends the rest of the first set once `response`, which has the block `first`,
 * is on its way: takes what *body holds then. 1, also when a bound does not let it be kept; 0 when
 * out of memory. */
int coap_quick_download_keep(coap_resource_t *resource, coap_session_t *session,
                             const coap_pdu_t *request, const coap_pdu_t *response,
                             const coap_block_t *first, coap_lent_t *body, coap_tick_t now);

/* Sends what a request for blocks of a body at hand asks for. 1 when the request is done with, 0
 * when the handler has to answer it. */
int coap_quick_download_serve(coap_incoming_t *in);

/* Drops every such body of the session. */
void coap_quick_download_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_QUICK_DOWNLOAD_H_ */
