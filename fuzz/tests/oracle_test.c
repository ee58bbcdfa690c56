/* oracle_test.c -- every oracle objects to a made-up run that breaks its rule, by its own name, and
 * nobody objects to one that does not. */
#include "oracle/all.h"
#include "tests/test.h"

#include <string.h>

#define LOCAL  1
#define REMOTE 2

/* What the oracles objected to. */
static struct {
  unsigned int count;
  char names[256];
} heard;

static void
sink(const char *oracle, const char *section) {
  assert_true(section != NULL && section[0] != '\0');
  heard.count++;
  if (strlen(heard.names) + strlen(oracle) + 2 < sizeof(heard.names)) {
    strcat(heard.names, oracle);
    strcat(heard.names, " ");
  }
}

static uint64_t now;

static int
setup(void **state) {
  (void)state;
  memset(&heard, 0, sizeof(heard));
  oracle_set_sink(sink);
  oracle_reset_all();
  now = 1000;
  return 0;
}

static void
expect(const char *oracle) {
  if (oracle == NULL) {
    if (heard.count != 0)
      fail_msg("nobody should have objected, but: %s", heard.names);
  } else if (strstr(heard.names, oracle) == NULL) {
    fail_msg("%s should have objected; heard: %s", oracle, heard.names);
  }
}

static struct obs
obs(enum obs_kind kind) {
  struct obs o;

  memset(&o, 0, sizeof(o));
  o.kind = kind;
  o.op = 1;
  o.now = now;
  o.local = LOCAL;
  o.remote = REMOTE;
  return o;
}

static void
tell(enum obs_kind kind, unsigned int session, long value, long extra, size_t count, int flag) {
  struct obs o = obs(kind);

  o.session = session;
  o.value = value;
  o.extra = extra;
  o.count = count;
  o.flag = flag;
  oracle_observe_all(&o);
}

static void
wire(enum obs_kind kind, const void *bytes, size_t len) {
  struct obs o = obs(kind);
  struct msg m;

  o.malformed = msg_parse(&m, bytes, len);
  o.msg = &m;
  o.data = bytes;
  o.length = len;
  o.value = (long)len;
  oracle_observe_all(&o);
}

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define IN(...)    wire(OBS_IN, BYTES(__VA_ARGS__))
#define OUT(...)   wire(OBS_OUT, BYTES(__VA_ARGS__))

/* With a handler's view of a message; `token` one byte. */
static void
handler(enum obs_kind kind, unsigned int type, unsigned int code, unsigned int mid, uint8_t token,
        long value, long extra) {
  struct obs o = obs(kind);
  struct msg m;

  memset(&m, 0, sizeof(m));
  m.version = 1;
  m.type = (uint8_t)type;
  m.code = (uint8_t)code;
  m.mid = (uint16_t)mid;
  m.token = &token;
  m.token_length = 1;
  o.session = 1;
  o.msg = &m;
  o.value = value;
  o.extra = extra;
  oracle_observe_all(&o);
}

enum { CLIENT = 1, SERVER = 2, ESTABLISHED = 4 };

static void
born(unsigned int id, long type) {
  tell(OBS_BORN, id, type, ESTABLISHED, 1, 0);
}

static void
request_sent(unsigned int mid, uint8_t token) {
  handler(OBS_SEND, TYPE_CON, 1, mid, token, mid, 0);
  handler(OBS_SEND, TYPE_CON, 1, mid, token, mid, 1);
}

/* A client's request and its piggybacked answer; a server's, with a duplicate. */
static void
good_run(void **state) {
  (void)state;
  born(1, CLIENT);
  request_sent(5, 9);
  OUT(0x41, 1, 0, 5, 9);
  now += 2500;
  OUT(0x41, 1, 0, 5, 9);
  now += 5000;
  OUT(0x41, 1, 0, 5, 9);
  IN(0x61, 69, 0, 5, 9);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 9, 5, ESTABLISHED);
  IN(0x41, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED);
  OUT(0x61, 69, 0, 7, 3);
  IN(0x41, 1, 0, 7, 3);
  OUT(0x61, 69, 0, 7, 3);
  tell(OBS_STATE, 1, ESTABLISHED, CLIENT, 1, 0);
  tell(OBS_MEMORY, 0, 3, 0, 5000, 0);
  tell(OBS_API, 1, OBS_API_RELEASE, 0, 0, 0);
  tell(OBS_GONE, 1, OBS_GONE_RELEASED, 0, 0, 0);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0);
  tell(OBS_END, 0, 0, 0, 0, 0);
  expect(NULL);
}

static void
wire_format_objects(void **state) {
  (void)state;
  OUT(0x40, 1, 0, 1, 0xff);
  expect("wire-format");
  setup(state);
  OUT(0x50, 0, 0, 1);
  expect("wire-format");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 1, 0, 1);
  expect("wire-format");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x40, 0x20, 0, 1);
  expect("wire-format");
}

static void
answers_object(void **state) {
  (void)state;
  OUT(0x60, 0, 0, 1); /* to nothing */
  expect("answers");
  setup(state);
  IN(0x60, 0, 0, 1);
  OUT(0x70, 0, 0, 1); /* to an ACK */
  expect("answers");
  setup(state);
  IN(0x50, 1, 0, 1);
  OUT(0x60, 0, 0, 1); /* ACK for a NON */
  expect("answers");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 0, 0, 1);
  OUT(0x60, 0, 0, 1); /* twice for one copy */
  expect("answers");
  setup(state);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 69, 0, 1);
  IN(0x40, 1, 0, 1);
  OUT(0x60, 68, 0, 1); /* another answer to the copy */
  expect("answers");
  setup(state);
  IN(0x40, 1, 0, 1, 0xff);
  OUT(0x60, 0, 0, 1); /* ACK for a malformed one */
  expect("answers");
}

static void
requests_object(void **state) {
  (void)state;
  born(1, SERVER);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED); /* never received */
  expect("requests");
  setup(state);
  born(1, SERVER);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 3, 0, ESTABLISHED);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 3, 0, ESTABLISHED); /* the duplicate too */
  expect("requests");
  setup(state);
  born(1, SERVER);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 4, 0, ESTABLISHED); /* another token */
  expect("requests");
  setup(state);
  born(1, SERVER);
  IN(0x41, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_CON, 1, 7, 3, 0, ESTABLISHED);
  tell(OBS_MEMORY, 0, 0, 0, 0, 0); /* end of operation: no ACK */
  expect("requests");
}

static void
retransmission_objects(void **state) {
  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  now += 1000; /* too early */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  now += 2000;
  OUT(0x41, 1, 0, 5, 9);
  now += 3000; /* not doubled */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x41, 1, 0, 5, 9);
  IN(0x60, 0, 0, 5);
  now += 2000; /* acknowledged already */
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
  setup(state);
  OUT(0x51, 1, 0, 5, 9);
  now += 2000; /* a NON */
  OUT(0x51, 1, 0, 5, 9);
  expect("retransmission");
}

static void
retransmission_counts(void **state) {
  uint64_t gap = 2000;
  int i;

  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  for (i = 0; i < 4; i++, gap *= 2) {
    now += gap;
    OUT(0x41, 1, 0, 5, 9);
  }
  expect(NULL);
  now += gap;
  OUT(0x41, 1, 0, 5, 9);
  expect("retransmission");
}

static void
message_ids_object(void **state) {
  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  IN(0x60, 0, 0, 5);
  now += 100000;
  OUT(0x41, 1, 0, 5, 10);
  expect("message-ids");
}

static void
in_flight_objects(void **state) {
  (void)state;
  OUT(0x41, 1, 0, 5, 9);
  OUT(0x41, 1, 0, 6, 10);
  expect("in-flight");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9); /* taken, never sent, though nothing is in its way */
  tell(OBS_MEMORY, 0, 0, 0, 0, 0);
  expect("in-flight");
}

static void
silence_objects(void **state) {
  (void)state;
  born(1, CLIENT);
  tell(OBS_API, 1, OBS_API_DISCONNECT, 1, 0, 0);
  OUT(0x41, 1, 0, 5, 9);
  expect("silence");
  setup(state);
  born(1, SERVER);
  IN(0x51, 1, 0, 7, 3);
  handler(OBS_REQUEST, TYPE_NON, 1, 7, 3, 0, 0); /* in state NONE */
  expect("silence");
}

static void
outcomes_object(void **state) {
  (void)state;
  born(1, CLIENT);
  request_sent(5, 9);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 9, 5, ESTABLISHED);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 9, 5, ESTABLISHED); /* twice */
  expect("outcomes");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9);
  handler(OBS_RESPONSE, TYPE_ACK, 69, 5, 8, 5, ESTABLISHED); /* another token */
  expect("outcomes");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9);
  tell(OBS_NACK, 1, 5, 0, 0, 0);
  tell(OBS_NACK, 1, 5, 0, 0, 0); /* twice */
  expect("outcomes");
  setup(state);
  born(1, CLIENT);
  request_sent(5, 9);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* never */
  expect("outcomes");
}

static void
lifecycle_objects(void **state) {
  (void)state;
  tell(OBS_BORN, 1, SERVER, ESTABLISHED, 0, 0); /* not announced */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_API, 1, OBS_API_REFERENCE, 1, 0, 0);
  tell(OBS_GONE, 1, OBS_GONE_DELETED, 0, 0, 0); /* while held */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_GONE, 1, OBS_GONE_DELETED, 0, 0, 0);
  tell(OBS_EVENT, 1, 1, 0, 0, 0); /* after its end */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* never ends */
  expect("lifecycle");
  setup(state);
  born(1, SERVER);
  tell(OBS_STATE, 1, ESTABLISHED, CLIENT, 0, 0); /* another type */
  expect("lifecycle");
}

static void
memory_bounds_object(void **state) {
  (void)state;
  tell(OBS_MEMORY, 0, 1, 0, 10000000, 0);
  expect("memory-bounds");
  setup(state);
  tell(OBS_END, 0, 1, 0, 16, 0);
  expect("memory-bounds");
  setup(state);
  tell(OBS_END, 0, 0, 1, 0, 0);
  expect("memory-bounds");
}

static void
amplification_objects(void **state) {
  uint8_t large[600] = {0x50, 69, 0, 1};

  (void)state;
  memset(large + 4, 'x', sizeof(large) - 4);
  large[4] = 0xff;
  IN(0x50, 1, 0, 1);
  wire(OBS_OUT, large, sizeof(large));
  expect("amplification");
}

static void
state_table_objects(void **state) {
  (void)state;
  born(1, CLIENT);
  tell(OBS_API, 1, OBS_API_DISCONNECT, 1, 0, 0);
  tell(OBS_STATE, 1, 0, CLIENT, 1, 0);
  expect(NULL);
  setup(state);
  born(1, CLIENT);
  tell(OBS_STATE, 1, 0, CLIENT, 1, 0); /* NONE, though nobody disconnected it */
  expect("state-table");
}

/* A connection's beginning and end, a message on it (`data` is that of RFC 8323 3.2) and the
 * application's view of one. */
static void
connection(size_t id, enum obs_conn what) {
  tell(OBS_CONN, 0, what, 0, id, 0);
}

static void
carry(enum obs_kind kind, size_t id, const void *bytes, size_t len) {
  struct obs o = obs(kind);
  struct msg m;

  o.stream = 1;
  o.count = id;
  o.malformed = msg_parse_tcp(&m, bytes, len);
  o.msg = &m;
  o.data = bytes;
  o.length = len;
  oracle_observe_all(&o);
}

static void
request_handled(uint8_t token) {
  struct obs o = obs(OBS_REQUEST);
  struct msg m;

  memset(&m, 0, sizeof(m));
  m.code = 1;
  m.token = &token;
  m.token_length = 1;
  o.stream = 1;
  o.session = 1;
  o.extra = ESTABLISHED;
  o.msg = &m;
  oracle_observe_all(&o);
}

#define GOT(...)  carry(OBS_GOT, 1, BYTES(__VA_ARGS__))
#define SENT(...) carry(OBS_SENT, 1, BYTES(__VA_ARGS__))

static void
greet(void **state) {
  setup(state);
  connection(1, OBS_CONN_OPEN);
  SENT(0x00, 0xe1);
  GOT(0x00, 0xe1);
}

static void
signalling_objects(void **state) {
  static uint8_t large[1200] = {0xe0, 0x03, 0x9f, 0x45, 0xff};

  born(1, SERVER);
  greet(state);
  GOT(0x01, 0xe2, 7);
  SENT(0x01, 0xe3, 7);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0);
  expect(NULL);
  greet(state);
  GOT(0x01, 0xe2, 7);
  SENT(0x01, 0xe3, 8); /* another token */
  expect("signalling");
  greet(state);
  GOT(0x01, 0xe2, 7);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* no Pong */
  expect("signalling");
  greet(state);
  SENT(0x00, 0xe5);
  SENT(0x00, 0x00); /* after the Abort */
  expect("signalling");
  greet(state);
  SENT(0x00, 0xe6); /* reserved */
  expect("signalling");
  greet(state);
  SENT(0x10, 0x45, 0xff); /* malformed */
  expect("signalling");
  greet(state);
  carry(OBS_SENT, 1, large, sizeof(large)); /* longer than the peer takes */
  expect("signalling");
  setup(state);
  born(1, SERVER);
  connection(1, OBS_CONN_OPEN);
  GOT(0x01, 0x01, 7);
  request_handled(7); /* no CSM from the peer */
  expect("signalling");
  setup(state);
  connection(1, OBS_CONN_OPEN);
  SENT(0x00, 0x00); /* no CSM of ours */
  expect("signalling");
}

static void
stream_requests_object(void **state) {
  greet(state);
  born(1, SERVER);
  GOT(0x01, 0x01, 7);
  request_handled(7);
  SENT(0x01, 0x45, 7);
  expect(NULL);
  request_handled(7); /* again */
  expect("stream-requests");
  greet(state);
  GOT(0x01, 0x01, 7);
  SENT(0x01, 0x45, 8); /* another token */
  expect("stream-requests");
  greet(state);
  GOT(0x01, 0x01, 7);
  SENT(0x01, 0x45, 7);
  SENT(0x01, 0x45, 7); /* again */
  expect("stream-requests");
}

static void
frame(int is_sent, long opcode, uint8_t payload, const char *wrong) {
  struct obs o = obs(OBS_FRAME);

  o.stream = 1;
  o.count = 1;
  o.flag = is_sent;
  o.value = opcode;
  o.malformed = wrong;
  o.data = &payload;
  o.length = 1;
  oracle_observe_all(&o);
}

static void
websocket_objects(void **state) {
  enum { CLOSE = 8, PING = 9, PONG = 10 };

  greet(state);
  frame(0, PING, 1, NULL);
  frame(0, PING, 2, NULL);
  frame(1, PONG, 2, NULL); /* the last alone may be answered */
  frame(0, CLOSE, 3, NULL);
  frame(1, CLOSE, 3, NULL);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0);
  expect(NULL);
  frame(1, PONG, 1, NULL); /* after the Close */
  expect("websocket");
  greet(state);
  frame(0, PING, 1, NULL);
  frame(1, PONG, 2, NULL); /* another payload */
  expect("websocket");
  greet(state);
  frame(0, PING, 1, NULL);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* no Pong */
  expect("websocket");
  greet(state);
  frame(0, CLOSE, 1, NULL);
  tell(OBS_SETTLED, 0, 0, 0, 0, 0); /* no Close, and still open */
  expect("websocket");
  greet(state);
  frame(1, 2, 0, "masking");
  expect("websocket");
}

/* No oracle is without a test above: all that are in the list have objected to something. */
static void
every_oracle_is_tested(void **state) {
  static void (*const tests[])(void **) = {
      wire_format_objects, answers_object,         requests_object,       retransmission_objects,
      message_ids_object,  in_flight_objects,      silence_objects,       outcomes_object,
      lifecycle_objects,   memory_bounds_object,   amplification_objects, state_table_objects,
      signalling_objects,  stream_requests_object, websocket_objects};
  size_t i;

  for (i = 0; oracles[i] != NULL; i++) {
    int objected = 0;
    size_t k;

    if (strcmp(oracles[i]->name, "inbox") == 0 || strcmp(oracles[i]->name, "outbox") == 0 ||
        strcmp(oracles[i]->name, "connections") == 0)
      continue; /* they remember, they do not judge */
    for (k = 0; k < sizeof(tests) / sizeof(tests[0]); k++) {
      setup(state);
      tests[k](state);
      objected |= strstr(heard.names, oracles[i]->name) != NULL;
    }
    if (!objected)
      fail_msg("%s never objects", oracles[i]->name);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(good_run, setup),
      cmocka_unit_test_setup(wire_format_objects, setup),
      cmocka_unit_test_setup(answers_object, setup),
      cmocka_unit_test_setup(requests_object, setup),
      cmocka_unit_test_setup(retransmission_objects, setup),
      cmocka_unit_test_setup(retransmission_counts, setup),
      cmocka_unit_test_setup(message_ids_object, setup),
      cmocka_unit_test_setup(in_flight_objects, setup),
      cmocka_unit_test_setup(silence_objects, setup),
      cmocka_unit_test_setup(outcomes_object, setup),
      cmocka_unit_test_setup(lifecycle_objects, setup),
      cmocka_unit_test_setup(memory_bounds_object, setup),
      cmocka_unit_test_setup(amplification_objects, setup),
      cmocka_unit_test_setup(state_table_objects, setup),
      cmocka_unit_test_setup(signalling_objects, setup),
      cmocka_unit_test_setup(stream_requests_object, setup),
      cmocka_unit_test_setup(websocket_objects, setup),
      cmocka_unit_test(every_oracle_is_tested),
  };

  return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
