/* half_open.h -- connections of peers that are accepted and not established: no CSM, no upgrade, no
 * (D)TLS handshake yet. Bounded in number by themselves, so that who only connects cannot take the
 * room of those who go on. */
#ifndef COAP_SESSION_HALF_OPEN_H_
#define COAP_SESSION_HALF_OPEN_H_

#include "session/session.h"

/* So long a connection has in any case before it has to make room for another: a round trip that
 * was lost once and came again. Bytes that drip in gain it no more. */
enum { COAP_HALF_OPEN_GRACE_MS = 2000 };

/* 1 when one more may be accepted. When as many as allowed are there, the first one is given up for
 * it, if its time has passed. The caller counts who is refused. */
int coap_half_open_make_room(coap_core_t *core, coap_tick_t now);

void coap_half_open_add(coap_session_t *session, coap_tick_t now);

/* It is established, or ended; taken already, it is left alone. */
void coap_half_open_take(coap_session_t *session);

#endif /* COAP_SESSION_HALF_OPEN_H_ */
