/* message_fixture.h -- a client with a session to a raw server, for the message layer's tests. */
#ifndef COAPSPEC_TESTS_MESSAGE_FIXTURE_H_
#define COAPSPEC_TESTS_MESSAGE_FIXTURE_H_

#include "sim_world.h"

extern coap_context_t *ms_context;
extern coap_session_t *ms_session;
extern coap_address_t ms_peer;
extern const coap_address_t *ms_local; /* where the session's datagrams arrive */

/* For cmocka; the end is sim_teardown(). */
int ms_setup(void **state);

/* From the peer to the session. */
void ms_give(const raw_message_t *message);

#endif /* COAPSPEC_TESTS_MESSAGE_FIXTURE_H_ */
