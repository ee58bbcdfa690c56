/* oscore_state.c -- what changes: sequence numbers, the replay window, Echo after a start, memory
 * that fails (RFC 8613 7.2, 7.4, B.1). */
#include "oscore_fixture.h"

#include "seams/memory.h"
#include "secure/oscore_context.h"

static struct {
  uint64_t number;
  unsigned int calls;
  int result;
} saved;

static int
save(uint64_t number, void *param) {
  assert_ptr_equal(param, &saved);
  saved.number = number;
  saved.calls++;
  return saved.result;
}

static coap_session_t *
session_from(const char *text, uint64_t start) {
  coap_str_const_t mem = {strlen(text), (const uint8_t *)text};

  return coap_new_client_session_oscore(os_client, NULL, &os_address, COAP_PROTO_UDP,
                                        coap_new_oscore_conf(mem, save, &saved, start));
}

/* B.1.1: what is saved is never below what has been used, and comes every ssn_freq numbers. */
static void
numbers_are_saved_ahead(void **state) {
  (void)state;
  memset(&saved, 0, sizeof(saved));
  saved.result = 1;
  assert_int_equal(coap_context_oscore_server(os_server, os_conf(OS_SECRET OS_SERVER OS_NO_B12)),
                   1);
  os_session = session_from(OS_SECRET OS_CLIENT "ssn_freq,integer,3\n", 100);
  for (unsigned int i = 0; i < 7; i++) {
    os_ask();
    assert_int_equal(saved.calls, i / 3 + 1);
    assert_int_equal(saved.number, 100 + 3 * (i / 3 + 1));
  }
  /* What cannot be saved is not used. */
  os_ask();
  os_ask();
  saved.result = 0;
  assert_int_equal(os_send(os_session, COAP_REQUEST_CODE_GET, 0), COAP_INVALID_MID);
  assert_int_equal(os_served.calls, 9);
  saved.result = 1;
  os_ask();
}

/* 7.2.1: the last number below 2^40, then none. */
static void
numbers_end(void **state) {
  (void)state;
  memset(&saved, 0, sizeof(saved));
  saved.result = 1;
  assert_int_equal(coap_context_oscore_server(os_server, os_conf(OS_SECRET OS_SERVER OS_NO_B12)),
                   1);
  os_session = session_from(OS_SECRET OS_CLIENT, COAP_OSCORE_NUMBER_LIMIT - 1);
  os_ask();
  assert_int_equal(os_send(os_session, COAP_REQUEST_CODE_GET, 0), COAP_INVALID_MID);
  assert_int_equal(os_served.calls, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_OSCORE_INTERNAL_ERROR), 1);
}

static void
window_slides(void **state) {
  coap_oscore_replay_t window;

  (void)state;
  for (unsigned int size = 1; size <= COAP_OSCORE_WINDOW_MAX; size++) {
    coap_oscore_replay_init(&window, size);
    assert_true(coap_oscore_replay_is_new(&window, 0));
    coap_oscore_replay_accept(&window, 0);
    assert_false(coap_oscore_replay_is_new(&window, 0));
    assert_true(coap_oscore_replay_is_new(&window, 1));
    coap_oscore_replay_accept(&window, 200);
    assert_false(coap_oscore_replay_is_new(&window, 200));
    assert_false(coap_oscore_replay_is_new(&window, 200 - size));
    assert_int_equal(coap_oscore_replay_is_new(&window, 200 - (size - 1)), size > 1);
    for (uint64_t n = 200 - (size - 1); n < 200; n++) {
      assert_true(coap_oscore_replay_is_new(&window, n));
      coap_oscore_replay_accept(&window, n);
      assert_false(coap_oscore_replay_is_new(&window, n));
    }
    coap_oscore_replay_accept(&window, 201);
    assert_false(coap_oscore_replay_is_new(&window, 200));
    assert_false(coap_oscore_replay_is_new(&window, 201));
    assert_true(coap_oscore_replay_is_new(&window, COAP_OSCORE_NUMBER_LIMIT - 1));
    coap_oscore_replay_restart(&window, 500);
    assert_false(coap_oscore_replay_is_new(&window, 499));
    assert_false(coap_oscore_replay_is_new(&window, 500));
    assert_true(coap_oscore_replay_is_new(&window, 501));
  }
}

/* Sends with the Echo that the last response brought. */
static void
send_with_echo(void) {
  coap_pdu_t *pdu = os_request(os_session, COAP_REQUEST_CODE_GET);

  coap_add_option(pdu, COAP_OPTION_ECHO, os_got.echo_length, os_got.echo);
  coap_send(os_session, pdu);
  sim_settle();
}

/* B.1.2: the first request of an unknown past is asked to show that it is new, and does. */
static void
echo_after_a_start(void **state) {
  sim_sent_t first, answer;
  size_t length;

  (void)state;
  os_secure(OS_SECRET OS_SERVER, OS_SECRET OS_CLIENT);
  os_ask();
  assert_int_equal(os_served.calls, 1);
  assert_int_equal(sim_sent_count(), 4);
  /* What asks is protected, under a number of its own. */
  first = *sim_sent(0);
  answer = *sim_sent(1);
  assert_non_null(raw_find_option(answer.bytes, answer.length, OS_OPTION, &length));
  assert_int_equal(length, 2);
  /* Once is enough, and what came before is a replay now. */
  os_ask();
  assert_int_equal(sim_sent_count(), 6);
  os_replay(&first, 0, 0, 5555);
  assert_int_equal(os_served.calls, 2);
  assert_int_equal(raw_code(os_last_from(1)->bytes), COAP_RESPONSE_CODE_UNAUTHORIZED);
  assert_false(os_has_option(os_last_from(1), OS_OPTION));
}

/* The body of a request and its observation outlast being asked. */
static void
echo_keeps_what_belongs_to_the_request(void **state) {
  (void)state;
  os_secure(OS_SECRET OS_SERVER, OS_SECRET OS_CLIENT);
  assert_true(os_send(os_session, COAP_REQUEST_CODE_PUT, 3000) != COAP_INVALID_MID);
  assert_int_equal(os_served.body_length, 3000);
  assert_int_equal(os_got.count, 1);
  os_secure(OS_SECRET OS_SERVER "id_context,hex,02\n", OS_SECRET OS_CLIENT "id_context,hex,02\n");
  os_observe();
  assert_int_equal(os_got.count, 2);
  coap_resource_notify_observers(os_resource, NULL);
  sim_settle();
  assert_int_equal(os_got.count, 3);
  assert_int_equal(sim_told.nacks, 0);
}

/* Another Echo than the one given is worth nothing; who brings one is not asked silently. */
static void
wrong_echo(void **state) {
  (void)state;
  os_secure(OS_SECRET OS_SERVER, OS_SECRET OS_CLIENT);
  os_got.echo_length = COAP_OSCORE_ECHO_SIZE;
  for (unsigned int i = 1; i <= 3; i++) {
    send_with_echo();
    assert_int_equal(os_served.calls, 0);
    assert_int_equal(os_got.count, i);
    assert_int_equal(os_got.code, COAP_RESPONSE_CODE_UNAUTHORIZED);
    assert_int_equal(os_got.echo_length, COAP_OSCORE_ECHO_SIZE);
    os_got.echo[i] ^= 1;
  }
  os_got.echo[3] ^= 1;
  send_with_echo();
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_CONTENT);
  assert_int_equal(os_served.calls, 1);
}

/* An observation and a body in blocks each way. */
static void
scenario(void) {
  coap_pdu_t *pdu;

  coap_context_oscore_server(os_server, os_conf(OS_SECRET OS_SERVER));
  os_session = coap_new_client_session_oscore(os_client, NULL, &os_address, COAP_PROTO_UDP,
                                              os_conf(OS_SECRET OS_CLIENT));
  if (!os_session)
    return;
  pdu = os_request(os_session, COAP_REQUEST_CODE_GET);
  if (pdu && coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL))
    coap_send(os_session, pdu);
  else
    coap_delete_pdu(pdu);
  sim_settle();
  coap_resource_notify_observers(os_resource, NULL);
  sim_settle();
  os_served.answer = 2000;
  os_send(os_session, COAP_REQUEST_CODE_PUT, 2000);
  sim_run(400 * 1000);
  coap_session_release(os_session);
}

/* Every allocation fails once, alone and with all after it: no crash, no leak, nothing in clear. */
static void
memory_fails(void **state) {
  uint64_t requests = 1;
  int done = 0;

  sim_teardown(state);
  for (int sticky = 0; sticky < 2; sticky++) {
    for (uint64_t n = 1; n <= requests; n++) {
      struct coap_mem_sim_stats stats;

      os_setup(state);
      coap_mem_sim_reset();
      coap_mem_sim_fail(n, sticky);
      scenario();
      coap_mem_sim_stats(&stats);
      if (!sticky && stats.requests > requests)
        requests = stats.requests;
      for (unsigned int i = 0; i < sim_sent_count(); i++)
        assert_null(memmem(sim_sent(i)->bytes, sim_sent(i)->length, "abcdef", 6));
      coap_mem_sim_fail(0, 0);
      assert_int_equal(sim_teardown(state), 0);
      done++;
    }
  }
  assert_true(done > 100);
  os_setup(state);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(numbers_are_saved_ahead, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(numbers_end, os_setup, sim_teardown),
      cmocka_unit_test(window_slides),
      cmocka_unit_test_setup_teardown(echo_after_a_start, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(echo_keeps_what_belongs_to_the_request, os_setup,
                                      sim_teardown),
      cmocka_unit_test_setup_teardown(wrong_echo, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(memory_fails, os_setup, sim_teardown),
  };

  return cmocka_run_group_tests_name("oscore_state", tests, NULL, NULL);
}
