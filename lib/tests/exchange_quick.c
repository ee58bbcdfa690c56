/* exchange_quick.c -- Q-Block message by message, both sides against a raw peer (RFC 9177). */
#include "client_fixture.h"

enum {
  ETAG = 4,
  FORMAT = 12,
  Q_BLOCK1 = 19,
  BLOCK1 = 27,
  SIZE2 = 28,
  Q_BLOCK2 = 31,
  SIZE1 = 60,
  RTAG = 292,
  SZX = 0,
  SIZE = 16,
  CONTINUE = 0x5f,
  INCOMPLETE = 0x88,
  MISSING_BLOCKS = 272,
  MODE = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY | COAP_BLOCK_TRY_Q_BLOCK
};

static uint8_t body[40 * SIZE];
static unsigned int gets;

static void
give_large(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  gets++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query, 42, -1, 7, sizeof(body),
                               body, NULL, NULL);
}

static int
setup_server(void **state) {
  coap_resource_t *resource;

  if (ex_setup(state))
    return -1;
  gets = 0;
  for (size_t i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i / SIZE);
  coap_context_set_block_mode(ex_context, MODE);
  ex_resource("up", 0);
  resource = ex_resource("large", 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, give_large);
  return 0;
}

static uint16_t next_mid = 100;

/* One block of a PUT to /up of `total` bytes. */
static raw_message_t
put(unsigned int num, unsigned int total, const char *token) {
  raw_message_t message = raw_message(RAW_NON, RAW_PUT, ++next_mid, token);
  uint8_t size[2] = {(uint8_t)(total >> 8), (uint8_t)total};
  unsigned int left = total - num * SIZE;

  raw_path(&message, "up");
  ex_block(&message, Q_BLOCK1, num, left > SIZE, SZX);
  raw_option(&message, SIZE1, size, 2);
  ex_far_option(&message, RTAG, "r", 1);
  ex_fill(&message, (char)('a' + num % 26), left < SIZE ? left : SIZE);
  return message;
}

static void
give_put(unsigned int num, unsigned int total) {
  raw_message_t message = put(num, total, "tk");

  ex_send(&message);
}

static void
the_answer_comes_with_the_last_missing_block(void **state) {
  (void)state;
  ex_handler.code = COAP_RESPONSE_CODE_CHANGED;
  for (unsigned int num = 3; num > 0; num--) {
    give_put(num, 3 * SIZE + 5);
    assert_int_equal(sim_sent_count(), 0);
  }
  give_put(0, 3 * SIZE + 5);
  assert_int_equal(ex_type(), RAW_NON);
  assert_int_equal(ex_code(), 0x44);
  assert_int_equal(ex_handler.calls, 1);
  assert_int_equal(ex_handler.body_length, 3 * SIZE + 5);
  assert_int_equal(ex_handler.body[0], 'a');
  assert_int_equal(ex_handler.body[3 * SIZE + 4], 'd');
  /* 4.3: the answer may have been lost. */
  give_put(3, 3 * SIZE + 5);
  assert_int_equal(ex_code(), 0x44);
  assert_int_equal(ex_handler.calls, 1);
  sim_run(100 * 1000);
}

/* RFC 9177 4.3, 7.2 */
static void
a_full_set_is_confirmed(void **state) {
  (void)state;
  for (unsigned int num = 0; num < 9; num++) {
    give_put(num, 15 * SIZE);
    assert_int_equal(sim_sent_count(), 0);
  }
  give_put(9, 15 * SIZE);
  assert_int_equal(ex_code(), CONTINUE);
  assert_int_equal(ex_type(), RAW_NON);
  assert_int_equal(ex_option(Q_BLOCK1), BLOCK_VALUE(9, 1, SZX));
  give_put(4, 15 * SIZE);
  assert_int_equal(sim_sent_count(), 0);
  give_put(9, 15 * SIZE);
  assert_int_equal(ex_code(), CONTINUE);
}

static void
check_missing(const char *numbers) {
  assert_int_equal(ex_code(), INCOMPLETE);
  assert_int_equal(ex_option(FORMAT), MISSING_BLOCKS);
  assert_true(ex_payload_is(numbers));
}

/* RFC 9177 7.2: asked for when the next set begins, then after 4, 8, 16 and 32 s, then no more. */
static void
missing_blocks_are_named(void **state) {
  static const unsigned int waits[] = {4, 8, 16, 32};

  (void)state;
  for (unsigned int num = 0; num < 10; num++) {
    if (num != 2 && num != 5)
      give_put(num, 25 * SIZE);
    assert_int_equal(sim_sent_count(), 0);
  }
  give_put(10, 25 * SIZE);
  check_missing("\x02\x05");
  give_put(11, 25 * SIZE);
  assert_int_equal(sim_sent_count(), 0);
  for (unsigned int i = 0; i < COUNT_OF(waits); i++) {
    sim_forget_sent();
    sim_run(waits[i] * 1000 - 1);
    assert_int_equal(sim_sent_count(), 0);
    sim_run(1);
    check_missing("\x02\x05\x0c\x0d\x0e\x0f\x10\x11\x12\x13");
  }
  sim_forget_sent();
  sim_run(64 * 1000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_event_count(COAP_EVENT_PARTIAL_BLOCK), 1);
}

/* 4.3: a client that has given up says so. */
static void
a_reset_drops_the_body(void **state) {
  raw_message_t reset;

  (void)state;
  give_put(1, 3 * SIZE);
  sim_run(4000);
  reset = raw_message(RAW_RST, RAW_EMPTY, ex_mid(), "");
  ex_send(&reset);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_event_count(COAP_EVENT_PARTIAL_BLOCK), 0);
}

static void
what_the_rfc_requires_is_required(void **state) {
  raw_message_t message = raw_message(RAW_NON, RAW_PUT, ++next_mid, "tk");

  (void)state;
  raw_path(&message, "up");
  ex_block(&message, Q_BLOCK1, 0, 1, SZX);
  raw_option(&message, SIZE1, "\x40", 1);
  ex_fill(&message, 'x', SIZE);
  ex_send(&message); /* no Request-Tag */
  assert_int_equal(ex_code(), 0x80);
  message = raw_message(RAW_NON, RAW_PUT, ++next_mid, "tk");
  raw_path(&message, "up");
  ex_block(&message, Q_BLOCK1, 0, 1, SZX);
  ex_far_option(&message, RTAG, "r", 1);
  ex_fill(&message, 'x', SIZE);
  ex_send(&message); /* no Size1 */
  assert_int_equal(ex_code(), 0x80);
  give_put(0, SIZE + SIZE / 2);
  assert_int_equal(sim_sent_count(), 0);
  give_put(1, 2 * SIZE); /* another Size1 */
  assert_int_equal(ex_code(), 0x80);
  message = raw_message(RAW_CON, RAW_GET, ++next_mid, "tk");
  raw_path(&message, "large");
  ex_block(&message, 23, 0, 0, SZX);
  ex_block(&message, Q_BLOCK2, 0, 1, SZX);
  ex_send(&message); /* 4.1: a mix */
  assert_int_equal(ex_code(), 0x80);
}

static void
without_the_mode_the_options_are_unknown(void **state) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, ++next_mid, "tk");

  (void)state;
  coap_context_set_block_mode(ex_context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  raw_path(&get, "large");
  ex_block(&get, Q_BLOCK2, 0, 1, SZX);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_BAD_OPTION);
}

static raw_message_t
get_blocks(const char *token) {
  raw_message_t get = raw_message(RAW_NON, RAW_GET, ++next_mid, token);

  raw_path(&get, "large");
  return get;
}

static void
check_sent_block(unsigned int index, unsigned int num) {
  const sim_sent_t *sent = sim_sent(index);
  size_t length = 0;
  const uint8_t *value = raw_find_option(sent->bytes, sent->length, Q_BLOCK2, &length);
  uint32_t read = 0;

  assert_non_null(value);
  while (length--)
    read = read << 8 | *value++;
  assert_int_equal(read, BLOCK_VALUE(num, num < 39, SZX));
  value = raw_find_payload(sent->bytes, sent->length, &length);
  assert_int_equal(length, SIZE);
  assert_memory_equal(value, body + num * SIZE, SIZE);
  assert_non_null(raw_find_option(sent->bytes, sent->length, ETAG, &length));
  assert_non_null(raw_find_option(sent->bytes, sent->length, SIZE2, &length));
}

/* RFC 9177 4.4: a set, the next one on 'Continue', and what was lost by its numbers. */
static void
a_body_is_sent_set_by_set(void **state) {
  raw_message_t get = get_blocks("t1");

  (void)state;
  ex_block(&get, Q_BLOCK2, 0, 1, SZX);
  ex_send(&get);
  assert_int_equal(sim_sent_count(), 10);
  for (unsigned int i = 0; i < 10; i++)
    check_sent_block(i, i);
  get = get_blocks("t2");
  ex_block(&get, Q_BLOCK2, 10, 1, SZX);
  ex_send(&get);
  assert_int_equal(sim_sent_count(), 10);
  check_sent_block(0, 10);
  assert_memory_equal(sim_sent(9)->bytes + 4, "t2", 2);
  get = get_blocks("t3");
  ex_block(&get, Q_BLOCK2, 3, 0, SZX);
  ex_block(&get, Q_BLOCK2, 7, 1, SZX);
  ex_block(&get, Q_BLOCK2, 8, 0, SZX); /* once only, for all that M says */
  ex_send(&get);
  assert_int_equal(sim_sent_count(), 4);
  check_sent_block(0, 3);
  check_sent_block(1, 7);
  check_sent_block(3, 9);
  assert_int_equal(gets, 1);
  get = get_blocks("t4");
  ex_block(&get, Q_BLOCK2, 7, 0, SZX);
  ex_block(&get, Q_BLOCK2, 7, 0, SZX);
  ex_send(&get);
  assert_int_equal(ex_code(), 0x80);
  sim_run(200 * 1000);
}

/* The next set follows after NON_TIMEOUT_RANDOM, but not for ever to a client that is not heard. */
static void
silence_slows_down_and_then_ends(void **state) {
  raw_message_t get = get_blocks("t1");
  uint64_t start = sim_now();

  (void)state;
  ex_block(&get, Q_BLOCK2, 0, 1, SZX);
  ex_send(&get);
  sim_run(1999);
  assert_int_equal(sim_sent_count(), 10);
  sim_run(1002);
  assert_int_equal(sim_sent_count(), 20);
  assert_true(sim_sent(10)->at - start >= 2000 && sim_sent(10)->at - start <= 3000);
  sim_run(600 * 1000);
  assert_int_equal(sim_sent_count(), 40);
}

static int
setup_client(void **state) {
  if (cl_setup(state))
    return -1;
  coap_context_set_block_mode(cl_context, MODE | COAP_BLOCK_MAX_SIZE_SET(1));
  return 0;
}

static coap_pdu_t *
non_request(coap_pdu_code_t method) {
  coap_pdu_t *pdu = cl_request(method);

  coap_pdu_set_type(pdu, COAP_MESSAGE_NON);
  return pdu;
}

/* A PUT of 25 blocks of 32 bytes; the peer is asked first, by a CON, and knows Q-Block. */
static void
begin_put(int code_of_probe) {
  static uint8_t large[25 * 32];
  coap_pdu_t *pdu = non_request(COAP_REQUEST_CODE_PUT);
  raw_message_t answer;

  assert_true(coap_add_data_large_request(cl_session, pdu, sizeof(large), large, NULL, NULL));
  assert_true(coap_send(cl_session, pdu) != COAP_INVALID_MID);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_CON);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_GET);
  assert_true(cl_sent_has(Q_BLOCK2));
  answer = cl_response(RAW_ACK, code_of_probe, 0);
  sim_forget_sent();
  cl_give(&answer);
  assert_int_equal(cl_got.count, 0);
}

static uint32_t
sent_number(unsigned int index) {
  size_t length = 0;
  const uint8_t *value =
      raw_find_option(sim_sent(index)->bytes, sim_sent(index)->length, Q_BLOCK1, &length);
  uint32_t read = 0;

  assert_non_null(value);
  while (length--)
    read = read << 8 | *value++;
  return read >> 4;
}

static void
a_request_body_goes_in_sets(void **state) {
  raw_message_t answer;

  (void)state;
  begin_put(RAW_NOT_FOUND);
  assert_int_equal(sim_sent_count(), 10);
  for (unsigned int i = 0; i < 10; i++) {
    assert_int_equal(sent_number(i), i);
    assert_int_equal(raw_type(sim_sent(i)->bytes), RAW_NON);
  }
  assert_int_equal(cl_sent_option(SIZE1), 25 * 32);
  assert_true(cl_sent_has(RTAG));
  answer = cl_response(RAW_NON, CONTINUE, 900);
  ex_block(&answer, Q_BLOCK1, 9, 1, 1);
  sim_forget_sent();
  cl_give(&answer);
  assert_int_equal(sim_sent_count(), 10);
  assert_int_equal(sent_number(0), 10);
  answer = cl_response(RAW_NON, INCOMPLETE, 901);
  raw_option(&answer, FORMAT, "\x01\x10", 2);
  raw_payload(&answer, "\x03\x0b");
  sim_forget_sent();
  cl_give(&answer);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(sent_number(0), 3);
  assert_int_equal(sent_number(1), 11);
  sim_forget_sent();
  sim_run(3001); /* NON_TIMEOUT_RANDOM is at most this */
  assert_int_equal(sim_sent_count(), 5);
  answer = cl_response(RAW_NON, 0x44, 902);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_CHANGED);
  assert_memory_equal(cl_got.token, "app", 3);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 9177 5 */
static void
numbers_out_of_order_are_dropped(void **state) {
  raw_message_t answer;

  (void)state;
  begin_put(RAW_CONTENT);
  answer = cl_response(RAW_NON, INCOMPLETE, 901);
  raw_option(&answer, FORMAT, "\x01\x10", 2);
  raw_payload(&answer, "\x0b\x03");
  sim_forget_sent();
  cl_give(&answer);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(cl_got.count, 0);
}

/* 2.9.2 of RFC 7959: without the format it is final. */
static void
a_plain_4_08_is_the_answer(void **state) {
  raw_message_t answer;

  (void)state;
  begin_put(RAW_CONTENT);
  answer = cl_response(RAW_NON, INCOMPLETE, 901);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_INCOMPLETE);
}

static void
a_reset_ends_the_exchange(void **state) {
  raw_message_t reset;

  (void)state;
  begin_put(RAW_CONTENT);
  reset = raw_message(RAW_RST, RAW_EMPTY, raw_mid(sim_sent(4)->bytes), "");
  cl_give(&reset);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_RST);
  sim_forget_sent();
  sim_run(60 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

/* RFC 9177 4.1 */
static void
a_peer_without_q_block_gets_block1(void **state) {
  (void)state;
  begin_put(RAW_BAD_OPTION);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(cl_sent_option(BLOCK1), BLOCK_VALUE(0, 1, 1));
  assert_false(cl_sent_has(Q_BLOCK1));
}

static void
a_peer_that_does_not_answer_is_a_nack(void **state) {
  (void)state;
  assert_true(coap_send(cl_session, non_request(COAP_REQUEST_CODE_GET)) != COAP_INVALID_MID);
  assert_true(coap_send(cl_session, non_request(COAP_REQUEST_CODE_GET)) != COAP_INVALID_MID);
  assert_int_equal(sim_sent_count(), 1); /* one question for both */
  sim_run(100 * 1000);
  assert_int_equal(sim_told.nacks, 2);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TOO_MANY_RETRIES);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, setup_server, sim_teardown)
#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, setup_client, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      SERVER_TEST(the_answer_comes_with_the_last_missing_block),
      SERVER_TEST(a_full_set_is_confirmed),
      SERVER_TEST(missing_blocks_are_named),
      SERVER_TEST(a_reset_drops_the_body),
      SERVER_TEST(what_the_rfc_requires_is_required),
      SERVER_TEST(without_the_mode_the_options_are_unknown),
      SERVER_TEST(a_body_is_sent_set_by_set),
      SERVER_TEST(silence_slows_down_and_then_ends),
      CLIENT_TEST(a_request_body_goes_in_sets),
      CLIENT_TEST(numbers_out_of_order_are_dropped),
      CLIENT_TEST(a_plain_4_08_is_the_answer),
      CLIENT_TEST(a_reset_ends_the_exchange),
      CLIENT_TEST(a_peer_without_q_block_gets_block1),
      CLIENT_TEST(a_peer_that_does_not_answer_is_a_nack),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
