/* api_disconnect.c -- coap_session_disconnected(3) with each reason, and what handlers may do
 * while it runs. */
#include "test.h"

#include "sim_world.h"

#include <errno.h>

static coap_context_t *context;
static coap_session_t *session;
static coap_address_t peer;
static unsigned int nacks_with_reason[COAP_NACK_WS_FAILED + 1];

static void
count_nack(coap_session_t *of, const coap_pdu_t *sent, const coap_nack_reason_t reason,
           const coap_mid_t mid) {
  (void)of;
  (void)mid;
  assert_non_null(sent);
  nacks_with_reason[reason]++;
}

static int
setup(void **state) {
  void *case_of_test = *state;

  sim_setup(state);
  for (size_t i = 0; i < COUNT_OF(nacks_with_reason); i++)
    nacks_with_reason[i] = 0;
  peer = sim_address(SIM_PEER, 5683);
  context = sim_client_context();
  coap_register_nack_handler(context, count_nack);
  session = sim_client_session(context, &peer);
  *state = case_of_test;
  return 0;
}

static unsigned int
all_nacks(void) {
  unsigned int sum = 0;

  for (size_t i = 0; i < COUNT_OF(nacks_with_reason); i++)
    sum += nacks_with_reason[i];
  return sum;
}

/* In flight, waiting for its turn, and NON: each is outstanding and each is told of once. */
static void
every_request_gets_the_reason_once(void **state) {
  coap_nack_reason_t reason = *(const coap_nack_reason_t *)*state;

  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_NON);
  coap_session_disconnected(session, reason);
  assert_int_equal(nacks_with_reason[reason], 3);
  assert_int_equal(all_nacks(), 3);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  coap_session_disconnected(session, reason);
  sim_forget_sent();
  sim_run(300 * 1000);
  assert_int_equal(all_nacks(), 3);
  assert_int_equal(sim_sent_count(), 0);
}

static void
without_requests_nobody_is_told(void **state) {
  (void)state;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(all_nacks(), 0);
}

static void
an_acknowledged_request_is_outstanding_until_answered(void **state) {
  const coap_address_t *local = coap_session_get_addr_local(session);
  raw_message_t ack;

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  ack = raw_message(RAW_ACK, RAW_EMPTY, raw_mid(sim_last()->bytes), "");
  sim_inject(&peer, local, &ack);
  /* Acknowledged, not answered: still outstanding. */
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(nacks_with_reason[COAP_NACK_NOT_DELIVERABLE], 1);
}

static void
a_closed_client_session_opens_again_when_it_sends(void **state) {
  (void)state;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
}

static void
a_closed_client_session_takes_nothing(void **state) {
  const coap_address_t *local = coap_session_get_addr_local(session);
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 5, "");

  (void)state;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  sim_inject(&peer, local, &ping);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_told.pings, 0);
}

static void
a_closed_client_session_can_be_released(void **state) {
  (void)state;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(session);
}

static coap_session_t *
server_session(void) {
  coap_address_t from = sim_address(SIM_PEER, 40000);
  coap_address_t to = sim_address(SIM_HOST, 5683);
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 1, "t");

  sim_server_context();
  raw_path(&get, "r");
  sim_inject(&from, &to, &get);
  assert_non_null(sim_told.event_session);
  return sim_told.event_session;
}

static void
an_unreferenced_server_session_is_freed(void **state) {
  coap_session_t *server = server_session();

  (void)state;
  coap_session_disconnected(server, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
a_referenced_server_session_is_closed_and_opens_with_the_next_datagram(void **state) {
  coap_session_t *server = server_session();
  coap_address_t from = sim_address(SIM_PEER, 40000);
  coap_address_t to = sim_address(SIM_HOST, 5683);
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 2, "t");

  (void)state;
  coap_session_reference(server);
  coap_session_disconnected(server, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(coap_session_get_state(server), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 0);
  assert_int_equal(sim_request(server, COAP_MESSAGE_CON), COAP_INVALID_MID);
  raw_path(&get, "r");
  sim_inject(&from, &to, &get);
  assert_int_equal(coap_session_get_state(server), COAP_SESSION_STATE_ESTABLISHED);
  assert_int_equal(sim_told.requests, 2);
  coap_session_release(server);
}

static void
a_closed_server_session_is_freed_by_the_last_release(void **state) {
  coap_session_t *server = server_session();

  (void)state;
  coap_session_reference(server);
  coap_session_disconnected(server, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(server);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
release_in_nack(coap_session_t *of, const coap_pdu_t *sent, const coap_nack_reason_t reason,
                const coap_mid_t mid) {
  count_nack(of, sent, reason, mid);
  if (all_nacks() == 1)
    coap_session_release(of);
}

static void
the_nack_handler_may_release_the_session(void **state) {
  (void)state;
  coap_register_nack_handler(context, release_in_nack);
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_CON);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(all_nacks(), 2);
}

static void
disconnect_in_nack(coap_session_t *of, const coap_pdu_t *sent, const coap_nack_reason_t reason,
                   const coap_mid_t mid) {
  count_nack(of, sent, reason, mid);
  coap_session_disconnected(of, COAP_NACK_BAD_RESPONSE);
}

static void
the_nack_handler_may_disconnect_again(void **state) {
  (void)state;
  coap_register_nack_handler(context, disconnect_in_nack);
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_CON);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(all_nacks(), 3);
}

static coap_endpoint_t *leaving;

static void
free_endpoint_in_nack(coap_session_t *of, const coap_pdu_t *sent, const coap_nack_reason_t reason,
                      const coap_mid_t mid) {
  coap_endpoint_t *endpoint = leaving;

  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 0);
  count_nack(of, sent, reason, mid);
  leaving = NULL;
  coap_free_endpoint(endpoint);
}

/* An earlier datagram's ICMP error shows when the CON is sent again: that one is told of, too,
 * before its session's end is. */
static void
the_nack_handler_may_free_the_endpoint_of_what_is_sent_again(void **state) {
  coap_address_t from = sim_address(SIM_PEER, 40000);
  coap_address_t to = sim_address(SIM_HOST, 5700);
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 1, "t");
  coap_context_t *server = sim_server_context();

  (void)state;
  leaving = coap_new_endpoint(server, &to, COAP_PROTO_UDP);
  assert_non_null(leaving);
  coap_register_nack_handler(server, free_endpoint_in_nack);
  raw_path(&get, "r");
  sim_inject(&from, &to, &get);
  assert_non_null(sim_told.event_session);
  assert_true(sim_request(sim_told.event_session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_true(sim_request(sim_told.event_session, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  sim_fail_send(-ECONNREFUSED, 1);
  sim_run(4 * 1000);
  assert_null(leaving);
  assert_int_equal(all_nacks(), 2);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
send_in_nack(coap_session_t *of, const coap_pdu_t *sent, const coap_nack_reason_t reason,
             const coap_mid_t mid) {
  count_nack(of, sent, reason, mid);
  if (all_nacks() < 3)
    sim_request(of, COAP_MESSAGE_CON);
}

static void
the_nack_handler_may_send_again(void **state) {
  (void)state;
  coap_register_nack_handler(context, send_in_nack);
  sim_request(session, COAP_MESSAGE_CON);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(all_nacks(), 1);
  sim_run(1000 * 1000);
  assert_int_equal(all_nacks(), 3);
  assert_int_equal(nacks_with_reason[COAP_NACK_TOO_MANY_RETRIES], 2);
}

static coap_response_t
disconnect_in_response(coap_session_t *of, const coap_pdu_t *sent, const coap_pdu_t *received,
                       const coap_mid_t mid) {
  (void)sent;
  (void)received;
  (void)mid;
  sim_told.responses++;
  coap_session_disconnected(of, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(of);
  return COAP_RESPONSE_OK;
}

static void
the_response_handler_may_disconnect_and_release(void **state) {
  coap_address_t server = sim_address(SIM_HOST, 5683);
  coap_session_t *to_server;

  (void)state;
  sim_server_context();
  coap_register_response_handler(context, disconnect_in_response);
  to_server = sim_client_session(context, &server);
  sim_request(to_server, COAP_MESSAGE_CON);
  sim_request(to_server, COAP_MESSAGE_CON);
  sim_run(1000);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(all_nacks(), 1);
}

#define DISCONNECT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)
#define REASON_TEST(reason)                                                                        \
  {                                                                                                \
    "every_request_gets_the_reason_once " #reason, every_request_gets_the_reason_once, setup,      \
        sim_teardown, (void *)(uintptr_t) & (const coap_nack_reason_t) {                           \
      reason                                                                                       \
    }                                                                                              \
  }

int
main(void) {
  const struct CMUnitTest tests[] = {
      REASON_TEST(COAP_NACK_TOO_MANY_RETRIES),
      REASON_TEST(COAP_NACK_NOT_DELIVERABLE),
      REASON_TEST(COAP_NACK_RST),
      REASON_TEST(COAP_NACK_TLS_FAILED),
      REASON_TEST(COAP_NACK_ICMP_ISSUE),
      REASON_TEST(COAP_NACK_BAD_RESPONSE),
      REASON_TEST(COAP_NACK_TLS_LAYER_FAILED),
      REASON_TEST(COAP_NACK_WS_LAYER_FAILED),
      REASON_TEST(COAP_NACK_WS_FAILED),
      DISCONNECT_TEST(without_requests_nobody_is_told),
      DISCONNECT_TEST(an_acknowledged_request_is_outstanding_until_answered),
      DISCONNECT_TEST(a_closed_client_session_opens_again_when_it_sends),
      DISCONNECT_TEST(a_closed_client_session_takes_nothing),
      DISCONNECT_TEST(a_closed_client_session_can_be_released),
      DISCONNECT_TEST(an_unreferenced_server_session_is_freed),
      DISCONNECT_TEST(a_referenced_server_session_is_closed_and_opens_with_the_next_datagram),
      DISCONNECT_TEST(a_closed_server_session_is_freed_by_the_last_release),
      DISCONNECT_TEST(the_nack_handler_may_release_the_session),
      DISCONNECT_TEST(the_nack_handler_may_disconnect_again),
      DISCONNECT_TEST(the_nack_handler_may_free_the_endpoint_of_what_is_sent_again),
      DISCONNECT_TEST(the_nack_handler_may_send_again),
      DISCONNECT_TEST(the_response_handler_may_disconnect_and_release),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
