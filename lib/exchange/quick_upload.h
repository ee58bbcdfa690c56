/* quick_upload.h -- request bodies that come in by Q-Block1 (RFC 9177 4.3). */
#ifndef COAP_EXCHANGE_QUICK_UPLOAD_H_
#define COAP_EXCHANGE_QUICK_UPLOAD_H_

#include "exchange/incoming.h"

/* Takes the block that `in` carries; as coap_upload_take(), whose coap_upload_release() takes
 * *whole. */
int coap_quick_upload_take(coap_incoming_t *in, coap_pdu_t **whole);

/* The response to the body that `in` completed: kept for a client that does not receive it. */
void coap_quick_upload_answered(const coap_incoming_t *in, const coap_pdu_t *response);

/* The client does not know the message with `mid` any more (RFC 9177 4.3): its body goes. */
void coap_quick_upload_reset(coap_session_t *session, coap_mid_t mid);

/* Drops every such body of the session. */
void coap_quick_upload_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_QUICK_UPLOAD_H_ */
