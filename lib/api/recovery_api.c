/* recovery_api.c -- coap_recovery(3): transmission parameters of one session. A value that would
 * break the rules they serve (RFC 7252 4.8.1) is refused: the old one stays. */
#include "session/session.h"

static int
is_positive(coap_fixed_point_t value) {
  return value.integer_part > 0 || value.fractional_part > 0;
}

/* RFC 7252 4.8.1: not less than 1.0. */
static int
is_at_least_one(coap_fixed_point_t value) {
  return value.integer_part >= 1;
}

static int
is_number(uint32_t value, uint32_t highest) {
  return value >= 1 && value <= highest;
}

#define RECOVERY_FIXED(field, is_valid)                                                            \
  void coap_session_set_##field(coap_session_t *session, coap_fixed_point_t value) {               \
    if (session && is_valid(value) && value.fractional_part < 1000)                                \
      session->recovery.field = value;                                                             \
  }                                                                                                \
  coap_fixed_point_t coap_session_get_##field(const coap_session_t *session) {                     \
    coap_recovery_t defaults;                                                                      \
    coap_recovery_defaults(&defaults);                                                             \
    return session ? session->recovery.field : defaults.field;                                     \
  }

#define RECOVERY_NUMBER(type, field, highest)                                                      \
  void coap_session_set_##field(coap_session_t *session, type value) {                             \
    if (session && is_number(value, highest))                                                      \
      session->recovery.field = value;                                                             \
  }                                                                                                \
  type coap_session_get_##field(const coap_session_t *session) {                                   \
    coap_recovery_t defaults;                                                                      \
    coap_recovery_defaults(&defaults);                                                             \
    return session ? session->recovery.field : defaults.field;                                     \
  }

/* Retransmission doubles: past this the time-outs would not fit their type. */
enum { MAX_RETRANSMIT_LIMIT = 16 };

RECOVERY_FIXED(ack_timeout, is_positive)
RECOVERY_FIXED(ack_random_factor, is_at_least_one)
RECOVERY_FIXED(default_leisure, is_positive)
RECOVERY_FIXED(non_timeout, is_positive)
RECOVERY_FIXED(non_receive_timeout, is_positive)
RECOVERY_NUMBER(uint16_t, max_retransmit, MAX_RETRANSMIT_LIMIT)
RECOVERY_NUMBER(uint16_t, nstart, UINT16_MAX)
RECOVERY_NUMBER(uint16_t, max_payloads, UINT16_MAX)
RECOVERY_NUMBER(uint16_t, non_max_retransmit, UINT16_MAX)
RECOVERY_NUMBER(uint32_t, probing_rate, UINT32_MAX)
