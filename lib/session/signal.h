/* signal.h -- signalling: messages about the connection itself (RFC 8323 section 5). */
#ifndef COAP_SESSION_SIGNAL_H_
#define COAP_SESSION_SIGNAL_H_

#include "session/session.h"

/* Sends our CSM. 1, or 0: no memory, connection broken. */
int coap_signal_csm(coap_session_t *session);

/* Sends a Ping whose Pong tells `mid` again. 1 or 0. */
int coap_signal_ping(coap_session_t *session, coap_mid_t mid);

/* Sends Abort with `words` as diagnostic payload, and, when `bad_option` is 0 or more, with that as
 * Bad-CSM-Option (RFC 8323 5.6). Without memory nothing is sent: the connection's end says enough.
 */
void coap_signal_abort(coap_session_t *session, const char *words, int bad_option);

/* Deals with a signalling message that has come in. */
void coap_signal_input(coap_session_t *session, const coap_pdu_t *pdu, coap_tick_t now);

#endif /* COAP_SESSION_SIGNAL_H_ */
