/* alternative.h -- where else a server that says Release wants its clients to go (RFC 8323 5.5). */
#ifndef COAP_SESSION_ALTERNATIVE_H_
#define COAP_SESSION_ALTERNATIVE_H_

#include "session/session.h"

/* Remembers the first usable Alternative-Address of a Release for the next connection: a literal
 * address (names are not looked up here) of the family that the peer's has now. */
void coap_alternative_note(coap_session_t *session, const coap_pdu_t *release);

/* A connection is about to be opened: makes the address noted, if any, the peer's. */
void coap_alternative_take(coap_session_t *session);

/* A connection has ended. One to the alternative that never became a session was the last try
 * there: the peer's address is again what it was. */
void coap_alternative_leave(coap_session_t *session);

#endif /* COAP_SESSION_ALTERNATIVE_H_ */
