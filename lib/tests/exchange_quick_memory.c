/* exchange_quick_memory.c -- Q-Block when memory runs out, at each allocation in turn. */
#include "body_world.h"

#include "exchange/exchange.h"
#include "seams/memory.h"
#include "session/session.h"

enum { LENGTH = 12 * 1024, MODE = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY };

static unsigned int released;
static unsigned int lent;
static unsigned int accepted;

static void
release(coap_session_t *session, void *app_ptr) {
  (void)session;
  (void)app_ptr;
  released++;
}

/* A request whose answer or NACK is due if it was accepted. */
static void
request(coap_pdu_code_t method) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_NON, method, bw_session);
  uint8_t token[8];
  size_t length;
  int is_right = 1;

  if (!pdu)
    return;
  coap_session_new_token(bw_session, &length, token);
  is_right = coap_add_token(pdu, length, token) &&
             coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"big");
  if (is_right && method == COAP_REQUEST_CODE_PUT) {
    lent++;
    is_right = coap_add_data_large_request(bw_session, pdu, LENGTH, bw_body(), release, NULL);
  }
  if (!is_right)
    coap_delete_pdu(pdu);
  else if (coap_send(bw_session, pdu) != COAP_INVALID_MID)
    accepted++;
}

/* One run; the number of allocations it asked for. */
static uint64_t
run(uint64_t failing, int sticky) {
  struct coap_mem_sim_stats stats;
  void *state = NULL;

  sim_setup(&state);
  bw_setup(MODE | COAP_BLOCK_TRY_Q_BLOCK, 9, 0);
  bw_size = LENGTH;
  released = lent = accepted = 0;
  coap_mem_sim_reset();
  coap_mem_sim_fail(failing, sticky);
  request(COAP_REQUEST_CODE_PUT);
  request(COAP_REQUEST_CODE_GET);
  lossy_run(NULL, 20 * 1000);
  coap_mem_sim_stats(&stats);
  coap_mem_sim_fail(0, 0);
  lossy_run(NULL, 600 * 1000);
  /* Each accepted request has come to one end. */
  assert_int_equal(bw_told.ended, accepted);
  assert_int_equal(coap_context_exchange(bw_server)->body_bytes, 0);
  assert_int_equal(coap_context_exchange(bw_client)->body_bytes, 0);
  assert_int_equal(coap_context_exchange(bw_server)->kept_bytes, 0);
  assert_int_equal(released, lent);
  if (!failing)
    assert_true(accepted == 2 && bw_told.nacks == 0 && bw_told.puts == 1);
  assert_int_equal(bw_teardown(&state), 0);
  return stats.requests;
}

static void
every_allocation_may_fail(void **state) {
  uint64_t count = run(0, 0);

  (void)state;
  assert_true(count > 50);
  for (uint64_t failing = 1; failing <= count; failing++) {
    run(failing, 0);
    run(failing, 1);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
