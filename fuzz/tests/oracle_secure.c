/* oracle_secure.c -- the oracles of (D)TLS object to made-up runs that break their rules. */
#include "oracle/all.h"
#include "oracle/dtls_hello.h"
#include "tests/oracle_fixture.h"

#include <string.h>

enum { HANDSHAKE = 2, COOKIE_AT = 13 + 12 + 2 + 32 + 1, HELLO = COOKIE_AT + 1 + 4 };

static void
datagram(int sent, const void *bytes, size_t len) {
  struct obs o = obs(OBS_WIRE);

  o.secure = 1;
  o.flag = sent;
  o.value = (long)len;
  o.data = bytes;
  o.length = len;
  oracle_observe_all(&o);
}

/* Of the session, told of as `tell()` does it. */
static void
say(enum obs_kind kind, long value, long extra) {
  struct obs o = obs(kind);

  o.secure = 1;
  o.session = 1;
  o.value = value;
  o.extra = extra;
  o.count = kind == OBS_BORN;
  oracle_observe_all(&o);
}

static void
held(size_t bytes) {
  struct obs o = obs(OBS_MEMORY);

  o.secure = 1;
  o.count = bytes;
  oracle_observe_all(&o);
}

static void
next_operation(void) {
  struct obs o = obs(OBS_OP);

  o.secure = 1;
  oracle_observe_all(&o);
}

/* A ClientHello with a cookie of four bytes, or without; a HelloVerifyRequest with that one. */
static void
hello(const char *cookie) {
  uint8_t bytes[HELLO] = {22, 254, 253};

  bytes[12] = HELLO - 13;
  bytes[13] = 1;
  if (cookie != NULL) {
    bytes[COOKIE_AT] = 4;
    memcpy(bytes + COOKIE_AT + 1, cookie, 4);
  }
  datagram(0, bytes, sizeof(bytes));
}

static void
verify(const char *cookie) {
  uint8_t bytes[13 + 12 + 2 + 1 + 4] = {22, 254, 255};

  bytes[12] = 12 + 2 + 1 + 4;
  bytes[13] = 3;
  bytes[13 + 12 + 2] = 4;
  memcpy(bytes + 13 + 12 + 3, cookie, 4);
  datagram(1, bytes, sizeof(bytes));
}

static void
up(void) {
  hello(NULL);
  verify("cook");
  hello("cook");
  say(OBS_BORN, SERVER, HANDSHAKE);
  say(OBS_EVENT, EVENT_DTLS_CONNECTED, 0);
}

static void
good_handshake(void **state) {
  setup(state);
  next_operation();
  up();
  say(OBS_PING, 1, 0);
  say(OBS_STATE, ESTABLISHED, SERVER);
  next_operation();
  say(OBS_NACK, 1, 6);
  say(OBS_EVENT, EVENT_DTLS_ERROR, 0);
  say(OBS_STATE, 0, SERVER);
  expect(NULL);
}

static void
cookies_object(void **state) {
  static const uint8_t large[100] = {22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 87};

  setup(state);
  held(1000);
  next_operation();
  up();
  held(2000); /* who has shown a cookie may cost something */
  assert_false(has_objected("cookies"));
  setup(state);
  hello(NULL);
  verify("cook");
  hello("biscuit");
  say(OBS_BORN, SERVER, HANDSHAKE); /* for another cookie than the one sent */
  expect("cookies");
  setup(state);
  hello(NULL);
  datagram(1, large, sizeof(large)); /* more than has come */
  expect("cookies");
  setup(state);
  held(1000);
  next_operation();
  hello(NULL);
  verify("cook");
  held(1001);
  expect("cookies");
}

static void
secured_objects(void **state) {
  setup(state);
  up();
  setup(state);
  hello(NULL);
  verify("cook");
  hello("cook");
  say(OBS_BORN, SERVER, HANDSHAKE);
  say(OBS_PING, 1, 0); /* and the handshake is not through */
  expect("secured");
  setup(state);
  up();
  say(OBS_EVENT, EVENT_DTLS_ERROR, 0);
  say(OBS_STATE, ESTABLISHED, SERVER);
  expect("secured");
  setup(state);
  up();
  say(OBS_NACK, 1, 0); /* too many retries */
  say(OBS_EVENT, EVENT_DTLS_ERROR, 0);
  expect("secured");
}

/* Bytes that the library writes on connection 1. */
static void
written(const void *bytes, size_t len) {
  struct obs o = obs(OBS_WIRE);

  o.secure = o.stream = o.flag = 1;
  o.count = 1;
  o.value = (long)len;
  o.data = bytes;
  o.length = len;
  oracle_observe_all(&o);
}

static void
secrecy_objects(void **state) {
  static const uint8_t plain[] = {0x40, 1, 0, 1, 0xb4, 't', 'e', 's', 't', 0xff, 'x', 'y'};
  static const uint8_t open[] = {23, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9};
  uint8_t record[13 + sizeof(plain)] = {23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 0, 0, sizeof(plain)};
  struct obs o;

  setup(state);
  datagram(1, plain, sizeof(plain)); /* no record at all */
  expect("secrecy");
  setup(state);
  datagram(1, open, sizeof(open)); /* data in epoch 0 */
  expect("secrecy");
  setup(state);
  written(BYTES(22, 3, 1, 0, 2, 0)); /* in pieces */
  written(BYTES(0, 23, 3, 3, 0));
  written(BYTES(1, 0));
  expect(NULL);
  written(BYTES(0x51, 1, 1)); /* a message as over TCP */
  written(BYTES(0xb4, 't', 'e', 's', 't'));
  expect("secrecy");
  setup(state);
  written(BYTES(23, 3, 3, 0, 1, 0)); /* data first */
  expect("secrecy");
  setup(state);
  memcpy(record + 13, plain, sizeof(plain));
  datagram(1, record, sizeof(record));
  o = obs(OBS_OUT);
  o.secure = 1;
  o.data = plain;
  o.length = sizeof(plain);
  oracle_secrecy.observe(&o); /* what was protected is what was said */
  expect("secrecy");
}

/* What is not all there has no cookie, and is not read past its end. */
static void
hellos_are_read(void **state) {
  uint8_t bytes[HELLO] = {22, 254, 253};
  const uint8_t *cookie;
  size_t length;
  size_t n;

  (void)state;
  bytes[13] = 1;
  bytes[COOKIE_AT] = 4;
  assert_int_equal(dtls_hello_read(bytes, sizeof(bytes), &cookie, &length), HELLO_CLIENT);
  assert_int_equal(length, 4);
  assert_ptr_equal(cookie, bytes + COOKIE_AT + 1);
  for (n = 0; n < sizeof(bytes); n++) {
    dtls_hello_read(bytes, n, &cookie, &length);
    assert_int_equal(length, 0);
  }
  bytes[3] = 1; /* protected */
  assert_int_equal(dtls_hello_read(bytes, sizeof(bytes), &cookie, &length), HELLO_NONE);
}

void (*const oracle_secure_tests[])(void **state) = {
    cookies_object, secured_objects, secrecy_objects, good_handshake, hellos_are_read};
