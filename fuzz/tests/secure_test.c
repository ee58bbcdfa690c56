/* secure_test.c -- worlds secured by (D)TLS: handshakes go through and repeat, what peers say
 * arrives protected, and what has been tampered with does not. */
#include "tests/runs.h"
#include "world/program.h"
#include "world/tls_peer.h"

#define WORLD "world roles=server seed=1 proto=dtls\n"
#define GET   "message peer=0 code=get mid=0x0001 token=a1 uri-path=\"test\"\n"

static const char connected[] = "event-handler    session=1 value=478";
static const char handled[] = "request-handler";

static void
runs_repeat(void **state) {
  static const char text[] = "world roles=both seed=3 proto=dtls\n"
                             "send code=get token=new uri-path=\"test\"\n"
                             "fault dir=out do=drop\n"
                             "handshake peer=1 as=certificate\n"
                             "keys are=certificate\n"
                             "handshake peer=2 as=certificate\n"
                             "tamper dir=in do=drop skip=1\n"
                             "handshake peer=3\n"
                             "advance ms=5000\n" GET;
  uint64_t first;

  (void)state;
  first = run_hash(text);
  run_hash(WORLD "keys context=client are=wrong\nhandshake peer=5 as=wrong-key\n" GET);
  assert_true(first == run_hash(text));
  assert_true(first != run_hash(WORLD GET));
}

/* Of AddressSanitizer's allocator. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* What a run has left to free, the next one would have to: it would not be the same each time. */
static void
runs_leave_nothing(void **state) {
  static const char *const worlds[] = {"world roles=server seed=1 proto=dtls\n",
                                       "world roles=server seed=1 proto=tls\n"};
  char text[200];
  size_t before;
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
    snprintf(text, sizeof(text), "%shandshake peer=0\n", worlds[i]);
    assert_int_equal(run_count(text, connected), 1);
    run_hash(worlds[i]);
    before = __sanitizer_get_current_allocated_bytes();
    run_hash(text);
    assert_int_equal(__sanitizer_get_current_allocated_bytes(), before);
  }
}

static void
servers_are_asked(void **state) {
  (void)state;
  assert_int_equal(run_count(WORLD GET, connected), 1);
  assert_int_equal(run_count(WORLD GET, handled), 1);
  assert_int_equal(run_count(WORLD "handshake peer=0 as=wrong-key\n" GET, handled), 0);
  assert_int_equal(run_count(WORLD "handshake peer=0 stop=1\n", "session-new"), 0);
  assert_int_equal(run_count(WORLD "handshake peer=0 stop=2\n", "session-new"), 1);
}

static void
clients_ask(void **state) {
  static const char text[] = "world roles=client seed=4 proto=dtls\n"
                             "send code=get token=new uri-path=\"test\"\n"
                             "message type=ack code=2.05 mid=last token=last\n";

  (void)state;
  assert_int_equal(run_count(text, connected), 1);
  assert_int_equal(run_count(text, "response-handler"), 1);
}

/* Each of them once: a record that has been changed, comes twice, or is none. */
static void
records_are_tampered_with(void **state) {
  static const char *const what[] = {"flip at=30", "cut at=1", "epoch value=2", "length value=9",
                                     "drop"};
  char text[300];
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
    snprintf(text, sizeof(text), "%s%s%s%s%s%s", WORLD,
             "handshake peer=0\ntamper dir=in do=", what[i], "\n", GET, GET);
    assert_int_equal(run_count(text, handled), 1);
    assert_int_equal(run_count(text, "  in  "), 1);
  }
  snprintf(text, sizeof(text), "%s%s%s", WORLD, "handshake peer=0\ntamper dir=in do=repeat\n", GET);
  assert_int_equal(run_count(text, "  in  "), 1);
  snprintf(text, sizeof(text), "%s%s%s%s", WORLD, "handshake peer=0\ntamper dir=in do=join\n", GET,
           GET);
  assert_int_equal(run_count(text, "  in  "), 2);
}

/* A datagram lost in the handshake is sent again, by whoever's turn it is. */
static void
flights_are_repeated(void **state) {
  char text[200];
  unsigned int skip_count;

  (void)state;
  for (skip_count = 0; skip_count < 5; skip_count++) {
    snprintf(text, sizeof(text), WORLD "tamper dir=%s do=drop skip=%u\nhandshake peer=0\n%s%s",
             skip_count % 2 ? "in" : "out", skip_count, "advance ms=9000\n", GET);
    assert_int_equal(run_count(text, connected), 1);
    assert_int_equal(run_count(text, handled), 1);
  }
}

static void
random_programs_repeat(void **state) {
  (void)state;
  run_random(PROG_DTLS, 200);
  run_random(PROG_TLS, 100);
  run_random(PROG_WSS, 100);
}

/* Handshake and requests over connections, whatever the pieces: the same talk. */
static void
connections_are_secured(void **state) {
  static const char *const versions[] = {"1.2", "1.3"};
  static const unsigned int sizes[] = {0, 1, 7, 100};
  char text[400];
  size_t v;
  size_t i;

  (void)state;
  for (v = 0; v < 2; v++) {
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
      snprintf(text, sizeof(text),
               "world roles=server seed=1 proto=tls\nsplit size=%u\n"
               "handshake peer=0 version=%s\nstream-message peer=0 code=7.01\n"
               "stream-message peer=0 code=get token=01 uri-path=\"test\"\n",
               sizes[i], versions[v]);
      assert_int_equal(run_count(text, connected), 1);
      assert_int_equal(run_count(text, "  got  "), 2);
      assert_int_equal(run_count(text, "  sent  "), 2);
      assert_int_equal(run_count(text, handled), 1);
    }
  }
}

static void
websockets_are_secured(void **state) {
  static const char text[] = "world roles=server seed=1 proto=wss\n"
                             "handshake peer=0\nupgrade peer=0\n"
                             "stream-message peer=0 code=7.01\n"
                             "stream-message peer=0 code=get token=01 uri-path=\"test\"\n";
  static const char client[] = "world roles=client seed=2 proto=wss\n"
                               "upgrade peer=0\nstream-message peer=0 code=7.01\n"
                               "send session=0 code=get token=new\n"
                               "stream-message peer=0 code=2.05 token=last\n";

  (void)state;
  assert_int_equal(run_count(text, connected), 1);
  assert_int_equal(run_count(text, handled), 1);
  assert_int_equal(run_count(client, connected), 1);
  assert_int_equal(run_count(client, "response-handler"), 1);
}

/* A changed record ends the connection, and nothing of it arrives; one that comes twice arrives
 * once, and ends it too. */
static void
connections_are_tampered_with(void **state) {
  static const char *const what[] = {"flip at=9", "length value=3", "cut at=1", "insert at=6",
                                     "repeat"};
  char text[400];
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
    snprintf(text, sizeof(text),
             "world roles=server seed=1 proto=tls\nhandshake peer=0\n"
             "stream-message peer=0 code=7.01\ntamper dir=in do=%s\n"
             "stream-message peer=0 code=get token=01 uri-path=\"test\"\n"
             "protected peer=0 data=0102030405060708090a\n",
             what[i]);
    assert_int_equal(run_count(text, handled), i == 4);
    assert_int_equal(run_count(text, "session=1 value=512"), 1);
    assert_int_equal(run_count(text, "session-gone"), 1);
  }
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(runs_repeat),
      cmocka_unit_test(servers_are_asked),
      cmocka_unit_test(clients_ask),
      cmocka_unit_test(records_are_tampered_with),
      cmocka_unit_test(flights_are_repeated),
      cmocka_unit_test(random_programs_repeat),
      cmocka_unit_test(connections_are_secured),
      cmocka_unit_test(websockets_are_secured),
      cmocka_unit_test(connections_are_tampered_with),
      cmocka_unit_test(runs_leave_nothing), /* the last */
  };
  size_t count = sizeof(tests) / sizeof(tests[0]);

  /* cmocka says "not ok" of a test that is skipped: without what counts it is not there. */
  if (__sanitizer_get_current_allocated_bytes == NULL)
    count--;
  return _cmocka_run_group_tests("secure", tests, count, runs_setup, NULL);
}
