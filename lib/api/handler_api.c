/* handler_api.c -- coap_handler(3), and what a context knows beyond the library. */
#include "exchange/exchange.h"

void
coap_register_response_handler(coap_context_t *context, coap_response_handler_t handler) {
  if (context)
    coap_context_exchange(context)->response_handler = handler;
}

void
coap_register_nack_handler(coap_context_t *context, coap_nack_handler_t handler) {
  if (context)
    coap_context_exchange(context)->nack_handler = handler;
}

void
coap_register_ping_handler(coap_context_t *context, coap_ping_handler_t handler) {
  if (context)
    coap_context_exchange(context)->ping_handler = handler;
}

void
coap_register_pong_handler(coap_context_t *context, coap_pong_handler_t handler) {
  if (context)
    coap_context_exchange(context)->pong_handler = handler;
}

void
coap_register_event_handler(coap_context_t *context, coap_event_handler_t hnd) {
  if (context)
    coap_context_exchange(context)->event_handler = hnd;
}

int
coap_handle_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  coap_event_handler_t handler = context ? coap_context_exchange(context)->event_handler : NULL;

  return handler ? handler(session, event) : 0;
}

void
coap_register_option(coap_context_t *context, uint16_t type) {
  coap_exchange_t *exchange;

  if (!context)
    return;
  exchange = coap_context_exchange(context);
  for (unsigned int i = 0; i < exchange->known_option_count; i++) {
    if (exchange->known_options[i] == type)
      return;
  }
  if (exchange->known_option_count == COAP_EXCHANGE_MAX_OPTIONS)
    coap_log_warn("coap_register_option: %u: no room for more than %d numbers\n",
                  (unsigned int)type, (int)COAP_EXCHANGE_MAX_OPTIONS);
  else
    exchange->known_options[exchange->known_option_count++] = type;
}
