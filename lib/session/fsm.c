/* fsm.c -- session_fsm.def expanded into a table with a constant-time look-up. */
#include "session/fsm.h"

/* Public event and NACK names as the table writes them, with the table's own extra words. */
enum {
  FSM_PUB_NONE = COAP_FSM_NO_EVENT,
  FSM_PUB_SERVER_SESSION_NEW = COAP_EVENT_SERVER_SESSION_NEW,
  FSM_PUB_SERVER_SESSION_DEL = COAP_EVENT_SERVER_SESSION_DEL,
  FSM_PUB_KEEPALIVE_FAILURE = COAP_EVENT_KEEPALIVE_FAILURE,
  FSM_PUB_DTLS_CONNECTED = COAP_EVENT_DTLS_CONNECTED,
  FSM_PUB_DTLS_ERROR = COAP_EVENT_DTLS_ERROR,
  FSM_PUB_TCP_CONNECTED = COAP_EVENT_TCP_CONNECTED,
  FSM_PUB_TCP_FAILED = COAP_EVENT_TCP_FAILED,
  FSM_PUB_WS_CONNECTED = COAP_EVENT_WS_CONNECTED,
  FSM_PUB_WS_CLOSED = COAP_EVENT_WS_CLOSED,
  FSM_PUB_SESSION_CONNECTED = COAP_EVENT_SESSION_CONNECTED,
  FSM_PUB_SESSION_CLOSED = COAP_EVENT_SESSION_CLOSED,
  FSM_PUB_SESSION_FAILED = COAP_EVENT_SESSION_FAILED
};

enum {
  FSM_NACK_NONE = COAP_FSM_NACK_NONE,
  FSM_NACK_CALLER = COAP_FSM_NACK_CALLER,
  FSM_NACK_TOO_MANY_RETRIES = COAP_NACK_TOO_MANY_RETRIES,
  FSM_NACK_NOT_DELIVERABLE = COAP_NACK_NOT_DELIVERABLE,
  FSM_NACK_RST = COAP_NACK_RST,
  FSM_NACK_TLS_FAILED = COAP_NACK_TLS_FAILED,
  FSM_NACK_ICMP_ISSUE = COAP_NACK_ICMP_ISSUE,
  FSM_NACK_TLS_LAYER_FAILED = COAP_NACK_TLS_LAYER_FAILED,
  FSM_NACK_WS_LAYER_FAILED = COAP_NACK_WS_LAYER_FAILED,
  FSM_NACK_WS_FAILED = COAP_NACK_WS_FAILED
};

static const coap_fsm_row_t fsm_rows[] = {
#define ROW(state, event, role, next, action, public_event, nack, rfc)                             \
  {COAP_FSM_##state,     COAP_FSM_EV_##event, COAP_FSM_##role,       COAP_FSM_##next,              \
   COAP_FSM_DO_##action, FSM_NACK_##nack,     FSM_PUB_##public_event},
#include "session/session_fsm.def"
};

static const char *const fsm_rfcs[] = {
#define ROW(state, event, role, next, action, public_event, nack, rfc) rfc,
#include "session/session_fsm.def"
};

#define FSM_ROW_COUNT (sizeof(fsm_rows) / sizeof(fsm_rows[0]))

/* One number per row, used as an index into fsm_rows. */
enum {
#define ROW(state, event, role, next, action, public_event, nack, rfc)                             \
  FSM_INDEX_##state##_##event##_##role,
#include "session/session_fsm.def"
  FSM_INDEX_COUNT
};

/* Row number + 1, so that a hole in the table is 0. Two rows with one role each fill one cell from
 * two sides: the cell is three-dimensional, and each designated initialiser names one place. */
#define FSM_CELL_ANY(s, e, i)                                                                      \
  [COAP_FSM_##s][COAP_FSM_EV_##e][COAP_FSM_CLIENT] = (i) + 1,                                      \
  [COAP_FSM_##s][COAP_FSM_EV_##e][COAP_FSM_SERVER] = (i) + 1,
#define FSM_CELL_CLIENT(s, e, i) [COAP_FSM_##s][COAP_FSM_EV_##e][COAP_FSM_CLIENT] = (i) + 1,
#define FSM_CELL_SERVER(s, e, i) [COAP_FSM_##s][COAP_FSM_EV_##e][COAP_FSM_SERVER] = (i) + 1,

static const unsigned short fsm_index[COAP_FSM_STATE_COUNT][COAP_FSM_EVENT_COUNT]
                                     [COAP_FSM_SERVER + 1] = {
#define ROW(state, event, role, next, action, public_event, nack, rfc)                             \
  FSM_CELL_##role(state, event, FSM_INDEX_##state##_##event##_##role)
#include "session/session_fsm.def"
};

static const coap_session_state_t fsm_public[] = {
#define FSM_STATE(name, public_state) COAP_SESSION_STATE_##public_state,
#include "session/session_fsm.def"
};

static const char *const fsm_state_names[] = {
#define FSM_STATE(name, public_state) #name,
#include "session/session_fsm.def"
};

static const char *const fsm_event_names[] = {
#define FSM_EVENT(name, text) #name,
#include "session/session_fsm.def"
};

static const char *const fsm_event_texts[] = {
#define FSM_EVENT(name, text) text,
#include "session/session_fsm.def"
};

static const char *const fsm_action_texts[] = {
#define FSM_ACTION(name, text) text,
#include "session/session_fsm.def"
};

const coap_fsm_row_t *
coap_fsm_rows(size_t *count) {
  if (count)
    *count = FSM_ROW_COUNT;
  return fsm_rows;
}

const char *
coap_fsm_row_rfc(const coap_fsm_row_t *row) {
  return fsm_rfcs[row - fsm_rows];
}

const coap_fsm_row_t *
coap_fsm_step(coap_fsm_state_t state, coap_fsm_event_t event, coap_fsm_role_t role) {
  unsigned short place = fsm_index[state][event][role];

  return place ? &fsm_rows[place - 1] : NULL;
}

coap_session_state_t
coap_fsm_public_state(coap_fsm_state_t state) {
  return fsm_public[state];
}

const char *
coap_fsm_state_name(coap_fsm_state_t state) {
  return fsm_state_names[state];
}

const char *
coap_fsm_event_name(coap_fsm_event_t event) {
  return fsm_event_names[event];
}

const char *
coap_fsm_event_text(coap_fsm_event_t event) {
  return fsm_event_texts[event];
}

const char *
coap_fsm_action_text(coap_fsm_action_t action) {
  return fsm_action_texts[action];
}
