/* reliable.h -- the message layer over a connection: no types, message IDs, acknowledgements or
 * copies (RFC 8323 3.1). What is sent before the peer's CSM waits for it, in order. */
#ifndef COAP_SESSION_RELIABLE_H_
#define COAP_SESSION_RELIABLE_H_

#include "session/outgoing.h"

/* See framing.h. */
coap_mid_t coap_reliable_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now,
                              uint32_t delay_ms);
int coap_reliable_send_empty(coap_session_t *session, coap_pdu_type_t type, coap_mid_t mid);
int coap_reliable_tell(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now);
coap_mid_t coap_reliable_ping(coap_session_t *session, coap_tick_t now);
void coap_reliable_keepalive(coap_session_t *session, coap_tick_t now);
void coap_reliable_next(coap_session_t *session, coap_tick_t now);

/* One message that has come in. Takes `pdu`. */
void coap_reliable_input(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now);

#endif /* COAP_SESSION_RELIABLE_H_ */
