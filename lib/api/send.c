/* send.c -- coap_send(3): where the application's messages enter. */
#include "api/context.h"

#include "seams/clock.h"
#include "session/outgoing.h"

coap_mid_t
coap_send(coap_session_t *session, coap_pdu_t *pdu) {
  coap_mid_t mid;

  if (!session || !pdu) {
    coap_delete_pdu(pdu);
    return COAP_INVALID_MID;
  }
  /* The last answer came from one member; the next request is for the group again. */
  if (session->is_mcast)
    session->addr_remote = session->more->addr_mcast;
  coap_session_pin(session);
  mid = coap_exchange_send(session, pdu, coap_clock_now());
  if (!session->core->context->processing)
    coap_context_rearm(session->core->context);
  coap_session_unpin(session);
  return mid;
}
