/* message_fixture.c -- a client with a session to a raw server. */
#include "test.h"

#include "message_fixture.h"

coap_context_t *ms_context;
coap_session_t *ms_session;
coap_address_t ms_peer;
const coap_address_t *ms_local;

int
ms_setup(void **state) {
  sim_setup(state);
  ms_peer = sim_address(SIM_PEER, 5683);
  ms_context = sim_client_context();
  ms_session = sim_client_session(ms_context, &ms_peer);
  ms_local = coap_session_get_addr_local(ms_session);
  return 0;
}

void
ms_give(const raw_message_t *message) {
  sim_inject(&ms_peer, ms_local, message);
}
