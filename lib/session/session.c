/* session.c -- a session's life: creation, the step through the table, references, the end. */
#include "session/session.h"

#include "seams/memory.h"
#include "session/dedup.h"
#include "session/framing.h"
#include "session/local.h"
#include "session/outgoing.h"
#include "session/session_table.h"
#include "session/stream.h"
#include "session/tls_link.h"

#include <utlist.h>

#include <stddef.h>

static void keepalive_fire(coap_timer_t *timer, uint64_t now);

const coap_recovery_t coap_recovery_defaults = {
    /* RFC 7252 4.8, RFC 9177 7.2 */
    .ack_timeout = {2, 0},
    .ack_random_factor = {1, 500},
    .default_leisure = {5, 0},
    .non_timeout = {2, 0},
    .non_receive_timeout = {4, 0},
    .probing_rate = 1,
    .max_retransmit = 4,
    .nstart = 1,
    .max_payloads = 10,
    .non_max_retransmit = 4,
};

coap_session_more_t *
coap_session_more(coap_session_t *session) {
  coap_session_more_t *more = session->more;

  if (more || session->state == COAP_FSM_FREED)
    return more;
  more = coap_mem_zalloc(sizeof(*more));
  if (!more) {
    session->core->counters.no_memory++;
    return NULL;
  }
  more->session = session;
  more->timer.fire = keepalive_fire;
  more->last_rx = session->last_used;
  more->recovery = coap_recovery_defaults;
  session->more = more;
  return more;
}

/* A server's over UDP share the addresses they were sent to; others have a socket of their own. */
static int
take_local(coap_session_t *session, const coap_address_t *local) {
  coap_core_t *core = session->core;

  if (session->type != COAP_SESSION_TYPE_CLIENT && session->proto == COAP_PROTO_UDP) {
    session->addr_local = coap_local_take(core, local);
    core->counters.no_memory += !session->addr_local;
    return session->addr_local != NULL;
  }
  if (!coap_session_more(session))
    return 0;
  session->more->addr_local = *local;
  session->addr_local = &session->more->addr_local;
  return 1;
}

static int
take_stream(coap_session_t *session) {
  if (!coap_session_is_reliable(session))
    return 1;
  session->more->stream = coap_stream_new(session);
  if (session->more->stream)
    return 1;
  session->core->counters.no_memory++;
  return 0;
}

static int
session_admit(coap_session_t *session) {
  if (session->type == COAP_SESSION_TYPE_CLIENT)
    return 1;
  if (coap_session_table_add(session->core, session))
    return 1;
  session->core->counters.no_memory++;
  return 0;
}

static void
session_free(coap_session_t *session) {
  coap_session_more_t *more = session->more;

  coap_stream_free(session);
  if (session->addr_local && !(more && session->addr_local == &more->addr_local))
    coap_local_give(session->core, session->addr_local);
  if (more)
    coap_tls_setup_unref(more->tls_setup);
  coap_mem_free(more);
  coap_mem_free(session);
}

coap_session_t *
coap_session_create(coap_core_t *core, coap_session_type_t type, coap_proto_t proto,
                    const coap_address_t *local, const coap_address_t *remote, int ifindex,
                    uint16_t mid_start, uint64_t token_start) {
  coap_session_t *session;

  if (!coap_framing_for(proto))
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
  session->is_accepted = type != COAP_SESSION_TYPE_CLIENT;
  session->proto = proto;
  session->state = COAP_FSM_INIT;
  session->refs = type == COAP_SESSION_TYPE_CLIENT ? 1 : 0;
  session->addr_remote = *remote;
  session->ifindex = ifindex;
  session->mtu = COAP_DEFAULT_MTU;
  session->tx_mid = mid_start;
  if (!take_local(session, local) || !take_stream(session) || !session_admit(session)) {
    session_free(session);
    return NULL;
  }
  if (session->more) /* a server's over UDP seldom asks for something: it draws one then */
    coap_session_more_token(session->more, token_start);
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
  return coap_session_framing(session)->is_reliable;
}

int
coap_session_is_open(const coap_session_t *session) {
  return coap_fsm_public_state(session->state) == COAP_SESSION_STATE_ESTABLISHED;
}

static void
keepalive_stop(coap_session_t *session) {
  if (session->more)
    coap_timer_cancel(&session->core->timers, &session->more->timer);
}

/* Nothing of the session is reachable any more but through pins. */
static void
session_detach(coap_session_t *session) {
  coap_core_t *core = session->core;

  keepalive_stop(session);
  coap_session_pool_take(core, session);
  coap_session_table_remove(core, session);
  DL_DELETE(core->sessions, session);
  session->prev = session->next = NULL;
  core->session_count--;
  coap_dedup_clear(session);
  if (coap_session_stream(session)) {
    coap_stream_drop(session);
    return;
  }
  coap_tls_link_end(session);
  core->ops->close(session);
}

/* Its transport ends, as far as that can end. */
static void
session_hang_up(coap_session_t *session) {
  if (coap_session_stream(session))
    coap_stream_hang_up(session);
  else if (coap_tls_link_end(session))
    session->core->ops->event(session, COAP_EVENT_DTLS_CLOSED);
}

/* Messages may go now. */
static void
session_start(coap_session_t *session) {
  if (session->state != COAP_FSM_ESTABLISHED)
    return;
  if (coap_session_stream(session)) {
    coap_stream_start(session);
    return;
  }
  coap_session_arm(session, session->last_used);
  coap_message_start(session, session->last_used);
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
    keepalive_stop(session);
    /* Without a timer it would stay for ever: it is not kept then. */
    if (!coap_session_pool_put(core, session))
      coap_session_event(session, COAP_FSM_EV_IDLE_TIMEOUT, COAP_NACK_NOT_DELIVERABLE);
    break;
  case COAP_FSM_DO_UNPOOL:
    coap_session_pool_take(core, session);
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
    keepalive_stop(session);
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
 * turn is doing it once. One for each session that an action runs of, on the stack. */
struct coap_session_turn_t {
  const coap_session_t *session;
  struct coap_session_turn_t *outer;
  uint32_t is_waiting; /* a bit for each action; of the others the places hold nothing */
  const coap_fsm_row_t *waiting[COAP_FSM_ACTION_COUNT];
  coap_nack_reason_t reason[COAP_FSM_ACTION_COUNT];
};

_Static_assert(COAP_FSM_ACTION_COUNT <= 32, "a bit for each action");

/* The next row waiting, in order of the actions' declaration: freeing comes last. */
static const coap_fsm_row_t *
turn_take(struct coap_session_turn_t *turn, coap_nack_reason_t *reason) {
  int action = 0;

  if (!turn->is_waiting)
    return NULL;
  while (!(turn->is_waiting & 1U << action))
    action++;
  turn->is_waiting &= ~(1U << action);
  *reason = turn->reason[action];
  return turn->waiting[action];
}

static struct coap_session_turn_t *
turn_of(const coap_session_t *session) {
  struct coap_session_turn_t *turn = session->core->turns;

  while (turn && turn->session != session)
    turn = turn->outer;
  return turn;
}

/* Runs the action of `row`, and then what that has set off. */
static void
session_turn(coap_session_t *session, const coap_fsm_row_t *row, coap_nack_reason_t reason) {
  coap_core_t *core = session->core;
  struct coap_session_turn_t turn;

  turn.session = session;
  turn.outer = core->turns;
  turn.is_waiting = 0;
  core->turns = &turn;
  coap_session_pin(session);
  while (row) {
    session_run(session, row, reason);
    row = turn_take(&turn, &reason);
  }
  core->turns = turn.outer;
  coap_session_unpin(session);
}

const coap_fsm_row_t *
coap_session_event(coap_session_t *session, coap_fsm_event_t event, coap_nack_reason_t reason) {
  const coap_fsm_row_t *row = coap_fsm_step(session->state, event, coap_session_role(session));
  struct coap_session_turn_t *turn;

  session->state = row->next;
  if (row_is_plain(row))
    return row;
  turn = turn_of(session);
  if (turn) {
    turn->is_waiting |= 1U << row->action;
    turn->waiting[row->action] = row;
    turn->reason[row->action] = reason;
  } else {
    session_turn(session, row, reason);
  }
  return row;
}

void
coap_session_pin(coap_session_t *session) {
  session->pins++;
}

/* What the peer is observed for is answered and may stay quiet for ever: it keeps no session. */
static int
session_is_unused(const coap_session_t *session) {
  const coap_outgoing_t *out;

  if (session->refs)
    return 0;
  DL_FOREACH(session->outgoing, out) {
    if (out->stage != COAP_OUT_KEPT)
      return 0;
  }
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

void
coap_session_arm(coap_session_t *session, coap_tick_t since) {
  coap_core_t *core = session->core;
  coap_session_more_t *more;

  if (session->type != COAP_SESSION_TYPE_CLIENT)
    return;
  if (session->state != COAP_FSM_ESTABLISHED || session->is_mcast || !core->keepalive_s) {
    keepalive_stop(session);
    return;
  }
  /* One that was a server's may have none yet. */
  more = coap_session_more(session);
  if (more && !coap_timer_arm(&core->timers, &more->timer,
                              since + (coap_tick_t)core->keepalive_s * COAP_TICKS_PER_SECOND))
    core->counters.no_memory++;
}

/* Quiet for the keep-alive interval. */
static void
keepalive_fire(coap_timer_t *timer, uint64_t now) {
  coap_session_more_t *more =
      (coap_session_more_t *)(void *)((char *)timer - offsetof(coap_session_more_t, timer));
  coap_session_t *session = more->session;
  coap_tick_t quiet_since = more->last_rx;
  coap_tick_t interval = (coap_tick_t)session->core->keepalive_s * COAP_TICKS_PER_SECOND;

  coap_session_pin(session);
  if (now - quiet_since >= interval) {
    coap_session_framing(session)->keepalive(session, now);
    quiet_since = now;
  }
  coap_session_arm(session, quiet_since);
  coap_session_unpin(session);
}
