/* core.c -- what the sessions of a context share. */
#include "session/core.h"

#include "secure/tls_setup.h"
#include "session/session.h"
#include "session/session_table.h"

#include <string.h>

/* Bounds one call's work, whatever the timers hold. */
enum { CORE_EXPIRE_BATCH = 4096 };

void
coap_core_init(coap_core_t *core, coap_context_t *context, const coap_core_ops_t *ops) {
  memset(core, 0, sizeof(*core));
  core->ops = ops;
  core->context = context;
  coap_timers_init(&core->timers);
  coap_session_table_init(core);
  core->max_sessions = COAP_CORE_MAX_SESSIONS;
  core->session_timeout_s = COAP_DEFAULT_SESSION_TIMEOUT;
  core->csm_timeout_ms = COAP_DEFAULT_CSM_TIMEOUT_MS;
  core->csm_max_message = COAP_DEFAULT_MAX_PDU_RX_SIZE;
  core->max_token = COAP_TOKEN_DEFAULT_MAX;
  core->max_half_open = COAP_CORE_MAX_HALF_OPEN;
  core->max_handshakes = COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS;
}

void
coap_core_clear(coap_core_t *core) {
  while (core->sessions)
    coap_session_event(core->sessions, COAP_FSM_EV_TEARDOWN, COAP_NACK_NOT_DELIVERABLE);
  coap_session_table_clear(core);
  coap_timers_clear(&core->timers);
  coap_tls_past_clear(&core->tls_past);
  coap_tls_setup_unref(core->tls_setup);
  core->tls_setup = NULL;
}

void
coap_core_expire(coap_core_t *core, coap_tick_t now) {
  coap_timers_expire(&core->timers, now, CORE_EXPIRE_BATCH);
}

coap_tick_t
coap_core_next_deadline(const coap_core_t *core) {
  return coap_timers_next(&core->timers);
}
