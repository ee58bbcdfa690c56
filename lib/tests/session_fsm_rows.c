/* session_fsm_rows.c -- one test for each row of the transition table, named after it: a session is
 * brought into the row's state, the event is given, and what comes of it is compared with what the
 * row says: state, event, NACK of an outstanding request, pool, memory. */
#include "test.h"

#include "core_fixture.h"
#include "seams/clock.h"
#include "session/stream.h"
#include "session/tls_link.h"
#include "session/ws.h"
#include "tls_fake.h"

enum { NAME_MAX_LENGTH = 64, ROLES_MAX = 2 };

typedef struct row_case_t {
  const coap_fsm_row_t *row;
  coap_session_type_t type;
  char name[NAME_MAX_LENGTH];
} row_case_t;

/* States and events that only connections have. */
static int
is_of_streams(const coap_fsm_row_t *row) {
  return row->event >= COAP_FSM_EV_CONNECT || row->state == COAP_FSM_CONNECTING ||
         row->state == COAP_FSM_UPGRADING || row->state == COAP_FSM_CSM ||
         row->state == COAP_FSM_RELEASING;
}

/* Those that need a link to begin, or have one. */
static int
is_of_dtls(const coap_fsm_row_t *row) {
  if (row->state == COAP_FSM_HANDSHAKE)
    return row->event < COAP_FSM_EV_CONNECT || row->event == COAP_FSM_EV_SECURED ||
           row->event == COAP_FSM_EV_TLS_CLOSED;
  return row->event == COAP_FSM_EV_OPEN_DTLS &&
         (row->state == COAP_FSM_INIT || row->state == COAP_FSM_CLOSED);
}

static int
is_of_tls(const coap_fsm_row_t *row) {
  return row->state == COAP_FSM_HANDSHAKE ||
         (row->state == COAP_FSM_CONNECTING && row->event == COAP_FSM_EV_CONNECTED_TLS);
}

static int
is_of_wss(const coap_fsm_row_t *row) {
  return row->state == COAP_FSM_HANDSHAKE && row->event == COAP_FSM_EV_SECURED_WSS;
}

static int
is_of_ws(const coap_fsm_row_t *row) {
  return row->state == COAP_FSM_UPGRADING ||
         (row->state == COAP_FSM_CONNECTING && row->event == COAP_FSM_EV_CONNECTED_WS);
}

static void
event(coap_session_t *session, coap_fsm_event_t what) {
  coap_session_event(session, what, COAP_NACK_NOT_DELIVERABLE);
}

/* A connection, as far as the state asks. */
static void
advance_stream(coap_session_t *session, const coap_fsm_row_t *row) {
  coap_fsm_state_t wanted = row->state;
  int is_client = session->type == COAP_SESSION_TYPE_CLIENT;
  int is_ws = wanted == COAP_FSM_UPGRADING;
  int is_tls = wanted == COAP_FSM_HANDSHAKE;

  coap_session_stream(session)->connected = !is_client || wanted != COAP_FSM_CONNECTING;
  event(session, is_client ? COAP_FSM_EV_CONNECT
                 : is_ws   ? COAP_FSM_EV_ACCEPT_WS
                 : is_tls  ? COAP_FSM_EV_ACCEPT_TLS
                           : COAP_FSM_EV_ACCEPT);
  if (wanted == COAP_FSM_CONNECTING)
    return;
  /* One that was accepted has to begin yet, as this row says. */
  if (is_tls && !is_client && row->event == COAP_FSM_EV_CONNECTED_TLS)
    return;
  event(session, is_ws    ? COAP_FSM_EV_CONNECTED_WS
                 : is_tls ? COAP_FSM_EV_CONNECTED_TLS
                          : COAP_FSM_EV_CONNECTED);
  if (is_ws || is_tls || wanted == COAP_FSM_CSM)
    return;
  event(session, COAP_FSM_EV_CSM_IN);
  if (wanted == COAP_FSM_RELEASING)
    event(session, COAP_FSM_EV_PEER_RELEASE);
  else if (wanted == COAP_FSM_CLOSED)
    event(session, COAP_FSM_EV_HANG_UP);
}

/* Brings a session of that type into the row's state; pinned, so that it can be looked at
 * afterwards. */
static coap_session_t *
session_in(const coap_fsm_row_t *row, coap_session_type_t type) {
  coap_fsm_state_t wanted = row->state;
  coap_proto_t proto = is_of_dtls(row)       ? COAP_PROTO_DTLS
                       : !is_of_streams(row) ? COAP_PROTO_UDP
                       : is_of_wss(row)      ? COAP_PROTO_WSS
                       : is_of_tls(row)      ? COAP_PROTO_TLS
                       : is_of_ws(row)       ? COAP_PROTO_WS
                                             : COAP_PROTO_TCP;
  coap_session_t *session = core_fixture_session_over(proto, type, 4000);

  assert_non_null(session);
  coap_session_pin(session);
  if (wanted == COAP_FSM_INIT)
    return session;
  if (coap_session_stream(session))
    advance_stream(session, row);
  else
    event(session, wanted == COAP_FSM_HANDSHAKE ? COAP_FSM_EV_OPEN_DTLS : COAP_FSM_EV_OPEN);
  if (proto == COAP_PROTO_DTLS && type == COAP_SESSION_TYPE_SERVER && !coap_session_link(session))
    coap_tls_link_accept(session, NULL, coap_clock_now());
  if (wanted == COAP_FSM_IDLE)
    event(session, COAP_FSM_EV_UNUSED);
  else if (wanted == COAP_FSM_CLOSED && !coap_session_stream(session))
    event(session, COAP_FSM_EV_DISCONNECT);
  else if (wanted == COAP_FSM_FREED)
    event(session, COAP_FSM_EV_TEARDOWN);
  assert_int_equal(session->state, wanted);
  return session;
}

static int
in_pool(const coap_session_t *wanted) {
  const coap_session_t *s = fixture_core.sessions;

  for (unsigned int i = 0; i < fixture_core.idle_count; i++, s = s->next) {
    if (s == wanted)
      return 1;
  }
  return 0;
}

static int
in_list(const coap_session_t *wanted) {
  for (const coap_session_t *s = fixture_core.sessions; s; s = s->next) {
    if (s == wanted)
      return 1;
  }
  return 0;
}

/* Reasons other than the ones rows name, so that a mix-up shows. */
static const coap_nack_reason_t caller_reason = COAP_NACK_TLS_FAILED;

static void
check_nack(const coap_fsm_row_t *row, int had_request) {
  int flushes = row->action == COAP_FSM_DO_FLUSH || row->action == COAP_FSM_DO_FREE ||
                row->action == COAP_FSM_DO_FAIL_OUTSTANDING;

  if (!had_request || !flushes || row->nack == COAP_FSM_NACK_NONE) {
    assert_int_equal(fixture_record.nacks, 0);
    return;
  }
  assert_int_equal(fixture_record.nacks, 1);
  assert_int_equal(fixture_record.nack_reason,
                   row->nack == COAP_FSM_NACK_CALLER ? (int)caller_reason : row->nack);
}

static void
check_counters(const coap_fsm_row_t *row, const coap_core_counters_t *before) {
  assert_int_equal(fixture_core.counters.fsm_ignored - before->fsm_ignored,
                   row->action == COAP_FSM_DO_IGNORE);
  assert_int_equal(fixture_core.counters.fsm_impossible - before->fsm_impossible,
                   row->action == COAP_FSM_DO_IMPOSSIBLE);
}

static void
check_row(void **state) {
  const row_case_t *c = *state;
  const coap_fsm_row_t *row = c->row;
  coap_session_t *session = session_in(row, c->type);
  coap_core_counters_t before;
  const coap_fsm_row_t *taken;
  int had_request = 0;
  int told_closed;

  if (row->state == COAP_FSM_ESTABLISHED || row->state == COAP_FSM_CONNECTING ||
      row->state == COAP_FSM_HANDSHAKE || row->state == COAP_FSM_UPGRADING ||
      row->state == COAP_FSM_CSM) {
    assert_true(core_fixture_request(session) != COAP_INVALID_MID);
    had_request = 1;
  }
  told_closed = row->action == COAP_FSM_DO_FLUSH && coap_session_stream(session) &&
                coap_session_stream(session)->connected;
  if (row->event == COAP_FSM_EV_CONNECTED || row->event == COAP_FSM_EV_CONNECTED_WS ||
      row->event == COAP_FSM_EV_CONNECTED_TLS)
    coap_session_stream(session)->connected = 1;
  if (coap_session_link(session))
    coap_session_link(session)->is_up =
        row->event >= COAP_FSM_EV_SECURED && row->event <= COAP_FSM_EV_SECURED_WSS;
  if (row->event == COAP_FSM_EV_UPGRADED && coap_session_stream(session)->ws)
    coap_session_stream(session)->ws->is_up = 1;
  before = fixture_core.counters;
  fixture_record.events = fixture_record.nacks = fixture_record.gone = fixture_record.closed = 0;

  taken = coap_session_event(session, row->event, caller_reason);

  assert_ptr_equal(taken, row);
  assert_int_equal(session->state, row->next);
  assert_int_equal(coap_session_get_state(session), coap_fsm_public_state(row->next));
  check_counters(row, &before);
  check_nack(row, had_request);
  /* The end of a connection is told in front of what it means to the session. */
  assert_int_equal(fixture_record.events, (row->public_event != COAP_FSM_NO_EVENT) + told_closed);
  if (row->public_event != COAP_FSM_NO_EVENT)
    assert_int_equal(fixture_record.event, row->public_event);
  assert_int_equal(in_pool(session), row->next == COAP_FSM_IDLE);
  assert_int_equal(in_list(session), row->next != COAP_FSM_FREED);
  assert_int_equal(fixture_record.closed,
                   row->action == COAP_FSM_DO_FREE ||
                       (row->action == COAP_FSM_DO_FLUSH && coap_session_stream(session)));
  if (row->action == COAP_FSM_DO_FREE || row->action == COAP_FSM_DO_FLUSH) {
    assert_null(session->outgoing);
    assert_true(fixture_record.gone >= 1);
  }
  if (session->state == COAP_FSM_INIT)
    coap_session_event(session, COAP_FSM_EV_TEARDOWN, COAP_NACK_NOT_DELIVERABLE);
  coap_session_unpin(session);
}

static const char *
role_name(coap_fsm_role_t role) {
  return role == COAP_FSM_CLIENT ? "CLIENT" : "SERVER";
}

/* A row for both roles is two cases, unless the state is one that only servers or clients have. */
static size_t
add_cases(row_case_t *cases, const coap_fsm_row_t *row) {
  size_t count = 0;

  for (int role = COAP_FSM_CLIENT; role <= COAP_FSM_SERVER; role++) {
    if (row->role != COAP_FSM_ANY && (int)row->role != role)
      continue;
    if (row->state == COAP_FSM_IDLE && role == COAP_FSM_CLIENT)
      continue;
    if (row->state == COAP_FSM_CONNECTING && role == COAP_FSM_SERVER)
      continue;
    cases[count].row = row;
    cases[count].type =
        role == COAP_FSM_CLIENT ? COAP_SESSION_TYPE_CLIENT : COAP_SESSION_TYPE_SERVER;
    snprintf(cases[count].name, sizeof(cases[count].name), "row %s, %s, %s",
             coap_fsm_state_name(row->state), coap_fsm_event_name(row->event),
             role_name((coap_fsm_role_t)role));
    count++;
  }
  return count;
}

/* With keys of some kind, so that handshakes can begin. */
static int
setup(void **state) {
  static const coap_tls_setup_t some;

  tls_fake_reset();
  core_fixture_setup(state);
  fixture_core.tls_setup = coap_tls_setup_new(&some);
  return !fixture_core.tls_setup;
}

static int
teardown(void **state) {
  return core_fixture_teardown(state) || tls_fake.live;
}

int
main(void) {
  size_t row_count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&row_count);
  row_case_t *cases = calloc(row_count * ROLES_MAX, sizeof(*cases));
  struct CMUnitTest *tests = calloc(row_count * ROLES_MAX, sizeof(*tests));
  size_t count = 0;
  int failed = 1;

  for (size_t i = 0; cases && i < row_count; i++)
    count += add_cases(&cases[count], &rows[i]);
  for (size_t i = 0; tests && i < count; i++) {
    tests[i].name = cases[i].name;
    tests[i].test_func = check_row;
    /* The fixture leaves the initial state alone: it reaches the test. */
    tests[i].setup_func = setup;
    tests[i].teardown_func = teardown;
    tests[i].initial_state = &cases[i];
  }
  if (tests && count)
    failed = _cmocka_run_group_tests("rows", tests, count, NULL, NULL);
  free(tests);
  free(cases);
  return failed;
}
