/* exchange_client.c -- the client's side against a raw server: responses and observation (RFC 7252
 * 5.3, 5.4; RFC 7641 section 3). */
#include "client_fixture.h"

enum { OBSERVE = 6, URI_PATH = 11, ECHO = 252, RAW_UNAUTHORIZED = 129 };

static void
a_response_reaches_the_handler_once(void **state) {
  raw_message_t answer;

  (void)state;
  cl_get(0);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  raw_payload(&answer, "hi");
  cl_give(&answer);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_true(cl_got.sent_is_known);
  assert_int_equal(cl_got.length, 2);
  sim_run(300 * 1000);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 7252 5.4.1 */
static void
an_unknown_critical_option_has_the_response_rejected(void **state) {
  raw_message_t answer;

  (void)state;
  cl_get(0);
  answer = cl_response(RAW_CON, RAW_CONTENT, 77);
  ex_far_option(&answer, 65001, NULL, 0);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_BAD_RESPONSE);
}

static void
an_unknown_elective_option_does_no_harm(void **state) {
  raw_message_t answer;

  (void)state;
  cl_get(0);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  ex_far_option(&answer, 65000, NULL, 0);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
}

static void
a_response_nobody_waits_for_is_reset(void **state) {
  raw_message_t answer = raw_message(RAW_CON, RAW_CONTENT, 99, "zzz");

  (void)state;
  cl_give(&answer);
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
}

/* RFC 7641 3.5 */
static void
notifications_are_delivered_and_acknowledged(void **state) {
  (void)state;
  cl_observe();
  sim_run(1000 * 1000);
  cl_notify(RAW_CON, 500, 11);
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_ACK);
  assert_int_equal(raw_mid(sim_last()->bytes), 500);
  cl_notify(RAW_NON, 501, 12);
  assert_int_equal(cl_got.count, 3);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 7641 3.4 */
static void
an_older_notification_is_not_shown(void **state) {
  (void)state;
  cl_observe();
  cl_notify(RAW_NON, 500, 15);
  cl_notify(RAW_CON, 501, 14);
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_ACK);
  sim_run(129 * 1000);
  cl_notify(RAW_NON, 502, 3);
  assert_int_equal(cl_got.count, 3);
}

static void
without_the_option_it_is_over(void **state) {
  raw_message_t message = raw_message(RAW_CON, RAW_NOT_FOUND, 600, "app");

  (void)state;
  cl_observe();
  cl_give(&message);
  assert_int_equal(cl_got.count, 2);
  cl_notify(RAW_CON, 601, 20);
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
}

static void
a_handler_that_rejects_ends_the_observation(void **state) {
  (void)state;
  cl_observe();
  cl_got.verdict = COAP_RESPONSE_FAIL;
  cl_notify(RAW_CON, 601, 20);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
  cl_notify(RAW_CON, 602, 21);
  assert_int_equal(cl_got.count, 2);
}

/* RFC 7641 3.6 */
static void
cancel_repeats_the_request_with_observe_1(void **state) {
  coap_binary_t token = {3, (uint8_t[]){'a', 'p', 'p'}};
  raw_message_t answer;

  (void)state;
  cl_observe();
  assert_int_equal(coap_cancel_observe(cl_session, &token, COAP_MESSAGE_CON), 1);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_GET);
  assert_int_equal(cl_sent_option(OBSERVE), 1);
  assert_memory_equal(sim_last()->bytes + 4, "app", 3);
  assert_true(cl_sent_has(11));
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(coap_cancel_observe(cl_session, &token, COAP_MESSAGE_CON), 0);
  cl_notify(RAW_CON, 700, 30);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
}

/* RFC 7641 3.1 */
static void
registering_again_takes_the_old_ones_place(void **state) {
  coap_binary_t token = {3, (uint8_t[]){'a', 'p', 'p'}};
  raw_message_t answer;

  (void)state;
  cl_observe();
  cl_get(1);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  raw_option(&answer, OBSERVE, "\20", 1);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(coap_cancel_observe(cl_session, &token, COAP_MESSAGE_CON), 1);
  assert_int_equal(coap_cancel_observe(cl_session, &token, COAP_MESSAGE_CON), 0);
}

static coap_response_t
close_session(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
              const coap_mid_t mid) {
  (void)sent;
  (void)received;
  (void)mid;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  return COAP_RESPONSE_OK;
}

static void
a_handler_that_closes_the_session_ends_the_transfer(void **state) {
  raw_message_t answer;

  (void)state;
  coap_context_set_block_mode(cl_context, COAP_BLOCK_USE_LIBCOAP);
  coap_register_response_handler(cl_context, close_session);
  cl_get(0);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  ex_block(&answer, 23, 0, 1, 0);
  ex_fill(&answer, 'x', 16);
  sim_forget_sent();
  cl_give(&answer);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(coap_session_get_state(cl_session), COAP_SESSION_STATE_NONE);
}

static void
demand_echo(const char *value) {
  raw_message_t answer = cl_response(RAW_ACK, RAW_UNAUTHORIZED, 0);

  ex_far_option(&answer, ECHO, value, strlen(value));
  cl_give(&answer);
}

/* RFC 9175 2.3 */
static void
a_demanded_echo_is_given(void **state) {
  raw_message_t answer;
  uint16_t mid;

  (void)state;
  cl_get(0);
  mid = raw_mid(sim_last()->bytes);
  demand_echo("seen");
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_GET);
  assert_int_not_equal(raw_mid(sim_last()->bytes), mid);
  assert_memory_equal(sim_last()->bytes + 4, "app", 3);
  assert_true(cl_sent_has(URI_PATH));
  assert_int_equal(cl_sent_option(ECHO), 0x7365656e);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_CONTENT);
  sim_run(300 * 1000);
  assert_int_equal(sim_told.nacks, 0);
}

static void
an_echo_demanded_again_is_the_applications_business(void **state) {
  (void)state;
  cl_get(0);
  demand_echo("one");
  sim_forget_sent();
  sim_run(3500); /* the repeated request goes out once more */
  demand_echo("two");
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_UNAUTHORIZED);
  assert_int_equal(sim_told.nacks, 0);
}

static void
an_echo_without_demand_asks_for_nothing(void **state) {
  raw_message_t answer;

  (void)state;
  cl_get(0);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  ex_far_option(&answer, ECHO, "seen", 4);
  sim_forget_sent();
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(sim_sent_count(), 0);
}

static void
a_request_with_echo_that_nobody_answers_is_told_of(void **state) {
  (void)state;
  cl_get(0);
  demand_echo("seen");
  sim_run(300 * 1000);
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TOO_MANY_RETRIES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cl_setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_response_reaches_the_handler_once),
      TEST(an_unknown_critical_option_has_the_response_rejected),
      TEST(an_unknown_elective_option_does_no_harm),
      TEST(a_response_nobody_waits_for_is_reset),
      TEST(notifications_are_delivered_and_acknowledged),
      TEST(an_older_notification_is_not_shown),
      TEST(without_the_option_it_is_over),
      TEST(a_handler_that_rejects_ends_the_observation),
      TEST(registering_again_takes_the_old_ones_place),
      TEST(a_handler_that_closes_the_session_ends_the_transfer),
      TEST(cancel_repeats_the_request_with_observe_1),
      TEST(a_demanded_echo_is_given),
      TEST(an_echo_demanded_again_is_the_applications_business),
      TEST(an_echo_without_demand_asks_for_nothing),
      TEST(a_request_with_echo_that_nobody_answers_is_told_of),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
