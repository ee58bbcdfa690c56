/* state_table.c -- what is seen of a session's state is a path through the transition table.
 *
 * Only the public state shows. So the set of inner states that the session may be in is followed:
 * after each operation it is closed under the events that can have happened, then cut down to the
 * states that show as what is seen. An empty set is a change that no row allows. */
#include "oracle/all.h"

#include <stdint.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))

enum state {
#define FSM_STATE(name, public_state) S_##name,
#include "session/session_fsm.def"
  S_COUNT
};

enum event {
#define FSM_EVENT(name, text) E_##name,
#include "session/session_fsm.def"
  E_COUNT
};

enum { P_NONE = 0, P_CONNECTING, P_HANDSHAKE, P_CSM, P_ESTABLISHED };
enum { SETTING_KEEPALIVE = 3 }; /* order in program_spec.c */
enum { R_ANY, R_CLIENT, R_SERVER };

static const unsigned char public_of[S_COUNT] = {
#define FSM_STATE(name, public_state) [S_##name] = P_##public_state,
#include "session/session_fsm.def"
};

static const struct row {
  unsigned char state, event, role, next;
} rows[] = {
#define ROW(state, event, role, next, action, public_event, nack, rfc)                             \
  {S_##state, E_##event, R_##role, S_##next},
#include "session/session_fsm.def"
};

/* What can come over any session at any time. */
#define ALWAYS                                                                                     \
  (BIT(E_RX) | BIT(E_TX) | BIT(E_RST_IN) | BIT(E_GAVE_UP) | BIT(E_ICMP) | BIT(E_REFERENCED) |      \
   BIT(E_UNUSED) | BIT(E_IDLE_TIMEOUT) | BIT(E_EVICT))

/* ... over any connection, besides. */
#define STREAM                                                                                     \
  (BIT(E_CONNECT) | BIT(E_CONNECTED) | BIT(E_CONNECTED_WS) | BIT(E_CONNECT_FAILED) |               \
   BIT(E_UPGRADED) | BIT(E_UPGRADE_FAILED) | BIT(E_CSM_IN) | BIT(E_CSM_TIMEOUT) | BIT(E_EARLY) |   \
   BIT(E_BAD_CSM) | BIT(E_MALFORMED) | BIT(E_PEER_RELEASE) | BIT(E_RELEASED) | BIT(E_PEER_ABORT) | \
   BIT(E_LOST))

/* ... over any that (D)TLS secures. */
#define SECURE                                                                                     \
  (BIT(E_OPEN_DTLS) | BIT(E_CONNECTED_TLS) | BIT(E_SECURED) | BIT(E_SECURED_TLS) |                 \
   BIT(E_SECURED_WSS) | BIT(E_HANDSHAKE_FAILED) | BIT(E_TLS_CLOSED) | BIT(E_TLS_BROKEN))

static const char name[] = "state-table";

static struct {
  uint64_t possible; /* bit per inner state; 0: not followed */
  uint64_t events;   /* bit per event of this operation, besides ALWAYS */
  int client;
  int settled; /* another look at the same value would tell nothing new */
  long value;
} sessions[ORACLE_SESSIONS];
static unsigned int highest;
static uint64_t keepalive; /* pings of the library's own may go unanswered */

static void
reset(void) {
  memset(sessions, 0, sizeof(sessions[0]) * (highest + 1));
  highest = 0;
  keepalive = 0;
}

/* What can be reached by these events. */
static uint64_t
reach(uint64_t states, uint64_t events, int client) {
  uint64_t before;
  size_t i;

  do {
    before = states;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
      const struct row *r = &rows[i];

      if ((states & BIT(r->state)) && (events & BIT(r->event)) &&
          r->role != (client ? R_SERVER : R_CLIENT))
        states |= BIT(r->next);
    }
  } while (states != before);
  return states;
}

/* The same questions come again and again. */
static uint64_t
closure(uint64_t states, uint64_t events, int client) {
  static struct {
    uint64_t states, events, reached;
    int client, is_known;
  } answers[64];
  uint64_t h = ((states * 31 + events) * 2 + (client != 0)) * UINT64_C(0x9e3779b97f4a7c15);
  size_t i = h >> 58;

  if (!answers[i].is_known || answers[i].states != states || answers[i].events != events ||
      answers[i].client != client) {
    answers[i].states = states;
    answers[i].events = events;
    answers[i].client = client;
    answers[i].reached = reach(states, events, client);
    answers[i].is_known = 1;
  }
  return answers[i].reached;
}

static uint64_t
showing_as(uint64_t states, long public_state) {
  uint64_t kept = 0;
  unsigned int i;

  for (i = 0; i < S_COUNT; i++) {
    if ((states & BIT(i)) && public_of[i] == public_state)
      kept |= BIT(i);
  }
  return kept;
}

/* How a session may begin. */
static uint64_t
birth(const struct obs *o) {
  if (o->stream)
    return STREAM | (o->secure ? BIT(E_ACCEPT_TLS) : BIT(E_ACCEPT) | BIT(E_ACCEPT_WS));
  return o->secure ? BIT(E_OPEN_DTLS) | BIT(E_ICMP) : BIT(E_OPEN);
}

static uint64_t
over_time(const struct obs *o) {
  return ALWAYS | (o->stream ? STREAM : 0) | (o->secure ? SECURE : 0);
}

static uint64_t
event_of_api(long what) {
  switch (what) {
  case OBS_API_DISCONNECT:
    return BIT(E_DISCONNECT) | BIT(E_HANG_UP);
  case OBS_API_SET_TYPE_CLIENT:
    return BIT(E_CALL_HOME);
  case OBS_API_CLOSE_ENDPOINT:
  case OBS_API_CLOSE_CONTEXT:
    return BIT(E_TEARDOWN);
  case OBS_API_PING:
    return BIT(E_KEEPALIVE_LOST); /* from now on, hence kept below */
  default:
    return 0;
  }
}

static void
observe(const struct obs *o) {
  unsigned int s = o->session;
  uint64_t now_possible;

  if (o->kind == OBS_SETTING && o->value == SETTING_KEEPALIVE)
    keepalive = BIT(E_KEEPALIVE_LOST);
  if (s == 0 || s >= ORACLE_SESSIONS)
    return;
  switch (o->kind) {
  case OBS_BORN:
    highest = s > highest ? s : highest;
    sessions[s].client = o->value == 1;
    sessions[s].events = 0;
    sessions[s].possible =
        closure(BIT(S_INIT), birth(o) | (o->secure ? SECURE : 0), sessions[s].client) &
        ~BIT(S_INIT);
    sessions[s].possible = showing_as(sessions[s].possible, o->extra);
    if (sessions[s].possible == 0)
      oracle_violated(name, "session_fsm.def", o, "session %u begins in state %ld", s, o->extra);
    break;
  case OBS_API:
    sessions[s].events |= event_of_api(o->value);
    break;
  case OBS_GONE:
    sessions[s].possible = 0;
    break;
  case OBS_STATE:
    if (sessions[s].possible == 0 ||
        (sessions[s].settled && sessions[s].value == o->value && sessions[s].events == 0))
      break;
    now_possible = closure(sessions[s].possible, over_time(o) | keepalive | sessions[s].events,
                           sessions[s].client);
    now_possible = showing_as(now_possible & ~BIT(S_FREED), o->value);
    if (now_possible == 0)
      oracle_violated(name, "session_fsm.def", o,
                      "session %u came to state %ld, which no row allows", s, o->value);
    sessions[s].settled = now_possible == sessions[s].possible && keepalive == 0;
    sessions[s].value = o->value;
    sessions[s].possible = now_possible;
    sessions[s].events &= BIT(E_KEEPALIVE_LOST);
    sessions[s].client = o->extra == 1;
    break;
  default:
    break;
  }
}

const struct oracle oracle_state_table = {name,
                                          OBS_BIT(OBS_SETTING) | OBS_BIT(OBS_BORN) |
                                              OBS_BIT(OBS_API) | OBS_BIT(OBS_GONE) |
                                              OBS_BIT(OBS_STATE),
                                          reset, observe};
