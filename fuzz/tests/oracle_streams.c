/* oracle_streams.c -- the oracles of connections object to made-up runs that break their rules. */
#include "oracle/all.h"
#include "tests/oracle_fixture.h"

#include <string.h>

/* A connection's beginning and end, a message on it (`data` is that of RFC 8323 3.2) and the
 * application's view of one. */
static void
connection(size_t id, enum obs_conn what) {
  tell(OBS_CONN, 0, what, 0, id, 0);
}

/* A server's session of a connection. */
static void
accepted(unsigned int id) {
  struct obs o = obs(OBS_BORN);

  o.stream = 1;
  o.session = id;
  o.value = SERVER;
  o.extra = ESTABLISHED;
  o.count = 1;
  oracle_observe_all(&o);
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

  accepted(1);
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
  GOT(0x00, 0xe4);
  SENT(0x01, 0x01, 7); /* was under way */
  expect(NULL);
  greet(state);
  GOT(0x00, 0xe4);
  operation++;
  SENT(0x01, 0x01, 7); /* a request after the Release */
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
  accepted(1);
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
  accepted(1);
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

/* Heads of a handshake, the example of RFC 6455 1.3. */
#define ASK(host, key)                                                                             \
  "GET /.well-known/coap HTTP/1.1\r\n" host "Upgrade: websocket\r\nConnection: Upgrade\r\n"        \
  "Sec-WebSocket-Key: " key                                                                        \
  "\r\nSec-WebSocket-Protocol: coap\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define RIGHT_KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define RIGHT_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define SWITCH(upgrade, accept)                                                                    \
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: " upgrade "\r\nConnection: Upgrade\r\n"            \
  "Sec-WebSocket-Accept: " accept "\r\nSec-WebSocket-Protocol: coap\r\n\r\n"

static void
head(int is_sent, const char *text) {
  struct obs o = obs(OBS_FRAME);

  o.stream = 1;
  o.count = 1;
  o.flag = is_sent;
  o.value = -1;
  o.data = (const uint8_t *)text;
  o.length = strlen(text);
  oracle_observe_all(&o);
}

/* A connection that the library accepts, and what it is asked. */
static void
asked(void **state, const char *text) {
  setup(state);
  connection(1, OBS_CONN_OPEN);
  head(0, text);
}

/* One that it opens itself, and what it is answered. */
static void
opened(void **state, const char *request, const char *answer) {
  struct obs o;

  setup(state);
  o = obs(OBS_CONN);
  o.stream = 1;
  o.count = 1;
  o.value = OBS_CONN_OPEN;
  o.flag = 1;
  oracle_observe_all(&o);
  head(1, request);
  head(0, answer);
}

static void
upgrade_objects(void **state) {
  asked(state, ASK("Host: h\r\n", RIGHT_KEY));
  head(1, SWITCH("websocket", RIGHT_ACCEPT));
  expect(NULL);
  asked(state, ASK("Host: h\r\n", RIGHT_KEY));
  head(1, SWITCH("websocket", "t3pPLMBiTxaQ9kYGzzhZRbK+xOo=")); /* not the key's */
  expect("upgrade");
  asked(state, ASK("", RIGHT_KEY)); /* no Host */
  head(1, SWITCH("websocket", RIGHT_ACCEPT));
  expect("upgrade");
  asked(state, ASK("Host: h\r\n", "AAAA"));
  head(1, SWITCH("websocket", RIGHT_ACCEPT));
  expect("upgrade");
  asked(state, ASK("Host: h\r\n", RIGHT_KEY));
  head(1, "HTTP/1.1 400 Bad Request\r\n\r\n"); /* though it was right */
  expect("upgrade");
  opened(state, ASK("Host: h\r\n", RIGHT_KEY), SWITCH("websocket", RIGHT_ACCEPT));
  SENT(0x00, 0xe1);
  expect(NULL);
  opened(state, ASK("Host: h\r\n", RIGHT_KEY), SWITCH("h2c, websocket", RIGHT_ACCEPT));
  SENT(0x00, 0xe1); /* behind a wrong answer */
  expect("upgrade");
  opened(state, ASK("Host: h\r\n", RIGHT_KEY), "HTTP/1.1 404 Not Found\r\n\r\n");
  SENT(0x00, 0xe1);
  expect("upgrade");
  opened(state, ASK("", RIGHT_KEY), SWITCH("websocket", RIGHT_ACCEPT)); /* asked wrongly */
  expect("upgrade");
}

void (*const oracle_stream_tests[])(void **state) = {signalling_objects, stream_requests_object,
                                                     websocket_objects, upgrade_objects};
