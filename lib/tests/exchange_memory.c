/* exchange_memory.c -- every allocation fails once: nothing crashes, nothing is left, and the
 * server still answers afterwards. */
#include "exchange_fixture.h"

#include "exchange/exchange.h"
#include "seams/memory.h"

enum { OBSERVE = 6, BLOCK2 = 23, BLOCK1 = 27, BODY = 1500 };

static uint8_t body[BODY];
static coap_context_t *client;
static int borrowed; /* bodies lent to the library and not given back */

static void
release(coap_session_t *session, void *app_ptr) {
  (void)session;
  (void)app_ptr;
  borrowed--;
}

static void
give_large(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  borrowed++;
  coap_add_data_large_response(resource, session, request, response, query, 42, -1, 0, BODY, body,
                               release, body);
}

/* Adds the resources; what cannot be had is left out. */
static void
add_resources(void) {
  coap_resource_t *large = coap_resource_init(coap_make_str_const("large"), 0);
  coap_attr_t *attribute;

  if (!large)
    return;
  coap_register_request_handler(large, COAP_REQUEST_GET, give_large);
  coap_resource_set_get_observable(large, 1);
  attribute = coap_add_attr(large, coap_make_str_const("rt"), coap_make_str_const("\"x\""), 0);
  coap_add_resource(ex_context, large);
  if (attribute)
    assert_non_null(coap_attr_get_value(attribute));
}

static void
scenario_plain(void) {
  raw_message_t get = ex_request(RAW_GET, ".well-known");
  raw_message_t bad = ex_request(RAW_GET, "r");

  raw_path(&get, "core");
  raw_option(&get, 15, "rt=*", 4);
  ex_send(&get);
  raw_option(&bad, 12, "\0\0\0", 3);
  raw_option(&bad, 15, "q", 1);
  ex_send(&bad);
}

static void
scenario_observe(void) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 60000, "obs");
  coap_str_const_t path = {5, (const uint8_t *)"large"};
  coap_resource_t *resource = coap_get_resource_from_uri_path(ex_context, &path);

  raw_option(&get, OBSERVE, NULL, 0);
  raw_path(&get, "large");
  ex_send(&get);
  if (resource)
    coap_resource_notify_observers(resource, NULL);
  sim_settle();
  get = ex_request(RAW_GET, "large");
  ex_block(&get, BLOCK2, 1, 0, 6);
  ex_send(&get);
  coap_delete_resource(NULL, resource);
}

static void
scenario_upload(void) {
  for (unsigned int num = 0; num < 3; num++) {
    raw_message_t put = ex_request(RAW_PUT, "r");

    ex_block(&put, BLOCK1, num, num < 2, 2);
    ex_fill(&put, 'x', num < 2 ? 64 : 3);
    ex_send(&put);
  }
}

/* Library to library: both sides of both kinds of blocks, and an observation. */
static void
scenario_client(void) {
  coap_session_t *session = coap_new_client_session(client, NULL, &ex_server, COAP_PROTO_UDP);
  coap_binary_t token = {1, (uint8_t[]){'t'}};
  coap_pdu_t *pdu = session ? coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session) : NULL;

  if (pdu) {
    coap_add_token(pdu, 1, token.s);
    coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"large");
    coap_send(session, pdu);
    sim_run(100);
    coap_cancel_observe(session, &token, COAP_MESSAGE_CON);
  }
  pdu = session ? coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session) : NULL;
  if (pdu) {
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r");
    borrowed++;
    coap_add_data_large_request(session, pdu, BODY, body, release, NULL);
    coap_send(session, pdu);
  }
  sim_run(100 * 1000);
  coap_session_release(session);
}

/* One run; the number of allocations it asked for. */
static uint64_t
run(void (*scenario)(void), uint64_t failing, int sticky) {
  struct coap_mem_sim_stats stats;
  raw_message_t get;
  void *state = NULL;

  assert_int_equal(ex_setup(&state), 0);
  coap_context_set_block_mode(ex_context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  ex_resource("r", 0);
  client = sim_client_context();
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  borrowed = 0;
  coap_mem_sim_reset();
  coap_mem_sim_fail(failing, sticky);
  add_resources();
  scenario();
  coap_mem_sim_stats(&stats);
  coap_mem_sim_fail(0, 0);
  sim_run(100 * 1000);
  get = ex_request(RAW_GET, "r");
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_int_equal(coap_context_exchange(ex_context)->body_bytes, 0);
  assert_int_equal(coap_context_exchange(client)->body_bytes, 0);
  assert_int_equal(coap_context_exchange(ex_context)->kept_bytes, 0);
  assert_int_equal(sim_teardown(&state), 0);
  assert_int_equal(borrowed, 0);
  return stats.requests;
}

static void
fail_each(void (*scenario)(void), int sticky) {
  uint64_t count = run(scenario, 0, 0);

  assert_true(count > 5);
  for (uint64_t failing = 1; failing <= count; failing++)
    run(scenario, failing, sticky);
}

static void
plain_requests_survive(void **state) {
  (void)state;
  fail_each(scenario_plain, 0);
  fail_each(scenario_plain, 1);
}

static void
observation_survives(void **state) {
  (void)state;
  fail_each(scenario_observe, 0);
  fail_each(scenario_observe, 1);
}

static void
uploads_survive(void **state) {
  (void)state;
  fail_each(scenario_upload, 0);
  fail_each(scenario_upload, 1);
}

static void
clients_survive(void **state) {
  (void)state;
  fail_each(scenario_client, 0);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_requests_survive),
      cmocka_unit_test(observation_survives),
      cmocka_unit_test(uploads_survive),
      cmocka_unit_test(clients_survive),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
