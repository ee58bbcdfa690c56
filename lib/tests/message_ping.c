/* message_ping.c -- Empty CONs and their Resets (RFC 7252 4.3), handlers, keep-alive
 * (coap_keepalive(3)). */
#include "test.h"

#include "message_fixture.h"

static void
reset_last(void) {
  raw_message_t reset = raw_message(RAW_RST, RAW_EMPTY, raw_mid(sim_last()->bytes), "");

  ms_give(&reset);
}

static void
a_ping_is_told_and_reset(void **state) {
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 0x0102, "");

  (void)state;
  ms_give(&ping);
  assert_int_equal(sim_told.pings, 1);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
  assert_int_equal(raw_mid(sim_last()->bytes), 0x0102);
  assert_int_equal(sim_last()->length, 4);
}

static void
without_a_handler_a_ping_is_reset_all_the_same(void **state) {
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 0x0102, "");

  (void)state;
  coap_register_ping_handler(ms_context, NULL);
  ms_give(&ping);
  assert_int_equal(sim_told.pings, 0);
  assert_int_equal(sim_sent_count(), 1);
}

static void
a_ping_sent_is_an_empty_con_of_4_bytes(void **state) {
  coap_mid_t mid = coap_session_send_ping(ms_session);

  (void)state;
  assert_true(mid != COAP_INVALID_MID);
  assert_int_equal(sim_last()->length, 4);
  assert_int_equal(sim_last()->bytes[0], 0x40);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_EMPTY);
  assert_int_equal(raw_mid(sim_last()->bytes), mid);
}

static void
the_reset_of_a_ping_is_the_pong(void **state) {
  (void)state;
  coap_session_send_ping(ms_session);
  reset_last();
  assert_int_equal(sim_told.pongs, 1);
  assert_int_equal(sim_told.nacks, 0);
  sim_run(200 * 1000);
  assert_int_equal(sim_sent_count(), 1);
}

static void
a_reset_that_matches_nothing_is_no_pong(void **state) {
  raw_message_t reset = raw_message(RAW_RST, RAW_EMPTY, 0x0999, "");

  (void)state;
  ms_give(&reset);
  assert_int_equal(sim_told.pongs, 0);
  assert_int_equal(sim_told.nacks, 0);
}

static void
a_ping_of_nobody_is_refused(void **state) {
  (void)state;
  assert_int_equal(coap_session_send_ping(NULL), COAP_INVALID_MID);
}

static void
an_unanswered_ping_closes_the_session(void **state) {
  (void)state;
  coap_session_send_ping(ms_session);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 5);
  assert_int_equal(sim_event_count(COAP_EVENT_KEEPALIVE_FAILURE), 1);
  assert_int_equal(coap_session_get_state(ms_session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_told.nacks, 0);
}

static void
keepalive_pings_after_the_silence(void **state) {
  (void)state;
  coap_context_set_keepalive(ms_context, 30);
  sim_run(29999);
  assert_int_equal(sim_sent_count(), 0);
  sim_run(1);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_EMPTY);
}

static void
keepalive_goes_on_while_it_is_answered(void **state) {
  (void)state;
  coap_context_set_keepalive(ms_context, 30);
  for (unsigned int i = 1; i <= 5; i++) {
    sim_run(30 * 1000);
    assert_int_equal(sim_sent_count(), i);
    reset_last();
    assert_int_equal(sim_told.pongs, i);
  }
  assert_int_equal(sim_event_count(COAP_EVENT_KEEPALIVE_FAILURE), 0);
  assert_int_equal(coap_session_get_state(ms_session), COAP_SESSION_STATE_ESTABLISHED);
}

static void
traffic_puts_the_keepalive_off(void **state) {
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 1, "");

  (void)state;
  coap_context_set_keepalive(ms_context, 30);
  sim_run(20 * 1000);
  ms_give(&ping);
  sim_forget_sent();
  sim_run(29 * 1000);
  assert_int_equal(sim_sent_count(), 0);
  sim_run(1000);
  assert_int_equal(sim_sent_count(), 1);
}

static void
keepalive_can_be_ended(void **state) {
  (void)state;
  coap_context_set_keepalive(ms_context, 30);
  coap_context_set_keepalive(ms_context, 0);
  sim_run(1000 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

static void
keepalive_holds_for_sessions_made_later(void **state) {
  coap_address_t other = sim_address("10.0.0.3", 5683);

  (void)state;
  coap_context_set_keepalive(ms_context, 30);
  sim_client_session(ms_context, &other);
  sim_run(30 * 1000);
  assert_int_equal(sim_sent_count(), 2);
}

static void
a_failed_keepalive_fails_what_is_outstanding(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = raw_message(RAW_ACK, RAW_EMPTY, raw_mid(sim_last()->bytes), "");
  ms_give(&ack);
  coap_context_set_keepalive(ms_context, 30);
  sim_run(130 * 1000);
  assert_int_equal(sim_event_count(COAP_EVENT_KEEPALIVE_FAILURE), 1);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(coap_session_get_state(ms_session), COAP_SESSION_STATE_NONE);
}

static void
server_sessions_are_not_pinged(void **state) {
  coap_context_t *server = sim_server_context();
  coap_address_t from = sim_address(SIM_PEER, 40000);
  coap_address_t to = sim_address(SIM_HOST, 5683);
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 1, "t");

  (void)state;
  coap_context_set_keepalive(server, 30);
  raw_path(&get, "r");
  sim_inject(&from, &to, &get);
  sim_forget_sent();
  sim_run(200 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

#define PING_TEST(name) cmocka_unit_test_setup_teardown(name, ms_setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      PING_TEST(a_ping_is_told_and_reset),
      PING_TEST(without_a_handler_a_ping_is_reset_all_the_same),
      PING_TEST(a_ping_sent_is_an_empty_con_of_4_bytes),
      PING_TEST(the_reset_of_a_ping_is_the_pong),
      PING_TEST(a_reset_that_matches_nothing_is_no_pong),
      PING_TEST(a_ping_of_nobody_is_refused),
      PING_TEST(an_unanswered_ping_closes_the_session),
      PING_TEST(keepalive_pings_after_the_silence),
      PING_TEST(keepalive_goes_on_while_it_is_answered),
      PING_TEST(traffic_puts_the_keepalive_off),
      PING_TEST(keepalive_can_be_ended),
      PING_TEST(keepalive_holds_for_sessions_made_later),
      PING_TEST(a_failed_keepalive_fails_what_is_outstanding),
      PING_TEST(server_sessions_are_not_pinged),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
