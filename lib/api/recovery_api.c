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

/* The session's own parameters. */
static coap_recovery_t *
own(coap_session_t *session) {
  coap_session_more_t *more = coap_session_more(session);

  if (!more) {
    coap_log_err("coap_session_set_*: out of memory\n");
    return NULL;
  }
  return &more->recovery;
}

static const coap_recovery_t *
in_force(const coap_session_t *session) {
  return session ? coap_session_recovery(session) : &coap_recovery_defaults;
}

#define RECOVERY_FIXED(field, is_valid)                                                            \
  void coap_session_set_##field(coap_session_t *session, coap_fixed_point_t value) {               \
    coap_recovery_t *recovery;                                                                     \
    if (session && is_valid(value) && value.fractional_part < 1000 && (recovery = own(session)))   \
      recovery->field = value;                                                                     \
  }                                                                                                \
  coap_fixed_point_t coap_session_get_##field(const coap_session_t *session) {                     \
    return in_force(session)->field;                                                               \
  }

#define RECOVERY_NUMBER(type, field, highest)                                                      \
  void coap_session_set_##field(coap_session_t *session, type value) {                             \
    coap_recovery_t *recovery;                                                                     \
    if (session && is_number(value, highest) && (recovery = own(session)))                         \
      recovery->field = value;                                                                     \
  }                                                                                                \
  type coap_session_get_##field(const coap_session_t *session) {                                   \
    return in_force(session)->field;                                                               \
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
