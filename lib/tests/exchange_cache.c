/* exchange_cache.c -- coap_cache(3): Cache-Keys (RFC 7252 5.6), entries, how long they stay. */
#include "client_fixture.h"

#include "exchange/exchange.h"
#include "seams/memory.h"

enum { SIZE1 = 60, OBSERVE = 6 };

static unsigned int freed;
static coap_session_t *other;

static int
setup(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5700);

  freed = 0;
  if (cl_setup(state))
    return -1;
  other = sim_client_session(cl_context, &peer);
  return 0;
}

static void
count_freed(void *data) {
  assert_ptr_equal(data, &freed);
  freed++;
}

/* A request with a query; to be deleted. */
static coap_pdu_t *
request(coap_pdu_code_t method, const char *query) {
  coap_pdu_t *pdu = cl_request(method);

  assert_true(coap_add_option(pdu, COAP_OPTION_URI_QUERY, strlen(query), (const uint8_t *)query));
  return pdu;
}

/* Whether both have the same key; takes them. */
static int
same(coap_pdu_t *a, coap_pdu_t *b) {
  coap_cache_entry_t *entry = coap_new_cache_entry(cl_session, a, COAP_CACHE_NOT_RECORD_PDU,
                                                   COAP_CACHE_NOT_SESSION_BASED, 0);
  int found;

  assert_non_null(entry);
  found = coap_cache_get_by_pdu(other, b, COAP_CACHE_NOT_SESSION_BASED) == entry;
  coap_delete_cache_entry(cl_context, entry);
  coap_delete_pdu(a);
  coap_delete_pdu(b);
  return found;
}

static coap_pdu_t *
with(coap_pdu_t *pdu, coap_option_num_t number, const char *value) {
  assert_true(coap_add_option(pdu, number, strlen(value), (const uint8_t *)value));
  return pdu;
}

static coap_pdu_t *
with_payload(coap_pdu_t *pdu, const char *payload) {
  assert_true(coap_add_data(pdu, strlen(payload), (const uint8_t *)payload));
  return pdu;
}

#define GET(query)   request(COAP_REQUEST_CODE_GET, query)
#define FETCH(query) request(COAP_REQUEST_CODE_FETCH, query)

static void
method_and_options_make_the_key(void **state) {
  (void)state;
  assert_true(same(GET("a=1"), GET("a=1")));
  assert_false(same(GET("a=1"), GET("a=2")));
  assert_false(same(GET("a=1"), FETCH("a=1")));
  assert_false(same(with(GET("a"), COAP_OPTION_ACCEPT, "2"), GET("a")));
  /* Two options are not one of the same bytes. */
  assert_false(same(with(GET("a"), COAP_OPTION_URI_QUERY, "b"), GET("ab")));
}

static void
options_without_a_part_in_it_are_left_out(void **state) {
  (void)state;
  assert_true(same(with(GET("a"), SIZE1, "9"), GET("a")));
  assert_true(same(with(GET("a"), OBSERVE, ""), GET("a")));
}

static void
the_payload_of_fetch_is_in_the_key_and_of_others_not(void **state) {
  (void)state;
  assert_false(same(with_payload(FETCH("a"), "x"), with_payload(FETCH("a"), "y")));
  assert_true(same(with_payload(FETCH("a"), "x"), with_payload(FETCH("a"), "x")));
  assert_true(same(with_payload(GET("a"), "x"), with_payload(GET("a"), "y")));
}

static void
named_options_are_ignored(void **state) {
  static const uint16_t ignored[] = {COAP_OPTION_ACCEPT, COAP_OPTION_BLOCK1};
  static const uint16_t too_many[COAP_EXCHANGE_MAX_OPTIONS + 1] = {0};

  (void)state;
  assert_int_equal(coap_cache_ignore_options(cl_context, ignored, 2), 1);
  assert_true(same(with(GET("a"), COAP_OPTION_ACCEPT, "2"), GET("a")));
  assert_int_equal(coap_cache_ignore_options(cl_context, NULL, 0), 1);
  assert_false(same(with(GET("a"), COAP_OPTION_ACCEPT, "2"), GET("a")));
  assert_int_equal(coap_cache_ignore_options(cl_context, too_many, COUNT_OF(too_many)), 0);
  assert_int_equal(coap_cache_ignore_options(NULL, ignored, 2), 0);
}

static void
keys_find_entries(void **state) {
  static const uint16_t ignored[] = {COAP_OPTION_URI_QUERY};
  coap_pdu_t *pdu = GET("a");
  coap_pdu_t *bare = cl_request(COAP_REQUEST_CODE_GET);
  coap_cache_entry_t *entry = coap_new_cache_entry(cl_session, bare, COAP_CACHE_NOT_RECORD_PDU,
                                                   COAP_CACHE_NOT_SESSION_BASED, 0);
  coap_cache_key_t *plain = coap_cache_derive_key(other, pdu, COAP_CACHE_NOT_SESSION_BASED);
  coap_cache_key_t *less = coap_cache_derive_key_w_ignore(other, pdu, COAP_CACHE_NOT_SESSION_BASED,
                                                          ignored, COUNT_OF(ignored));

  (void)state;
  assert_null(coap_cache_get_by_key(cl_context, plain));
  assert_ptr_equal(coap_cache_get_by_key(cl_context, less), entry);
  assert_null(coap_cache_get_by_key(cl_context, NULL));
  coap_delete_cache_key(plain);
  coap_delete_cache_key(less);
  coap_delete_cache_key(NULL);
  coap_delete_pdu(pdu);
  coap_delete_pdu(bare);
}

static void
entries_of_a_session_are_its_own_and_go_with_it(void **state) {
  coap_pdu_t *pdu = GET("a");
  coap_cache_entry_t *own =
      coap_new_cache_entry(other, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);
  coap_cache_entry_t *common =
      coap_new_cache_entry(other, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);

  (void)state;
  coap_cache_set_app_data(own, &freed, count_freed);
  coap_cache_set_app_data(common, &freed, count_freed);
  assert_ptr_equal(coap_cache_get_by_pdu(other, pdu, COAP_CACHE_IS_SESSION_BASED), own);
  assert_null(coap_cache_get_by_pdu(cl_session, pdu, COAP_CACHE_IS_SESSION_BASED));
  coap_session_release(other);
  assert_int_equal(freed, 1);
  assert_ptr_equal(coap_cache_get_by_pdu(cl_session, pdu, COAP_CACHE_NOT_SESSION_BASED), common);
  coap_delete_pdu(pdu);
}

static void
a_recorded_pdu_is_a_copy(void **state) {
  coap_pdu_t *pdu = with_payload(GET("a"), "body");
  coap_cache_entry_t *entry =
      coap_new_cache_entry(cl_session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
  const coap_pdu_t *kept = coap_cache_get_pdu(entry);
  size_t length = 0;
  const uint8_t *data;

  (void)state;
  assert_non_null(kept);
  assert_ptr_not_equal(kept, pdu);
  coap_delete_pdu(pdu);
  assert_int_equal(coap_get_data(kept, &length, &data), 1);
  assert_int_equal(length, 4);
  assert_memory_equal(data, "body", 4);
  assert_int_equal(coap_pdu_get_code(kept), COAP_REQUEST_CODE_GET);
  coap_delete_cache_entry(cl_context, entry);
}

static void
an_entry_goes_after_its_idle_time(void **state) {
  coap_pdu_t *pdu = GET("a");
  coap_cache_entry_t *entry = coap_new_cache_entry(cl_session, pdu, COAP_CACHE_NOT_RECORD_PDU,
                                                   COAP_CACHE_NOT_SESSION_BASED, 10);

  (void)state;
  coap_cache_set_app_data(entry, &freed, count_freed);
  assert_ptr_equal(coap_cache_get_app_data(entry), &freed);
  sim_run(9000);
  assert_ptr_equal(coap_cache_get_by_pdu(cl_session, pdu, COAP_CACHE_NOT_SESSION_BASED), entry);
  sim_run(9000); /* the look-up began it anew */
  assert_int_equal(freed, 0);
  sim_run(2000);
  assert_int_equal(freed, 1);
  assert_null(coap_cache_get_by_pdu(cl_session, pdu, COAP_CACHE_NOT_SESSION_BASED));
  coap_delete_pdu(pdu);
}

static void
a_second_entry_takes_the_place_of_the_first(void **state) {
  coap_pdu_t *pdu = GET("a");
  coap_cache_entry_t *first = coap_new_cache_entry(cl_session, pdu, COAP_CACHE_NOT_RECORD_PDU,
                                                   COAP_CACHE_NOT_SESSION_BASED, 0);
  coap_cache_entry_t *second;

  (void)state;
  coap_cache_set_app_data(first, &freed, count_freed);
  second = coap_new_cache_entry(cl_session, pdu, COAP_CACHE_NOT_RECORD_PDU,
                                COAP_CACHE_NOT_SESSION_BASED, 0);
  assert_int_equal(freed, 1);
  assert_ptr_equal(coap_cache_get_by_pdu(cl_session, pdu, COAP_CACHE_NOT_SESSION_BASED), second);
  coap_delete_pdu(pdu);
}

/* Fills the table; the number of entries that found room. */
static int
fill(int count) {
  int made = 0;

  for (int i = 0; i < count; i++) {
    char query[16];
    coap_pdu_t *pdu;

    snprintf(query, sizeof(query), "n=%d", i);
    pdu = GET(query);
    made += coap_new_cache_entry(cl_session, pdu, COAP_CACHE_NOT_RECORD_PDU,
                                 COAP_CACHE_NOT_SESSION_BASED, 0) != NULL;
    coap_delete_pdu(pdu);
  }
  return made;
}

static void
there_are_so_many_entries_and_no_more(void **state) {
  (void)state;
  assert_int_equal(fill(COAP_EXCHANGE_MAX_CACHE + 5), COAP_EXCHANGE_MAX_CACHE);
  assert_int_equal(coap_context_exchange(cl_context)->counters.cache_refused, 5);
}

/* What is left is looked for at the end of each test. */
static void
memory_failures_leave_nothing(void **state) {
  coap_pdu_t *pdu = with_payload(GET("a"), "body");
  int made = 0;

  (void)state;
  for (uint64_t nth = 1; nth < 12 && !made; nth++) {
    coap_mem_sim_fail(nth, 0);
    made = coap_new_cache_entry(cl_session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED,
                                5) != NULL;
    coap_mem_sim_reset();
    if (!made)
      assert_null(coap_cache_get_by_pdu(cl_session, pdu, COAP_CACHE_IS_SESSION_BASED));
    else
      assert_true(nth > 3);
  }
  assert_true(made);
  coap_delete_pdu(pdu);
}

static void
null_arguments_are_refused(void **state) {
  (void)state;
  assert_null(coap_cache_derive_key(NULL, NULL, COAP_CACHE_NOT_SESSION_BASED));
  assert_null(
      coap_new_cache_entry(NULL, NULL, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0));
  assert_null(coap_cache_get_by_pdu(NULL, NULL, COAP_CACHE_NOT_SESSION_BASED));
  assert_null(coap_cache_get_pdu(NULL));
  assert_null(coap_cache_get_app_data(NULL));
  coap_cache_set_app_data(NULL, NULL, NULL);
  coap_delete_cache_entry(NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(method_and_options_make_the_key),
      TEST(options_without_a_part_in_it_are_left_out),
      TEST(the_payload_of_fetch_is_in_the_key_and_of_others_not),
      TEST(named_options_are_ignored),
      TEST(keys_find_entries),
      TEST(entries_of_a_session_are_its_own_and_go_with_it),
      TEST(a_recorded_pdu_is_a_copy),
      TEST(an_entry_goes_after_its_idle_time),
      TEST(a_second_entry_takes_the_place_of_the_first),
      TEST(there_are_so_many_entries_and_no_more),
      TEST(memory_failures_leave_nothing),
      TEST(null_arguments_are_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
