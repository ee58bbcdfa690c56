/* api_out_of_memory.c -- long scenarios, run again and again with the first, the second, ... n-th
 * allocation failing, alone and with all after it: never a crash, never a leak, and each request
 * ends in exactly one of: refused, answered, told of. */
#include "test.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/net_sim.h"
#include "seams/random.h"
#include "request_ends.h"
#include "sim_world.h"

enum { BODY_SIZE = 3000, ROUNDS_MAX = 4000, STEPS = 400, STEP_MS = 500 };

static uint8_t body[BODY_SIZE];
static coap_bin_const_t whole_body = {sizeof(body), body};

static ssize_t
forward(void *user, const coap_address_t *from, const coap_address_t *to, const uint8_t *data,
        size_t length) {
  (void)user;
  coap_net_sim_deliver(from, to, 1, data, length);
  return (ssize_t)length;
}

static void
on_put(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
       const coap_string_t *query, coap_pdu_t *response) {
  (void)session;
  (void)request;
  (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
  coap_resource_notify_observers(resource, NULL);
}

static coap_context_t *
new_server(const coap_address_t *address) {
  coap_context_t *server = coap_new_context(address);
  coap_resource_t *resource;

  if (!server)
    return NULL;
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  resource = coap_resource_init(coap_make_str_const("r"), COAP_RESOURCE_FLAGS_NOTIFY_CON);
  if (!resource)
    return server;
  coap_register_request_handler(resource, COAP_REQUEST_GET, sim_on_get_body);
  coap_resource_set_userdata(resource, &whole_body);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, on_put);
  coap_resource_set_get_observable(resource, 1);
  coap_add_attr(resource, coap_make_str_const("rt"), coap_make_str_const("\"x\""), 0);
  coap_add_resource(server, resource);
  return server;
}

static coap_context_t *
new_client(void) {
  coap_context_t *client = coap_new_context(NULL);

  if (!client)
    return NULL;
  coap_context_set_block_mode(client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  request_ends_watch(client);
  return client;
}

/* `observe`: with the option. A PUT has a body of several blocks. */
static void
send_request(coap_session_t *session, coap_pdu_type_t type, coap_pdu_code_t code,
             const char *segment, int observe) {
  coap_pdu_t *pdu = coap_new_pdu(type, code, session);
  uint8_t token[8];
  size_t length;

  if (!pdu)
    return;
  coap_session_new_token(session, &length, token);
  if (!coap_add_token(pdu, length, token) ||
      (observe && !coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL)) ||
      !coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(segment), (const uint8_t *)segment) ||
      (code == COAP_REQUEST_CODE_PUT &&
       !coap_add_data_large_request(session, pdu, sizeof(body), body, NULL, NULL))) {
    coap_delete_pdu(pdu);
    return;
  }
  request_ends_send(session, pdu);
}

static void
process(coap_context_t *server, coap_context_t *client) {
  for (int i = 0; i < STEPS; i++) {
    for (int k = 0; k < 8; k++) {
      coap_io_process(server, COAP_IO_NO_WAIT);
      coap_io_process(client, COAP_IO_NO_WAIT);
    }
    coap_clock_sim_set(coap_clock_now() + STEP_MS);
  }
}

static void
talk(coap_context_t *server, coap_context_t *client, const coap_address_t *address) {
  coap_session_t *session = coap_new_client_session(client, NULL, address, COAP_PROTO_UDP);

  if (!session)
    return;
  send_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "r", 1);
  send_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, "r", 0);
  send_request(session, COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, "missing", 0);
  send_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, "r", 0);
  coap_session_send_ping(session);
  process(server, client);
  coap_session_release(session);
}

static void
scenario(void) {
  coap_address_t address = sim_address(SIM_HOST, 5683);
  coap_context_t *server = new_server(&address);
  coap_context_t *client = new_client();

  if (server && client)
    talk(server, client, &address);
  coap_free_context(client);
  coap_free_context(server);
}

static void
run_scenario(void) {
  request_ends_reset();
  coap_random_sim_seed(3);
  coap_net_sim_reset();
  coap_net_sim_set_tap(forward, NULL);
  scenario();
}

static void
assert_nothing_left(uint64_t nth) {
  struct coap_mem_sim_stats stats;

  coap_mem_sim_stats(&stats);
  if (stats.live_blocks || coap_net_sim_open_count())
    fail_msg("allocation %u: %zu blocks, %u sockets left", (unsigned int)nth, stats.live_blocks,
             coap_net_sim_open_count());
  if (request_ends.answered + request_ends.told != request_ends.asked)
    fail_msg("allocation %u: %u requests, %u answered, %u told of", (unsigned int)nth,
             request_ends.asked, request_ends.answered, request_ends.told);
}

/* Fails each allocation in turn until the scenario has no more of them. */
static void
fail_each(int sticky) {
  struct coap_mem_sim_stats stats;
  uint64_t nth = 0;

  do {
    assert_true(++nth < ROUNDS_MAX);
    coap_mem_sim_reset();
    coap_mem_sim_fail(nth, sticky);
    run_scenario();
    coap_mem_sim_stats(&stats);
    coap_mem_sim_fail(0, 0);
    assert_nothing_left(nth);
  } while (stats.requests >= nth);
  assert_true(nth > 100);
}

static void
the_scenario_succeeds_with_memory(void **state) {
  (void)state;
  run_scenario();
  assert_int_equal(request_ends.asked, 3);
  assert_int_equal(request_ends.answered, 3);
  assert_int_equal(request_ends.told, 0);
  assert_nothing_left(0);
}

static void
one_failing_allocation_is_survived(void **state) {
  (void)state;
  fail_each(0);
}

static void
no_memory_from_some_time_on_is_survived(void **state) {
  (void)state;
  fail_each(1);
}

static int
setup(void **state) {
  coap_mem_sim_reset();
  return quiet_setup(state);
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_scenario_succeeds_with_memory, setup, quiet_teardown),
      cmocka_unit_test_setup_teardown(one_failing_allocation_is_survived, setup, quiet_teardown),
      cmocka_unit_test_setup_teardown(no_memory_from_some_time_on_is_survived, setup,
                                      quiet_teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
