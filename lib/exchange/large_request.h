/* large_request.h -- requests whose body is larger than a message, until they are sent. */
#ifndef COAP_EXCHANGE_LARGE_REQUEST_H_
#define COAP_EXCHANGE_LARGE_REQUEST_H_

#include "exchange/lent.h"
#include "exchange/transfer.h"

/* coap_add_data_large_request(3) at a known time; `body` is used up whatever comes of it. */
int coap_large_request_add(coap_session_t *session, coap_pdu_t *pdu, coap_lent_t *body,
                           coap_tick_t now);

/* Takes out the transfer that waits for `pdu` to be sent; NULL when there is none. */
coap_transfer_t *coap_large_request_take(coap_session_t *session, const coap_pdu_t *pdu);

void coap_large_request_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_LARGE_REQUEST_H_ */
