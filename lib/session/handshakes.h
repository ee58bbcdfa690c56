/* handshakes.h -- the (D)TLS handshakes of peers that are under way: bounded in number, the longest
 * silent first. Until it is through, a handshake costs the server more than the peer. */
#ifndef COAP_SESSION_HANDSHAKES_H_
#define COAP_SESSION_HANDSHAKES_H_

#include "session/tls_link.h"

/* So long a peer may be silent before it has to make room for another: our flight has gone out to
 * it again, a second after the first time (RFC 6347 4.2.4.1). Less, and many peers that come at
 * once would drive each other out, none of them ever through. */
enum { COAP_HANDSHAKES_SILENCE_MS = 2000 };

/* 1 when one more may begin. When as many as allowed are under way, the longest silent one ends for
 * it, if that has been silent for long enough. The caller counts who is refused. */
int coap_handshakes_make_room(coap_core_t *core, coap_tick_t now);

void coap_handshakes_add(coap_tls_link_t *link, coap_tick_t now);

/* It is through, or ended; taken already, it is left alone. */
void coap_handshakes_take(coap_tls_link_t *link);

/* The peer has sent something. */
void coap_handshakes_heard(coap_tls_link_t *link, coap_tick_t now);

#endif /* COAP_SESSION_HANDSHAKES_H_ */
