/* exchange_block_client.c -- bodies in blocks, the client's side against a raw server (RFC 7959).
 */
#include "client_fixture.h"

enum { ETAG = 4, OBSERVE = 6, BLOCK2 = 23, BLOCK1 = 27, SIZE1 = 60, RTAG = 292 };

/* `size` bytes of the body made of one letter a block. */
static void
give_block2(unsigned int num, int more, unsigned int szx, const char *etag) {
  raw_message_t answer = cl_response(RAW_ACK, RAW_CONTENT, 0);

  raw_option(&answer, ETAG, etag, strlen(etag));
  ex_block(&answer, BLOCK2, num, more, szx);
  ex_fill(&answer, (char)('a' + num), more ? (size_t)16 << szx : 5);
  cl_give(&answer);
}

static void
a_response_body_is_fetched_and_shown_whole(void **state) {
  (void)state;
  cl_get(0);
  give_block2(0, 1, 2, "v1");
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(cl_sent_option(BLOCK2), BLOCK_VALUE(1, 0, 2));
  assert_true(cl_sent_has(11));
  give_block2(1, 1, 2, "v1");
  assert_int_equal(cl_sent_option(BLOCK2), BLOCK_VALUE(2, 0, 2));
  give_block2(2, 0, 2, "v1");
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.length, 133);
  assert_int_equal(cl_got.total, 133);
  assert_int_equal(cl_got.body[0], 'a');
  assert_int_equal(cl_got.body[64], 'b');
  assert_int_equal(cl_got.body[132], 'c');
  assert_int_equal(cl_got.token_length, 3);
  assert_memory_equal(cl_got.token, "app", 3);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 7959 2.4 */
static void
a_body_that_changes_is_fetched_anew(void **state) {
  (void)state;
  cl_get(0);
  give_block2(0, 1, 2, "v1");
  give_block2(1, 1, 2, "v2");
  assert_int_equal(cl_sent_option(BLOCK2), BLOCK_VALUE(0, 0, 2));
  give_block2(0, 1, 2, "v2");
  give_block2(1, 0, 2, "v2");
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.length, 69);
}

static void
a_body_that_never_stands_still_is_given_up(void **state) {
  char etag[] = "a";

  (void)state;
  cl_get(0);
  for (int i = 0; i < 20 && !sim_told.nacks; i++) {
    give_block2(0, 1, 2, etag);
    etag[0]++;
    give_block2(1, 1, 2, etag);
    etag[0]++;
  }
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_BAD_RESPONSE);
}

static void
a_block_out_of_place_is_given_up(void **state) {
  (void)state;
  cl_get(0);
  give_block2(0, 1, 2, "v1");
  give_block2(5, 1, 2, "v1");
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(sim_told.nacks, 1);
}

static void
an_error_half_way_is_the_answer(void **state) {
  raw_message_t answer;

  (void)state;
  cl_get(0);
  give_block2(0, 1, 2, "v1");
  answer = cl_response(RAW_ACK, RAW_NOT_FOUND, 0);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_NOT_FOUND);
  assert_memory_equal(cl_got.token, "app", 3);
}

static void
a_block_never_answered_is_a_nack_of_the_request(void **state) {
  (void)state;
  cl_get(0);
  give_block2(0, 1, 2, "v1");
  sim_run(300 * 1000);
  assert_int_equal(cl_got.count, 0);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TOO_MANY_RETRIES);
  assert_int_equal(sim_event_count(COAP_EVENT_XMIT_BLOCK_FAIL), 1);
}

static void
each_block_is_shown_to_who_asks_for_that(void **state) {
  (void)state;
  coap_context_set_block_mode(cl_context, COAP_BLOCK_USE_LIBCOAP);
  cl_get(0);
  give_block2(0, 1, 2, "v1");
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.offset, 0);
  assert_true(cl_got.total > 64);
  assert_true(cl_got.has_block2);
  give_block2(1, 0, 2, "v1");
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(cl_got.offset, 64);
  assert_int_equal(cl_got.length, 5);
  assert_int_equal(cl_got.total, 69);
  assert_true(cl_got.has_block2);
  assert_memory_equal(cl_got.token, "app", 3);
}

/* RFC 7959 2.6: a newer state's body takes the place of the one being fetched. */
static void
large_notifications_are_fetched(void **state) {
  raw_message_t first;

  (void)state;
  cl_observe();
  for (uint8_t i = 1; i <= 2; i++) {
    uint8_t number = (uint8_t)(20 + i);

    first = raw_message(RAW_NON, RAW_CONTENT, (uint16_t)(800 + i), "app");
    raw_option(&first, ETAG, &number, 1);
    raw_option(&first, OBSERVE, &number, 1);
    ex_block(&first, BLOCK2, 0, 1, 2);
    ex_fill(&first, (char)('0' + i), 64);
    cl_give(&first);
    assert_int_equal(cl_sent_option(BLOCK2), BLOCK_VALUE(1, 0, 2));
    assert_false(cl_sent_has(OBSERVE));
  }
  assert_int_equal(cl_got.count, 1);
  give_block2(1, 0, 2, "\26");
  assert_int_equal(cl_got.count, 2);
  assert_int_equal(cl_got.length, 69);
  assert_int_equal(cl_got.body[0], '2');
  assert_memory_equal(cl_got.token, "app", 3);
  cl_notify(RAW_CON, 900, 40);
  assert_int_equal(cl_got.count, 3);
}

static unsigned int released;

static void
release(coap_session_t *from, void *app_ptr) {
  (void)from;
  (void)app_ptr;
  released++;
}

static uint8_t large[1500];

static void
send_large_put(unsigned int szx) {
  coap_pdu_t *pdu = cl_request(COAP_REQUEST_CODE_PUT);
  uint8_t block = (uint8_t)szx;

  for (size_t i = 0; i < sizeof(large); i++)
    large[i] = (uint8_t)(i / 7);
  released = 0;
  coap_add_option(pdu, COAP_OPTION_IF_NONE_MATCH, 0, NULL);
  if (szx < 6)
    coap_add_option(pdu, COAP_OPTION_BLOCK1, 1, &block);
  assert_int_equal(
      coap_add_data_large_request(cl_session, pdu, sizeof(large), large, release, NULL), 1);
  assert_int_equal(released, 0);
  assert_true(coap_send(cl_session, pdu) != COAP_INVALID_MID);
}

static void
check_block1(unsigned int num, unsigned int szx) {
  size_t size = (size_t)16 << szx;
  size_t offset = num * size;
  size_t want = sizeof(large) - offset < size ? sizeof(large) - offset : size;
  size_t length = 0;
  const uint8_t *payload = raw_find_payload(sim_last()->bytes, sim_last()->length, &length);

  assert_int_equal(cl_sent_option(BLOCK1), BLOCK_VALUE(num, offset + want < sizeof(large), szx));
  assert_int_equal(length, want);
  assert_memory_equal(payload, large + offset, want);
}

static void
give_block1(int code, unsigned int num, int more, unsigned int szx) {
  raw_message_t answer = cl_response(RAW_ACK, code, 0);

  ex_block(&answer, BLOCK1, num, more, szx);
  cl_give(&answer);
}

/* RFC 9175 3.3: each body has a tag, the same in all of its blocks. */
static void
bodies_have_request_tags(void **state) {
  uint32_t first;

  (void)state;
  send_large_put(6);
  first = cl_sent_option(RTAG);
  give_block1(0x5f, 0, 1, 6);
  assert_int_equal(cl_sent_option(RTAG), first);
  give_block1(0x44, 1, 0, 6);
  send_large_put(6);
  assert_int_equal(cl_sent_option(RTAG), first + 1);
  give_block1(0x5f, 0, 1, 6);
  give_block1(0x44, 1, 0, 6);
  coap_context_set_block_mode(cl_context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY |
                                              COAP_BLOCK_NO_PREEMPTIVE_RTAG);
  send_large_put(6);
  assert_false(cl_sent_has(RTAG));
  give_block1(0x8d, 0, 0, 6);
}

/* coap_block(3) */
static void
an_application_may_put_a_body_together(void **state) {
  static const uint8_t part[8] = "abcdefg";
  coap_binary_t *body = coap_block_build_body(NULL, 4, part, 0, 6);

  (void)state;
  assert_non_null(body);
  assert_int_equal(body->length, 6);
  body = coap_block_build_body(body, 4, part + 4, 4, 6);
  assert_int_equal(body->length, 8);
  assert_memory_equal(body->s, part, 8);
  assert_null(coap_block_build_body(body, 4, part, SIZE_MAX - 2, 8));
  assert_null(coap_block_build_body(NULL, 0, NULL, 0, 8));
}

static void
blocks_may_be_written_one_by_one(void **state) {
  coap_block_b_t block = {.num = 1, .szx = 6};
  coap_pdu_t *pdu = cl_request(COAP_REQUEST_CODE_PUT);
  coap_block_b_t read;
  size_t length = 0;
  const uint8_t *data;

  (void)state;
  assert_true(coap_write_block_b_opt(cl_session, &block, COAP_OPTION_BLOCK1, pdu, sizeof(large)) >
              0);
  assert_int_equal(block.chunk_size, 1024);
  assert_int_equal(block.m, 0);
  assert_true(coap_add_block_b_data(pdu, sizeof(large), large, &block));
  assert_true(coap_get_block_b(cl_session, pdu, COAP_OPTION_BLOCK1, &read));
  assert_int_equal(read.num, 1);
  assert_true(coap_get_data(pdu, &length, &data));
  assert_int_equal(length, sizeof(large) - 1024);
  block.num = 2;
  assert_true(coap_write_block_b_opt(cl_session, &block, COAP_OPTION_BLOCK1, pdu, sizeof(large)) <
              0);
  coap_delete_pdu(pdu);
}

static void
a_request_body_goes_in_blocks(void **state) {
  (void)state;
  send_large_put(6);
  check_block1(0, 6);
  assert_int_equal(cl_sent_option(SIZE1), sizeof(large));
  assert_true(cl_sent_has(5));
  give_block1(0x5f, 0, 1, 6);
  check_block1(1, 6);
  assert_false(cl_sent_has(5)); /* RFC 7959 2.10 */
  assert_int_equal(cl_got.count, 0);
  give_block1(0x44, 1, 0, 6);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_CHANGED);
  assert_memory_equal(cl_got.token, "app", 3);
  assert_int_equal(released, 1);
}

/* RFC 7959 2.5 */
static void
the_server_may_make_blocks_smaller(void **state) {
  (void)state;
  send_large_put(5);
  check_block1(0, 5);
  give_block1(0x5f, 0, 1, 3);
  check_block1(4, 3);
  for (unsigned int num = 4; num < 11; num++) {
    give_block1(0x5f, num, 1, 3);
    check_block1(num + 1, 3);
  }
  give_block1(0x44, 11, 0, 3);
  assert_int_equal(cl_got.count, 1);
}

/* RFC 7959 2.9.3 */
static void
too_large_with_a_smaller_size_is_tried_again(void **state) {
  (void)state;
  send_large_put(6);
  give_block1(0x8d, 0, 1, 4);
  check_block1(0, 4);
  give_block1(0x8d, 0, 1, 4);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.code, COAP_RESPONSE_CODE_REQUEST_TOO_LARGE);
  assert_int_equal(released, 1);
}

static void
a_body_is_given_back_when_nothing_comes_of_it(void **state) {
  coap_pdu_t *pdu;

  (void)state;
  send_large_put(6);
  sim_run(300 * 1000);
  assert_int_equal(released, 1);
  assert_int_equal(sim_told.nacks, 1);
  pdu = cl_request(COAP_REQUEST_CODE_PUT);
  assert_int_equal(
      coap_add_data_large_request(cl_session, pdu, sizeof(large), large, release, NULL), 1);
  coap_delete_pdu(pdu);
  sim_run(31 * 1000);
  assert_int_equal(released, 2);
}

static void
one_large_request_may_follow_another(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    send_large_put(6);
    give_block1(0x5f, 0, 1, 6);
    give_block1(0x44, 1, 0, 6);
    assert_int_equal(released, 1);
  }
  assert_int_equal(cl_got.count, 20);
}

static void
a_small_body_is_part_of_the_request(void **state) {
  coap_pdu_t *pdu = cl_request(COAP_REQUEST_CODE_PUT);

  (void)state;
  released = 0;
  assert_int_equal(coap_add_data_large_request(cl_session, pdu, 100, large, release, NULL), 1);
  assert_int_equal(released, 1);
  coap_send(cl_session, pdu);
  assert_false(cl_sent_has(BLOCK1));
}

/* RFC 7959 2.8 */
static void
a_group_is_sent_no_blocks(void **state) {
  coap_address_t group = sim_address("224.0.1.187", 5683);
  coap_session_t *session = sim_client_session(coap_session_get_context(cl_session), &group);
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_NON, COAP_REQUEST_CODE_PUT, session);

  (void)state;
  released = 0;
  assert_int_equal(coap_add_data_large_request(session, pdu, sizeof(large), large, release, NULL),
                   0);
  assert_int_equal(released, 1);
  assert_int_equal(coap_add_data_large_request(session, pdu, 100, large, release, NULL), 1);
  coap_delete_pdu(pdu);
  coap_session_release(session);
}

/* RFC 7959 2.7 */
static void
both_bodies_may_be_large(void **state) {
  raw_message_t answer;

  (void)state;
  send_large_put(6);
  give_block1(0x5f, 0, 1, 6);
  answer = cl_response(RAW_ACK, 0x44, 0);
  ex_block(&answer, BLOCK2, 0, 1, 2);
  ex_block(&answer, BLOCK1, 1, 0, 6);
  ex_fill(&answer, 'a', 64);
  cl_give(&answer);
  assert_false(cl_sent_has(BLOCK1));
  assert_int_equal(cl_sent_option(BLOCK2), BLOCK_VALUE(1, 0, 2));
  assert_int_equal(raw_code(sim_last()->bytes), RAW_PUT);
  answer = cl_response(RAW_ACK, 0x44, 0);
  ex_block(&answer, BLOCK2, 1, 0, 2);
  ex_fill(&answer, 'b', 3);
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
  assert_int_equal(cl_got.length, 67);
}

static void
a_released_session_leaves_nothing(void **state) {
  (void)state;
  cl_observe();
  send_large_put(6);
  give_block1(0x5f, 0, 1, 6);
  coap_session_release(cl_session);
  assert_int_equal(released, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cl_setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_response_body_is_fetched_and_shown_whole),
      TEST(a_body_that_changes_is_fetched_anew),
      TEST(a_body_that_never_stands_still_is_given_up),
      TEST(a_block_out_of_place_is_given_up),
      TEST(an_error_half_way_is_the_answer),
      TEST(a_block_never_answered_is_a_nack_of_the_request),
      TEST(each_block_is_shown_to_who_asks_for_that),
      TEST(large_notifications_are_fetched),
      TEST(a_request_body_goes_in_blocks),
      TEST(bodies_have_request_tags),
      TEST(an_application_may_put_a_body_together),
      TEST(blocks_may_be_written_one_by_one),
      TEST(the_server_may_make_blocks_smaller),
      TEST(too_large_with_a_smaller_size_is_tried_again),
      TEST(a_body_is_given_back_when_nothing_comes_of_it),
      TEST(one_large_request_may_follow_another),
      TEST(a_small_body_is_part_of_the_request),
      TEST(a_group_is_sent_no_blocks),
      TEST(both_bodies_may_be_large),
      TEST(a_released_session_leaves_nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
