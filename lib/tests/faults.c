/* faults.c -- what a system refuses while a server works: room in the socket (EAGAIN, ENOBUFS),
 * memory. Each refusal is counted, every request has one end, and afterwards all is as before.
 * (Descriptors: real_faults.c, real_accept.c.)
 *
 * Figures are printed as comments of TAP. */
#include "sim_world.h"

#include "test.h"
#include "seams/memory.h"
#include "session/core.h"

#include <errno.h>

enum {
  REQUESTS = 200,
  PATIENCE_MS = 300 * 1000, /* an empty acknowledgement without a response, too */
  NTH_MAX = 40,
  PLENTY = 100
};

static coap_context_t *server;
static coap_context_t *client;
static coap_session_t *session;

static int
setup(void **state) {
  coap_address_t at = sim_address(SIM_HOST, 5683);

  sim_setup(state);
  server = sim_server_context();
  client = sim_client_context();
  session = sim_client_session(client, &at);
  return 0;
}

static int
teardown(void **state) {
  coap_session_release(session);
  return sim_teardown(state);
}

static uint64_t
lost(void) {
  return coap_context_core(server)->counters.tx_lost + coap_context_core(client)->counters.tx_lost;
}

static unsigned int
ended(void) {
  return sim_told.responses + sim_told.nacks;
}

/* All of them are answered, the first ones after their request or its answer was not taken. */
static void
refused_sends(int error) {
  unsigned int refusals = 0;

  for (unsigned int i = 0; i < REQUESTS; i++) {
    unsigned int now = i % 4; /* the request, its answer, one that is said again */

    sim_fail_send(-error, now);
    refusals += now;
    sim_request(session, COAP_MESSAGE_CON);
    sim_run(PATIENCE_MS);
    assert_int_equal(sim_told.responses, i + 1);
    sim_forget_sent();
  }
  assert_int_equal(lost(), refusals);
  assert_int_equal(sim_told.nacks, 0);
  printf("# %s: %u sends refused and counted, %u of %u requests answered\n", strerrorname_np(error),
         refusals, sim_told.responses, REQUESTS);
}

static void
eagain_is_survived_and_counted(void **state) {
  (void)state;
  refused_sends(EAGAIN);
}

static void
enobufs_is_survived_and_counted(void **state) {
  (void)state;
  refused_sends(ENOBUFS);
}

/* A socket that takes nothing for longer than a request waits: it is told so, once. */
static void
enobufs_for_good_ends_the_request(void **state) {
  (void)state;
  sim_fail_send(-ENOBUFS, PLENTY);
  sim_request(session, COAP_MESSAGE_CON);
  sim_run(PATIENCE_MS);
  assert_int_equal(sim_told.responses, 0);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TOO_MANY_RETRIES);
  sim_fail_send(0, 0);
  sim_request(session, COAP_MESSAGE_CON);
  sim_run(PATIENCE_MS);
  assert_int_equal(sim_told.responses, 1);
}

/* The server forgets its client after a while; the second one is there to compare with. */
static size_t
memory_at_rest(void) {
  struct coap_mem_sim_stats stats;

  sim_run(400 * 1000);
  coap_mem_sim_stats(&stats);
  return stats.live_bytes;
}

/* One request, while the n-th allocation fails, on either side. 1 when it was taken. */
static int
ask_with_failure(unsigned int nth) {
  unsigned int before = ended();
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  uint8_t token[8];
  size_t length;
  coap_mid_t mid;

  assert_non_null(pdu);
  coap_session_new_token(session, &length, token);
  assert_int_equal(coap_add_token(pdu, length, token), 1);
  assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r") > 0);
  coap_mem_sim_fail(nth, 0);
  mid = coap_send(session, pdu);
  sim_run(PATIENCE_MS);
  coap_mem_sim_fail(0, 0);
  assert_int_equal(ended() - before, mid != COAP_INVALID_MID);
  return mid != COAP_INVALID_MID;
}

static void
enomem_is_survived_and_counted(void **state) {
  unsigned int taken = 0;
  size_t before;
  size_t after;

  (void)state;
  ask_with_failure(0);
  before = memory_at_rest();
  for (unsigned int round = 0; round < REQUESTS; round++)
    taken += (unsigned int)ask_with_failure(1 + round % NTH_MAX);
  assert_int_equal(ask_with_failure(0), 1);
  assert_int_equal(sim_told.response_code, COAP_RESPONSE_CODE_CONTENT);
  after = memory_at_rest();
  assert_in_range(after, 0, before);
  assert_true(coap_context_core(server)->counters.no_memory > 0);
  printf("# ENOMEM: %u requests with one allocation that fails: %u taken, %u answered, %u told of; "
         "counted %llu times; memory at rest %zu bytes, before %zu\n",
         REQUESTS, taken, sim_told.responses - 2, sim_told.nacks,
         (unsigned long long)(coap_context_core(server)->counters.no_memory +
                              coap_context_core(client)->counters.no_memory),
         after, before);
}

#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      FAULT_TEST(eagain_is_survived_and_counted),
      FAULT_TEST(enobufs_is_survived_and_counted),
      FAULT_TEST(enobufs_for_good_ends_the_request),
      FAULT_TEST(enomem_is_survived_and_counted),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
