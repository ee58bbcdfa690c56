/* async.h -- requests whose handlers answer later (coap_async(3); RFC 7252 5.2.2). */
#ifndef COAP_EXCHANGE_ASYNC_H_
#define COAP_EXCHANGE_ASYNC_H_

#include "exchange/exchange.h"

struct coap_async_t {
  coap_timer_t timer;
  coap_session_t *session; /* referenced; NULL once the entry is off its list */
  coap_pdu_t *request;     /* own copy */
  void *app_data;
  unsigned int is_running : 1; /* the handler has been called again */
  struct coap_async_t *prev, *next;
};

/* `delay` 0: until coap_async_arm(). NULL as coap_register_async(3). */
coap_async_t *coap_async_new(coap_session_t *session, const coap_pdu_t *request, coap_tick_t now,
                             coap_tick_t delay);

/* Runs at `when`; COAP_TIMER_NEVER: not for now. */
void coap_async_arm(coap_async_t *async, coap_tick_t when);

coap_async_t *coap_async_find(const coap_session_t *session, const coap_bin_const_t *token);

void coap_async_free(coap_async_t *async);

void coap_async_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_ASYNC_H_ */
