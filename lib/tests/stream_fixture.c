/* stream_fixture.c -- the library on simulated TCP, and raw peers that speak bytes to it. */
#include "stream_fixture.h"

#include "test.h"
#include "seams/net_sim.h"
#include "session/core.h"
#include "session/session.h"

coap_context_t *st_context;
unsigned int st_connects;
int st_connect_result;
uint16_t st_connect_port;

static st_conn_t conns[ST_CONNS];
static uint8_t bytes[ST_CONNS][ST_BYTES];
static unsigned int conn_count;
static uint16_t next_port;

static st_conn_t *
conn_add(unsigned int id) {
  st_conn_t *conn = &conns[conn_count];

  assert_true(conn_count < ST_CONNS);
  memset(conn, 0, sizeof(*conn));
  conn->id = id;
  conn_count++;
  return conn;
}

static st_conn_t *
conn_of(unsigned int id) {
  for (unsigned int i = 0; i < conn_count; i++) {
    if (conns[i].id == id)
      return &conns[i];
  }
  return NULL;
}

static int
on_connect(void *user, unsigned int id, const coap_address_t *from, const coap_address_t *to) {
  (void)user;
  (void)from;
  st_connects++;
  st_connect_port = coap_address_get_port(to);
  conn_add(id);
  return st_connect_result;
}

static void
on_write(void *user, unsigned int id, const uint8_t *data, size_t length) {
  st_conn_t *conn = conn_of(id);

  (void)user;
  assert_non_null(conn);
  assert_true(length <= ST_BYTES - conn->length);
  memcpy(bytes[conn - conns] + conn->length, data, length);
  conn->length += length;
}

static void
on_closed(void *user, unsigned int id) {
  st_conn_t *conn = conn_of(id);

  (void)user;
  if (conn)
    conn->closed = 1;
}

static void
begin(void **state) {
  static const coap_net_sim_stream_tap_t tap = {on_connect, on_write, on_closed};

  sim_setup(state);
  coap_net_sim_set_stream_tap(&tap, NULL);
  conn_count = st_connects = 0;
  st_connect_result = 0;
  next_port = 4000;
}

int
st_setup_server(void **state) {
  coap_address_t at = sim_address(SIM_HOST, 5683);

  begin(state);
  st_context = sim_server_context();
  return !coap_new_endpoint(st_context, &at, COAP_PROTO_TCP);
}

int
st_setup_client(void **state) {
  begin(state);
  st_context = sim_client_context();
  return 0;
}

int
st_teardown(void **state) {
  return sim_teardown(state);
}

/* Accepting, reading and answering are one round each. */
void
st_settle(void) {
  for (int i = 0; i < 4; i++)
    sim_settle();
}

st_conn_t *
st_open(void) {
  return st_open_at(5683);
}

st_conn_t *
st_open_at(uint16_t port) {
  coap_address_t at = sim_address(SIM_HOST, port);
  coap_address_t from = sim_address(SIM_PEER, next_port++);
  unsigned int id = 0;
  st_conn_t *conn;

  assert_int_equal(coap_net_sim_stream_open(&from, &at, &id), 0);
  conn = conn_add(id);
  st_settle();
  return conn;
}

st_conn_t *
st_open_ready(void) {
  st_conn_t *conn = st_open();

  st_send_csm(conn);
  st_expect(conn, ST_CSM);
  return conn;
}

st_conn_t *
st_begun(void) {
  assert_true(conn_count > 0);
  return &conns[conn_count - 1];
}

void
st_push(st_conn_t *conn, const void *data, size_t length) {
  assert_int_equal(coap_net_sim_stream_push(conn->id, data, length), 0);
  st_settle();
}

void
st_send(st_conn_t *conn, int code, const char *token, const void *rest, size_t length) {
  uint8_t message[32];
  size_t token_length = strlen(token);

  assert_true(length <= 12 && token_length <= 8);
  message[0] = (uint8_t)(length << 4 | token_length);
  message[1] = (uint8_t)code;
  memcpy(message + 2, token, token_length);
  if (length)
    memcpy(message + 2 + token_length, rest, length);
  st_push(conn, message, 2 + token_length + length);
}

void
st_send_csm(st_conn_t *conn) {
  st_send(conn, ST_CSM, "", NULL, 0);
}

void
st_get(st_conn_t *conn, const char *token) {
  st_send(conn, RAW_GET, token, "\xb1r", 2);
}

const uint8_t *
st_bytes(const st_conn_t *conn) {
  return bytes[conn - conns];
}

/* RFC 8323 3.2 */
static size_t
read_length(const uint8_t **at) {
  const uint8_t *p = *at;
  unsigned int nibble = p[0] >> 4;

  if (nibble < 13) {
    *at = p + 1;
    return nibble;
  }
  if (nibble == 13) {
    *at = p + 2;
    return p[1] + 13U;
  }
  if (nibble == 14) {
    *at = p + 3;
    return (size_t)(p[1] << 8 | p[2]) + 269;
  }
  *at = p + 5;
  return ((size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4]) + 65805;
}

int
st_next(st_conn_t *conn, st_message_t *message) {
  const uint8_t *start = st_bytes(conn) + conn->read;
  const uint8_t *at = start;

  if (conn->read == conn->length)
    return 0;
  message->rest_length = read_length(&at);
  message->token_length = start[0] & 15U;
  message->code = *at++;
  message->token = at;
  message->rest = at + message->token_length;
  conn->read += (size_t)(message->rest - start) + message->rest_length;
  assert_true(conn->read <= conn->length);
  return 1;
}

st_message_t
st_expect(st_conn_t *conn, int code) {
  st_message_t message = {0, 0, NULL, NULL, 0};

  assert_int_equal(st_next(conn, &message), 1);
  assert_int_equal(message.code, code);
  return message;
}

coap_session_t *
st_session(void) {
  coap_session_t *session = coap_context_core(st_context)->sessions;

  assert_non_null(session);
  while (session->next)
    session = session->next;
  return session;
}
