/* upload.h -- request bodies that come in block by block (RFC 7959 2.5). */
#ifndef COAP_EXCHANGE_UPLOAD_H_
#define COAP_EXCHANGE_UPLOAD_H_

#include "exchange/incoming.h"

/* Takes the block that `in` carries. 0: the request has been answered. 1: the handler is to see it,
 * as *whole (to be given to coap_upload_release()) when that is not NULL. */
int coap_upload_take(coap_incoming_t *in, coap_pdu_t **whole);

/* Frees what coap_upload_take() gave; NULL is allowed. */
void coap_upload_release(coap_incoming_t *in, coap_pdu_t *whole);

/* Drops every body coming in over the session. */
void coap_upload_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_UPLOAD_H_ */
