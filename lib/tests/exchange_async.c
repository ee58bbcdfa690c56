/* exchange_async.c -- requests answered later: coap_async(3), RFC 7252 5.2.2. */
#include "exchange_fixture.h"

#include "exchange/exchange.h"
#include "seams/memory.h"

static coap_tick_t delay;
static unsigned int calls;
static unsigned int refused;
static coap_async_t *entry;
static size_t body_length;
static int frees_itself;
static int closes;

/* Puts the first call off; answers the second. */
static void
handle(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
       const coap_string_t *query, coap_pdu_t *response) {
  coap_async_t *async = coap_find_async(session, coap_pdu_get_token(request));
  const uint8_t *data;
  size_t offset;
  size_t total;

  (void)resource;
  (void)query;
  calls++;
  if (!async) {
    entry = coap_register_async(session, request, delay);
    coap_async_set_app_data(entry, &calls);
    if (!entry) {
      refused++;
      coap_pdu_set_code(response, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
    }
    return;
  }
  assert_null(coap_register_async(session, request, delay));
  assert_ptr_equal(coap_async_get_app_data(async), &calls);
  body_length = 0;
  coap_get_data_large(request, &body_length, &data, &offset, &total);
  if (frees_itself)
    coap_free_async(session, async);
  if (closes)
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, (const uint8_t *)"later");
}

static int
setup(void **state) {
  coap_resource_t *resource;

  if (ex_setup(state))
    return -1;
  delay = 3000;
  calls = refused = 0;
  body_length = 0;
  frees_itself = closes = 0;
  entry = NULL;
  coap_context_set_block_mode(ex_context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  resource = coap_resource_init(coap_make_str_const("a"), 0);
  coap_register_request_handler(resource, COAP_REQUEST_GET, handle);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, handle);
  coap_add_resource(ex_context, resource);
  return 0;
}

static void
ask(int type, const char *token) {
  static uint16_t mid = 500;
  raw_message_t get = raw_message(type, RAW_GET, ++mid, token);

  raw_path(&get, "a");
  ex_send(&get);
}

static void
a_con_is_acknowledged_now_and_answered_later(void **state) {
  raw_message_t ack;

  (void)state;
  ask(RAW_CON, "tok");
  assert_int_equal(ex_type(), RAW_ACK);
  assert_int_equal(ex_code(), RAW_EMPTY);
  sim_forget_sent();
  sim_run(2900);
  assert_int_equal(sim_sent_count(), 0);
  sim_run(200);
  assert_int_equal(ex_type(), RAW_CON);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_memory_equal(sim_last()->bytes + 4, "tok", 3);
  assert_true(ex_payload_is("later"));
  assert_int_equal(calls, 2);
  ack = raw_message(RAW_ACK, RAW_EMPTY, ex_mid(), "");
  ex_send(&ack);
  sim_run(60000);
  assert_int_equal(sim_sent_count(), 0);
}

static void
a_non_is_answered_later_by_a_non(void **state) {
  (void)state;
  ask(RAW_NON, "tok");
  assert_int_equal(sim_sent_count(), 0);
  sim_run(3000);
  assert_int_equal(ex_type(), RAW_NON);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
without_a_delay_it_waits_for_the_trigger(void **state) {
  (void)state;
  delay = 0;
  ask(RAW_NON, "tok");
  sim_run(600000);
  assert_int_equal(calls, 1);
  coap_async_trigger(entry);
  sim_settle();
  assert_int_equal(calls, 2);
  assert_int_equal(ex_code(), RAW_CONTENT);
}

static void
the_delay_can_be_changed(void **state) {
  (void)state;
  ask(RAW_NON, "tok");
  coap_async_set_delay(entry, 0);
  sim_run(10000);
  assert_int_equal(calls, 1);
  coap_async_set_delay(entry, 500);
  sim_run(400);
  assert_int_equal(calls, 1);
  sim_run(200);
  assert_int_equal(calls, 2);
}

static void
a_freed_entry_is_never_answered(void **state) {
  (void)state;
  ask(RAW_NON, "tok");
  coap_free_async(NULL, entry);
  sim_run(10000);
  assert_int_equal(calls, 1);
  ask(RAW_NON, "tok");
  assert_int_equal(calls, 2);
  assert_int_equal(refused, 0);
}

static void
the_second_call_may_free_its_own_entry(void **state) {
  (void)state;
  frees_itself = 1;
  ask(RAW_NON, "tok");
  sim_run(3000);
  assert_int_equal(ex_code(), RAW_CONTENT);
  sim_run(10000);
  assert_int_equal(calls, 2);
}

static void
the_second_call_may_close_the_session(void **state) {
  (void)state;
  closes = 1;
  ask(RAW_NON, "tok");
  sim_run(3000);
  assert_int_equal(calls, 2);
  assert_int_equal(sim_sent_count(), 0);
}

static void
a_body_in_blocks_is_kept_with_the_request(void **state) {
  enum { BLOCK1 = 27 };

  (void)state;
  for (unsigned int num = 0; num < 2; num++) {
    raw_message_t put = raw_message(RAW_CON, RAW_PUT, (uint16_t)(900 + num), "put");

    raw_path(&put, "a");
    ex_block(&put, BLOCK1, num, num == 0, 2);
    ex_fill(&put, 'x', num ? 10 : 64);
    ex_send(&put);
  }
  assert_int_equal(calls, 1);
  sim_forget_sent();
  sim_run(3000);
  assert_int_equal(calls, 2);
  assert_int_equal(body_length, 74);
  assert_int_equal(ex_option(BLOCK1), BLOCK_VALUE(1, 0, 2));
}

static void
a_session_holds_so_many_and_no_more(void **state) {
  (void)state;
  for (int i = 0; i < COAP_EXCHANGE_SESSION_ASYNCS + 3; i++) {
    char token[8];

    snprintf(token, sizeof(token), "t%d", i);
    ask(RAW_NON, token);
  }
  assert_int_equal(refused, 3);
  assert_int_equal(coap_context_exchange(ex_context)->counters.asyncs_refused, 3);
}

/* Every allocation on the way fails once; teardown looks for what is left. */
static void
memory_failures_leave_nothing(void **state) {
  (void)state;
  for (uint64_t nth = 1; nth < 40; nth++) {
    char token[8];

    snprintf(token, sizeof(token), "m%u", (unsigned int)nth);
    coap_mem_sim_fail(nth, 0);
    ask(RAW_CON, token);
    sim_run(3000);
    coap_mem_sim_reset();
    sim_run(300000); /* until nothing is retransmitted any more */
  }
  ask(RAW_CON, "end");
  assert_int_equal(ex_code(), RAW_EMPTY);
}

static void
null_arguments_are_refused(void **state) {
  coap_bin_const_t none = {0, NULL};

  (void)state;
  assert_int_equal(coap_async_is_supported(), 1);
  assert_null(coap_register_async(NULL, NULL, 1));
  assert_null(coap_find_async(NULL, none));
  assert_null(coap_async_get_app_data(NULL));
  coap_async_trigger(NULL);
  coap_async_set_delay(NULL, 1);
  coap_free_async(NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_con_is_acknowledged_now_and_answered_later),
      TEST(a_non_is_answered_later_by_a_non),
      TEST(without_a_delay_it_waits_for_the_trigger),
      TEST(the_delay_can_be_changed),
      TEST(a_freed_entry_is_never_answered),
      TEST(the_second_call_may_free_its_own_entry),
      TEST(the_second_call_may_close_the_session),
      TEST(a_body_in_blocks_is_kept_with_the_request),
      TEST(a_session_holds_so_many_and_no_more),
      TEST(memory_failures_leave_nothing),
      TEST(null_arguments_are_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
