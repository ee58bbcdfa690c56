/* exchange_request.c -- how requests are answered: option rules, dispatch, who gets no answer
 * (RFC 7252 5.4, 5.7, 5.8, 8.2; RFC 7967, 8768). */
#include "exchange_fixture.h"

#define GROUP "224.0.1.187"

static int
setup(void **state) {
  if (ex_setup(state))
    return -1;
  ex_resource("r", 0);
  return 0;
}

static raw_message_t
request(int type, int method, const char *path) {
  static uint16_t mid = 100;
  raw_message_t message = raw_message(type, method, ++mid, "tok");

  if (path)
    raw_path(&message, path);
  return message;
}

static void
a_con_is_answered_piggybacked(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");

  (void)state;
  ex_send(&get);
  assert_int_equal(ex_type(), RAW_ACK);
  assert_int_equal(ex_mid(), raw_mid(get.bytes));
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_memory_equal(sim_last()->bytes + 4, "tok", 3);
  assert_true(ex_payload_is("hello"));
}

static void
a_non_is_answered_by_a_non_of_its_own_message_id(void **state) {
  raw_message_t get = request(RAW_NON, RAW_GET, "r");
  uint16_t first;

  (void)state;
  ex_send(&get);
  assert_int_equal(ex_type(), RAW_NON);
  assert_int_equal(ex_code(), RAW_CONTENT);
  first = ex_mid();
  get = request(RAW_NON, RAW_GET, "r");
  ex_send(&get);
  assert_int_not_equal(ex_mid(), first);
}

static void
code_0_is_an_empty_acknowledgement(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");

  (void)state;
  ex_handler.code = COAP_EMPTY_CODE;
  ex_handler.payload = NULL;
  ex_send(&get);
  assert_int_equal(ex_type(), RAW_ACK);
  assert_int_equal(ex_code(), RAW_EMPTY);
  assert_int_equal(sim_last()->length, 4);
}

/* RFC 7252 5.4.1 */
static void
unknown_critical_option_in_a_con_is_4_02_that_names_it(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");
  size_t length = 0;
  const uint8_t *words;
  char text[128];

  (void)state;
  ex_far_option(&get, 65001, NULL, 0);
  ex_send(&get);
  assert_int_equal(ex_type(), RAW_ACK);
  assert_int_equal(ex_code(), RAW_BAD_OPTION);
  words = raw_find_payload(sim_last()->bytes, sim_last()->length, &length);
  assert_non_null(words);
  snprintf(text, sizeof(text), "%.*s", (int)length, (const char *)words);
  assert_non_null(strstr(text, "65001"));
  assert_int_equal(ex_handler.calls, 0);
}

static void
unknown_critical_option_in_a_non_is_rejected_in_silence(void **state) {
  raw_message_t get = request(RAW_NON, RAW_GET, "r");

  (void)state;
  ex_far_option(&get, 65001, NULL, 0);
  ex_send(&get);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(ex_handler.calls, 0);
}

static void
registered_critical_option_reaches_the_handler(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");

  (void)state;
  coap_register_option(ex_context, 65001);
  ex_far_option(&get, 65001, NULL, 0);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
unknown_elective_option_is_ignored(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");

  (void)state;
  ex_far_option(&get, 65000, "x", 1);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

/* RFC 7252 5.4.3: lengths out of range; 5.4.5: repeated; OSCORE and Q-Block are not built in. */
static void
critical_options_that_break_the_rules_are_4_02(void **state) {
  static const struct {
    unsigned int number;
    size_t length;
    int twice;
  } rows[] = {{1, 9, 0}, {3, 0, 0},  {5, 1, 0},  {17, 3, 0}, {17, 1, 1},
              {9, 1, 0}, {19, 1, 0}, {31, 1, 0}, {23, 4, 0}, {27, 1, 1}};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    raw_message_t get = request(RAW_CON, RAW_GET, NULL);

    raw_option(&get, rows[i].number, "\1\1\1\1\1\1\1\1\1", rows[i].length);
    if (rows[i].twice)
      raw_option(&get, rows[i].number, "\1\1\1\1\1\1\1\1\1", rows[i].length);
    ex_send(&get);
    if (ex_code() != RAW_BAD_OPTION)
      fail_msg("option %u: code %02x", rows[i].number, (unsigned int)ex_code());
  }
}

static void
elective_options_that_break_the_rules_are_not_shown(void **state) {
  raw_message_t put = request(RAW_CON, RAW_PUT, "r");

  (void)state;
  raw_option(&put, 12, "\0\0\0", 3);
  raw_option(&put, 14, "\0\0\0\0\0", 5);
  raw_payload(&put, "data");
  ex_send(&put);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_int_equal(ex_handler.content_formats, 0);
  assert_int_equal(ex_handler.body_length, 4);
  put = request(RAW_CON, RAW_PUT, "r");
  raw_option(&put, 12, "\1", 1);
  raw_option(&put, 12, "\2", 1);
  ex_send(&put);
  assert_int_equal(ex_handler.content_formats, 1);
}

/* RFC 7252 5.7.2 */
static void
proxy_requests_are_5_05(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, NULL);

  (void)state;
  raw_option(&get, 35, "coap://x/", 9);
  ex_send(&get);
  assert_int_equal(ex_code(), 0xa5);
  get = request(RAW_CON, RAW_GET, "r");
  raw_option(&get, 39, "coap", 4);
  ex_send(&get);
  assert_int_equal(ex_code(), 0xa5);
}

/* RFC 8768 3 */
static void
hop_limit_0_is_4_00(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");

  (void)state;
  raw_option(&get, 16, "\0", 1);
  ex_send(&get);
  assert_int_equal(ex_code(), 0x80);
  get = request(RAW_CON, RAW_GET, "r");
  raw_option(&get, 16, "\20", 1);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
uri_host_and_port_do_not_matter(void **state) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 7, "");

  (void)state;
  raw_option(&get, 3, "example.org", 11);
  raw_option(&get, 7, "\x12\x34", 2);
  raw_path(&get, "r");
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
unknown_methods_are_4_05(void **state) {
  (void)state;
  for (int method = 6; method < 32; method++) {
    raw_message_t any = request(RAW_CON, method, "r");

    ex_send(&any);
    assert_int_equal(ex_type(), RAW_ACK);
    assert_int_equal(ex_code(), 0x85);
  }
}

static void
missing_resource_is_4_04_but_deleted(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "nope");
  raw_message_t delete = request(RAW_CON, 4, "nope");

  (void)state;
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
  ex_send(&delete);
  assert_int_equal(ex_code(), 0x42); /* RFC 7252 5.8.4 */
  assert_int_equal(ex_payload_length(), 0);
}

static void
empty_segments_make_another_path(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "a");

  (void)state;
  ex_resource("a/b", 0);
  raw_path(&get, "");
  raw_path(&get, "b");
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
  ex_resource("a//b", 0);
  get.bytes[3]++;
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
query_reaches_the_handler(void **state) {
  raw_message_t get = request(RAW_CON, RAW_GET, "r");

  (void)state;
  raw_option(&get, 15, "a=1", 3);
  raw_option(&get, 15, "b", 1);
  ex_send(&get);
  assert_string_equal(ex_handler.query, "a=1&b");
}

static void
put_created(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,
            const coap_string_t *query, coap_pdu_t *response) {
  (void)session;
  (void)pdu;
  (void)query;
  assert_int_equal(coap_resource_get_uri_path(resource)->length, 0);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
}

static void
unknown_resource_takes_puts_only(void **state) {
  raw_message_t put = request(RAW_CON, RAW_PUT, "new");
  raw_message_t get = request(RAW_CON, RAW_GET, "new");

  (void)state;
  coap_add_resource(ex_context, coap_resource_unknown_init(put_created));
  ex_send(&put);
  assert_int_equal(ex_code(), 0x41);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
}

static void
delete_itself(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,
              const coap_string_t *query, coap_pdu_t *response) {
  (void)session;
  (void)pdu;
  (void)query;
  coap_delete_resource(NULL, resource);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_DELETED);
}

static void
a_handler_may_delete_its_resource(void **state) {
  coap_resource_t *resource = ex_resource("gone", 0);
  raw_message_t delete = request(RAW_CON, 4, "gone");
  raw_message_t get = request(RAW_CON, RAW_GET, "gone");

  (void)state;
  coap_register_request_handler(resource, COAP_REQUEST_DELETE, delete_itself);
  ex_send(&delete);
  assert_int_equal(ex_code(), 0x42);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
}

/* RFC 7967 2 */
static void
no_response_is_heeded(void **state) {
  raw_message_t get = request(RAW_NON, RAW_GET, "r");
  raw_message_t con = request(RAW_CON, RAW_GET, "r");
  raw_message_t missing = request(RAW_NON, RAW_GET, "nope");

  (void)state;
  raw_option(&get, 258, "\2", 1);
  ex_send(&get);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(ex_handler.calls, 1);
  raw_option(&con, 258, "\32", 1);
  ex_send(&con);
  assert_int_equal(ex_type(), RAW_ACK);
  assert_int_equal(ex_code(), RAW_EMPTY);
  raw_option(&missing, 258, "\2", 1);
  ex_send(&missing);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
}

/* RFC 7252 8.2 */
static void
a_group_gets_useful_answers_only_and_late(void **state) {
  coap_address_t group = sim_address(GROUP, 5683);
  raw_message_t get = request(RAW_NON, RAW_GET, "r");
  raw_message_t missing = request(RAW_NON, RAW_GET, "nope");

  (void)state;
  assert_int_equal(coap_join_mcast_group_intf(ex_context, GROUP, NULL), 0);
  ex_send_to(&get, &group);
  assert_int_equal(sim_sent_count(), 0);
  sim_run(5000);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_int_equal(ex_type(), RAW_NON);
  ex_send_to(&missing, &group);
  sim_run(6000);
  assert_int_equal(sim_sent_count(), 0);
}

static void
group_flags_of_a_resource_count(void **state) {
  coap_address_t group = sim_address(GROUP, 5683);
  raw_message_t get = request(RAW_NON, RAW_GET, "r");
  raw_message_t open = request(RAW_NON, RAW_GET, "open");
  int flags = COAP_RESOURCE_FLAGS_HAS_MCAST_SUPPORT | COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_DELAYS |
              COAP_RESOURCE_FLAGS_LIB_DIS_MCAST_SUPPRESS_4_XX;

  (void)state;
  ex_resource("open", flags);
  assert_int_equal(coap_join_mcast_group_intf(ex_context, GROUP, NULL), 0);
  coap_mcast_per_resource(ex_context);
  ex_send_to(&get, &group);
  sim_run(6000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(ex_handler.calls, 0);
  ex_handler.code = COAP_RESPONSE_CODE_NOT_FOUND;
  ex_send_to(&open, &group);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
}

static void
error_response_copies_token_and_named_options(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 77, 100);
  coap_opt_filter_t named;
  coap_opt_iterator_t oi;
  coap_pdu_t *error;
  coap_bin_const_t token;

  (void)state;
  coap_add_token(pdu, 2, (const uint8_t *)"ab");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"p");
  coap_add_option(pdu, 65001, 1, (const uint8_t *)"v");
  coap_option_filter_clear(&named);
  coap_option_filter_set(&named, 65001);
  error = coap_new_error_response(pdu, COAP_RESPONSE_CODE_BAD_OPTION, &named);
  assert_non_null(error);
  token = coap_pdu_get_token(error);
  assert_int_equal(coap_pdu_get_type(error), COAP_MESSAGE_ACK);
  assert_int_equal(coap_pdu_get_mid(error), 77);
  assert_int_equal(token.length, 2);
  assert_non_null(coap_check_option(error, 65001, &oi));
  assert_null(coap_check_option(error, COAP_OPTION_URI_PATH, &oi));
  coap_delete_pdu(error);
  coap_delete_pdu(pdu);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_con_is_answered_piggybacked),
      TEST(a_non_is_answered_by_a_non_of_its_own_message_id),
      TEST(code_0_is_an_empty_acknowledgement),
      TEST(unknown_critical_option_in_a_con_is_4_02_that_names_it),
      TEST(unknown_critical_option_in_a_non_is_rejected_in_silence),
      TEST(registered_critical_option_reaches_the_handler),
      TEST(unknown_elective_option_is_ignored),
      TEST(critical_options_that_break_the_rules_are_4_02),
      TEST(elective_options_that_break_the_rules_are_not_shown),
      TEST(proxy_requests_are_5_05),
      TEST(hop_limit_0_is_4_00),
      TEST(uri_host_and_port_do_not_matter),
      TEST(unknown_methods_are_4_05),
      TEST(missing_resource_is_4_04_but_deleted),
      TEST(empty_segments_make_another_path),
      TEST(query_reaches_the_handler),
      TEST(unknown_resource_takes_puts_only),
      TEST(a_handler_may_delete_its_resource),
      TEST(no_response_is_heeded),
      TEST(a_group_gets_useful_answers_only_and_late),
      TEST(group_flags_of_a_resource_count),
      TEST(error_response_copies_token_and_named_options),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
