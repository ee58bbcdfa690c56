/* message_rejection.c -- malformed and unacceptable messages: what each is answered with, that it
 * is counted, and that the server goes on (RFC 7252 3, 4.1, 4.2, 4.3). One test per message. */
#include "test.h"

#include "session/core.h"
#include "sim_world.h"

typedef enum answer_t { SILENCE, RESET } answer_t;

/* Which counter shows it; ALL: one of them. */
typedef enum counted_t { IGNORED, MALFORMED, REJECTED, PING, NOWHERE } counted_t;

typedef struct rejection_t {
  const char *name;
  const char *bytes;
  size_t length;
  answer_t answer;
  counted_t counted;
} rejection_t;

#define MESSAGE(text) text, sizeof(text) - 1

static const rejection_t rejections[] = {
    {"no bytes at all", MESSAGE(""), SILENCE, IGNORED},
    {"one byte", MESSAGE("\x40"), SILENCE, IGNORED},
    {"three bytes", MESSAGE("\x40\x01\x12"), SILENCE, IGNORED},
    {"version 0", MESSAGE("\x00\x01\x12\x34"), SILENCE, IGNORED},
    {"version 2", MESSAGE("\x80\x01\x12\x34"), SILENCE, IGNORED},
    {"version 3", MESSAGE("\xc0\x01\x12\x34"), SILENCE, IGNORED},
    {"CON, token longer than the message", MESSAGE("\x44\x01\x12\x34\x01\x02"), RESET, MALFORMED},
    {"NON, token longer than the message", MESSAGE("\x54\x01\x12\x34\x01\x02"), SILENCE, MALFORMED},
    {"CON, token of 9 bytes",
     MESSAGE("\x49\x01\x12\x34"
             "123456789"),
     RESET, MALFORMED},
    {"CON, reserved token length 15",
     MESSAGE("\x4f\x01\x12\x34"
             "123456789abcdef"),
     RESET, MALFORMED},
    {"NON, reserved token length 15",
     MESSAGE("\x5f\x01\x12\x34"
             "123456789abcdef"),
     SILENCE, MALFORMED},
    {"ACK, reserved token length 15",
     MESSAGE("\x6f\x45\x12\x34"
             "123456789abcdef"),
     SILENCE, MALFORMED},
    {"RST, reserved token length 15",
     MESSAGE("\x7f\x00\x12\x34"
             "123456789abcdef"),
     SILENCE, MALFORMED},
    {"CON, payload marker without payload", MESSAGE("\x40\x01\x12\x34\xff"), RESET, MALFORMED},
    {"NON, payload marker without payload", MESSAGE("\x50\x01\x12\x34\xff"), SILENCE, MALFORMED},
    {"CON, option delta 15", MESSAGE("\x40\x01\x12\x34\xf1\x41"), RESET, MALFORMED},
    {"CON, option length 15", MESSAGE("\x40\x01\x12\x34\xbf\x41"), RESET, MALFORMED},
    {"CON, option longer than the message", MESSAGE("\x40\x01\x12\x34\xb5\x41"), RESET, MALFORMED},
    {"CON, option with a missing 1-byte length", MESSAGE("\x40\x01\x12\x34\xbd"), RESET, MALFORMED},
    {"CON, option with half of a 2-byte length", MESSAGE("\x40\x01\x12\x34\xbe\x01"), RESET,
     MALFORMED},
    {"CON, option with a missing 1-byte delta", MESSAGE("\x40\x01\x12\x34\xd0"), RESET, MALFORMED},
    {"CON, option number over 65535", MESSAGE("\x40\x01\x12\x34\xe0\xff\xff"), RESET, MALFORMED},
    {"Empty CON with a token", MESSAGE("\x41\x00\x12\x34\x01"), RESET, MALFORMED},
    {"Empty CON with an option", MESSAGE("\x40\x00\x12\x34\xb1\x41"), RESET, MALFORMED},
    {"Empty CON with a payload", MESSAGE("\x40\x00\x12\x34\xff\x41"), RESET, MALFORMED},
    {"Empty NON with a token", MESSAGE("\x51\x00\x12\x34\x01"), SILENCE, MALFORMED},
    {"Empty ACK with a token", MESSAGE("\x61\x00\x12\x34\x01"), SILENCE, MALFORMED},
    {"Empty RST with a payload", MESSAGE("\x70\x00\x12\x34\xff\x41"), SILENCE, MALFORMED},
    {"Empty CON: a ping", MESSAGE("\x40\x00\x12\x34"), RESET, PING},
    {"Empty NON", MESSAGE("\x50\x00\x12\x34"), SILENCE, REJECTED},
    {"CON of reserved class 1", MESSAGE("\x40\x21\x12\x34"), RESET, REJECTED},
    {"CON of reserved class 6", MESSAGE("\x40\xc1\x12\x34"), RESET, REJECTED},
    {"CON of class 7", MESSAGE("\x40\xe1\x12\x34"), RESET, REJECTED},
    {"CON of reserved class 3", MESSAGE("\x40\x61\x12\x34"), RESET, REJECTED},
    {"NON of reserved class 1", MESSAGE("\x50\x21\x12\x34"), SILENCE, REJECTED},
    {"NON of class 7", MESSAGE("\x50\xe1\x12\x34"), SILENCE, REJECTED},
    {"CON response to nothing", MESSAGE("\x41\x45\x12\x34\x01"), RESET, REJECTED},
    {"ACK to nothing", MESSAGE("\x60\x00\x12\x34"), SILENCE, REJECTED},
    {"ACK with a request", MESSAGE("\x60\x01\x12\x34"), SILENCE, REJECTED},
    {"ACK with a response to nothing", MESSAGE("\x61\x45\x12\x34\x01"), SILENCE, REJECTED},
    {"RST to nothing", MESSAGE("\x70\x00\x12\x34"), SILENCE, NOWHERE},
    {"RST with a request", MESSAGE("\x70\x01\x12\x34"), SILENCE, REJECTED},
    {"RST with a response", MESSAGE("\x70\x45\x12\x34"), SILENCE, REJECTED},
};

static coap_context_t *context;
static coap_address_t peer;
static coap_address_t listen_at;
static uint16_t live_mid;

static void
check_alive(void) {
  raw_message_t get = raw_message(RAW_CON, RAW_GET, live_mid++, "live");

  raw_path(&get, "r");
  sim_forget_sent();
  sim_inject(&peer, &listen_at, &get);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_ACK);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_CONTENT);
}

static int
setup(void **state) {
  sim_setup(state);
  live_mid = 0x4000;
  peer = sim_address(SIM_PEER, 40000);
  listen_at = sim_address(SIM_HOST, 5683);
  context = sim_server_context();
  return 0;
}

static uint64_t
counter(counted_t which) {
  const coap_core_counters_t *counters = &coap_context_core(context)->counters;

  switch (which) {
  case IGNORED:
    return counters->rx_ignored;
  case MALFORMED:
    return counters->rx_malformed;
  case REJECTED:
    return counters->rx_rejected;
  case PING:
    return sim_told.pings;
  case NOWHERE:
    return 1;
  }
  return 0;
}

static void
check_rejected(const rejection_t *r, uint16_t mid) {
  uint64_t before = counter(r->counted);
  uint8_t bytes[32];

  memcpy(bytes, r->bytes, r->length);
  if (r->length >= 4) {
    bytes[2] = (uint8_t)(mid >> 8);
    bytes[3] = (uint8_t)mid;
  }
  sim_forget_sent();
  sim_inject_bytes(&peer, &listen_at, bytes, r->length);
  sim_run(10 * 1000);
  if (r->answer == RESET) {
    assert_int_equal(sim_sent_count(), 1);
    assert_int_equal(sim_last()->length, 4);
    assert_int_equal(sim_last()->bytes[0], 0x70);
    assert_int_equal(raw_code(sim_last()->bytes), RAW_EMPTY);
    assert_int_equal(raw_mid(sim_last()->bytes), mid);
    assert_true(coap_address_equals(&sim_last()->to, &peer));
  } else {
    assert_int_equal(sim_sent_count(), 0);
  }
  if (r->counted != NOWHERE)
    assert_int_equal(counter(r->counted), before + 1);
  assert_int_equal(sim_told.responses, 0);
}

static void
is_rejected(void **state) {
  const rejection_t *r = *state;

  /* From a stranger, and from a peer with a session. */
  check_rejected(r, 0x1234);
  assert_int_equal(sim_told.requests, 0);
  check_alive();
  check_rejected(r, 0x1235);
  assert_int_equal(sim_told.requests, 1);
  check_alive();
}

static void
random_bytes_never_end_the_server(void **state) {
  uint32_t seed = 99;
  uint8_t bytes[48];

  (void)state;
  for (int i = 0; i < 20000; i++) {
    size_t length;

    for (size_t k = 0; k < sizeof(bytes); k++) {
      seed = seed * 1664525U + 1013904223U;
      bytes[k] = (uint8_t)(seed >> 16);
    }
    length = bytes[0] % sizeof(bytes);
    /* Mostly version 1, so that more than the header is looked at. */
    bytes[0] = (uint8_t)((bytes[0] & 0x3f) | 0x40);
    sim_inject_bytes(&peer, &listen_at, bytes, length);
    if (i % 32 == 0) {
      sim_settle();
      sim_forget_sent();
    }
  }
  sim_settle();
  sim_run(1000 * 1000);
  check_alive();
}

int
main(void) {
  struct CMUnitTest tests[COUNT_OF(rejections) + 1];

  for (size_t i = 0; i < COUNT_OF(rejections); i++)
    tests[i] = (struct CMUnitTest){rejections[i].name, is_rejected, setup, sim_teardown,
                                   (void *)(uintptr_t)&rejections[i]};
  tests[COUNT_OF(rejections)] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
      random_bytes_never_end_the_server, setup, sim_teardown);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
