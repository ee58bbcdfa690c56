/* session.c -- a session's life: creation, the step through the table, references, the end. */
#include "session/session.h"

#include "seams/memory.h"
#include "session/dedup.h"
#include "session/framing.h"
#include "session/outgoing.h"
#include "session/session_table.h"
#include "session/stream.h"
#include "session/tls_link.h"

#include <utlist.h>

#include <stddef.h>

static void session_timer_fire(coap_timer_t *timer, uint64_t now);

void
coap_recovery_defaults(coap_recovery_t *recovery) {
  /* RFC 7252 4.8, RFC 9177 7.2 */
  recovery->ack_timeout = (coap_fixed_point_t){2, 0};
  recovery->ack_random_factor = (coap_fixed_point_t){1, 500};
  recovery->default_leisure = (coap_fixed_point_t){5, 0};
  recovery->non_timeout = (coap_fixed_point_t){2, 0};
  recovery->non_receive_timeout = (coap_fixed_point_t){4, 0};
  recovery->probing_rate = 1;
  recovery->max_retransmit = 4;
  recovery->nstart = 1;
  recovery->max_payloads = 10;
  recovery->non_max_retransmit = 4;
}

static int
session_admit(coap_core_t *core, coap_session_t *session) {
  coap_session_key_set(&session->key, &session->addr_local, &session->addr_remote, session->proto);
  return coap_session_table_add(core, session);
}

static void
session_free(coap_session_t *session) {
  coap_stream_free(session);
  coap_tls_setup_unref(session->tls_setup);
  coap_mem_free(session);
}

coap_session_t *
coap_session_create(coap_core_t *core, coap_session_type_t type, coap_proto_t proto,
                    const coap_address_t *local, const coap_address_t *remote, int ifindex,
                    uint16_t mid_start, uint64_t token_start) {
  const coap_framing_t *framing = coap_framing_for(proto);
  coap_session_t *session;

  if (!framing)
    return NULL;
  if (type != COAP_SESSION_TYPE_CLIENT && !coap_session_make_room(core)) {
    core->counters.rx_refused++;
    return NULL;
  }
  session = coap_mem_zalloc(sizeof(*session));
  if (!session) {
    core->counters.no_memory++;
    return NULL;
  }
  session->core = core;
  session->type = type;
  session->proto = proto;
  session->framing = framing;
  session->state = COAP_FSM_INIT;
  session->refs = type == COAP_SESSION_TYPE_CLIENT ? 1 : 0;
  session->addr_local = *local;
  session->addr_remote = *remote;
  session->ifindex = ifindex;
  session->mtu = COAP_DEFAULT_MTU;
  session->tx_mid = mid_start;
  session->tx_token = token_start;
  session->timer.fire = session_timer_fire;
  coap_recovery_defaults(&session->recovery);
  if ((framing->is_reliable && !(session->stream = coap_stream_new(session))) ||
      (type != COAP_SESSION_TYPE_CLIENT && !session_admit(core, session))) {
    core->counters.no_memory++;
    session_free(session);
    return NULL;
  }
  DL_APPEND(core->sessions, session);
  core->session_count++;
  return session;
}

coap_session_t *
coap_session_find(const coap_core_t *core, const coap_address_t *local,
                  const coap_address_t *remote, coap_proto_t proto) {
  coap_session_key_t key;

  coap_session_key_set(&key, local, remote, proto);
  return coap_session_table_find(core, &key);
}

coap_fsm_role_t
coap_session_role(const coap_session_t *session) {
  return session->type == COAP_SESSION_TYPE_CLIENT ? COAP_FSM_CLIENT : COAP_FSM_SERVER;
}

int
coap_session_is_reliable(const coap_session_t *session) {
  return session->framing->is_reliable;
}

int
coap_session_is_open(const coap_session_t *session) {
  return coap_fsm_public_state(session->state) == COAP_SESSION_STATE_ESTABLISHED;
}

/* Nothing of the session is reachable any more but through pins. */
static void
session_detach(coap_session_t *session) {
  coap_core_t *core = session->core;

  coap_timer_cancel(&core->timers, &session->timer);
  coap_session_pool_take(core, session);
  coap_session_table_remove(core, session);
  DL_DELETE(core->sessions, session);
  session->prev = session->next = NULL;
  core->session_count--;
  coap_dedup_clear(session);
  if (session->stream) {
    coap_stream_drop(session);
    return;
  }
  coap_tls_link_end(session);
  core->ops->close(session);
}

/* Its transport ends, as far as that can end. */
static void
session_hang_up(coap_session_t *session) {
  if (session->stream)
    coap_stream_hang_up(session);
  else if (coap_tls_link_end(session))
    session->core->ops->event(session, COAP_EVENT_DTLS_CLOSED);
}

/* Messages may go now. */
static void
session_start(coap_session_t *session) {
  if (session->state != COAP_FSM_ESTABLISHED)
    return;
  if (session->stream) {
    coap_stream_start(session);
    return;
  }
  coap_session_arm(session, session->last_rx);
  coap_message_start(session, session->last_rx);
}

static void
session_run(coap_session_t *session, const coap_fsm_row_t *row, coap_nack_reason_t reason) {
  coap_core_t *core = session->core;
  int nack = row->nack == COAP_FSM_NACK_CALLER ? (int)reason : row->nack;

  switch (row->action) {
  case COAP_FSM_DO_IGNORE:
    core->counters.fsm_ignored++;
    break;
  case COAP_FSM_DO_IMPOSSIBLE:
    core->counters.fsm_impossible++;
    coap_log_err("session: event %s is impossible in state %s\n", coap_fsm_event_name(row->event),
                 coap_fsm_state_name(row->state));
    break;
  case COAP_FSM_DO_POOL:
    coap_session_pool_put(core, session);
    /* Without a timer it would stay for ever: it is not kept then. */
    if (!coap_session_arm(session, session->last_rx > session->last_tx ? session->last_rx
                                                                       : session->last_tx))
      coap_session_event(session, COAP_FSM_EV_IDLE_TIMEOUT, COAP_NACK_NOT_DELIVERABLE);
    break;
  case COAP_FSM_DO_UNPOOL:
    coap_session_pool_take(core, session);
    coap_timer_cancel(&core->timers, &session->timer);
    break;
  case COAP_FSM_DO_FAIL_OUTSTANDING:
    coap_outgoing_end_all(session, nack, 1);
    break;
  case COAP_FSM_DO_BEGIN_HANDSHAKE:
    coap_tls_link_begin(session);
    break;
  case COAP_FSM_DO_BEGIN_UPGRADE:
    coap_stream_begin_upgrade(session);
    break;
  case COAP_FSM_DO_BEGIN_CSM:
    coap_stream_begin_csm(session);
    break;
  case COAP_FSM_DO_START:
    session_start(session);
    break;
  case COAP_FSM_DO_RELEASE:
    core->ops->gone(session);
    break;
  case COAP_FSM_DO_DIAL:
    coap_stream_dial(session);
    break;
  case COAP_FSM_DO_FLUSH:
    coap_session_pool_take(core, session);
    coap_timer_cancel(&core->timers, &session->timer);
    coap_outgoing_end_all(session, nack, 0);
    core->ops->gone(session);
    session_hang_up(session);
    break;
  case COAP_FSM_DO_FREE:
    coap_outgoing_end_all(session, nack, 0);
    core->ops->gone(session);
    break;
  case COAP_FSM_DO_NOTHING:
  case COAP_FSM_DO_ANNOUNCE:
  case COAP_FSM_DO_END_EXCHANGE: /* the message layer, which named the exchange, ends it */
  case COAP_FSM_ACTION_COUNT:
    break;
  }
  if (row->public_event != COAP_FSM_NO_EVENT)
    core->ops->event(session, (coap_event_t)row->public_event);
  if (row->action == COAP_FSM_DO_FREE)
    session_detach(session);
}

/* Rows that neither act nor tell need no turn. */
static int
row_is_plain(const coap_fsm_row_t *row) {
  return row->public_event == COAP_FSM_NO_EVENT &&
         (row->action == COAP_FSM_DO_NOTHING || row->action == COAP_FSM_DO_END_EXCHANGE);
}

/* What handlers set off while an action runs; one place per action, since doing it twice in one
 * turn is doing it once. */
struct coap_session_turn_t {
  const coap_fsm_row_t *waiting[COAP_FSM_ACTION_COUNT];
  coap_nack_reason_t reason[COAP_FSM_ACTION_COUNT];
};

/* The next row waiting, in order of the actions' declaration: freeing comes last. */
static const coap_fsm_row_t *
turn_take(struct coap_session_turn_t *turn, coap_nack_reason_t *reason) {
  for (int action = 0; action < COAP_FSM_ACTION_COUNT; action++) {
    const coap_fsm_row_t *row = turn->waiting[action];

    if (row) {
      turn->waiting[action] = NULL;
      *reason = turn->reason[action];
      return row;
    }
  }
  return NULL;
}

const coap_fsm_row_t *
coap_session_event(coap_session_t *session, coap_fsm_event_t event, coap_nack_reason_t reason) {
  const coap_fsm_row_t *row = coap_fsm_step(session->state, event, coap_session_role(session));
  const coap_fsm_row_t *due = row;
  struct coap_session_turn_t turn = {{0}, {0}};

  session->state = row->next;
  if (row_is_plain(row))
    return row;
  if (session->turn) {
    session->turn->waiting[row->action] = row;
    session->turn->reason[row->action] = reason;
    return row;
  }
  session->turn = &turn;
  coap_session_pin(session);
  while (due) {
    session_run(session, due, reason);
    due = turn_take(&turn, &reason);
  }
  session->turn = NULL;
  coap_session_unpin(session);
  return row;
}

void
coap_session_pin(coap_session_t *session) {
  session->pins++;
}

static int
session_is_unused(const coap_session_t *session) {
  if (session->refs || session->outgoing)
    return 0;
  return session->state == COAP_FSM_ESTABLISHED || session->state == COAP_FSM_CLOSED ||
         (session->state == COAP_FSM_RELEASING && coap_stream_is_flushed(session));
}

void
coap_session_unpin(coap_session_t *session) {
  if (--session->pins)
    return;
  if (session->state == COAP_FSM_FREED)
    session_free(session);
  else if (session_is_unused(session))
    coap_session_event(session, COAP_FSM_EV_UNUSED, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_session_ref(coap_session_t *session) {
  if (session->refs++ == 0)
    coap_session_event(session, COAP_FSM_EV_REFERENCED, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_session_unref(coap_session_t *session) {
  if (session->refs == 0 || --session->refs || session->state == COAP_FSM_FREED)
    return;
  coap_session_pin(session);
  if (session->type == COAP_SESSION_TYPE_CLIENT)
    coap_session_event(session, COAP_FSM_EV_UNUSED, COAP_NACK_NOT_DELIVERABLE);
  coap_session_unpin(session);
}

int
coap_session_arm(coap_session_t *session, coap_tick_t since) {
  coap_core_t *core = session->core;
  unsigned int seconds = 0;

  if (session->state == COAP_FSM_IDLE)
    seconds = core->session_timeout_s;
  else if (session->state == COAP_FSM_ESTABLISHED && !session->is_mcast &&
           session->type == COAP_SESSION_TYPE_CLIENT)
    seconds = core->keepalive_s;
  if (!seconds) {
    coap_timer_cancel(&core->timers, &session->timer);
    return 1;
  }
  if (coap_timer_arm(&core->timers, &session->timer,
                     since + (coap_tick_t)seconds * COAP_TICKS_PER_SECOND))
    return 1;
  core->counters.no_memory++;
  return 0;
}

/* Idle for the session time-out, or quiet for the keep-alive interval. */
static void
session_timer_fire(coap_timer_t *timer, uint64_t now) {
  coap_session_t *session =
      (coap_session_t *)(void *)((char *)timer - offsetof(coap_session_t, timer));
  coap_tick_t quiet_since = session->last_rx;
  coap_tick_t interval = (coap_tick_t)session->core->keepalive_s * COAP_TICKS_PER_SECOND;

  if (session->state == COAP_FSM_IDLE) {
    coap_session_event(session, COAP_FSM_EV_IDLE_TIMEOUT, COAP_NACK_NOT_DELIVERABLE);
    return;
  }
  coap_session_pin(session);
  if (now - quiet_since >= interval) {
    session->framing->keepalive(session, now);
    quiet_since = now;
  }
  coap_session_arm(session, quiet_since);
  coap_session_unpin(session);
}
