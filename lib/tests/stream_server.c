/* stream_server.c -- a server on TCP: what it writes and does for each thing a peer may do (RFC
 * 8323 3 and 5). */
#include "test.h"

#include "seams/memory.h"
#include "seams/net_sim.h"
#include "session/core.h"
#include "session/stream.h"
#include "stream_fixture.h"

#include <errno.h>

static const coap_core_counters_t *
counters(void) {
  return &coap_context_core(st_context)->counters;
}

static void
csm_is_first_and_does_not_wait(void **state) {
  st_conn_t *conn = st_open();
  st_message_t csm = st_expect(conn, ST_CSM);

  (void)state;
  /* Max-Message-Size 8388864, Block-Wise-Transfer. */
  assert_int_equal(csm.rest_length, 5);
  assert_memory_equal(csm.rest, "\x23\x80\x01\x00\x20", 5);
  assert_int_equal(coap_session_get_state(st_session()), COAP_SESSION_STATE_CSM);
  assert_int_equal(coap_session_get_proto(st_session()), COAP_PROTO_TCP);
  assert_int_equal(coap_session_get_type(st_session()), COAP_SESSION_TYPE_SERVER);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CONNECTED), 1);
  st_send_csm(conn);
  assert_int_equal(coap_session_get_state(st_session()), COAP_SESSION_STATE_ESTABLISHED);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CONNECTED), 1);
}

/* Abort, with words, and the end of the connection and its session. */
static void
expect_abort(st_conn_t *conn) {
  st_message_t abort_message = st_expect(conn, ST_ABORT);

  assert_true(abort_message.rest_length > 0);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(conn->read, conn->length);
  assert_null(coap_context_core(st_context)->sessions);
  assert_int_equal(sim_event_count(COAP_EVENT_TCP_CLOSED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
a_request_before_csm_is_aborted(void **state) {
  st_conn_t *conn = st_open();

  (void)state;
  st_expect(conn, ST_CSM);
  st_get(conn, "t");
  expect_abort(conn);
  assert_int_equal(sim_told.requests, 0);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_FAILED), 1);
}

static void
without_csm_it_is_aborted_in_time(void **state) {
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_timeout(st_context, 2);
  conn = st_open();
  st_expect(conn, ST_CSM);
  sim_run(1999);
  assert_int_equal(conn->closed, 0);
  sim_run(2);
  expect_abort(conn);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_FAILED), 1);
}

static void
a_request_is_answered_by_its_token(void **state) {
  st_conn_t *conn = st_open_ready();
  st_message_t response;

  (void)state;
  st_get(conn, "tok");
  response = st_expect(conn, RAW_CONTENT);
  assert_int_equal(response.token_length, 3);
  assert_memory_equal(response.token, "tok", 3);
  assert_memory_equal(response.rest,
                      "\xff"
                      "r1",
                      3);
  assert_int_equal(conn->read, conn->length);
}

static void
requests_in_one_chunk_are_answered_in_order(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  st_push(conn,
          "\x21\x01"
          "a\xb1r"
          "\x21\x01"
          "b\xb1r"
          "\x01\xe2"
          "p",
          13);
  assert_memory_equal(st_expect(conn, RAW_CONTENT).token, "a", 1);
  assert_memory_equal(st_expect(conn, RAW_CONTENT).token, "b", 1);
  assert_memory_equal(st_expect(conn, ST_PONG).token, "p", 1);
}

/* CSM, GET, Ping with Custody, Empty, GET of nothing, later CSM, PUT. */
static const uint8_t talk[] = "\x00\xe1"
                              "\x21\x01"
                              "a\xb1r"
                              "\x11\xe2"
                              "p\x20"
                              "\x00\x00"
                              "\x21\x01"
                              "b\xb1x"
                              "\x30\xe1\x22\x10\x00"
                              "\xd2\x01\x03"
                              "cd\xb1r\xff"
                              "0123456789abc";

/* What comes of the conversation, in `into`, when it comes in chunks of `first` and then `rest`. */
static size_t
answers_to_talk(size_t first, size_t rest, uint8_t *into) {
  st_conn_t *conn;
  size_t at = 0;
  size_t length;

  st_setup_server(NULL);
  conn = st_open();
  while (at < sizeof(talk) - 1) {
    size_t chunk = at ? rest : first;

    chunk = chunk < sizeof(talk) - 1 - at ? chunk : sizeof(talk) - 1 - at;
    st_push(conn, talk + at, chunk);
    at += chunk;
  }
  length = conn->length;
  memcpy(into, st_bytes(conn), length);
  assert_int_equal(sim_told.requests, 2);
  assert_int_equal(sim_told.pings, 1);
  assert_int_equal(st_teardown(NULL), 0);
  return length;
}

static void
where_chunks_end_makes_no_difference(void **state) {
  uint8_t whole[512];
  uint8_t split[512];
  size_t length = answers_to_talk(sizeof(talk) - 1, 1, whole);

  (void)state;
  for (size_t first = 1; first < sizeof(talk) - 1; first++) {
    assert_int_equal(answers_to_talk(first, sizeof(talk), split), length);
    assert_memory_equal(whole, split, length);
  }
  assert_int_equal(answers_to_talk(1, 1, split), length);
  assert_memory_equal(whole, split, length);
}

static void
a_critical_csm_option_is_aborted_by_number(void **state) {
  st_conn_t *conn = st_open();
  st_message_t abort_message;

  (void)state;
  st_expect(conn, ST_CSM);
  st_send(conn, ST_CSM, "", "\x90", 1);
  abort_message = st_expect(conn, ST_ABORT);
  assert_memory_equal(abort_message.rest, "\x21\x09\xff", 3);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_FAILED), 1);
}

static void
a_critical_ping_option_is_aborted(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  st_send(conn, ST_PING, "", "\x10", 1);
  assert_memory_equal(st_expect(conn, ST_ABORT).rest, "\xff", 1);
  assert_int_equal(conn->closed, 1);
}

static void
elective_options_are_ignored(void **state) {
  st_conn_t *conn = st_open();

  (void)state;
  st_expect(conn, ST_CSM);
  /* 8, and 4 with a value. */
  st_send(conn, ST_CSM, "", "\x41x\x40", 3);
  st_send(conn, ST_PING, "p", "\x80", 1);
  st_expect(conn, ST_PONG);
}

static void
later_csms_add_up(void **state) {
  st_conn_t *conn = st_open();
  coap_session_t *session = st_session();

  (void)state;
  assert_int_equal(coap_session_max_pdu_size(session), 1152 - 4);
  st_send(conn, ST_CSM, "", "\x22\x20\x00", 3);
  assert_int_equal(coap_session_max_pdu_size(session), 8192 - 4);
  st_send(conn, ST_CSM, "", "\x42\x01\x00", 3); /* option 4: not this one's size */
  assert_int_equal(coap_session_max_pdu_size(session), 8192 - 4);
  assert_int_equal(coap_session_stream(session)->peer_blockwise, 1);
  st_send(conn, ST_CSM, "", "\x62\x01\x00", 3);
  assert_int_equal(coap_session_stream(session)->peer_max_token, 256);
  st_send(conn, ST_CSM, "", "\x61\x07", 2);
  assert_int_equal(coap_session_stream(session)->peer_max_token, 256);
  st_send(conn, ST_CSM, "", "\x25\x00\x00\x00\x01\x00", 6); /* five bytes: not a size */
  assert_int_equal(coap_session_max_pdu_size(session), 8192 - 4);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CONNECTED), 1);
}

static void
empty_messages_are_ignored(void **state) {
  st_conn_t *conn = st_open();

  (void)state;
  st_expect(conn, ST_CSM);
  st_send(conn, 0, "", NULL, 0);
  st_send_csm(conn);
  st_send(conn, 0, "x",
          "\xff"
          "abc",
          4);
  st_get(conn, "t");
  st_expect(conn, RAW_CONTENT);
}

static void
a_ping_has_its_pong_with_custody_when_asked(void **state) {
  st_conn_t *conn = st_open_ready();
  st_message_t pong;

  (void)state;
  st_send(conn, ST_PING, "one", NULL, 0);
  pong = st_expect(conn, ST_PONG);
  assert_memory_equal(pong.token, "one", 3);
  assert_int_equal(pong.rest_length, 0);
  st_send(conn, ST_PING, "", "\x20", 1);
  pong = st_expect(conn, ST_PONG);
  assert_int_equal(pong.rest_length, 1);
  assert_int_equal(pong.rest[0], 0x20);
}

static void
release_closes_when_nothing_is_open(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  st_push(conn,
          "\x21\x01"
          "a\xb1r"
          "\x00\xe4",
          7);
  st_expect(conn, RAW_CONTENT);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
release_waits_for_an_answer_that_takes_its_time(void **state) {
  st_conn_t *conn = st_open_ready();
  coap_session_t *session = coap_session_reference(st_session());
  coap_pdu_t *pdu;

  (void)state;
  st_send(conn, RAW_GET, "t", "\xb4slow", 5);
  st_send(conn, ST_RELEASE, "", NULL, 0);
  assert_int_equal(conn->closed, 0);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  /* No request of ours any more. */
  assert_int_equal(sim_request(session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, session);
  coap_add_token(pdu, 1, (const uint8_t *)"t");
  assert_true(coap_send(session, pdu) != COAP_INVALID_MID);
  st_expect(conn, RAW_CONTENT);
  coap_session_release(session);
  st_settle();
  assert_int_equal(conn->closed, 1);
}

static void
an_abort_is_not_answered(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  st_push(conn,
          "\x00\xe5"
          "\x21\x01"
          "a\xb1r",
          7);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(conn->read, conn->length);
  assert_int_equal(sim_told.requests, 0);
  assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
}

static void
format_errors_are_aborted(void **state) {
  static const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {"\x0f\x01", 2},                 /* token length 15 */
      {"\x09\x01", 2},                 /* 9, without RFC 8974 */
      {"\x10\x01\xff", 3},             /* marker without payload */
      {"\x10\x01\xf0", 3},             /* option delta 15 */
      {"\x10\x01\x51", 3},             /* option past the end */
      {"\xf0\x00\xff\xff\xff\x01", 6}, /* longer than our Max-Message-Size */
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    st_conn_t *conn;

    st_setup_server(NULL);
    conn = st_open_ready();
    st_push(conn, cases[i].bytes, cases[i].length);
    expect_abort(conn);
    assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
    assert_int_equal(counters()->rx_malformed, 1);
    assert_int_equal(st_teardown(NULL), 0);
  }
}

static void
a_token_longer_than_announced_is_aborted(void **state) {
  uint8_t message[32] = "\x0d\x01\x04";
  st_conn_t *conn;

  (void)state;
  coap_context_set_max_token_size(st_context, 16);
  conn = st_open();
  assert_memory_equal(st_expect(conn, ST_CSM).rest, "\x23\x80\x01\x00\x20\x21\x10", 7);
  st_send_csm(conn);
  st_push(conn, message, 3 + 17);
  expect_abort(conn);
}

static void
a_long_promise_costs_no_memory(void **state) {
  st_conn_t *conn = st_open_ready();
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;

  (void)state;
  coap_mem_sim_stats(&before);
  st_push(conn, "\xf0\x00\x70\x00\x00\x02", 6);
  coap_mem_sim_stats(&after);
  assert_true(after.live_bytes - before.live_bytes <= 1024);
  assert_int_equal(conn->closed, 0);
}

static void
notifications_are_sent_until_cancelled(void **state) {
  st_conn_t *conn = st_open_ready();

  (void)state;
  st_send(conn, RAW_GET, "o", "\x60\x51r", 3);
  assert_int_equal(st_expect(conn, RAW_CONTENT).rest[0] >> 4, 6);
  for (int i = 0; i < 3; i++) {
    coap_resource_notify_observers(sim_server_resource(), NULL);
    st_settle();
    assert_memory_equal(st_expect(conn, RAW_CONTENT).token, "o", 1);
  }
  st_send(conn, RAW_GET, "o", "\x61\x01\x51r", 4);
  assert_int_equal(st_expect(conn, RAW_CONTENT).rest[0], 0xff);
  coap_resource_notify_observers(sim_server_resource(), NULL);
  st_settle();
  assert_int_equal(conn->read, conn->length);
}

static void
the_csm_timeout_is_one_value(void **state) {
  (void)state;
  assert_int_equal(coap_context_get_csm_timeout(st_context), 30);
  assert_int_equal(coap_context_get_csm_timeout_ms(st_context), 30000);
  coap_context_set_csm_timeout_ms(st_context, 1500);
  assert_int_equal(coap_context_get_csm_timeout(st_context), 2);
  coap_context_set_csm_timeout(st_context, 3);
  assert_int_equal(coap_context_get_csm_timeout_ms(st_context), 3000);
  coap_context_set_csm_timeout(st_context, 0);
  assert_int_equal(coap_context_get_csm_timeout(st_context), 30);
  assert_int_equal(coap_context_get_csm_timeout(NULL), 0);
  assert_int_equal(coap_context_get_csm_timeout_ms(NULL), 0);
}

static void
the_message_size_is_announced_and_kept(void **state) {
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_max_message_size(st_context, 1);
  assert_int_equal(coap_context_get_csm_max_message_size(st_context), 64);
  coap_context_set_csm_max_message_size(st_context, UINT32_MAX);
  assert_int_equal(coap_context_get_csm_max_message_size(st_context), COAP_DEFAULT_MAX_PDU_RX_SIZE);
  coap_context_set_csm_max_message_size(st_context, 256);
  conn = st_open();
  assert_memory_equal(st_expect(conn, ST_CSM).rest, "\x22\x01\x00", 3);
  st_send_csm(conn);
  /* 257 bytes: 1 + 1 + 1 + 254 */
  st_push(conn, "\xd0\xf1\x01", 3);
  st_expect(conn, ST_ABORT);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_server, st_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      SERVER_TEST(csm_is_first_and_does_not_wait),
      SERVER_TEST(a_request_before_csm_is_aborted),
      SERVER_TEST(without_csm_it_is_aborted_in_time),
      SERVER_TEST(a_request_is_answered_by_its_token),
      SERVER_TEST(requests_in_one_chunk_are_answered_in_order),
      cmocka_unit_test(where_chunks_end_makes_no_difference),
      SERVER_TEST(a_critical_csm_option_is_aborted_by_number),
      SERVER_TEST(a_critical_ping_option_is_aborted),
      SERVER_TEST(elective_options_are_ignored),
      SERVER_TEST(later_csms_add_up),
      SERVER_TEST(empty_messages_are_ignored),
      SERVER_TEST(a_ping_has_its_pong_with_custody_when_asked),
      SERVER_TEST(release_closes_when_nothing_is_open),
      SERVER_TEST(release_waits_for_an_answer_that_takes_its_time),
      SERVER_TEST(an_abort_is_not_answered),
      cmocka_unit_test(format_errors_are_aborted),
      SERVER_TEST(a_token_longer_than_announced_is_aborted),
      SERVER_TEST(a_long_promise_costs_no_memory),
      SERVER_TEST(notifications_are_sent_until_cancelled),
      SERVER_TEST(the_csm_timeout_is_one_value),
      SERVER_TEST(the_message_size_is_announced_and_kept),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
