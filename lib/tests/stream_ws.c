/* stream_ws.c -- CoAP over WebSockets, both roles against raw peers (RFC 8323 4, RFC 6455). */
#include "test.h"

#include "seams/memory.h"
#include "seams/net_sim.h"
#include "session/core.h"
#include "stream_fixture.h"
#include "wire/ws_frame.h"
#include "wire/ws_http.h"

#include <errno.h>

enum { WS_PORT = 80 };

static const uint8_t nonce[COAP_WS_NONCE_SIZE] = "0123456789abcde";
static const uint8_t mask[COAP_WS_KEY_SIZE] = {1, 2, 3, 4};

static int
setup_server(void **state) {
  coap_address_t at = sim_address(SIM_HOST, WS_PORT);

  if (st_setup_server(state))
    return 1;
  return !coap_new_endpoint(st_context, &at, COAP_PROTO_WS);
}

/* A frame, masked as a client's or not. */
static size_t
make_frame(uint8_t *to, int opcode, int fin, const void *payload, size_t length, int masked) {
  size_t header =
      coap_ws_write_header(to, (coap_ws_opcode_t)opcode, fin, length, masked ? mask : NULL);

  if (length)
    memcpy(to + header, payload, length);
  if (masked)
    coap_ws_mask(to + header, length, mask, 0);
  return header + length;
}

static void
push_frame(st_conn_t *conn, int opcode, int fin, const void *payload, size_t length, int masked) {
  uint8_t frame[256];

  st_push(conn, frame, make_frame(frame, opcode, fin, payload, length, masked));
}

/* The next frame that the library wrote: its payload, unmasked, in a static buffer. */
typedef struct frame_t {
  int opcode;
  int masked;
  size_t length;
  uint8_t payload[512];
} frame_t;

static frame_t
next_frame(st_conn_t *conn) {
  frame_t frame = {-1, 0, 0, {0}};
  const uint8_t *at = st_bytes(conn) + conn->read;
  const uint8_t *key = NULL;

  assert_true(conn->length - conn->read >= 2);
  frame.opcode = at[0] & 15;
  frame.masked = at[1] >> 7;
  frame.length = at[1] & 127;
  at += 2;
  assert_true(frame.length <= 126);
  if (frame.length == 126) {
    frame.length = (size_t)(at[0] << 8 | at[1]);
    at += 2;
  }
  if (frame.masked) {
    key = at;
    at += 4;
  }
  assert_true(frame.length <= sizeof(frame.payload));
  memcpy(frame.payload, at, frame.length);
  if (key)
    coap_ws_mask(frame.payload, frame.length, key, 0);
  conn->read = (size_t)(at + frame.length - st_bytes(conn));
  return frame;
}

static frame_t
expect_frame(st_conn_t *conn, int opcode) {
  frame_t frame = next_frame(conn);

  assert_int_equal(frame.opcode, opcode);
  return frame;
}

/* A Close frame with that code, and the end. */
static void
expect_close(st_conn_t *conn, unsigned int code) {
  frame_t frame = expect_frame(conn, COAP_WS_CLOSE);

  assert_int_equal(frame.payload[0] << 8 | frame.payload[1], code);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(conn->read, conn->length);
}

/* Past the head of an HTTP message, which begins so. */
static void
expect_head(st_conn_t *conn, const char *begin) {
  const char *text = (const char *)st_bytes(conn) + conn->read;
  size_t length = conn->length - conn->read;

  assert_true(length >= strlen(begin));
  assert_memory_equal(text, begin, strlen(begin));
  for (size_t i = 3; i < length; i++) {
    if (memcmp(text + i - 3, "\r\n\r\n", 4) == 0) {
      conn->read += i + 1;
      return;
    }
  }
  fail_msg("the head has no end");
}

static size_t
request_text(char *request) {
  return coap_ws_write_request(request, "example.org", nonce);
}

static st_conn_t *
upgraded(void) {
  st_conn_t *conn = st_open_at(WS_PORT);
  char request[COAP_WS_REQUEST_MAX];

  st_push(conn, request, request_text(request));
  expect_head(conn, "HTTP/1.1 101 ");
  return conn;
}

/* Ready for requests: both CSMs are through. */
static st_conn_t *
open_ws(void) {
  st_conn_t *conn = upgraded();

  expect_frame(conn, COAP_WS_BINARY);
  push_frame(conn, COAP_WS_BINARY, 1, "\x00\xe1", 2, 1);
  return conn;
}

static const char get[] = "\x01\x01t\xb1r";

static void
the_upgrade_is_answered_and_csm_follows(void **state) {
  st_conn_t *conn = st_open_at(WS_PORT);
  char request[COAP_WS_REQUEST_MAX];
  frame_t frame;

  (void)state;
  assert_int_equal(conn->length, 0);
  assert_int_equal(coap_session_get_state(st_session()), COAP_SESSION_STATE_CONNECTING);
  assert_int_equal(coap_session_get_proto(st_session()), COAP_PROTO_WS);
  st_push(conn, request, request_text(request));
  assert_non_null(strstr((const char *)st_bytes(conn), "Sec-WebSocket-Protocol: coap\r\n"));
  expect_head(conn, "HTTP/1.1 101 ");
  assert_int_equal(sim_event_count(COAP_EVENT_WS_CONNECTED), 1);
  assert_int_equal(coap_session_get_state(st_session()), COAP_SESSION_STATE_CSM);
  frame = expect_frame(conn, COAP_WS_BINARY);
  assert_int_equal(frame.masked, 0);
  assert_memory_equal(frame.payload, "\x00\xe1", 2);
  push_frame(conn, COAP_WS_BINARY, 1, "\x00\xe1", 2, 1);
  assert_int_equal(coap_session_get_state(st_session()), COAP_SESSION_STATE_ESTABLISHED);
}

static void
a_request_in_a_frame_is_answered_in_one(void **state) {
  st_conn_t *conn = open_ws();
  frame_t frame;

  (void)state;
  push_frame(conn, COAP_WS_BINARY, 1, get, sizeof(get) - 1, 1);
  frame = expect_frame(conn, COAP_WS_BINARY);
  assert_int_equal(frame.masked, 0);
  assert_memory_equal(frame.payload, "\x01\x45t\xffr1", 6);
  assert_int_equal(frame.length, 6);
}

/* The whole talk of a client: upgrade, CSM, a request in three fragments with a Ping in between,
 * CoAP Ping. */
static size_t
make_talk(uint8_t *to) {
  size_t n = request_text((char *)to);

  n += make_frame(to + n, COAP_WS_BINARY, 1, "\x00\xe1", 2, 1);
  n += make_frame(to + n, COAP_WS_BINARY, 0, get, 1, 1);
  n += make_frame(to + n, COAP_WS_PING, 1, "hello", 5, 1);
  n += make_frame(to + n, COAP_WS_CONTINUATION, 0, get + 1, 0, 1);
  n += make_frame(to + n, COAP_WS_CONTINUATION, 1, get + 1, sizeof(get) - 2, 1);
  n += make_frame(to + n, COAP_WS_BINARY, 1, "\x01\xe2p", 3, 1);
  return n;
}

static size_t
answers_to_talk(size_t first, size_t rest, uint8_t *into) {
  uint8_t talk[1024];
  size_t length = make_talk(talk);
  st_conn_t *conn;
  size_t at = 0;
  size_t answers;

  setup_server(NULL);
  conn = st_open_at(WS_PORT);
  while (at < length) {
    size_t chunk = at ? rest : first;

    chunk = chunk < length - at ? chunk : length - at;
    st_push(conn, talk + at, chunk);
    at += chunk;
  }
  answers = conn->length;
  memcpy(into, st_bytes(conn), answers);
  expect_head(conn, "HTTP/1.1 101 ");
  expect_frame(conn, COAP_WS_BINARY);
  assert_memory_equal(expect_frame(conn, COAP_WS_PONG).payload, "hello", 5);
  assert_memory_equal(expect_frame(conn, COAP_WS_BINARY).payload, "\x01\x45t", 3);
  assert_memory_equal(expect_frame(conn, COAP_WS_BINARY).payload, "\x01\xe3p", 3);
  assert_int_equal(st_teardown(NULL), 0);
  return answers;
}

static void
where_chunks_end_makes_no_difference(void **state) {
  uint8_t talk[1024];
  uint8_t whole[1024];
  uint8_t split[1024];
  size_t total = make_talk(talk);
  size_t length = answers_to_talk(total, 1, whole);

  (void)state;
  for (size_t first = 1; first < total; first++) {
    assert_int_equal(answers_to_talk(first, total, split), length);
    assert_memory_equal(whole, split, length);
  }
  assert_int_equal(answers_to_talk(1, 1, split), length);
  assert_memory_equal(whole, split, length);
}

static void
what_is_no_upgrade_is_refused(void **state) {
  static const struct {
    const char *request;
    const char *answer;
  } cases[] = {
      {"GET /elsewhere HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
       "Sec-WebSocket-Protocol: coap\r\n\r\n",
       "HTTP/1.1 404 "},
      {"GET /.well-known/coap HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 4"},
      {"\x00\xe1nothing of HTTP\r\n", "HTTP/1.1 400 "},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    st_conn_t *conn;

    setup_server(NULL);
    conn = st_open_at(WS_PORT);
    st_push(conn, cases[i].request, i == 2 ? 19 : strlen(cases[i].request));
    expect_head(conn, cases[i].answer);
    assert_int_equal(conn->closed, 1);
    assert_null(coap_context_core(st_context)->sessions);
    assert_int_equal(sim_event_count(COAP_EVENT_WS_CONNECTED), 0);
    assert_int_equal(sim_event_count(COAP_EVENT_WS_CLOSED), 1);
    assert_int_equal(st_teardown(NULL), 0);
  }
}

static void
an_upgrade_that_does_not_come_is_not_waited_for(void **state) {
  st_conn_t *conn = st_open_at(WS_PORT);

  (void)state;
  st_push(conn, "GET /", 5);
  sim_run(COAP_DEFAULT_CSM_TIMEOUT_MS + 1);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_WS_CLOSED), 1);
}

static void
what_breaks_the_protocol_is_closed_with_its_code(void **state) {
  static const struct {
    int opcode;
    const char *payload;
    size_t length;
    int masked;
    unsigned int code;
  } cases[] = {
      {COAP_WS_BINARY, get, 5, 0, COAP_WS_CLOSE_PROTOCOL},           /* not masked */
      {COAP_WS_TEXT, "hello", 5, 1, COAP_WS_CLOSE_UNACCEPTABLE},     /* text */
      {COAP_WS_CONTINUATION, "x", 1, 1, COAP_WS_CLOSE_PROTOCOL},     /* of nothing */
      {3, "x", 1, 1, COAP_WS_CLOSE_PROTOCOL},                        /* reserved */
      {COAP_WS_CLOSE, "\x03", 1, 1, COAP_WS_CLOSE_PROTOCOL},         /* half a code */
      {COAP_WS_CLOSE, "\x03\xe8\xff", 3, 1, COAP_WS_CLOSE_BAD_DATA}, /* no UTF-8 */
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    st_conn_t *conn;

    setup_server(NULL);
    conn = open_ws();
    push_frame(conn, cases[i].opcode, 1, cases[i].payload, cases[i].length, cases[i].masked);
    expect_close(conn, cases[i].code);
    assert_int_equal(sim_event_count(COAP_EVENT_WS_CLOSED), 1);
    assert_int_equal(sim_event_count(COAP_EVENT_TCP_CLOSED), 1);
    assert_int_equal(sim_event_count(COAP_EVENT_SESSION_CLOSED), 1);
    assert_null(coap_context_core(st_context)->sessions);
    assert_int_equal(st_teardown(NULL), 0);
  }
}

static void
a_message_over_the_size_is_too_big(void **state) {
  static const uint8_t header[] = {0x82, 0x80 | 126, 1, 1, 1, 2, 3, 4};
  st_conn_t *conn;

  (void)state;
  coap_context_set_csm_max_message_size(st_context, 256);
  conn = open_ws();
  st_push(conn, header, sizeof(header));
  expect_close(conn, COAP_WS_CLOSE_TOO_BIG);
  assert_int_equal(sim_event_count(COAP_EVENT_WS_PACKET_SIZE), 1);
}

static void
a_malformed_message_is_aborted(void **state) {
  st_conn_t *conn = open_ws();

  (void)state;
  push_frame(conn, COAP_WS_BINARY, 1, "\x10\x01", 2, 1); /* a length of its own */
  assert_int_equal(expect_frame(conn, COAP_WS_BINARY).payload[1], ST_ABORT);
  expect_close(conn, COAP_WS_CLOSE_NORMAL);
}

static void
a_close_is_answered(void **state) {
  st_conn_t *conn = open_ws();

  (void)state;
  push_frame(conn, COAP_WS_CLOSE, 1,
             "\x03\xe8"
             "bye",
             5, 1);
  expect_close(conn, COAP_WS_CLOSE_NORMAL);
}

/* The client's side. */
static coap_session_t *
open_session(void) {
  coap_address_t peer = sim_address(SIM_PEER, 0);
  coap_session_t *session = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_WS);

  assert_non_null(session);
  return session;
}

/* The answer to the request that the client wrote. */
static void
accept_upgrade(st_conn_t *conn) {
  coap_ws_handshake_t handshake;
  char response[COAP_WS_RESPONSE_MAX];
  size_t used;

  coap_ws_handshake_server(&handshake);
  assert_int_equal(coap_ws_handshake_read(&handshake, st_bytes(conn) + conn->read,
                                          conn->length - conn->read, &used),
                   COAP_WIRE_OK);
  conn->read += used;
  st_push(conn, response, coap_ws_write_response(response, &handshake));
  coap_ws_handshake_clear(&handshake);
}

static void
a_client_upgrades_and_asks(void **state) {
  coap_session_t *session = open_session();
  st_conn_t *conn = st_begun();
  coap_mid_t mid = sim_request(session, COAP_MESSAGE_CON);
  frame_t frame;
  uint8_t answer[16] = {0, RAW_CONTENT};
  size_t token;

  (void)state;
  assert_int_equal(st_connect_port, 80);
  st_settle();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CONNECTING);
  assert_non_null(strstr((const char *)st_bytes(conn), "\r\nHost: 10.0.0.2"));
  assert_non_null(strstr((const char *)st_bytes(conn), "\r\nSec-WebSocket-Protocol: coap\r\n"));
  accept_upgrade(conn);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_CSM);
  frame = expect_frame(conn, COAP_WS_BINARY);
  assert_int_equal(frame.masked, 1);
  assert_memory_equal(frame.payload, "\x00\xe1", 2);
  push_frame(conn, COAP_WS_BINARY, 1, "\x00\xe1", 2, 0);
  frame = expect_frame(conn, COAP_WS_BINARY);
  token = frame.payload[0];
  assert_int_equal(frame.payload[1], RAW_GET);
  answer[0] = (uint8_t)token;
  memcpy(answer + 2, frame.payload + 2, token);
  push_frame(conn, COAP_WS_BINARY, 1, answer, 2 + token, 0);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(sim_told.response_mid, mid);
  coap_session_release(session);
  assert_int_equal(expect_frame(conn, COAP_WS_CLOSE).masked, 1);
  assert_int_equal(conn->closed, 1);
}

static void
a_refused_upgrade_is_told(void **state) {
  coap_session_t *session = open_session();

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  st_settle();
  st_push(st_begun(), "HTTP/1.1 404 Not Found\r\n\r\n", 26);
  assert_int_equal(st_begun()->closed, 1);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_WS_FAILED);
  assert_int_equal(sim_event_count(COAP_EVENT_WS_CLOSED), 1);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  coap_session_release(session);
}

static void
a_masked_frame_from_a_server_fails_the_layer(void **state) {
  coap_session_t *session = open_session();
  st_conn_t *conn = st_begun();

  (void)state;
  st_settle();
  accept_upgrade(conn);
  push_frame(conn, COAP_WS_BINARY, 1, "\x00\xe1", 2, 0);
  sim_request(session, COAP_MESSAGE_CON);
  push_frame(conn, COAP_WS_BINARY, 1, "\x00\xe2", 2, 1);
  assert_int_equal(conn->closed, 1);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_WS_LAYER_FAILED);
  coap_session_release(session);
}

static void
the_host_is_the_applications(void **state) {
  coap_session_t *session;
  coap_str_const_t host = {11, (const uint8_t *)"example.org"};
  coap_str_const_t bad = {3, (const uint8_t *)"a\r\n"};
  coap_address_t peer = sim_address(SIM_PEER, 0);
  coap_session_t *tcp = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_TCP);

  (void)state;
  assert_int_equal(coap_ws_set_host_request(NULL, &host), 0);
  assert_int_equal(coap_ws_set_host_request(tcp, &host), 0);
  coap_session_release(tcp);
  session = open_session();
  assert_int_equal(coap_ws_set_host_request(session, NULL), 0);
  assert_int_equal(coap_ws_set_host_request(session, &bad), 0);
  assert_int_equal(coap_ws_set_host_request(session, &host), 1);
  st_settle();
  assert_non_null(strstr((const char *)st_bytes(st_begun()), "\r\nHost: example.org\r\n"));
  assert_int_equal(coap_ws_set_host_request(session, &host), 0);
  coap_session_release(session);
}

/* Each allocation fails in turn: nothing crashes, nothing is left, a request has one outcome. */
static void
out_of_memory_is_survived(void **state) {
  int reached = 1;

  (void)state;
  for (unsigned int nth = 1; reached; nth++) {
    struct coap_mem_sim_stats stats;
    uint64_t before;
    coap_session_t *session;
    coap_address_t peer = sim_address(SIM_PEER, 0);
    unsigned int taken = 0;
    uint8_t talk[1024];
    size_t length = make_talk(talk);
    st_conn_t *conn;

    assert_true(nth < 500);
    setup_server(NULL);
    coap_mem_sim_stats(&stats);
    before = stats.requests;
    coap_mem_sim_fail(nth, 0);
    conn = st_open_at(WS_PORT);
    for (size_t at = 0; at < length && !conn->closed; at += 50)
      st_push(conn, talk + at, length - at < 50 ? length - at : 50);
    session = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_WS);
    st_settle();
    if (session) {
      coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);

      taken = pdu && coap_send(session, pdu) != COAP_INVALID_MID;
      st_settle();
      coap_session_release(session);
    }
    assert_int_equal(sim_told.nacks, taken);
    coap_mem_sim_stats(&stats);
    reached = stats.requests - before >= nth;
    assert_int_equal(st_teardown(NULL), 0);
  }
}

#define WS_TEST(name)     cmocka_unit_test_setup_teardown(name, setup_server, st_teardown)
#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_client, st_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      WS_TEST(the_upgrade_is_answered_and_csm_follows),
      WS_TEST(a_request_in_a_frame_is_answered_in_one),
      cmocka_unit_test(where_chunks_end_makes_no_difference),
      cmocka_unit_test(what_is_no_upgrade_is_refused),
      WS_TEST(an_upgrade_that_does_not_come_is_not_waited_for),
      cmocka_unit_test(what_breaks_the_protocol_is_closed_with_its_code),
      WS_TEST(a_message_over_the_size_is_too_big),
      WS_TEST(a_malformed_message_is_aborted),
      WS_TEST(a_close_is_answered),
      CLIENT_TEST(a_client_upgrades_and_asks),
      CLIENT_TEST(a_refused_upgrade_is_told),
      CLIENT_TEST(a_masked_frame_from_a_server_fails_the_layer),
      CLIENT_TEST(the_host_is_the_applications),
      cmocka_unit_test(out_of_memory_is_survived),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
