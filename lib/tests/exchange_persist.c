/* exchange_persist.c -- coap_persist(3): observations, made resources and Observe numbers over a
 * restart of the server. */
#include "exchange_fixture.h"

#include "seams/file.h"
#include "seams/memory.h"

#include <errno.h>

enum { OBSERVE = 6, EVERY = 5 };

static coap_resource_t *observed;
static uint16_t mid = 100;

static void
make(coap_resource_t *unknown, coap_session_t *session, const coap_pdu_t *request,
     const coap_string_t *query, coap_pdu_t *response) {
  coap_string_t *path = coap_get_uri_path(request);
  char name[32];

  (void)unknown;
  (void)session;
  (void)query;
  if (!path)
    return;
  snprintf(name, sizeof(name), "%.*s", (int)path->length, (const char *)path->s);
  coap_delete_string(path);
  ex_resource(name, 0);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
}

static void
add_resources(void) {
  coap_resource_t *unknown = coap_resource_unknown_init(make);

  observed = ex_resource("o", COAP_RESOURCE_FLAGS_NOTIFY_CON);
  coap_resource_set_get_observable(observed, 1);
  coap_add_resource(ex_context, unknown);
}

static int
start(void) {
  return coap_persist_startup(ex_context, "made", "observers", "numbers", EVERY);
}

static int
setup(void **state) {
  if (ex_setup(state))
    return -1;
  coap_file_sim_reset();
  add_resources();
  return start() ? 0 : -1;
}

/* Another process with the same files. */
static void
restart(void) {
  sim_forget_context(ex_context);
  coap_free_context(ex_context);
  sim_settle();
  ex_context = sim_client_context();
  assert_non_null(coap_new_endpoint(ex_context, &ex_server, COAP_PROTO_UDP));
  add_resources();
  assert_int_equal(start(), 1);
  sim_forget_sent();
}

static void
observe(const char *value, size_t length) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, ++mid, "obs");

  raw_option(&get, OBSERVE, value, length);
  raw_path(&get, "o");
  ex_send(&get);
}

static void
notify(void) {
  sim_forget_sent();
  coap_resource_notify_observers(observed, NULL);
  sim_settle();
}

static void
an_observation_goes_on_after_a_restart(void **state) {
  uint32_t before;
  raw_message_t ack;

  (void)state;
  observe(NULL, 0);
  for (int i = 0; i < EVERY + 2; i++) {
    notify();
    before = ex_option(OBSERVE);
    ack = raw_message(RAW_ACK, RAW_EMPTY, ex_mid(), "");
    ex_send(&ack);
  }
  restart();
  notify();
  assert_int_equal(ex_type(), RAW_CON);
  assert_memory_equal(sim_last()->bytes + 4, "obs", 3);
  assert_true(ex_option(OBSERVE) > before); /* RFC 7641 4.4 */
}

static void
an_observation_that_ended_does_not(void **state) {
  (void)state;
  observe(NULL, 0);
  observe("\1", 1);
  restart();
  notify();
  assert_int_equal(sim_sent_count(), 0);
}

static void
a_made_resource_is_made_again(void **state) {
  raw_message_t put = raw_message(RAW_CON, RAW_PUT, ++mid, "put");
  raw_message_t get;

  (void)state;
  raw_path(&put, "new");
  raw_payload(&put, "body");
  ex_send(&put);
  assert_int_equal(ex_code(), 0x41);
  restart();
  get = raw_message(RAW_CON, RAW_GET, ++mid, "get");
  raw_path(&get, "new");
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
  coap_delete_resource(ex_context,
                       coap_get_resource_from_uri_path(ex_context, coap_make_str_const("new")));
  restart();
  get = raw_message(RAW_CON, RAW_GET, ++mid, "get");
  raw_path(&get, "new");
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
}

static void
after_stop_the_files_stay_as_they_are(void **state) {
  (void)state;
  observe(NULL, 0);
  coap_persist_stop(ex_context);
  observe("\1", 1);
  restart();
  notify();
  assert_int_equal(sim_sent_count(), 1);
}

static void
lines_without_a_meaning_are_passed_over(void **state) {
  static const char text[] = "observe 00 00 00 00\nobserve\nobserve 0 0 0 0\nnumber x 6f\nrubbish\n"
                             "resource 61 40\nobserve 04163321000001 04 04 zz\n\n \nresource 1 2";

  (void)state;
  coap_persist_stop(ex_context);
  assert_int_equal(coap_file_replace("observers", (const uint8_t *)text, sizeof(text)), 0);
  assert_int_equal(start(), 1);
  notify();
  assert_int_equal(sim_sent_count(), 0);
}

static void
a_full_disk_stops_nobody(void **state) {
  (void)state;
  coap_file_sim_fail(ENOSPC);
  observe(NULL, 0);
  assert_int_equal(ex_code(), RAW_CONTENT);
  notify();
  assert_int_equal(sim_sent_count(), 1);
}

/* What the call-backs were told. */
static struct {
  unsigned int added;
  unsigned int deleted;
  unsigned int numbers;
  unsigned int made;
  unsigned int resources_deleted;
  uint8_t raw[128];
  size_t length;
  coap_address_t endpoint;
  coap_addr_tuple_t pair;
} told;

static int
on_added(coap_session_t *session, coap_subscription_t *key, coap_proto_t proto,
         coap_address_t *endpoint, coap_addr_tuple_t *pair, coap_bin_const_t *raw,
         coap_bin_const_t *oscore, void *user_data) {
  (void)session;
  assert_non_null(key);
  assert_int_equal(proto, COAP_PROTO_UDP);
  assert_null(oscore);
  assert_ptr_equal(user_data, &told);
  told.added++;
  told.endpoint = *endpoint;
  told.pair = *pair;
  told.length = raw->length;
  memcpy(told.raw, raw->s, raw->length);
  return 1;
}

static int
on_deleted(coap_session_t *session, coap_subscription_t *key, void *user_data) {
  (void)session;
  (void)key;
  (void)user_data;
  told.deleted++;
  return 1;
}

static int
on_number(coap_context_t *context, coap_str_const_t *name, uint32_t number, void *user_data) {
  (void)context;
  (void)user_data;
  assert_true(coap_string_equal(name, coap_make_str_const("o")));
  assert_int_equal(number % EVERY, 0);
  told.numbers++;
  return 1;
}

static int
on_made(coap_session_t *session, coap_str_const_t *name, coap_bin_const_t *raw, void *user_data) {
  (void)session;
  (void)name;
  (void)raw;
  (void)user_data;
  told.made++;
  return 1;
}

static int
on_resource_deleted(coap_context_t *context, coap_str_const_t *name, void *user_data) {
  (void)context;
  (void)name;
  (void)user_data;
  told.resources_deleted++;
  return 1;
}

static void
track(void) {
  memset(&told, 0, sizeof(told));
  coap_persist_stop(ex_context);
  coap_persist_track_funcs(ex_context, on_added, on_deleted, on_number, on_made,
                           on_resource_deleted, EVERY, &told);
}

static void
call_backs_are_told_of_each_change(void **state) {
  raw_message_t put = raw_message(RAW_CON, RAW_PUT, ++mid, "put");

  (void)state;
  track();
  observe(NULL, 0);
  observe(NULL, 0); /* the same once more is none more */
  assert_int_equal(told.added, 1);
  assert_true(coap_address_equals(&told.pair.remote, &ex_peer));
  for (int i = 0; i < 2 * EVERY; i++)
    coap_resource_notify_observers(observed, NULL);
  assert_int_equal(told.numbers, 2);
  observe("\1", 1);
  assert_int_equal(told.deleted, 1);
  raw_path(&put, "new");
  ex_send(&put);
  assert_int_equal(told.made, 1);
  coap_delete_resource(ex_context, observed);
  assert_int_equal(told.resources_deleted, 1);
}

static void
what_was_reported_can_be_brought_back(void **state) {
  coap_bin_const_t raw;
  coap_address_t elsewhere = sim_address(SIM_HOST, 1);

  (void)state;
  track();
  observe(NULL, 0);
  observe("\1", 1);
  raw = (coap_bin_const_t){told.length, told.raw};
  assert_null(
      coap_persist_observe_add(ex_context, COAP_PROTO_UDP, &elsewhere, &told.pair, &raw, NULL));
  assert_null(
      coap_persist_observe_add(ex_context, COAP_PROTO_TCP, &told.endpoint, &told.pair, &raw, NULL));
  assert_null(
      coap_persist_observe_add(NULL, COAP_PROTO_UDP, &told.endpoint, &told.pair, &raw, NULL));
  raw.length = 3;
  assert_null(
      coap_persist_observe_add(ex_context, COAP_PROTO_UDP, &told.endpoint, &told.pair, &raw, NULL));
  raw.length = told.length;
  coap_persist_set_observe_num(observed, 1000);
  assert_non_null(
      coap_persist_observe_add(ex_context, COAP_PROTO_UDP, &told.endpoint, &told.pair, &raw, NULL));
  notify();
  assert_int_equal(ex_option(OBSERVE), 1001);
}

static void
memory_failures_leave_nothing(void **state) {
  (void)state;
  observe(NULL, 0);
  for (uint64_t nth = 1; nth < 60; nth++) {
    coap_mem_sim_fail(nth, 0);
    start();
    observe("\1", 1);
    observe(NULL, 0);
    coap_mem_sim_reset();
  }
  assert_int_equal(coap_persist_startup(NULL, NULL, NULL, NULL, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_observation_goes_on_after_a_restart),  TEST(an_observation_that_ended_does_not),
      TEST(a_made_resource_is_made_again),           TEST(after_stop_the_files_stay_as_they_are),
      TEST(lines_without_a_meaning_are_passed_over), TEST(a_full_disk_stops_nobody),
      TEST(call_backs_are_told_of_each_change),      TEST(what_was_reported_can_be_brought_back),
      TEST(memory_failures_leave_nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
