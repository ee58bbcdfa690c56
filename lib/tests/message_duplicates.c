/* message_duplicates.c -- RFC 7252 4.5: a message that comes twice is acted on once and answered
 * with the same bytes. */
#include "test.h"

#include "session/core.h"
#include "sim_world.h"

static coap_context_t *context;
static coap_address_t peer;
static coap_address_t listen_at;

static int
setup(void **state) {
  sim_setup(state);
  peer = sim_address(SIM_PEER, 40000);
  listen_at = sim_address(SIM_HOST, 5683);
  context = sim_server_context();
  return 0;
}

static void
ask(int type, int code, uint16_t mid, const char *token, const char *path) {
  raw_message_t request = raw_message(type, code, mid, token);

  raw_path(&request, path);
  sim_inject(&peer, &listen_at, &request);
}

static void
assert_same_bytes(unsigned int a, unsigned int b) {
  assert_int_equal(sim_sent(a)->length, sim_sent(b)->length);
  assert_memory_equal(sim_sent(a)->bytes, sim_sent(b)->bytes, sim_sent(a)->length);
}

static void
a_con_request_is_executed_once_and_answered_alike(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++)
    ask(RAW_CON, RAW_POST, 7, "t", "r");
  assert_int_equal(sim_told.requests, 1);
  assert_int_equal(sim_sent_count(), 3);
  assert_same_bytes(0, 1);
  assert_same_bytes(0, 2);
  assert_int_equal(coap_context_core(context)->counters.rx_duplicate, 2);
}

static void
an_error_response_is_repeated_alike(void **state) {
  (void)state;
  ask(RAW_CON, RAW_GET, 7, "t", "nothing");
  ask(RAW_CON, RAW_GET, 7, "t", "nothing");
  assert_int_equal(raw_code(sim_sent(0)->bytes), RAW_NOT_FOUND);
  assert_int_equal(sim_sent_count(), 2);
  assert_same_bytes(0, 1);
}

static void
a_non_request_is_executed_and_answered_once(void **state) {
  (void)state;
  ask(RAW_NON, RAW_POST, 7, "t", "r");
  ask(RAW_NON, RAW_POST, 7, "t", "r");
  assert_int_equal(sim_told.requests, 1);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_NON);
}

/* RFC 7252 5.2.2: the acknowledgement of a request that is answered later is repeated too. */
static void
an_empty_acknowledgement_is_repeated(void **state) {
  (void)state;
  ask(RAW_CON, RAW_GET, 7, "t", "slow");
  ask(RAW_CON, RAW_GET, 7, "t", "slow");
  assert_int_equal(sim_told.requests, 1);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(raw_type(sim_sent(0)->bytes), RAW_ACK);
  assert_int_equal(raw_code(sim_sent(0)->bytes), RAW_EMPTY);
  assert_same_bytes(0, 1);
}

static void
another_message_id_is_another_request(void **state) {
  (void)state;
  ask(RAW_CON, RAW_POST, 7, "t", "r");
  ask(RAW_CON, RAW_POST, 8, "t", "r");
  assert_int_equal(sim_told.requests, 2);
}

static void
the_same_message_id_from_another_port_is_another_request(void **state) {
  coap_address_t other = sim_address(SIM_PEER, 40001);
  raw_message_t request = raw_message(RAW_CON, RAW_POST, 7, "t");

  (void)state;
  ask(RAW_CON, RAW_POST, 7, "t", "r");
  raw_path(&request, "r");
  sim_inject(&other, &listen_at, &request);
  assert_int_equal(sim_told.requests, 2);
  assert_int_equal(sim_sent_count(), 2);
}

/* EXCHANGE_LIFETIME is 247 s with the default parameters (RFC 7252 4.8.2). */
static void
after_the_exchange_lifetime_it_is_a_new_request(void **state) {
  (void)state;
  ask(RAW_CON, RAW_POST, 7, "t", "r");
  sim_run(246 * 1000);
  ask(RAW_CON, RAW_POST, 7, "t", "r");
  assert_int_equal(sim_told.requests, 1);
  sim_run(1000);
  ask(RAW_CON, RAW_POST, 7, "t", "r");
  assert_int_equal(sim_told.requests, 2);
}

/* NON_LIFETIME is 145 s. */
static void
after_the_non_lifetime_it_is_a_new_request(void **state) {
  (void)state;
  ask(RAW_NON, RAW_POST, 7, "t", "r");
  sim_run(144 * 1000);
  ask(RAW_NON, RAW_POST, 7, "t", "r");
  assert_int_equal(sim_told.requests, 1);
  sim_run(1000);
  ask(RAW_NON, RAW_POST, 7, "t", "r");
  assert_int_equal(sim_told.requests, 2);
}

static void
a_response_is_delivered_once_and_acknowledged_each_time(void **state) {
  coap_session_t *session = sim_client_session(context, &peer);
  const coap_address_t *local = coap_session_get_addr_local(session);
  raw_message_t response;
  size_t token;

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  response = raw_message(RAW_CON, RAW_CONTENT, 0x7788, "");
  token = sim_last()->bytes[0] & 0xf;
  response.bytes[0] |= (uint8_t)token;
  memcpy(response.bytes + 4, sim_last()->bytes + 4, token);
  response.length += token;
  for (int i = 0; i < 3; i++)
    sim_inject(&peer, local, &response);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(sim_sent_count(), 4);
  for (unsigned int i = 1; i < 4; i++) {
    assert_int_equal(raw_type(sim_sent(i)->bytes), RAW_ACK);
    assert_int_equal(raw_mid(sim_sent(i)->bytes), 0x7788);
  }
  coap_session_release(session);
}

static void
a_response_to_nothing_is_reset_each_time(void **state) {
  raw_message_t response = raw_message(RAW_CON, RAW_CONTENT, 5, "x");

  (void)state;
  sim_inject(&peer, &listen_at, &response);
  sim_inject(&peer, &listen_at, &response);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(raw_type(sim_sent(0)->bytes), RAW_RST);
  assert_same_bytes(0, 1);
}

static void
a_ping_is_answered_each_time(void **state) {
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 5, "");

  (void)state;
  sim_inject(&peer, &listen_at, &ping);
  sim_inject(&peer, &listen_at, &ping);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(raw_type(sim_sent(1)->bytes), RAW_RST);
}

/* What one peer can make the server remember is bounded: an old message ID is forgotten, the
 * latest ones are not. */
static void
the_latest_message_ids_are_remembered(void **state) {
  (void)state;
  for (uint16_t mid = 0; mid < 500; mid++)
    ask(RAW_CON, RAW_POST, mid, "t", "r");
  assert_int_equal(sim_told.requests, 500);
  for (uint16_t mid = 500 - COAP_CORE_MAX_SEEN; mid < 500; mid++)
    ask(RAW_CON, RAW_POST, mid, "t", "r");
  assert_int_equal(sim_told.requests, 500);
}

#define DUPLICATE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      DUPLICATE_TEST(a_con_request_is_executed_once_and_answered_alike),
      DUPLICATE_TEST(an_error_response_is_repeated_alike),
      DUPLICATE_TEST(a_non_request_is_executed_and_answered_once),
      DUPLICATE_TEST(an_empty_acknowledgement_is_repeated),
      DUPLICATE_TEST(another_message_id_is_another_request),
      DUPLICATE_TEST(the_same_message_id_from_another_port_is_another_request),
      DUPLICATE_TEST(after_the_exchange_lifetime_it_is_a_new_request),
      DUPLICATE_TEST(after_the_non_lifetime_it_is_a_new_request),
      DUPLICATE_TEST(a_response_is_delivered_once_and_acknowledged_each_time),
      DUPLICATE_TEST(a_response_to_nothing_is_reset_each_time),
      DUPLICATE_TEST(a_ping_is_answered_each_time),
      DUPLICATE_TEST(the_latest_message_ids_are_remembered),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
