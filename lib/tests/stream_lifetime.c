/* stream_lifetime.c -- a server's connections: slow ones, half-closed ones, broken ones, idle ones,
 * and their sessions. */
#include "test.h"

#include "seams/net_sim.h"
#include "session/core.h"
#include "session/stream.h"
#include "stream_fixture.h"

#include <errno.h>

static void
short_writes_lose_nothing(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  assert_int_equal(coap_net_sim_stream_room(conn->id, 3), 0);
  st_push(conn,
          "\x21\x01"
          "a\xb1r"
          "\x21\x01"
          "b\xb1r",
          10);
  for (int i = 0; i < 20; i++) {
    assert_int_equal(coap_net_sim_stream_room(conn->id, 1), 0);
    st_settle();
  }
  assert_memory_equal(st_expect(conn, RAW_CONTENT).token, "a", 1);
  assert_memory_equal(st_expect(conn, RAW_CONTENT).token, "b", 1);
  assert_int_equal(conn->read, conn->length);
}

/* Who does not read answers is not read from, and gets them all later. */
static void
a_peer_that_does_not_read_is_not_read_from(void **state) {
  enum { REQUESTS = 150000, BATCH = 1000 };
  static uint8_t batch[BATCH * 5];
  st_conn_t *conn = st_open_ready();
  unsigned int stopped;
  unsigned int answers = 0;
  st_message_t message;

  (void)state;
  for (size_t i = 0; i < BATCH; i++)
    memcpy(batch + 5 * i,
           "\x21\x01"
           "a\xb1r",
           5);
  assert_int_equal(coap_net_sim_stream_room(conn->id, 0), 0);
  for (size_t i = 0; i < REQUESTS / BATCH; i++)
    st_push(conn, batch, sizeof(batch));
  stopped = sim_told.requests;
  assert_true(stopped > 0 && stopped < REQUESTS);
  assert_in_range(coap_session_stream(st_session())->out.end, COAP_STREAM_MAX_OUT,
                  COAP_STREAM_MAX_OUT + 64);
  st_settle();
  assert_int_equal(sim_told.requests, stopped);
  assert_int_equal(coap_net_sim_stream_room(conn->id, 1500000), 0);
  for (int i = 0; i < 100; i++)
    st_settle();
  while (conn->read < 1400000 && st_next(conn, &message)) {
    assert_int_equal(message.code, RAW_CONTENT);
    answers++;
  }
  assert_true(answers > stopped);
}

/* A connection that has asked, closed its side and reads two bytes for the time being. */
static st_conn_t *
open_half_closed(void) {
  st_conn_t *conn = st_open_ready();

  coap_net_sim_stream_room(conn->id, 2);
  coap_net_sim_stream_push(conn->id,
                           (const uint8_t *)"\x21\x01"
                                            "a\xb1r",
                           5);
  coap_net_sim_stream_finish(conn->id);
  return conn;
}

static void
a_half_closed_connection_gets_its_answers(void **state) {
  st_conn_t *conn = open_half_closed();

  (void)state;
  st_settle();
  assert_int_equal(conn->closed, 0);
  coap_net_sim_stream_room(conn->id, SIZE_MAX);
  st_settle();
  st_expect(conn, RAW_CONTENT);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
}

static void
a_half_closed_connection_that_reads_nothing_ends(void **state) {
  st_conn_t *conn = open_half_closed();

  (void)state;
  sim_run(COAP_DEFAULT_CSM_TIMEOUT_MS - 1);
  assert_int_equal(conn->closed, 0);
  sim_run(2);
  assert_int_equal(conn->closed, 1);
}

static void
a_broken_connection_frees_its_session(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  coap_net_sim_stream_fail(conn->id, ECONNRESET);
  st_settle();
  assert_int_equal(conn->closed, 1);
  assert_null(coap_context_core(st_context)->sessions);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CLOSED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
a_referenced_session_outlives_its_connection(void **state) {
  st_conn_t *conn = st_open_ready();
  coap_session_t *session = coap_session_reference(st_session());

  (void)state;
  coap_net_sim_stream_finish(conn->id);
  st_settle();
  assert_int_equal(conn->closed, 1);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_request(session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  coap_session_release(session);
  assert_null(coap_context_core(st_context)->sessions);
}

static void
an_idle_connection_is_closed_after_300_s(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  sim_run(299999);
  assert_int_equal(conn->closed, 0);
  sim_run(2);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
the_idle_pool_is_bounded(void **state) {
  st_conn_t *first;

  (void)state;
  coap_context_set_max_idle_sessions(st_context, 2);
  first = st_open_ready();
  st_open_ready();
  assert_int_equal(first->closed, 0);
  st_open_ready();
  assert_int_equal(first->closed, 1);
}

static void
freeing_the_endpoint_closes_its_connections(void **state) {
  coap_address_t at = sim_address(SIM_HOST, 45683);
  coap_endpoint_t *endpoint = coap_new_endpoint(st_context, &at, COAP_PROTO_TCP);
  st_conn_t *conn = st_open_at(45683);

  (void)state;
  assert_non_null(coap_context_core(st_context)->sessions);
  coap_free_endpoint(endpoint);
  assert_null(coap_context_core(st_context)->sessions);
  assert_int_equal(conn->closed, 1);
}

/* Call-home: the accepting side asks, and takes answers. */
static void
a_turned_session_sends_requests(void **state) {
  st_conn_t *conn = st_open_ready();
  coap_session_t *session = st_session();
  coap_mid_t mid;
  st_message_t request;

  (void)state;
  assert_int_equal(coap_session_set_type_client(session), 1);
  mid = sim_request(session, COAP_MESSAGE_CON);
  assert_true(mid != COAP_INVALID_MID);
  request = st_expect(conn, RAW_GET);
  {
    uint8_t answer[16] = {(uint8_t)request.token_length, RAW_CONTENT};

    memcpy(answer + 2, request.token, request.token_length);
    st_push(conn, answer, 2 + request.token_length);
  }
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(sim_told.response_mid, mid);
  coap_net_sim_stream_finish(conn->id);
  st_settle();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  coap_session_release(session);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_server, st_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      SERVER_TEST(short_writes_lose_nothing),
      SERVER_TEST(a_peer_that_does_not_read_is_not_read_from),
      SERVER_TEST(a_half_closed_connection_gets_its_answers),
      SERVER_TEST(a_half_closed_connection_that_reads_nothing_ends),
      SERVER_TEST(a_broken_connection_frees_its_session),
      SERVER_TEST(a_referenced_session_outlives_its_connection),
      SERVER_TEST(an_idle_connection_is_closed_after_300_s),
      SERVER_TEST(the_idle_pool_is_bounded),
      SERVER_TEST(freeing_the_endpoint_closes_its_connections),
      SERVER_TEST(a_turned_session_sends_requests),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
