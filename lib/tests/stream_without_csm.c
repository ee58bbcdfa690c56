/* stream_without_csm.c -- coap_context_set_csm_optional(): peers that know nothing of signalling.
 */
#include "test.h"

#include "session/session.h"
#include "stream_fixture.h"

static void
a_server_answers_the_first_request(void **state) {
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_optional(st_context, 1);
  conn = st_open();
  st_expect(conn, ST_CSM);
  st_get(conn, "t");
  st_expect(conn, RAW_CONTENT);
  assert_int_equal(sim_told.requests, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CONNECTED), 1);
  assert_int_equal(conn->closed, 0);
  /* One that comes late counts. */
  st_send_csm(conn);
  st_get(conn, "u");
  st_expect(conn, RAW_CONTENT);
}

static void
a_server_waits_with_a_silent_peer(void **state) {
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_optional(st_context, 1);
  coap_context_set_csm_timeout(st_context, 2);
  conn = st_open();
  st_expect(conn, ST_CSM);
  sim_run(2001);
  assert_int_equal(conn->closed, 0);
  st_get(conn, "t");
  st_expect(conn, RAW_CONTENT);
}

static int
close_at_once(coap_session_t *session, const coap_event_t event) {
  if (event == COAP_EVENT_SESSION_CONNECTED)
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  return 0;
}

static void
a_handler_may_close_what_begins_so(void **state) {
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_optional(st_context, 1);
  coap_register_event_handler(st_context, close_at_once);
  conn = st_open();
  st_get(conn, "t");
  assert_int_equal(sim_told.requests, 0);
  assert_int_equal(conn->closed, 1);
}

static void
it_can_be_switched_off_again(void **state) {
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_optional(st_context, 1);
  coap_context_set_csm_optional(st_context, 0);
  conn = st_open();
  st_expect(conn, ST_CSM);
  st_get(conn, "t");
  st_expect(conn, ST_ABORT);
  assert_int_equal(sim_told.requests, 0);
}

static void
a_client_goes_on_when_the_time_is_over(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *session;

  (void)state;
  coap_context_set_csm_optional(st_context, 1);
  coap_context_set_csm_timeout(st_context, 1);
  session = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_TCP);
  assert_non_null(session);
  st_settle();
  sim_request(session, COAP_MESSAGE_CON);
  sim_run(999);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CSM);
  sim_run(2);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  st_expect(st_begun(), ST_CSM);
  st_expect(st_begun(), RAW_GET);
  /* What is known of such a peer is the base values (RFC 8323 5.3.1). */
  assert_true(coap_session_max_pdu_size(session) <= 1152);
  coap_session_release(session);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_server, st_teardown)
#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_client, st_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      SERVER_TEST(a_server_answers_the_first_request),
      SERVER_TEST(a_server_waits_with_a_silent_peer),
      SERVER_TEST(a_handler_may_close_what_begins_so),
      SERVER_TEST(it_can_be_switched_off_again),
      CLIENT_TEST(a_client_goes_on_when_the_time_is_over),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
