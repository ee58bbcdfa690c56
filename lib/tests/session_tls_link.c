/* session_tls_link.c -- (D)TLS under a session, with a back end that does as it is told: what waits
 * for the handshake, what comes of its end, who is told of what. */
#include "test.h"

#include "core_fixture.h"
#include "seams/clock.h"
#include "seams/memory.h"
#include "session/handshakes.h"
#include "session/stream.h"
#include "session/tls_link.h"
#include "tls_fake.h"

#include <errno.h>

static coap_session_t *session;

static int
setup(void **state) {
  static const coap_tls_setup_t some;

  tls_fake_reset();
  core_fixture_setup(state);
  session = NULL;
  fixture_core.tls_setup = coap_tls_setup_new(&some);
  return !fixture_core.tls_setup;
}

static int
teardown(void **state) {
  return core_fixture_teardown(state) || tls_fake.live || fixture_core.handshakes;
}

static void
event(coap_fsm_event_t what) {
  coap_session_event(session, what, COAP_NACK_NOT_DELIVERABLE);
}

/* A client's session over DTLS, its handshake begun. */
static void
open_dtls(void) {
  session = core_fixture_session_over(COAP_PROTO_DTLS, COAP_SESSION_TYPE_CLIENT, 5684);
  assert_non_null(session);
  session->last_used = coap_clock_now();
  event(COAP_FSM_EV_OPEN_DTLS);
}

static void
open_stream(coap_proto_t proto) {
  session = core_fixture_session_over(proto, COAP_SESSION_TYPE_CLIENT, 5684);
  assert_non_null(session);
  event(COAP_FSM_EV_CONNECT);
  coap_stream_connected(session, coap_clock_now());
}

static void
bring(const char *bytes, size_t length) {
  coap_session_pin(session);
  if (coap_session_stream(session))
    coap_stream_input(session, (const uint8_t *)bytes, length, coap_clock_now());
  else
    coap_tls_link_input(session, (const uint8_t *)bytes, length, coap_clock_now());
  coap_session_unpin(session);
}

/* The peer's last flight has come. */
static void
finish_handshake(void) {
  tls_fake.handshake = COAP_TLS_DONE;
  bring(NULL, 0);
}

static coap_mid_t
request_by_non(void) {
  coap_mid_t mid = coap_new_message_id(session);
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, mid, 64);

  assert_non_null(pdu);
  return coap_message_send(session, pdu, coap_clock_now(), 0);
}

static void
pass(uint64_t ms) {
  coap_clock_sim_set(coap_clock_now() + ms);
  coap_core_expire(&fixture_core, coap_clock_now());
}

static void
a_session_shows_its_handshake(void **state) {
  (void)state;
  open_dtls();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_HANDSHAKE);
  assert_int_equal(tls_fake.handshakes, 1);
  finish_handshake();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  assert_int_equal(fixture_record.event, COAP_EVENT_DTLS_CONNECTED);
}

static void
a_request_waits_for_the_handshake(void **state) {
  (void)state;
  open_dtls();
  assert_true(core_fixture_request(session) != COAP_INVALID_MID);
  assert_true(request_by_non() != COAP_INVALID_MID);
  assert_int_equal(tls_fake.writes, 0);
  finish_handshake();
  assert_int_equal(fixture_record.event, COAP_EVENT_DTLS_CONNECTED);
  pass(0);
  assert_int_equal(tls_fake.writes, 2);
  assert_int_equal(fixture_record.nacks, 0);
}

/* There is nothing an answer could answer. */
static void
only_requests_wait(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, 1, 64);

  (void)state;
  open_dtls();
  assert_int_equal(coap_message_send(session, pdu, coap_clock_now(), 0), COAP_INVALID_MID);
  assert_int_equal(coap_message_send_empty(session, COAP_MESSAGE_RST, 7), 0);
}

static void
tls_comes_before_csm(void **state) {
  (void)state;
  open_stream(COAP_PROTO_TLS);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_HANDSHAKE);
  assert_int_equal(tls_fake.writes, 0);
  finish_handshake();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CSM);
  assert_int_equal(tls_fake.writes, 1);
  bring("\0\xe1", 2);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
}

static void
tls_comes_before_the_upgrade(void **state) {
  (void)state;
  open_stream(COAP_PROTO_WSS);
  assert_int_equal(session->state, COAP_FSM_HANDSHAKE);
  finish_handshake();
  assert_int_equal(session->state, COAP_FSM_UPGRADING);
  assert_int_equal(tls_fake.writes, 1);
}

/* The CSM may come in one piece with the end of the handshake. */
static void
what_comes_with_the_last_flight_is_not_lost(void **state) {
  (void)state;
  open_stream(COAP_PROTO_TLS);
  tls_fake.handshake = COAP_TLS_DONE;
  bring("\0\xe1", 2);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
}

static void
fails_with(coap_nack_reason_t reason, coap_event_t told) {
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(fixture_record.event, told);
  assert_int_equal(fixture_record.nacks, 1);
  assert_int_equal(fixture_record.nack_reason, reason);
  assert_int_equal(tls_fake.live, 0);
}

static void
a_failed_handshake_is_told(void **state) {
  static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    tls_fake_reset();
    memset(&fixture_record, 0, sizeof(fixture_record));
    if (protos[i] == COAP_PROTO_DTLS)
      open_dtls();
    else
      open_stream(protos[i]);
    core_fixture_request(session);
    tls_fake.handshake = COAP_TLS_FAILED;
    bring("x", 1);
    fails_with(COAP_NACK_TLS_FAILED, COAP_EVENT_DTLS_ERROR);
  }
}

static void
a_handshake_without_answer_is_given_up(void **state) {
  uint64_t waited = 0;

  (void)state;
  open_dtls();
  core_fixture_request(session);
  while (coap_session_get_state(session) == COAP_SESSION_STATE_HANDSHAKE && waited < 100000) {
    pass(500);
    waited += 500;
  }
  assert_int_equal(waited, COAP_TLS_LINK_TIMEOUT_MS);
  assert_int_equal(tls_fake.handshakes, COAP_TLS_LINK_TIMEOUT_MS / 1000);
  fails_with(COAP_NACK_TLS_FAILED, COAP_EVENT_DTLS_ERROR);
}

/* On a connection each layer has the CSM's time. */
static void
a_silent_server_is_given_up(void **state) {
  (void)state;
  open_stream(COAP_PROTO_TLS);
  core_fixture_request(session);
  pass(fixture_core.csm_timeout_ms);
  fails_with(COAP_NACK_TLS_FAILED, COAP_EVENT_DTLS_ERROR);
}

static void
an_unreachable_peer_is_told_of(void **state) {
  (void)state;
  open_dtls();
  core_fixture_request(session);
  fixture_record.transmit_result = -ECONNREFUSED;
  pass(1000);
  fails_with(COAP_NACK_ICMP_ISSUE, COAP_EVENT_DTLS_ERROR);
}

static void
a_broken_record_layer_is_told(void **state) {
  (void)state;
  open_dtls();
  finish_handshake();
  core_fixture_request(session);
  tls_fake.read_end = COAP_TLS_FAILED;
  bring(NULL, 0);
  fails_with(COAP_NACK_TLS_LAYER_FAILED, COAP_EVENT_DTLS_ERROR);
}

/* Of a datagram that brings too much of no use the rest is lost; nothing is kept of it. */
static void
a_datagram_is_given_back(void **state) {
  (void)state;
  open_dtls();
  tls_fake.left = 3;
  bring("abcd", 4);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_HANDSHAKE);
  assert_false(tls_fake.lent);
  finish_handshake();
  bring("abcd", 4);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  assert_false(tls_fake.lent);
}

/* On a connection that leaves a hole. */
static void
a_hole_in_a_handshake_ends_it(void **state) {
  (void)state;
  open_stream(COAP_PROTO_TLS);
  core_fixture_request(session);
  tls_fake.left = 3;
  bring("abcd", 4);
  fails_with(COAP_NACK_TLS_FAILED, COAP_EVENT_DTLS_ERROR);
}

static void
a_hole_in_a_connection_ends_it(void **state) {
  (void)state;
  open_stream(COAP_PROTO_TLS);
  finish_handshake();
  bring("\0\xe1", 2);
  core_fixture_request(session);
  tls_fake.left = 3;
  bring("\0", 1);
  fails_with(COAP_NACK_TLS_LAYER_FAILED, COAP_EVENT_DTLS_ERROR);
}

static void
a_peer_that_closes_is_told_of(void **state) {
  (void)state;
  open_dtls();
  finish_handshake();
  core_fixture_request(session);
  tls_fake.read_end = COAP_TLS_ENDED;
  bring(NULL, 0);
  fails_with(COAP_NACK_TLS_LAYER_FAILED, COAP_EVENT_DTLS_CLOSED);
}

static void
closing_says_so_to_the_peer(void **state) {
  (void)state;
  open_dtls();
  finish_handshake();
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(tls_fake.closes, 1);
  assert_int_equal(fixture_record.event, COAP_EVENT_DTLS_CLOSED);
  assert_int_equal(tls_fake.live, 0);
}

static void
sending_opens_a_closed_session_again(void **state) {
  (void)state;
  open_dtls();
  finish_handshake();
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  tls_fake.handshake = COAP_TLS_AGAIN;
  assert_true(core_fixture_request(session) != COAP_INVALID_MID);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_HANDSHAKE);
  finish_handshake();
  assert_int_equal(tls_fake.writes, 1);
}

/* What has no keys any more stays closed: nothing may go out unprotected. */
static void
without_keys_a_closed_session_stays_closed(void **state) {
  (void)state;
  open_dtls();
  finish_handshake();
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  coap_tls_setup_unref(fixture_core.tls_setup);
  fixture_core.tls_setup = NULL;
  fixture_record.transmits = 0;
  assert_int_equal(core_fixture_request(session), COAP_INVALID_MID);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(fixture_record.transmits, 0);
}

static void
hang_up(coap_session_t *which) {
  coap_session_disconnected(which, COAP_NACK_NOT_DELIVERABLE);
}

static void
hang_up_and_send(coap_session_t *which) {
  tls_fake.on_handshake = NULL;
  coap_session_disconnected(which, COAP_NACK_NOT_DELIVERABLE);
  core_fixture_request(which);
}

/* A call-back for keys is called in the middle of the back end's work. */
static void
the_application_may_end_it_in_its_call_back(void **state) {
  (void)state;
  open_dtls();
  tls_fake.on_handshake = hang_up;
  bring("x", 1);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(tls_fake.live, 0);
}

static void
the_application_may_begin_anew_in_its_call_back(void **state) {
  (void)state;
  open_dtls();
  tls_fake.on_handshake = hang_up_and_send;
  bring("x", 1);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_HANDSHAKE);
  assert_int_equal(tls_fake.live, 1);
}

/* A server's session whose handshake has begun. */
static coap_session_t *
accept_peer(uint16_t port) {
  static int endpoint;
  static const coap_tls_hello_t hello;

  session = core_fixture_session_over(COAP_PROTO_DTLS, COAP_SESSION_TYPE_SERVER, port);
  assert_non_null(session);
  session->endpoint = (coap_endpoint_t *)(void *)&endpoint;
  coap_session_ref(session);
  event(COAP_FSM_EV_OPEN_DTLS);
  coap_tls_link_accept(session, &hello, coap_clock_now());
  return session;
}

static int
is_in_handshake(const coap_session_t *peer) {
  return coap_session_get_state(peer) == COAP_SESSION_STATE_HANDSHAKE;
}

/* coap_context(3): so many peers may be in the middle of a handshake. */
static void
handshakes_in_flight_are_bounded(void **state) {
  coap_session_t *sessions[3];

  (void)state;
  fixture_core.max_handshakes = 2;
  for (uint16_t i = 0; i < 3; i++)
    sessions[i] = accept_peer(4000 + i);
  assert_int_equal(fixture_core.handshakes, 2);
  assert_true(is_in_handshake(sessions[1]));
  assert_int_equal(coap_session_get_state(sessions[2]), COAP_SESSION_STATE_NONE);
  assert_int_equal(fixture_core.counters.rx_refused, 1);
  session = sessions[0];
  finish_handshake();
  assert_int_equal(fixture_core.handshakes, 1);
  assert_int_equal(coap_handshakes_make_room(&fixture_core, coap_clock_now()), 1);
}

/* One more makes the longest silent go, if that has been silent for long. */
static void
silent_handshakes_make_room(void **state) {
  coap_session_t *peers[5];

  (void)state;
  fixture_core.max_handshakes = 2;
  peers[0] = accept_peer(4000);
  peers[1] = accept_peer(4001);
  pass(COAP_HANDSHAKES_SILENCE_MS - 1);
  session = peers[0];
  bring("x", 1);
  peers[2] = accept_peer(4002);
  assert_false(is_in_handshake(peers[2]));
  assert_int_equal(fixture_core.counters.rx_refused, 1);
  assert_int_equal(fixture_core.counters.tls_evicted, 0);
  pass(1);
  peers[3] = accept_peer(4003);
  assert_true(is_in_handshake(peers[3]));
  assert_true(is_in_handshake(peers[0]));
  assert_false(is_in_handshake(peers[1]));
  assert_int_equal(fixture_core.counters.tls_evicted, 1);
  assert_int_equal(fixture_core.handshakes, 2);
  pass(COAP_HANDSHAKES_SILENCE_MS - 2);
  peers[4] = accept_peer(4004);
  assert_false(is_in_handshake(peers[4]));
  assert_true(is_in_handshake(peers[0]));
  assert_true(is_in_handshake(peers[3]));
}

static coap_session_t *newcomer;

static void
let_one_more_in(coap_session_t *ours) {
  tls_fake.on_handshake = NULL;
  coap_clock_sim_set(coap_clock_now() + COAP_HANDSHAKES_SILENCE_MS);
  newcomer = accept_peer(4001);
  session = ours;
}

/* The call-back of the longest silent one is under way: that one cannot end now. */
static void
a_busy_handshake_makes_no_room(void **state) {
  coap_session_t *busy;

  (void)state;
  fixture_core.max_handshakes = 1;
  busy = accept_peer(4000);
  tls_fake.on_handshake = let_one_more_in;
  bring("x", 1);
  assert_true(is_in_handshake(busy));
  assert_false(is_in_handshake(newcomer));
  assert_int_equal(fixture_core.counters.tls_evicted, 0);
}

static void
whatever_allocation_fails_is_survived(void **state) {
  (void)state;
  for (uint64_t nth = 1; nth < 12; nth++) {
    tls_fake_reset();
    coap_mem_sim_fail(nth, 0);
    session = core_fixture_session_over(COAP_PROTO_TLS, COAP_SESSION_TYPE_CLIENT, 5684);
    if (session) {
      event(COAP_FSM_EV_CONNECT);
      if (session->state == COAP_FSM_CONNECTING)
        coap_stream_connected(session, coap_clock_now());
      tls_fake.handshake = COAP_TLS_DONE;
      bring("\0\xe1", 2);
      coap_session_unref(session);
    }
    coap_mem_sim_fail(0, 0);
    assert_int_equal(tls_fake.live, 0);
  }
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      LINK_TEST(a_session_shows_its_handshake),
      LINK_TEST(a_request_waits_for_the_handshake),
      LINK_TEST(only_requests_wait),
      LINK_TEST(tls_comes_before_csm),
      LINK_TEST(tls_comes_before_the_upgrade),
      LINK_TEST(what_comes_with_the_last_flight_is_not_lost),
      LINK_TEST(a_failed_handshake_is_told),
      LINK_TEST(a_handshake_without_answer_is_given_up),
      LINK_TEST(a_silent_server_is_given_up),
      LINK_TEST(an_unreachable_peer_is_told_of),
      LINK_TEST(a_broken_record_layer_is_told),
      LINK_TEST(a_datagram_is_given_back),
      LINK_TEST(a_hole_in_a_handshake_ends_it),
      LINK_TEST(a_hole_in_a_connection_ends_it),
      LINK_TEST(a_peer_that_closes_is_told_of),
      LINK_TEST(closing_says_so_to_the_peer),
      LINK_TEST(sending_opens_a_closed_session_again),
      LINK_TEST(without_keys_a_closed_session_stays_closed),
      LINK_TEST(the_application_may_end_it_in_its_call_back),
      LINK_TEST(the_application_may_begin_anew_in_its_call_back),
      LINK_TEST(handshakes_in_flight_are_bounded),
      LINK_TEST(silent_handshakes_make_room),
      LINK_TEST(a_busy_handshake_makes_no_room),
      LINK_TEST(whatever_allocation_fails_is_survived),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
