/* observe_api.c -- coap_observe(3). */
#include "api/context.h"

#include "exchange/client.h"
#include "exchange/observe.h"
#include "seams/clock.h"

int
coap_resource_notify_observers(coap_resource_t *resource, const coap_string_t *query) {
  coap_context_t *context;

  (void)query;
  if (!resource || !coap_observe_notify(resource, coap_clock_now()))
    return 0;
  context = resource->exchange->core->context;
  if (!context->processing)
    coap_context_rearm(context);
  return 1;
}

int
coap_cancel_observe(coap_session_t *session, coap_binary_t *token, coap_pdu_type_t message_type) {
  coap_bin_const_t wanted;
  int done;

  if (!session)
    return 0;
  wanted = (coap_bin_const_t){token ? token->length : 0, token ? token->s : NULL};
  coap_session_pin(session);
  done = coap_client_cancel_observe(session, &wanted, message_type, coap_clock_now());
  if (!session->core->context->processing)
    coap_context_rearm(session->core->context);
  coap_session_unpin(session);
  return done;
}
