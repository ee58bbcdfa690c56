/* message_group.c -- group requests (RFC 7252 section 8): the session that sends them and the
 * endpoint that takes them. */
#include "test.h"

#include "session/core.h"
#include "sim_world.h"

#define GROUP "224.0.1.187"

static coap_context_t *context;
static coap_session_t *session;
static coap_address_t group;

static int
setup_client(void **state) {
  sim_setup(state);
  group = sim_address(GROUP, 5683);
  context = sim_client_context();
  session = sim_client_session(context, &group);
  return 0;
}

/* A member's answer to the last request. */
static void
answer_from(const char *ip) {
  coap_address_t member = sim_address(ip, 5683);
  const sim_sent_t *sent = sim_last();
  raw_message_t answer = raw_message(RAW_NON, RAW_CONTENT, 0x5555, "");
  size_t token = sent->bytes[0] & 0xf;

  answer.bytes[0] |= (uint8_t)token;
  memcpy(answer.bytes + 4, sent->bytes + 4, token);
  answer.length += token;
  sim_inject(&member, coap_session_get_addr_local(session), &answer);
}

static void
get_addr_mcast_is_the_group(void **state) {
  (void)state;
  assert_non_null(coap_session_get_addr_mcast(session));
  assert_true(coap_address_equals(coap_session_get_addr_mcast(session), &group));
  assert_true(coap_address_equals(coap_session_get_addr_remote(session), &group));
}

static void
a_request_goes_to_the_group(void **state) {
  (void)state;
  assert_true(sim_request(session, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  assert_int_equal(sim_sent_count(), 1);
  assert_true(coap_address_equals(&sim_last()->to, &group));
  assert_int_equal(raw_type(sim_last()->bytes), RAW_NON);
}

/* RFC 7252 8.1: requests to a group are NON. */
static void
no_con_goes_to_the_group(void **state) {
  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  sim_run(100 * 1000);
  for (unsigned int i = 0; i < sim_sent_count(); i++)
    assert_int_equal(raw_type(sim_sent(i)->bytes), RAW_NON);
}

static void
get_addr_remote_is_the_member_that_answered(void **state) {
  coap_address_t member = sim_address(SIM_PEER, 5683);

  (void)state;
  sim_request(session, COAP_MESSAGE_NON);
  answer_from(SIM_PEER);
  assert_int_equal(sim_told.responses, 1);
  assert_true(coap_address_equals(coap_session_get_addr_remote(session), &member));
  assert_true(coap_address_equals(coap_session_get_addr_mcast(session), &group));
}

static void
every_member_may_answer(void **state) {
  coap_address_t last = sim_address("10.0.0.4", 5683);

  (void)state;
  sim_request(session, COAP_MESSAGE_NON);
  answer_from("10.0.0.2");
  answer_from("10.0.0.3");
  answer_from("10.0.0.4");
  assert_int_equal(sim_told.responses, 3);
  assert_true(coap_address_equals(coap_session_get_addr_remote(session), &last));
}

static void
the_next_send_puts_the_group_address_back(void **state) {
  (void)state;
  sim_request(session, COAP_MESSAGE_NON);
  answer_from(SIM_PEER);
  sim_request(session, COAP_MESSAGE_NON);
  assert_true(coap_address_equals(coap_session_get_addr_remote(session), &group));
  assert_true(coap_address_equals(&sim_last()->to, &group));
}

/* A group need not answer: that is no failure. */
static void
no_answer_from_a_group_is_no_nack(void **state) {
  (void)state;
  sim_request(session, COAP_MESSAGE_NON);
  sim_run(2000 * 1000);
  assert_int_equal(sim_told.nacks, 0);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(coap_io_pending(context), 0);
}

static void
hops_are_set_for_groups_only(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *unicast = sim_client_session(context, &peer);

  (void)state;
  assert_int_equal(coap_mcast_set_hops(session, 8), 1);
  assert_int_equal(coap_mcast_set_hops(session, 256), 0);
  assert_int_equal(coap_mcast_set_hops(unicast, 8), 0);
  assert_int_equal(coap_mcast_set_hops(NULL, 8), 0);
}

static int
setup_server(void **state) {
  sim_setup(state);
  group = sim_address(GROUP, 5683);
  context = sim_server_context();
  return coap_join_mcast_group_intf(context, GROUP, NULL) != 0;
}

static void
ask_group(int type, const char *path) {
  coap_address_t from = sim_address(SIM_PEER, 40000);
  raw_message_t request = raw_message(type, RAW_GET, 9, "tok");

  raw_path(&request, path);
  sim_inject(&from, &group, &request);
}

/* RFC 7252 8.2: within the leisure, from the member's own address. */
static void
a_group_request_is_answered_within_the_leisure(void **state) {
  coap_address_t from = sim_address(SIM_PEER, 40000);
  coap_address_t own = sim_address(SIM_HOST, 5683);

  (void)state;
  ask_group(RAW_NON, "r");
  assert_int_equal(sim_told.requests, 1);
  sim_run(5000);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_NON);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_CONTENT);
  assert_true(coap_address_equals(&sim_last()->to, &from));
  assert_true(coap_address_equals(&sim_last()->from, &own));
}

static void
answers_to_a_group_are_spread(void **state) {
  uint64_t lowest = UINT64_MAX;
  uint64_t highest = 0;

  (void)state;
  for (uint16_t i = 0; i < 20; i++) {
    coap_address_t from = sim_address(SIM_PEER, (uint16_t)(41000 + i));
    raw_message_t request = raw_message(RAW_NON, RAW_GET, i, "tok");
    uint64_t asked = sim_now();
    uint64_t delay;

    raw_path(&request, "r");
    sim_inject(&from, &group, &request);
    sim_run(6000);
    assert_int_equal(sim_sent_count(), i + 1U);
    delay = sim_last()->at - asked;
    assert_true(delay <= 5000);
    lowest = delay < lowest ? delay : lowest;
    highest = delay > highest ? delay : highest;
  }
  assert_true(highest - lowest > 1000);
}

static void
a_con_to_a_group_is_not_answered(void **state) {
  (void)state;
  ask_group(RAW_CON, "r");
  sim_run(10 * 1000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_told.requests, 0);
}

/* RFC 7252 8.2: a server with nothing useful to say keeps silent. */
static void
an_error_to_a_group_is_not_sent(void **state) {
  (void)state;
  ask_group(RAW_NON, "nothing");
  sim_run(10 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

/* RFC 7252 8.1 */
static void
a_malformed_group_message_is_never_reset(void **state) {
  static const uint8_t malformed[] = {0x40, 0x01, 0x12, 0x34, 0xff};
  coap_address_t from = sim_address(SIM_PEER, 40000);

  (void)state;
  sim_inject_bytes(&from, &group, malformed, sizeof(malformed));
  sim_run(10 * 1000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(coap_context_core(context)->counters.rx_malformed, 1);
}

static void
a_ping_to_a_group_is_not_answered(void **state) {
  coap_address_t from = sim_address(SIM_PEER, 40000);
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 1, "");

  (void)state;
  sim_inject(&from, &group, &ping);
  sim_run(10 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

static void
joining_needs_a_group_and_an_endpoint(void **state) {
  coap_context_t *client = sim_client_context();

  (void)state;
  assert_true(coap_join_mcast_group_intf(client, GROUP, NULL) != 0);
  assert_true(coap_join_mcast_group_intf(context, "10.0.0.9", NULL) != 0);
  assert_true(coap_join_mcast_group_intf(context, NULL, NULL) != 0);
  assert_true(coap_join_mcast_group_intf(NULL, GROUP, NULL) != 0);
}

/* coap_endpoint_server(3): with it, only resources that say so answer groups. */
static void
per_resource_an_unmarked_one_keeps_silent(void **state) {
  (void)state;
  coap_mcast_per_resource(context);
  ask_group(RAW_NON, "r");
  sim_run(10 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, setup_client, sim_teardown)
#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, setup_server, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      CLIENT_TEST(get_addr_mcast_is_the_group),
      CLIENT_TEST(a_request_goes_to_the_group),
      CLIENT_TEST(no_con_goes_to_the_group),
      CLIENT_TEST(get_addr_remote_is_the_member_that_answered),
      CLIENT_TEST(every_member_may_answer),
      CLIENT_TEST(the_next_send_puts_the_group_address_back),
      CLIENT_TEST(no_answer_from_a_group_is_no_nack),
      CLIENT_TEST(hops_are_set_for_groups_only),
      SERVER_TEST(a_group_request_is_answered_within_the_leisure),
      SERVER_TEST(answers_to_a_group_are_spread),
      SERVER_TEST(a_con_to_a_group_is_not_answered),
      SERVER_TEST(an_error_to_a_group_is_not_sent),
      SERVER_TEST(a_malformed_group_message_is_never_reset),
      SERVER_TEST(a_ping_to_a_group_is_not_answered),
      SERVER_TEST(joining_needs_a_group_and_an_endpoint),
      SERVER_TEST(per_resource_an_unmarked_one_keeps_silent),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
