/* exchange_large_block.c -- bodies of up to 16 MiB in Block1 and Block2, between a client and a
 * server of ours over a network that loses every twentieth datagram. */
#include "body_world.h"

enum {
  WHOLE = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY,
  MIB = 1024 * 1024,
  LOSS = 50,
  HOUR = 3600 * 1000
};

static int
setup_loss(void **state, unsigned int loss) {
  static const coap_fixed_point_t half_a_second = {0, 500};

  sim_setup(state);
  bw_setup(WHOLE, 3, loss);
  /* So many messages that some are lost five times over. */
  coap_session_set_ack_timeout(bw_session, half_a_second);
  coap_session_set_max_retransmit(bw_session, 6);
  return 0;
}

static int
setup(void **state) {
  return setup_loss(state, LOSS);
}

static int
setup_calm(void **state) {
  return setup_loss(state, 0);
}

static void
sixteen_mib_go_up_with_loss(void **state) {
  (void)state;
  bw_put_largest(COAP_MESSAGE_CON);
  assert_true(lossy_lost() > 1000);
}

static void
sixteen_mib_come_down_with_loss(void **state) {
  (void)state;
  bw_get_largest(COAP_MESSAGE_CON);
}

static void
every_size_goes_both_ways(void **state) {
  (void)state;
  bw_every_size(COAP_MESSAGE_CON, 0);
}

/* Smaller blocks are what the mode asks for, on either side. */
static void
the_mode_bounds_the_block_size(void **state) {
  (void)state;
  coap_context_set_block_mode(bw_client, WHOLE | COAP_BLOCK_MAX_SIZE_SET(4));
  coap_context_set_block_mode(bw_server, WHOLE | COAP_BLOCK_MAX_SIZE_SET(2));
  bw_size = 1024;
  bw_put_whole(COAP_MESSAGE_CON);
  assert_int_equal(lossy_count(), 2 * 4);
  bw_get_whole(COAP_MESSAGE_CON);
  assert_int_equal(lossy_count(), 2 * 4 + 2 * 16);
}

/* RFC 7959 2.2: there are no more than 2^20 blocks. */
static void
a_body_with_too_many_blocks_is_refused(void **state) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, bw_session);
  static const uint8_t smallest = 0;

  (void)state;
  coap_add_option(pdu, COAP_OPTION_BLOCK1, 1, &smallest);
  bw_size = BODY_LARGEST + 1;
  assert_int_equal(coap_add_data_large_request(bw_session, pdu, bw_size, bw_body(), NULL, NULL), 0);
  coap_delete_pdu(pdu);
  /* And of the server's answers, by the code. */
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, bw_session);
  coap_add_token(pdu, 1, (const uint8_t *)"t");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"big");
  coap_add_option(pdu, COAP_OPTION_BLOCK2, 1, &smallest);
  coap_register_nack_handler(bw_client, NULL);
  assert_true(coap_send(bw_session, pdu) != COAP_INVALID_MID);
  assert_true(lossy_run(&bw_told.ended, HOUR));
  assert_int_equal(bw_told.code, COAP_RESPONSE_CODE_INTERNAL_ERROR);
}

static void
a_body_left_alone_is_freed_after_half_a_minute(void **state) {
  struct coap_session_t *session = bw_session;

  (void)state;
  bw_size = MIB;
  bw_put(COAP_MESSAGE_CON);
  lossy_run(NULL, 5000);
  assert_true(bw_peak() > MIB / 8);
  coap_session_release(session);
  lossy_run(NULL, 31 * 1000);
  assert_int_equal(sim_event_count(COAP_EVENT_PARTIAL_BLOCK), 1);
  assert_int_equal(bw_told.released, 1);
}

#define TEST(name, how) cmocka_unit_test_setup_teardown(name, how, bw_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(sixteen_mib_go_up_with_loss, setup),
      TEST(sixteen_mib_come_down_with_loss, setup),
      TEST(every_size_goes_both_ways, setup),
      TEST(the_mode_bounds_the_block_size, setup_calm),
      TEST(a_body_with_too_many_blocks_is_refused, setup_calm),
      TEST(a_body_left_alone_is_freed_after_half_a_minute, setup_calm),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
