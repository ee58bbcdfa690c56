/* session_fsm_table.c -- the transition table as data: total, without contradictions, reachable,
 * and in accord with rules written down here from coap_session(3) and RFC 7252, not from the table.
 */
#include "test.h"

#include "session/fsm.h"

static const coap_fsm_role_t roles[] = {COAP_FSM_CLIENT, COAP_FSM_SERVER};

static int
covers(const coap_fsm_row_t *row, coap_fsm_role_t role) {
  return row->role == COAP_FSM_ANY || row->role == role;
}

static const coap_fsm_row_t *
step(int state, int event, coap_fsm_role_t role) {
  return coap_fsm_step((coap_fsm_state_t)state, (coap_fsm_event_t)event, role);
}

static void
every_pair_has_exactly_one_row(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
    for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
      for (size_t r = 0; r < COUNT_OF(roles); r++) {
        unsigned int found = 0;

        for (size_t i = 0; i < count; i++)
          found += rows[i].state == (coap_fsm_state_t)s && rows[i].event == (coap_fsm_event_t)e &&
                   covers(&rows[i], roles[r]);
        if (found != 1)
          fail_msg("%u rows for %s, %s, role %d", found, coap_fsm_state_name((coap_fsm_state_t)s),
                   coap_fsm_event_name((coap_fsm_event_t)e), (int)roles[r]);
      }
    }
  }
}

static void
step_finds_the_row_of_the_pair(void **state) {
  (void)state;
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
    for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
      for (size_t r = 0; r < COUNT_OF(roles); r++) {
        const coap_fsm_row_t *row = step(s, e, roles[r]);

        assert_non_null(row);
        assert_int_equal(row->state, s);
        assert_int_equal(row->event, e);
        assert_true(covers(row, roles[r]));
      }
    }
  }
}

static void
rows_that_do_nothing_change_nothing(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  for (size_t i = 0; i < count; i++) {
    if (rows[i].action != COAP_FSM_DO_IGNORE && rows[i].action != COAP_FSM_DO_IMPOSSIBLE)
      continue;
    assert_int_equal(rows[i].state, rows[i].next);
    assert_int_equal(rows[i].public_event, COAP_FSM_NO_EVENT);
    assert_int_equal(rows[i].nack, COAP_FSM_NACK_NONE);
  }
}

static void
every_row_that_does_something_names_its_rule(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  for (size_t i = 0; i < count; i++) {
    if (rows[i].action != COAP_FSM_DO_IGNORE && rows[i].action != COAP_FSM_DO_IMPOSSIBLE)
      assert_true(strlen(coap_fsm_row_rfc(&rows[i])) > 0);
  }
}

static void
every_state_is_reachable(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);
  int reached[COAP_FSM_STATE_COUNT] = {[COAP_FSM_INIT] = 1};

  (void)state;
  for (int round = 0; round < COAP_FSM_STATE_COUNT; round++) {
    for (size_t i = 0; i < count; i++) {
      if (reached[rows[i].state] && rows[i].action != COAP_FSM_DO_IMPOSSIBLE)
        reached[rows[i].next] = 1;
    }
  }
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++)
    assert_int_equal(reached[s], 1);
}

static void
freed_is_final(void **state) {
  (void)state;
  for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
    for (size_t r = 0; r < COUNT_OF(roles); r++)
      assert_int_equal(step(COAP_FSM_FREED, e, roles[r])->next, COAP_FSM_FREED);
  }
}

static void
freed_is_entered_by_freeing_alone(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  for (size_t i = 0; i < count; i++) {
    if (rows[i].state != COAP_FSM_FREED)
      assert_int_equal(rows[i].next == COAP_FSM_FREED, rows[i].action == COAP_FSM_DO_FREE);
  }
}

static void
udp_shows_two_public_states(void **state) {
  (void)state;
  assert_int_equal(coap_fsm_public_state(COAP_FSM_INIT), COAP_SESSION_STATE_NONE);
  assert_int_equal(coap_fsm_public_state(COAP_FSM_ESTABLISHED), COAP_SESSION_STATE_ESTABLISHED);
  assert_int_equal(coap_fsm_public_state(COAP_FSM_IDLE), COAP_SESSION_STATE_ESTABLISHED);
  assert_int_equal(coap_fsm_public_state(COAP_FSM_CLOSED), COAP_SESSION_STATE_NONE);
  assert_int_equal(coap_fsm_public_state(COAP_FSM_FREED), COAP_SESSION_STATE_NONE);
}

/* coap_session(3): a client session is never pooled, a server session is when nobody uses it. */
static void
only_unused_server_sessions_are_pooled(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);
  unsigned int entries = 0;

  (void)state;
  for (size_t i = 0; i < count; i++) {
    int enters = rows[i].next == COAP_FSM_IDLE && rows[i].state != COAP_FSM_IDLE;

    assert_int_equal(enters, rows[i].action == COAP_FSM_DO_POOL);
    if (enters) {
      entries++;
      assert_int_equal(rows[i].role, COAP_FSM_SERVER);
      assert_int_equal(rows[i].event, COAP_FSM_EV_UNUSED);
    }
  }
  assert_int_equal(entries, 1);
}

static void
leaving_the_pool_is_said(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  for (size_t i = 0; i < count; i++) {
    if (rows[i].state == COAP_FSM_IDLE && rows[i].next != COAP_FSM_IDLE)
      assert_true(rows[i].action == COAP_FSM_DO_UNPOOL || rows[i].action == COAP_FSM_DO_FREE ||
                  rows[i].action == COAP_FSM_DO_FLUSH);
  }
}

/* coap_session(3): when the last reference goes, a client session is freed, a server's pooled. */
static void
the_last_reference_by_role(void **state) {
  (void)state;
  assert_int_equal(step(COAP_FSM_ESTABLISHED, COAP_FSM_EV_UNUSED, COAP_FSM_CLIENT)->next,
                   COAP_FSM_FREED);
  assert_int_equal(step(COAP_FSM_ESTABLISHED, COAP_FSM_EV_UNUSED, COAP_FSM_SERVER)->next,
                   COAP_FSM_IDLE);
}

/* Only an idle session may be timed out or evicted: never one that is used. */
static void
a_session_in_use_is_not_evicted(void **state) {
  static const coap_fsm_event_t evicting[] = {COAP_FSM_EV_EVICT, COAP_FSM_EV_IDLE_TIMEOUT};

  (void)state;
  for (size_t e = 0; e < COUNT_OF(evicting); e++) {
    for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
      const coap_fsm_row_t *row = step(s, evicting[e], COAP_FSM_SERVER);

      assert_int_equal(row->action, s == COAP_FSM_IDLE ? COAP_FSM_DO_FREE : COAP_FSM_DO_IMPOSSIBLE);
    }
  }
}

/* coap_session(3): outstanding traffic is dropped with the caller's reason. */
static void
disconnecting_uses_the_callers_reason(void **state) {
  (void)state;
  for (size_t r = 0; r < COUNT_OF(roles); r++) {
    assert_int_equal(step(COAP_FSM_ESTABLISHED, COAP_FSM_EV_DISCONNECT, roles[r])->nack,
                     COAP_FSM_NACK_CALLER);
    assert_int_equal(step(COAP_FSM_ESTABLISHED, COAP_FSM_EV_DISCONNECT, roles[r])->next,
                     COAP_FSM_CLOSED);
  }
  assert_int_equal(step(COAP_FSM_IDLE, COAP_FSM_EV_DISCONNECT, COAP_FSM_SERVER)->nack,
                   COAP_FSM_NACK_CALLER);
}

/* RFC 7252 4.2: a Reset, a time-out or an ICMP error ends exchanges, not the session. */
static void
failing_exchanges_keep_the_session(void **state) {
  static const struct {
    coap_fsm_event_t event;
    int nack;
  } expected[] = {{COAP_FSM_EV_RST_IN, COAP_NACK_RST},
                  {COAP_FSM_EV_GAVE_UP, COAP_NACK_TOO_MANY_RETRIES},
                  {COAP_FSM_EV_ICMP, COAP_NACK_ICMP_ISSUE}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(expected); i++) {
    for (size_t r = 0; r < COUNT_OF(roles); r++) {
      const coap_fsm_row_t *row = step(COAP_FSM_ESTABLISHED, expected[i].event, roles[r]);

      assert_int_equal(row->next, COAP_FSM_ESTABLISHED);
      assert_int_equal(row->nack, expected[i].nack);
    }
  }
}

/* RFC 7252 9.1, RFC 8323 8.2: security first, and then what it secures; a handshake that fails is
 * told as such, and nothing is delivered then. */
static void
handshakes_come_before_what_they_secure(void **state) {
  static const struct {
    coap_fsm_event_t event;
    coap_fsm_state_t next;
  } expected[] = {{COAP_FSM_EV_SECURED, COAP_FSM_ESTABLISHED},
                  {COAP_FSM_EV_SECURED_TLS, COAP_FSM_CSM},
                  {COAP_FSM_EV_SECURED_WSS, COAP_FSM_UPGRADING}};
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  for (size_t r = 0; r < COUNT_OF(roles); r++) {
    const coap_fsm_row_t *failed = step(COAP_FSM_HANDSHAKE, COAP_FSM_EV_HANDSHAKE_FAILED, roles[r]);

    for (size_t i = 0; i < COUNT_OF(expected); i++) {
      const coap_fsm_row_t *row = step(COAP_FSM_HANDSHAKE, expected[i].event, roles[r]);

      assert_int_equal(row->next, expected[i].next);
      assert_int_equal(row->public_event, COAP_EVENT_DTLS_CONNECTED);
    }
    assert_int_equal(failed->next, COAP_FSM_CLOSED);
    assert_int_equal(failed->public_event, COAP_EVENT_DTLS_ERROR);
    assert_int_equal(failed->nack, COAP_NACK_TLS_FAILED);
  }
  /* There is no other way out of it that leads to messages, and none in without beginning it. */
  for (size_t i = 0; i < count; i++) {
    coap_session_state_t shown = coap_fsm_public_state(rows[i].next);

    if (rows[i].state == COAP_FSM_HANDSHAKE && rows[i].public_event != COAP_EVENT_DTLS_CONNECTED)
      assert_true(shown == COAP_SESSION_STATE_HANDSHAKE || shown == COAP_SESSION_STATE_NONE);
  }
  assert_int_equal(coap_fsm_public_state(COAP_FSM_HANDSHAKE), COAP_SESSION_STATE_HANDSHAKE);
}

/* core.c tears down until no session is left: one that stayed would keep it there for ever. */
static void
teardown_always_frees(void **state) {
  (void)state;
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
    for (size_t r = 0; r < COUNT_OF(roles); r++)
      assert_int_equal(step(s, COAP_FSM_EV_TEARDOWN, roles[r])->next, COAP_FSM_FREED);
  }
}

/* SERVER_SESSION_NEW when a server session begins, SERVER_SESSION_DEL whenever one ends. */
static void
server_sessions_are_announced_and_their_end_too(void **state) {
  size_t count;
  const coap_fsm_row_t *rows = coap_fsm_rows(&count);

  (void)state;
  assert_int_equal(step(COAP_FSM_INIT, COAP_FSM_EV_OPEN, COAP_FSM_SERVER)->public_event,
                   COAP_EVENT_SERVER_SESSION_NEW);
  for (size_t i = 0; i < count; i++) {
    int ends = rows[i].next == COAP_FSM_FREED && rows[i].state != COAP_FSM_FREED;
    int known = rows[i].state != COAP_FSM_INIT;

    if (ends && known && rows[i].role != COAP_FSM_CLIENT)
      assert_int_equal(rows[i].public_event, COAP_EVENT_SERVER_SESSION_DEL);
    if (rows[i].role == COAP_FSM_CLIENT)
      assert_true(rows[i].public_event != COAP_EVENT_SERVER_SESSION_NEW &&
                  rows[i].public_event != COAP_EVENT_SERVER_SESSION_DEL);
  }
}

static void
names_and_texts_are_there(void **state) {
  (void)state;
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++)
    assert_true(strlen(coap_fsm_state_name((coap_fsm_state_t)s)) > 0);
  for (int e = 0; e < COAP_FSM_EVENT_COUNT; e++) {
    assert_true(strlen(coap_fsm_event_name((coap_fsm_event_t)e)) > 0);
    assert_true(strlen(coap_fsm_event_text((coap_fsm_event_t)e)) > 0);
  }
  for (int a = 0; a < COAP_FSM_ACTION_COUNT; a++)
    assert_non_null(coap_fsm_action_text((coap_fsm_action_t)a));
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_pair_has_exactly_one_row),
      cmocka_unit_test(step_finds_the_row_of_the_pair),
      cmocka_unit_test(rows_that_do_nothing_change_nothing),
      cmocka_unit_test(every_row_that_does_something_names_its_rule),
      cmocka_unit_test(every_state_is_reachable),
      cmocka_unit_test(freed_is_final),
      cmocka_unit_test(freed_is_entered_by_freeing_alone),
      cmocka_unit_test(udp_shows_two_public_states),
      cmocka_unit_test(only_unused_server_sessions_are_pooled),
      cmocka_unit_test(leaving_the_pool_is_said),
      cmocka_unit_test(the_last_reference_by_role),
      cmocka_unit_test(a_session_in_use_is_not_evicted),
      cmocka_unit_test(disconnecting_uses_the_callers_reason),
      cmocka_unit_test(failing_exchanges_keep_the_session),
      cmocka_unit_test(handshakes_come_before_what_they_secure),
      cmocka_unit_test(teardown_always_frees),
      cmocka_unit_test(server_sessions_are_announced_and_their_end_too),
      cmocka_unit_test(names_and_texts_are_there),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
