/* tls_world.c -- both sides of (D)TLS in the simulated world. */
#include "tls_world.h"

#include "test.h"
#include "seams/net_sim.h"
#include "session/session.h"
#include "tls_native.h"

enum { WIRES = 512, ROUNDS = 12, SEEN_MAX = 1 << 18 };

coap_context_t *tls_server;
coap_context_t *tls_client;
size_t tls_flip_after;

static struct {
  unsigned int ends[WIRES][2]; /* the client's, the server's */
  unsigned int count;
  uint8_t seen[SEEN_MAX];
  size_t seen_length;
  size_t sent[2];
} wires;

static int
on_connect(void *user, unsigned int id, const coap_address_t *from, const coap_address_t *to) {
  unsigned int other = 0;
  int result = coap_net_sim_stream_open(from, to, &other);

  (void)user;
  if (result < 0)
    return result;
  assert_true(wires.count < WIRES);
  wires.ends[wires.count][0] = id;
  wires.ends[wires.count][1] = other;
  wires.count++;
  return 0;
}

/* The other end; *side 0: the bytes are the client's. */
static unsigned int
other_end(unsigned int id, int *side) {
  for (unsigned int i = wires.count; i-- > 0;) {
    for (*side = 0; *side < 2; (*side)++) {
      if (wires.ends[i][*side] == id)
        return wires.ends[i][1 - *side];
    }
  }
  return 0;
}

/* The bytes with one changed, when its turn has come. */
static const uint8_t *
flip(const uint8_t *data, size_t length) {
  static uint8_t changed[SEEN_MAX];
  size_t at = tls_flip_after;

  if (!at)
    return data;
  tls_flip_after = at > length ? at - length : 0;
  if (at > length)
    return data;
  memcpy(changed, data, length);
  changed[at - 1] ^= 0x21;
  return changed;
}

static void
on_write(void *user, unsigned int id, const uint8_t *data, size_t length) {
  int side = 0;
  unsigned int other = other_end(id, &side);

  (void)user;
  assert_true(length <= SEEN_MAX - wires.seen_length);
  memcpy(wires.seen + wires.seen_length, data, length);
  wires.seen_length += length;
  wires.sent[side] += length;
  if (other)
    coap_net_sim_stream_push(other, flip(data, length), length);
}

static void
on_closed(void *user, unsigned int id) {
  int side;
  unsigned int other = other_end(id, &side);

  (void)user;
  if (other)
    coap_net_sim_stream_finish(other);
}

int
tls_setup(void **state) {
  static const coap_net_sim_stream_tap_t tap = {on_connect, on_write, on_closed};

  memset(&wires, 0, sizeof(wires));
  tls_flip_after = 0;
  sim_setup(state);
  tls_native_set_time();
  coap_net_sim_set_stream_tap(&tap, NULL);
  tls_server = sim_server_context();
  tls_client = sim_client_context();
  return 0;
}

int
tls_teardown(void **state) {
  return sim_teardown(state);
}

coap_address_t
tls_address(coap_proto_t proto) {
  return sim_address(SIM_HOST, proto == COAP_PROTO_WSS ? TLS_WS_PORT : TLS_PORT);
}

void
tls_listen(void) {
  static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS, COAP_PROTO_WSS};

  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_address_t at = tls_address(protos[i]);

    assert_non_null(coap_new_endpoint(tls_server, &at, protos[i]));
  }
}

static coap_bin_const_t
bytes_of(const char *text) {
  return (coap_bin_const_t){strlen(text), (const uint8_t *)text};
}

coap_dtls_spsk_t
tls_server_psk(void) {
  coap_dtls_spsk_t psk = {.version = COAP_DTLS_SPSK_SETUP_VERSION};

  psk.psk_info.hint = bytes_of("hint");
  psk.psk_info.key = bytes_of("secret");
  return psk;
}

void
tls_serve_psk(void) {
  coap_dtls_spsk_t psk = tls_server_psk();

  assert_int_equal(coap_context_set_psk2(tls_server, &psk), 1);
  tls_listen();
}

coap_dtls_cpsk_t
tls_client_psk(const char *key) {
  coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};

  psk.psk_info.identity = bytes_of("me");
  psk.psk_info.key = bytes_of(key);
  return psk;
}

coap_session_t *
tls_connect_psk(coap_proto_t proto, const char *key) {
  coap_dtls_cpsk_t psk = tls_client_psk(key);
  coap_address_t at = tls_address(proto);

  return coap_new_client_session_psk2(tls_client, NULL, &at, proto, &psk);
}

/* What goes over wires is no activity to the world: a few rounds more. */
coap_session_t *
tls_server_session(void) {
  coap_session_t *session = coap_context_core(tls_server)->sessions;

  assert_non_null(session);
  while (session->next)
    session = session->next;
  return session;
}

void
tls_settle(void) {
  for (int i = 0; i < ROUNDS; i++)
    sim_settle();
}

void
tls_run(uint64_t ms) {
  tls_settle();
  while (ms) {
    uint64_t step = ms < 100 ? ms : 100;

    sim_run(step);
    ms -= step;
  }
  tls_settle();
}

void
tls_ask(coap_session_t *session) {
  unsigned int before = sim_told.responses;

  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  tls_settle();
  assert_int_equal(sim_told.responses, before + 1);
  assert_int_equal(sim_told.response_code, COAP_RESPONSE_CODE_CONTENT);
}

void
tls_live_twice(coap_proto_t proto) {
  coap_session_t *session = tls_connect_psk(proto, "secret");

  assert_non_null(session);
  tls_ask(session);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  tls_settle();
  tls_ask(session);
  coap_session_release(session);
  tls_settle();
}

static size_t
datagram_bytes(int side) {
  size_t bytes = 0;

  for (unsigned int i = 0; i < sim_sent_count(); i++) {
    const sim_sent_t *sent = sim_sent(i);
    int from_server = coap_address_get_port(&sent->from) == TLS_PORT;

    bytes += from_server == side ? sent->length : 0;
  }
  return bytes;
}

size_t
tls_bytes_of_client(void) {
  return wires.sent[0] + datagram_bytes(0);
}

size_t
tls_bytes_of_server(void) {
  return wires.sent[1] + datagram_bytes(1);
}

void
tls_forget(void) {
  sim_forget_sent();
  memset(&wires, 0, sizeof(wires));
}

static int
is_in(const uint8_t *bytes, size_t length, const char *text) {
  size_t size = strlen(text);

  for (size_t i = 0; i + size <= length; i++) {
    if (memcmp(bytes + i, text, size) == 0)
      return 1;
  }
  return 0;
}

int
tls_was_seen(const char *text) {
  for (unsigned int i = 0; i < sim_sent_count(); i++) {
    if (is_in(sim_sent(i)->bytes, sim_sent(i)->length, text))
      return 1;
  }
  return is_in(wires.seen, wires.seen_length, text);
}

void
tls_is_text(const coap_bin_const_t *value, const char *text) {
  assert_non_null(value);
  assert_int_equal(value->length, strlen(text));
  assert_memory_equal(value->s, text, value->length);
}
