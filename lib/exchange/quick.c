/* quick.c -- the times of Q-Block. */
#include "exchange/quick.h"

#include "session/session.h"

static coap_tick_t
fixed_ms(coap_fixed_point_t value) {
  return (coap_tick_t)value.integer_part * 1000 + value.fractional_part;
}

int
coap_quick_is_on(const coap_exchange_t *exchange) {
  return (exchange->block_mode & COAP_BLOCK_TRY_Q_BLOCK) != 0;
}

coap_tick_t
coap_quick_pause(const coap_session_t *session) {
  coap_tick_t base = fixed_ms(coap_session_recovery(session)->non_timeout);
  coap_tick_t factor = fixed_ms(coap_session_recovery(session)->ack_random_factor);
  coap_tick_t spread = factor > 1000 ? base * (factor - 1000) / 1000 : 0;
  uint16_t random = 0;

  coap_prng(&random, sizeof(random));
  return base + spread * random / UINT16_MAX;
}

coap_tick_t
coap_quick_patience(const coap_session_t *session, unsigned int asked) {
  return fixed_ms(coap_session_recovery(session)->non_receive_timeout) << (asked < 16 ? asked : 16);
}

coap_tick_t
coap_quick_linger(const coap_session_t *session) {
  return coap_quick_patience(session, coap_session_recovery(session)->non_max_retransmit) +
         fixed_ms(coap_session_recovery(session)->non_timeout);
}

uint64_t
coap_quick_serial(coap_exchange_t *exchange) {
  return ++exchange->quick_serial;
}
