/* stream_client.c -- a client on TCP: what it sends and when, and what it tells of the outcome. */
#include "test.h"

#include "seams/memory.h"
#include "seams/net_sim.h"
#include "session/core.h"
#include "session/stream.h"
#include "stream_fixture.h"

#include <errno.h>

static coap_session_t *
open_session(void) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *session = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_TCP);

  assert_non_null(session);
  return session;
}

static coap_session_t *
open_ready(void) {
  coap_session_t *session = open_session();

  st_settle();
  st_expect(st_begun(), ST_CSM);
  st_send_csm(st_begun());
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  return session;
}

/* A 2.05 with the token of `request`. */
static void
answer(st_conn_t *conn, const st_message_t *request) {
  uint8_t bytes[16] = {(uint8_t)request->token_length, RAW_CONTENT};

  memcpy(bytes + 2, request->token, request->token_length);
  st_push(conn, bytes, 2 + request->token_length);
}

static void
what_is_sent_early_waits_for_the_csm_in_order(void **state) {
  coap_session_t *session;
  coap_mid_t first;
  coap_mid_t second;
  st_conn_t *conn;
  st_message_t request;

  (void)state;
  st_connect_result = -EINPROGRESS;
  session = open_session();
  conn = st_begun();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CONNECTING);
  first = sim_request(session, COAP_MESSAGE_CON);
  second = sim_request(session, COAP_MESSAGE_NON);
  assert_true(first != COAP_INVALID_MID && second != COAP_INVALID_MID);
  st_settle();
  assert_int_equal(conn->length, 0);
  coap_net_sim_stream_accept(conn->id);
  st_settle();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CSM);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CONNECTED), 1);
  st_expect(conn, ST_CSM);
  assert_int_equal(conn->read, conn->length);
  st_send_csm(conn);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CONNECTED), 1);
  request = st_expect(conn, RAW_GET);
  answer(conn, &request);
  assert_int_equal(sim_told.response_mid, first);
  request = st_expect(conn, RAW_GET);
  answer(conn, &request);
  assert_int_equal(sim_told.response_mid, second);
  assert_int_equal(sim_told.responses, 2);
  assert_int_equal(sim_told.nacks, 0);
  coap_session_release(session);
  assert_int_equal(conn->closed, 1);
}

static void
answers_may_come_in_any_order(void **state) {
  coap_session_t *session = open_ready();
  coap_mid_t first = sim_request(session, COAP_MESSAGE_CON);
  coap_mid_t second = sim_request(session, COAP_MESSAGE_CON);
  st_message_t one = st_expect(st_begun(), RAW_GET);
  st_message_t two = st_expect(st_begun(), RAW_GET);

  (void)state;
  answer(st_begun(), &two);
  assert_int_equal(sim_told.response_mid, second);
  answer(st_begun(), &one);
  assert_int_equal(sim_told.response_mid, first);
  /* Once each. */
  answer(st_begun(), &one);
  assert_int_equal(sim_told.responses, 2);
  coap_session_release(session);
}

static void
nothing_is_repeated(void **state) {
  coap_session_t *session = open_ready();

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  st_expect(st_begun(), RAW_GET);
  sim_run(600 * 1000);
  assert_int_equal(st_begun()->read, st_begun()->length);
  assert_int_equal(sim_told.nacks, 0);
  coap_session_release(session);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_NOT_DELIVERABLE);
}

static void
a_refused_connect_is_told(void **state) {
  coap_session_t *session;
  coap_mid_t mid;

  (void)state;
  st_connect_result = -EINPROGRESS;
  session = open_session();
  mid = sim_request(session, COAP_MESSAGE_CON);
  coap_net_sim_stream_fail(st_begun()->id, ECONNREFUSED);
  st_settle();
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_FAILED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CLOSED), 0);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_mid, mid);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  coap_session_release(session);
}

static void
a_connect_without_answer_is_given_up(void **state) {
  coap_session_t *session;

  (void)state;
  st_connect_result = -EINPROGRESS;
  session = open_session();
  sim_run(29999);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CONNECTING);
  sim_run(2);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_FAILED), 1);
  assert_int_equal(st_begun()->closed, 1);
  coap_session_release(session);
}

static void
without_csm_the_session_fails(void **state) {
  coap_session_t *session = open_session();

  (void)state;
  st_settle();
  sim_request(session, COAP_MESSAGE_CON);
  sim_run(30001);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_FAILED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CLOSED), 1);
  assert_int_equal(sim_told.nacks, 1);
  coap_session_release(session);
}

static void
a_lost_connection_is_told_and_opened_again(void **state) {
  coap_session_t *session = open_ready();
  st_conn_t *first = st_begun();

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_NON);
  coap_net_sim_stream_fail(first->id, ECONNRESET);
  st_settle();
  assert_int_equal(first->closed, 1);
  assert_int_equal(sim_told.nacks, 2);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CLOSED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(st_connects, 2);
  st_settle();
  st_expect(st_begun(), ST_CSM);
  st_send_csm(st_begun());
  {
    st_message_t request = st_expect(st_begun(), RAW_GET);

    answer(st_begun(), &request);
  }
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(sim_told.nacks, 2);
  coap_session_release(session);
}

static void
disconnecting_tells_the_reason_and_closes(void **state) {
  coap_session_t *session = open_ready();

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
  assert_int_equal(st_begun()->closed, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
  coap_session_release(session);
}

static void
release_from_the_server_finishes_and_holds_off(void **state) {
  coap_session_t *session = open_ready();
  st_conn_t *conn = st_begun();
  st_message_t request;

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  request = st_expect(conn, RAW_GET);
  st_send(conn, ST_RELEASE, "", "\x41\x0a", 2); /* Hold-Off 10 s */
  assert_int_equal(conn->closed, 0);
  assert_int_equal(sim_request(session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  answer(conn, &request);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(conn->closed, 1);
  sim_run(9000);
  assert_int_equal(sim_request(session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  sim_run(2000);
  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(st_connects, 2);
  coap_session_release(session);
}

static void
a_quiet_connection_is_pinged_and_given_up(void **state) {
  coap_session_t *session;
  st_message_t ping;

  (void)state;
  coap_context_set_keepalive(st_context, 10);
  session = open_ready();
  sim_run(10001);
  ping = st_expect(st_begun(), ST_PING);
  {
    uint8_t pong[4] = {(uint8_t)ping.token_length, ST_PONG};

    memcpy(pong + 2, ping.token, ping.token_length);
    st_push(st_begun(), pong, 2 + ping.token_length);
  }
  assert_int_equal(sim_told.pongs, 1);
  sim_run(10001);
  st_expect(st_begun(), ST_PING);
  assert_int_equal(sim_event_count(COAP_EVENT_KEEPALIVE_FAILURE), 0);
  sim_run(10001);
  assert_int_equal(sim_event_count(COAP_EVENT_KEEPALIVE_FAILURE), 1);
  assert_int_equal(st_begun()->closed, 1);
  coap_session_release(session);
}

static void
pings_of_the_application_are_answered_by_number(void **state) {
  coap_session_t *session = open_ready();
  coap_mid_t mid = coap_session_send_ping(session);
  st_message_t ping = st_expect(st_begun(), ST_PING);

  (void)state;
  assert_true(mid != COAP_INVALID_MID);
  assert_int_equal(ping.token_length, 2);
  assert_int_equal(ping.token[0] << 8 | ping.token[1], mid);
  assert_true(coap_session_send_ping(session) != COAP_INVALID_MID);
  assert_int_equal(sim_event_count(COAP_EVENT_KEEPALIVE_FAILURE), 0);
  coap_session_release(session);
}

static void
notifications_count_in_the_order_they_come(void **state) {
  coap_session_t *session = open_ready();
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  coap_binary_t token = {1, (uint8_t *)(uintptr_t) "o"};

  (void)state;
  coap_add_token(pdu, 1, (const uint8_t *)"o");
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  assert_true(coap_send(session, pdu) != COAP_INVALID_MID);
  st_expect(st_begun(), RAW_GET);
  st_send(st_begun(), RAW_CONTENT, "o", "\x61\x09", 2);
  st_send(st_begun(), RAW_CONTENT, "o", "\x61\x03", 2); /* an older number */
  st_send(st_begun(), RAW_CONTENT, "o", "\x60", 1);
  assert_int_equal(sim_told.responses, 3);
  assert_int_equal(coap_cancel_observe(session, &token, COAP_MESSAGE_CON), 1);
  assert_memory_equal(st_expect(st_begun(), RAW_GET).rest, "\x61\x01", 2);
  coap_session_release(session);
}

static coap_response_t
refuse_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
                const coap_mid_t mid) {
  (void)session;
  (void)sent;
  (void)received;
  (void)mid;
  sim_told.responses++;
  return COAP_RESPONSE_FAIL;
}

/* RFC 8323 7.4: there are no Resets. */
static void
a_rejected_notification_is_deregistered(void **state) {
  coap_session_t *session = open_ready();
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);
  st_message_t cancel;

  (void)state;
  coap_add_token(pdu, 1, (const uint8_t *)"o");
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"p");
  assert_true(coap_send(session, pdu) != COAP_INVALID_MID);
  st_expect(st_begun(), RAW_GET);
  st_send(st_begun(), RAW_CONTENT, "o", "\x61\x01", 2);
  coap_register_response_handler(st_context, refuse_response);
  st_send(st_begun(), RAW_CONTENT, "o", "\x61\x02", 2);
  assert_int_equal(sim_told.responses, 2);
  cancel = st_expect(st_begun(), RAW_GET);
  assert_int_equal(cancel.token_length, 1);
  assert_memory_equal(cancel.token, "o", 1);
  assert_memory_equal(cancel.rest, "\x61\x01\x51p", 4);
  /* What crossed it, and the answer to it, concern nobody. */
  st_send(st_begun(), RAW_CONTENT, "o", "\x61\x03", 2);
  st_send(st_begun(), RAW_CONTENT, "o", "", 0);
  assert_int_equal(sim_told.responses, 2);
  assert_int_equal(sim_told.nacks, 0);
  assert_int_equal(st_begun()->closed, 0);
  coap_session_release(session);
}

static void
tokens_and_queue_have_their_bounds(void **state) {
  coap_session_t *session = open_ready();
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 64);

  (void)state;
  coap_add_token(pdu, 9, (const uint8_t *)"123456789");
  assert_int_equal(coap_send(session, pdu), COAP_INVALID_MID);
  for (int i = 0; i < COAP_CORE_MAX_OUTGOING; i++)
    assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(sim_request(session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  assert_int_equal(coap_context_core(st_context)->counters.tx_refused, 1);
  coap_session_release(session);
  assert_int_equal(sim_told.nacks, COAP_CORE_MAX_OUTGOING);
}

static void
a_full_send_queue_refuses_more(void **state) {
  static uint8_t body[600000];
  coap_session_t *session = open_ready();
  unsigned int taken = 0;

  (void)state;
  st_send(st_begun(), ST_CSM, "", "\x24\x00\x40\x00\x00", 5);
  coap_net_sim_stream_room(st_begun()->id, 1000);
  for (int i = 0; i < 5; i++) {
    coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session);

    assert_int_equal(coap_add_data(pdu, sizeof(body), body), 1);
    taken += coap_send(session, pdu) != COAP_INVALID_MID;
  }
  assert_int_equal(taken, 2);
  assert_int_equal(coap_context_core(st_context)->counters.tx_refused, 3);
  assert_int_equal(coap_io_pending(st_context), 1);
  coap_session_release(session);
  assert_int_equal(sim_told.nacks, 2);
}

/* Answers are read though requests cannot be written: else both sides could wait for ever. */
static void
a_client_with_a_full_queue_goes_on_reading(void **state) {
  static uint8_t body[1100000];
  coap_session_t *session = open_ready();
  coap_pdu_t *pdu;
  st_message_t request;

  (void)state;
  st_send(st_begun(), ST_CSM, "", "\x24\x00\x40\x00\x00", 5);
  sim_request(session, COAP_MESSAGE_CON);
  request = st_expect(st_begun(), RAW_GET);
  coap_net_sim_stream_room(st_begun()->id, 0);
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session);
  assert_int_equal(coap_add_data(pdu, sizeof(body), body), 1);
  assert_true(coap_send(session, pdu) != COAP_INVALID_MID);
  answer(st_begun(), &request);
  assert_int_equal(sim_told.responses, 1);
  /* Its Pings have no Pong then: nothing grows without bound. */
  st_send(st_begun(), ST_PING, "p", NULL, 0);
  assert_int_equal(sim_told.pings, 1);
  assert_int_equal(coap_context_core(st_context)->counters.tx_refused, 1);
  coap_session_release(session);
}

static char shown[256];

static void
keep_log(coap_log_t level, const char *message) {
  (void)level;
  snprintf(shown, sizeof(shown), "%s", message);
}

static void
messages_are_shown_without_type_and_number(void **state) {
  coap_session_t *session = open_ready();

  (void)state;
  coap_set_log_handler(keep_log);
  coap_set_show_pdu_output(0);
  coap_set_log_level(COAP_LOG_DEBUG);
  sim_request(session, COAP_MESSAGE_CON);
  coap_set_log_level(COAP_LOG_EMERG);
  coap_set_log_handler(NULL);
  assert_memory_equal(shown, "v:Reliable c:GET {", 18);
  coap_session_release(session);
}

/* A whole life, with each allocation failing in turn: every request that was taken has one outcome,
 * and nothing is left. */
static void
out_of_memory_is_survived(void **state) {
  unsigned int nth;
  int finished = 0;

  (void)state;
  for (nth = 1; !finished; nth++) {
    struct coap_mem_sim_stats stats;
    coap_address_t peer = sim_address(SIM_PEER, 5683);
    coap_session_t *session;
    unsigned int taken = 0;

    assert_true(nth < 500);
    st_setup_client(NULL);
    coap_mem_sim_stats(&stats);
    coap_mem_sim_fail(nth, 0);
    session = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_TCP);
    st_settle();
    for (int i = 0; session && i < 3; i++) {
      coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);

      if (pdu && coap_add_token(pdu, 1, (const uint8_t *)&"abc"[i]))
        taken += coap_send(session, pdu) != COAP_INVALID_MID;
      else
        coap_delete_pdu(pdu);
      st_settle();
      if (!i && !st_begun()->closed)
        st_send_csm(st_begun());
      if (!st_begun()->closed)
        st_send(st_begun(), RAW_CONTENT, (char[]){"abc"[i], '\0'}, NULL, 0);
    }
    coap_session_release(session);
    assert_int_equal(sim_told.responses + sim_told.nacks, taken);
    finished = coap_context_core(st_context)->counters.no_memory == 0 && taken == 3 && session;
    {
      uint64_t before = stats.requests;

      coap_mem_sim_stats(&stats);
      finished = finished && stats.requests - before < nth;
    }
    assert_int_equal(st_teardown(NULL), 0);
  }
  assert_true(nth > 10);
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_client, st_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      CLIENT_TEST(what_is_sent_early_waits_for_the_csm_in_order),
      CLIENT_TEST(answers_may_come_in_any_order),
      CLIENT_TEST(nothing_is_repeated),
      CLIENT_TEST(a_refused_connect_is_told),
      CLIENT_TEST(a_connect_without_answer_is_given_up),
      CLIENT_TEST(without_csm_the_session_fails),
      CLIENT_TEST(a_lost_connection_is_told_and_opened_again),
      CLIENT_TEST(disconnecting_tells_the_reason_and_closes),
      CLIENT_TEST(release_from_the_server_finishes_and_holds_off),
      CLIENT_TEST(a_quiet_connection_is_pinged_and_given_up),
      CLIENT_TEST(pings_of_the_application_are_answered_by_number),
      CLIENT_TEST(notifications_count_in_the_order_they_come),
      CLIENT_TEST(a_rejected_notification_is_deregistered),
      CLIENT_TEST(tokens_and_queue_have_their_bounds),
      CLIENT_TEST(a_full_send_queue_refuses_more),
      CLIENT_TEST(a_client_with_a_full_queue_goes_on_reading),
      CLIENT_TEST(messages_are_shown_without_type_and_number),
      cmocka_unit_test(out_of_memory_is_survived),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
