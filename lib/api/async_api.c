/* async_api.c -- coap_async(3). */
#include "api/context.h"

#include "exchange/async.h"
#include "seams/clock.h"

int
coap_async_is_supported(void) {
  return 1;
}

static void
rearm(const coap_session_t *session) {
  if (!session->core->context->processing)
    coap_context_rearm(session->core->context);
}

coap_async_t *
coap_register_async(coap_session_t *session, const coap_pdu_t *request, coap_tick_t delay) {
  coap_async_t *async;

  if (!session || !request || !COAP_PDU_IS_REQUEST(request))
    return NULL;
  async = coap_async_new(session, request, coap_clock_now(), delay);
  if (!async)
    coap_log_debug("coap_register_async: refused\n");
  rearm(session);
  return async;
}

void
coap_async_trigger(coap_async_t *async) {
  if (!async || !async->session)
    return;
  coap_async_arm(async, coap_clock_now());
  rearm(async->session);
}

void
coap_async_set_delay(coap_async_t *async, coap_tick_t delay) {
  if (!async || !async->session)
    return;
  coap_async_arm(async, delay ? coap_clock_now() + delay : COAP_TIMER_NEVER);
  rearm(async->session);
}

coap_async_t *
coap_find_async(coap_session_t *session, coap_bin_const_t token) {
  return session ? coap_async_find(session, &token) : NULL;
}

void
coap_free_async(coap_session_t *session, coap_async_t *async) {
  (void)session;
  if (async)
    coap_async_free(async);
}

void
coap_async_set_app_data(coap_async_t *async, void *app_data) {
  if (async)
    async->app_data = app_data;
}

void *
coap_async_get_app_data(const coap_async_t *async) {
  return async ? async->app_data : NULL;
}
