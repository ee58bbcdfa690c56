/* fsm.h -- the session transition table as code. All of it comes from session_fsm.def. */
#ifndef COAP_SESSION_FSM_H_
#define COAP_SESSION_FSM_H_

#include <coap3/coap.h>

typedef enum coap_fsm_state_t {
#define FSM_STATE(name, public_state) COAP_FSM_##name,
#include "session/session_fsm.def"
  COAP_FSM_STATE_COUNT
} coap_fsm_state_t;

typedef enum coap_fsm_event_t {
#define FSM_EVENT(name, text) COAP_FSM_EV_##name,
#include "session/session_fsm.def"
  COAP_FSM_EVENT_COUNT
} coap_fsm_event_t;

typedef enum coap_fsm_action_t {
#define FSM_ACTION(name, text) COAP_FSM_DO_##name,
#include "session/session_fsm.def"
  COAP_FSM_ACTION_COUNT
} coap_fsm_action_t;

typedef enum coap_fsm_role_t { COAP_FSM_ANY, COAP_FSM_CLIENT, COAP_FSM_SERVER } coap_fsm_role_t;

#define COAP_FSM_NO_EVENT    (-1) /* public_event NONE */
#define COAP_FSM_NACK_NONE   (-1) /* nothing is reported */
#define COAP_FSM_NACK_CALLER (-2) /* the reason comes with the event */

typedef struct coap_fsm_row_t {
  coap_fsm_state_t state : 8;
  coap_fsm_event_t event : 8;
  coap_fsm_role_t role : 8;
  coap_fsm_state_t next : 8;
  coap_fsm_action_t action : 8;
  int8_t nack;      /* coap_nack_reason_t or COAP_FSM_NACK_* */
  int public_event; /* coap_event_t or COAP_FSM_NO_EVENT */
} coap_fsm_row_t;

/* All rows in the order of the table; `count` may be NULL. */
const coap_fsm_row_t *coap_fsm_rows(size_t *count);

/* The rule that a row follows, for readers: nothing that runs needs it. */
const char *coap_fsm_row_rfc(const coap_fsm_row_t *row);

/* The row for a pair, for `role` COAP_FSM_CLIENT or COAP_FSM_SERVER. Pure; never NULL for values
 * of the enumerations, because the table is total (a test walks every pair). */
const coap_fsm_row_t *coap_fsm_step(coap_fsm_state_t state, coap_fsm_event_t event,
                                    coap_fsm_role_t role);

/* What coap_session_get_state(3) shows of an inner state. */
coap_session_state_t coap_fsm_public_state(coap_fsm_state_t state);

const char *coap_fsm_state_name(coap_fsm_state_t state);
const char *coap_fsm_event_name(coap_fsm_event_t event);
const char *coap_fsm_event_text(coap_fsm_event_t event);
const char *coap_fsm_action_text(coap_fsm_action_t action);

#endif /* COAP_SESSION_FSM_H_ */
