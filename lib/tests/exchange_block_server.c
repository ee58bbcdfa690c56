/* exchange_block_server.c -- bodies in blocks, the server's side (RFC 7959). */
#include "exchange_fixture.h"

enum { ETAG = 4, OBSERVE = 6, FORMAT = 12, BLOCK2 = 23, BLOCK1 = 27, SIZE2 = 28, SIZE1 = 60 };
enum { BODY = 1500 };

static uint8_t body[BODY];
static unsigned int released;
static unsigned int large_calls;
static size_t body_length;
static uint64_t body_etag;

static void
release(coap_session_t *session, void *app_ptr) {
  (void)session;
  assert_ptr_equal(app_ptr, body);
  released++;
}

static void
give_large(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  large_calls++;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query,
                               COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, 30, body_etag, body_length,
                               body, release, body);
}

static int
setup_mode(void **state, uint32_t mode) {
  coap_resource_t *resource;

  if (ex_setup(state))
    return -1;
  for (size_t i = 0; i < BODY; i++)
    body[i] = (uint8_t)('a' + i % 26);
  released = large_calls = 0;
  body_length = BODY;
  body_etag = 0;
  coap_context_set_block_mode(ex_context, mode);
  resource = ex_resource("large", 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, give_large);
  coap_register_request_handler(resource, COAP_REQUEST_POST, give_large);
  coap_resource_set_get_observable(resource, 1);
  ex_resource("up", 0);
  return 0;
}

static int
setup(void **state) {
  return setup_mode(state, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
}

static int
setup_plain(void **state) {
  return setup_mode(state, 0);
}

static int
setup_each_block(void **state) {
  return setup_mode(state, COAP_BLOCK_USE_LIBCOAP);
}

static void
get_block(int method, unsigned int num, unsigned int szx) {
  raw_message_t get = ex_request(method, "large");

  ex_block(&get, BLOCK2, num, 0, szx);
  ex_send(&get);
}

static void
check_block(unsigned int num, unsigned int szx) {
  size_t size = (size_t)16 << szx;
  size_t offset = num * size;
  size_t want = body_length - offset < size ? body_length - offset : size;
  size_t length = 0;
  const uint8_t *payload;

  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_int_equal(ex_option(BLOCK2), BLOCK_VALUE(num, offset + want < body_length, szx));
  payload = raw_find_payload(sim_last()->bytes, sim_last()->length, &length);
  assert_int_equal(length, want);
  assert_memory_equal(payload, body + offset, want);
}

static void
a_body_goes_in_blocks_of_one_handler_call(void **state) {
  uint32_t etag;

  (void)state;
  get_block(RAW_GET, 0, 3);
  check_block(0, 3);
  assert_int_equal(ex_option(SIZE2), BODY);
  assert_int_equal(ex_option(FORMAT), 42);
  assert_int_equal(ex_option(14), 30);
  etag = ex_option(ETAG);
  for (unsigned int num = 1; num < 12; num++) {
    get_block(RAW_GET, num, 3);
    check_block(num, 3);
    assert_int_equal(ex_option(ETAG), etag);
    assert_int_equal(ex_option(FORMAT), 42);
  }
  assert_int_equal(large_calls, 1);
  assert_int_equal(released, 0);
  sim_run(31 * 1000);
  assert_int_equal(released, 1);
}

static void
blocks_without_library_help_come_from_the_handler(void **state) {
  (void)state;
  for (unsigned int num = 0; num < 12; num++) {
    get_block(RAW_GET, num, 3);
    check_block(num, 3);
  }
  assert_int_equal(large_calls, 12);
  assert_int_equal(released, 12);
}

static void
a_request_without_block2_gets_the_first_1024_bytes(void **state) {
  raw_message_t get = ex_request(RAW_GET, "large");

  (void)state;
  ex_send(&get);
  check_block(0, 6);
}

static void
a_small_body_goes_whole(void **state) {
  raw_message_t get = ex_request(RAW_GET, "large");

  (void)state;
  body_length = 1000;
  ex_send(&get);
  assert_false(ex_has_option(BLOCK2));
  assert_int_equal(ex_payload_length(), 1000);
  assert_int_equal(released, 1);
}

static void
any_block_may_be_asked_for_alone(void **state) {
  (void)state;
  get_block(RAW_GET, 7, 3);
  check_block(7, 3);
}

static void
past_the_end_is_4_00(void **state) {
  (void)state;
  get_block(RAW_GET, 12, 3);
  assert_int_equal(ex_code(), 0x80);
  assert_false(ex_has_option(ETAG));
  get_block(RAW_GET, 0, 3);
  get_block(RAW_GET, 1000, 3);
  assert_int_equal(ex_code(), 0x80);
  assert_int_equal(released, 1);
}

/* RFC 7959 2.2 */
static void
size_exponent_7_is_4_00(void **state) {
  raw_message_t put = ex_request(RAW_PUT, "up");

  (void)state;
  get_block(RAW_GET, 0, 7);
  assert_int_equal(ex_code(), 0x80);
  ex_block(&put, BLOCK1, 0, 0, 7);
  ex_send(&put);
  assert_int_equal(ex_code(), 0x80);
  assert_int_equal(ex_handler.calls, 0);
}

/* RFC 7252 5.10.6.2 */
static void
a_known_etag_is_2_03(void **state) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 5000, "tok");

  (void)state;
  body_etag = 0x1234;
  raw_option(&get, ETAG, "\x12\x34", 2);
  raw_path(&get, "large");
  ex_send(&get);
  assert_int_equal(ex_code(), 0x43);
  assert_int_equal(ex_option(ETAG), 0x1234);
  assert_int_equal(ex_payload_length(), 0);
  assert_int_equal(released, 1);
}

static void
a_post_is_not_done_again_for_its_later_blocks(void **state) {
  (void)state;
  get_block(RAW_POST, 0, 5);
  get_block(RAW_POST, 1, 5);
  check_block(1, 5);
  assert_int_equal(large_calls, 1);
  sim_run(31 * 1000);
  get_block(RAW_POST, 2, 5);
  assert_int_equal(ex_code(), 0x88);
  assert_int_equal(large_calls, 1);
}

static void
a_session_keeps_few_bodies(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    raw_message_t get = ex_request(RAW_GET, "large");
    char query[8];

    snprintf(query, sizeof(query), "n=%d", i);
    raw_option(&get, 15, query, strlen(query));
    ex_send(&get);
    check_block(0, 6);
  }
  assert_int_equal(released, 12);
  coap_session_disconnected(sim_told.event_session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(released, 20);
}

/* RFC 7959 2.6 */
static void
a_large_notification_is_a_first_block(void **state) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 6000, "obs");
  coap_str_const_t path = {5, (const uint8_t *)"large"};

  (void)state;
  raw_option(&get, OBSERVE, NULL, 0);
  raw_path(&get, "large");
  ex_block(&get, BLOCK2, 0, 0, 4);
  ex_send(&get);
  assert_true(ex_has_option(OBSERVE));
  sim_forget_sent();
  coap_resource_notify_observers(coap_get_resource_from_uri_path(ex_context, &path), NULL);
  sim_settle();
  check_block(0, 4);
  assert_true(ex_has_option(OBSERVE));
  get_block(RAW_GET, 1, 4);
  check_block(1, 4);
  assert_false(ex_has_option(OBSERVE));
}

static void
put_block(unsigned int num, int more, unsigned int szx, size_t length, int format) {
  raw_message_t put = ex_request(RAW_PUT, "up");
  uint8_t format_byte = (uint8_t)format;

  raw_option(&put, FORMAT, &format_byte, 1);
  ex_block(&put, BLOCK1, num, more, szx);
  ex_fill(&put, (char)('A' + num), length);
  ex_send(&put);
}

static void
a_request_body_is_put_together(void **state) {
  (void)state;
  ex_handler.code = COAP_RESPONSE_CODE_CHANGED;
  ex_handler.payload = NULL;
  put_block(0, 1, 2, 64, 42);
  assert_int_equal(ex_code(), 0x5f);
  assert_int_equal(ex_option(BLOCK1), BLOCK_VALUE(0, 1, 2));
  put_block(1, 1, 2, 64, 42);
  assert_int_equal(ex_code(), 0x5f);
  assert_int_equal(ex_handler.calls, 0);
  put_block(2, 0, 2, 10, 42);
  assert_int_equal(ex_code(), 0x44);
  assert_int_equal(ex_option(BLOCK1), BLOCK_VALUE(2, 0, 2));
  assert_int_equal(ex_handler.calls, 1);
  assert_int_equal(ex_handler.body_length, 138);
  assert_int_equal(ex_handler.body_total, 138);
  assert_int_equal(ex_handler.body_offset, 0);
  for (int i = 0; i < 138; i++)
    assert_int_equal(ex_handler.body[i], 'A' + i / 64);
}

/* RFC 7959 2.5 */
static void
missing_blocks_are_4_08(void **state) {
  (void)state;
  put_block(1, 0, 2, 10, 42);
  assert_int_equal(ex_code(), 0x88);
  put_block(0, 1, 2, 64, 42);
  put_block(2, 1, 2, 64, 42);
  assert_int_equal(ex_code(), 0x88);
  put_block(3, 0, 2, 1, 42);
  assert_int_equal(ex_code(), 0x88);
  assert_int_equal(ex_handler.calls, 0);
}

/* RFC 7959 2.3 */
static void
another_content_format_is_4_08(void **state) {
  (void)state;
  put_block(0, 1, 2, 64, 42);
  put_block(1, 0, 2, 10, 0);
  assert_int_equal(ex_code(), 0x88);
  put_block(1, 0, 2, 10, 42);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_int_equal(ex_handler.calls, 1);
}

/* RFC 7959 2.3 */
static void
a_payload_that_does_not_fill_its_block_is_4_00(void **state) {
  (void)state;
  put_block(0, 1, 2, 63, 42);
  assert_int_equal(ex_code(), 0x80);
}

static void
a_first_block_begins_anew(void **state) {
  (void)state;
  put_block(0, 1, 2, 64, 42);
  put_block(1, 1, 2, 64, 42);
  put_block(0, 1, 2, 64, 42);
  put_block(1, 0, 2, 5, 42);
  assert_int_equal(ex_handler.body_length, 69);
}

static void
a_partial_body_is_dropped_after_30_s(void **state) {
  (void)state;
  put_block(0, 1, 2, 64, 42);
  sim_run(31 * 1000);
  assert_int_equal(sim_event_count(COAP_EVENT_PARTIAL_BLOCK), 1);
  put_block(1, 0, 2, 5, 42);
  assert_int_equal(ex_code(), 0x88);
}

/* RFC 7959 2.9.3 */
static void
a_body_announced_too_large_is_4_13_with_the_bound(void **state) {
  raw_message_t put = ex_request(RAW_PUT, "up");

  (void)state;
  ex_block(&put, BLOCK1, 0, 1, 0);
  raw_option(&put, SIZE1, "\xff\xff\xff\xff", 4);
  ex_fill(&put, 'x', 16);
  ex_send(&put);
  assert_int_equal(ex_code(), 0x8d);
  assert_int_equal(ex_option(SIZE1), 32 * 1024 * 1024);
}

/* RFC 9175 3.3 */
static void
request_tags_keep_bodies_apart(void **state) {
  (void)state;
  for (int round = 0; round < 4; round++) {
    raw_message_t put = ex_request(RAW_PUT, "up");

    ex_block(&put, BLOCK1, (unsigned int)round / 2, round < 2, 0);
    ex_far_option(&put, 292, round % 2 ? "1" : "2", 1);
    ex_fill(&put, (char)('a' + round), round < 2 ? 16 : 1);
    ex_send(&put);
  }
  assert_int_equal(ex_handler.calls, 2);
  assert_int_equal(ex_handler.body_length, 17);
  assert_int_equal(ex_handler.body[0], 'b');
  assert_int_equal(ex_handler.body[16], 'd');
}

/* RFC 7959 7.1: many bodies begun and left. */
static void
unfinished_bodies_are_bounded(void **state) {
  (void)state;
  for (int i = 0; i < 50; i++) {
    raw_message_t put = ex_request(RAW_PUT, "up");
    char query[8];

    snprintf(query, sizeof(query), "n=%d", i);
    raw_option(&put, 15, query, strlen(query));
    ex_block(&put, BLOCK1, 0, 1, 0);
    ex_fill(&put, 'x', 16);
    ex_send(&put);
    assert_int_equal(ex_code(), 0x5f);
  }
  sim_run(31 * 1000);
  assert_int_equal(sim_event_count(COAP_EVENT_PARTIAL_BLOCK), 8);
}

static void
a_handler_that_wants_each_block_gets_its_place(void **state) {
  (void)state;
  ex_handler.code = COAP_RESPONSE_CODE_CHANGED;
  ex_handler.payload = NULL;
  put_block(0, 1, 2, 64, 42);
  assert_int_equal(ex_code(), 0x44);
  assert_int_equal(ex_option(BLOCK1), BLOCK_VALUE(0, 0, 2));
  put_block(1, 0, 2, 6, 42);
  assert_int_equal(ex_handler.calls, 2);
  assert_int_equal(ex_handler.body_offset, 64);
  assert_int_equal(ex_handler.body_length, 6);
  assert_int_equal(ex_handler.body_total, 70);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_body_goes_in_blocks_of_one_handler_call),
      cmocka_unit_test_setup_teardown(blocks_without_library_help_come_from_the_handler,
                                      setup_plain, sim_teardown),
      TEST(a_request_without_block2_gets_the_first_1024_bytes),
      TEST(a_small_body_goes_whole),
      TEST(any_block_may_be_asked_for_alone),
      TEST(past_the_end_is_4_00),
      TEST(size_exponent_7_is_4_00),
      TEST(a_known_etag_is_2_03),
      TEST(a_post_is_not_done_again_for_its_later_blocks),
      TEST(a_session_keeps_few_bodies),
      TEST(a_large_notification_is_a_first_block),
      TEST(a_request_body_is_put_together),
      TEST(missing_blocks_are_4_08),
      TEST(another_content_format_is_4_08),
      TEST(a_payload_that_does_not_fill_its_block_is_4_00),
      TEST(a_first_block_begins_anew),
      TEST(a_partial_body_is_dropped_after_30_s),
      TEST(a_body_announced_too_large_is_4_13_with_the_bound),
      TEST(request_tags_keep_bodies_apart),
      TEST(unfinished_bodies_are_bounded),
      cmocka_unit_test_setup_teardown(a_handler_that_wants_each_block_gets_its_place,
                                      setup_each_block, sim_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
