/* wire_long_token.c -- RFC 8974 2.2.2 as a client sees it: a Reset tells that long tokens are not
 * known, an error response that this one is too long. */
#include "test.h"

#include "sim_world.h"

static coap_context_t *server;

static int
setup(void **state) {
  sim_setup(state);
  server = sim_server_context();
  return server == NULL;
}

/* A CON GET of /r with a token of `length` bytes, 13 to 268; the answer. */
static const sim_sent_t *
ask(size_t length) {
  coap_address_t peer = sim_address(SIM_PEER, 40000);
  coap_address_t host = sim_address(SIM_HOST, 5683);
  uint8_t bytes[300] = {0x4d, 0x01, 0x12, 0x34, (uint8_t)(length - 13)};

  memset(bytes + 5, 't', length);
  bytes[5 + length] = 0xb1;
  bytes[6 + length] = 'r';
  assert_int_equal(sim_inject_bytes(&peer, &host, bytes, 7 + length), 0);
  sim_settle();
  assert_int_equal(sim_sent_count(), 1);
  return sim_last();
}

static void
reset_where_long_tokens_are_not_known(void **state) {
  const sim_sent_t *answer = ask(13);

  (void)state;
  assert_int_equal(answer->length, 4);
  assert_memory_equal(answer->bytes, "\x70\x00\x12\x34", 4);
}

static void
token_within_the_limit_comes_back(void **state) {
  const sim_sent_t *answer;

  (void)state;
  assert_int_equal(coap_context_set_max_token_size(server, 20), 1);
  answer = ask(20);
  assert_int_equal(answer->bytes[0], 0x6d);
  assert_int_equal(answer->bytes[1], 0x45);
  assert_int_equal(answer->bytes[4], 7);
  assert_memory_equal(answer->bytes + 5, "tttttttttttttttttttt", 20);
}

static void
bad_request_for_a_token_past_the_limit(void **state) {
  const sim_sent_t *answer;

  (void)state;
  assert_int_equal(coap_context_set_max_token_size(server, 20), 1);
  answer = ask(21);
  assert_int_equal(answer->bytes[0], 0x6d);
  assert_int_equal(answer->bytes[1], 0x80);
  assert_int_equal(answer->bytes[4], 8);
  assert_memory_equal(answer->bytes + 5, "ttttttttttttttttttttt", 21);
  assert_int_equal(sim_told.requests, 0);
}

static void
limit_has_bounds(void **state) {
  (void)state;
  assert_int_equal(coap_context_set_max_token_size(server, 7), 0);
  assert_int_equal(coap_context_set_max_token_size(server, 65805), 0);
  assert_int_equal(coap_context_set_max_token_size(NULL, 8), 0);
  assert_int_equal(coap_context_set_max_token_size(server, 65804), 1);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reset_where_long_tokens_are_not_known, setup, sim_teardown),
      cmocka_unit_test_setup_teardown(token_within_the_limit_comes_back, setup, sim_teardown),
      cmocka_unit_test_setup_teardown(bad_request_for_a_token_past_the_limit, setup, sim_teardown),
      cmocka_unit_test_setup_teardown(limit_has_bounds, setup, sim_teardown),
  };

  return cmocka_run_group_tests_name("wire_long_token", tests, NULL, NULL);
}
