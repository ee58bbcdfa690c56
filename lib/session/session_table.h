/* session_table.h -- server sessions by peer (one hash probe) and the idle pool. */
#ifndef COAP_SESSION_SESSION_TABLE_H_
#define COAP_SESSION_SESSION_TABLE_H_

#include "session/session.h"

void coap_session_table_init(coap_core_t *core);
void coap_session_table_clear(coap_core_t *core);

/* Fills `key` from what tells sessions apart: local port, protocol, remote address and port. */
void coap_session_key_set(coap_session_key_t *key, const coap_address_t *local,
                          const coap_address_t *remote, coap_proto_t proto);

/* Adds a session under its key. 1, or 0 when out of memory. */
int coap_session_table_add(coap_core_t *core, coap_session_t *session);

/* Takes a session out; one that was never added is left alone. */
void coap_session_table_remove(coap_core_t *core, coap_session_t *session);

coap_session_t *coap_session_table_find(const coap_core_t *core, const coap_session_key_t *key);

/* The idle pool, oldest first: the first core->idle_count of core->sessions, which go by themselves
 * after core->session_timeout_s, each as soon as those before it have gone. 0: out of memory for
 * their timer. */
int coap_session_pool_put(coap_core_t *core, coap_session_t *session);
void coap_session_pool_take(coap_core_t *core, coap_session_t *session);

/* Sets the pool's timer: something has changed. 1, or 0 when out of memory. */
int coap_session_pool_arm(coap_core_t *core);

/* Makes room for one more server session: evicts the oldest idle one when a bound is reached.
 * 1 when there is room, 0 when every session is in use. */
int coap_session_make_room(coap_core_t *core);

#endif /* COAP_SESSION_SESSION_TABLE_H_ */
