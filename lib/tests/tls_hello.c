/* tls_hello.c -- the cookie exchange by its bytes: what is a ClientHello, which cookies count. */
#include "test.h"

#include "secure/tls.h"

enum { RECORD = 13, HEADER = 12, COOKIE_AT = RECORD + HEADER + 2 + 32 + 1, COOKIE = 32, TAIL = 6 };

static const coap_bin_const_t somebody = {4, (const uint8_t *)"here"};
static const coap_bin_const_t another = {4, (const uint8_t *)"over"};

static coap_tls_cookies_t cookies;
static uint8_t answer[COAP_TLS_ANSWER_MAX];
static size_t answer_length;
static coap_tls_hello_t told;

static int
forget(void **state) {
  (void)state;
  memset(&cookies, 0, sizeof(cookies));
  return 0;
}

/* A ClientHello of DTLS 1.2 with one cipher suite and a cookie of `length` bytes. Its length. */
static size_t
make_hello(uint8_t *to, const uint8_t *cookie, size_t length) {
  size_t body = 2 + 32 + 1 + 1 + length + TAIL;

  memset(to, 0, RECORD + HEADER + body);
  memcpy(to, "\x16\xfe\xfd\0\0\0\0\0\0\0\7", 11);
  to[12] = (uint8_t)(HEADER + body);
  to[13] = 1;
  to[16] = to[24] = (uint8_t)body;
  to[18] = length ? 1 : 0;
  memcpy(to + 25, "\xfe\xfd", 2);
  memset(to + 27, 0x5a, 32);
  to[COOKIE_AT] = (uint8_t)length;
  if (length)
    memcpy(to + COOKIE_AT + 1, cookie, length);
  memcpy(to + COOKIE_AT + 1 + length, "\0\2\xc0\xa8\1", 6);
  return RECORD + HEADER + body;
}

static coap_tls_hello_status_t
say(const uint8_t *bytes, size_t length, const coap_bin_const_t *peer, coap_tick_t now) {
  coap_bin_const_t datagram = {length, bytes};

  answer_length = 0;
  return coap_tls_hello(&cookies, now, peer, &datagram, answer, &answer_length, &told);
}

/* A ClientHello with the cookie that `somebody` is given for it. */
static size_t
make_good(uint8_t *to, coap_tick_t now) {
  uint8_t first[128];
  size_t length = make_hello(first, NULL, 0);

  assert_int_equal(say(first, length, &somebody, now), COAP_TLS_HELLO_ANSWER);
  return make_hello(to, answer + answer_length - COOKIE, COOKIE);
}

/* RFC 6347 4.2.1: HelloVerifyRequest, with the number of the record that it answers. */
static void
the_first_is_answered(void **state) {
  static const uint8_t wanted[] = {22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 7,  0,   47,  3,
                                   0,  0,   35,  0, 0, 0, 0, 0, 0, 0, 35, 254, 255, 32};
  uint8_t hello[128];

  (void)state;
  assert_int_equal(say(hello, make_hello(hello, NULL, 0), &somebody, 0), COAP_TLS_HELLO_ANSWER);
  assert_int_equal(answer_length, sizeof(wanted) + COOKIE);
  assert_memory_equal(answer, wanted, sizeof(wanted));
}

static void
a_cookie_is_good_for_one_peer_and_hello(void **state) {
  uint8_t hello[128];
  size_t length = make_good(hello, 0);

  (void)state;
  assert_int_equal(say(hello, length, &somebody, 0), COAP_TLS_HELLO_GOOD);
  assert_int_equal(told.record_sequence, 7);
  assert_int_equal(told.message_sequence, 1);
  assert_int_equal(say(hello, length, &another, 0), COAP_TLS_HELLO_ANSWER);
  for (size_t i = RECORD + HEADER; i < length; i++) {
    coap_tls_hello_status_t status;

    hello[i] ^= 1;
    status = say(hello, length, &somebody, 0);
    assert_true(status == COAP_TLS_HELLO_ANSWER || status == COAP_TLS_HELLO_IGNORE);
    hello[i] ^= 1;
  }
  assert_int_equal(say(hello, length, &somebody, 0), COAP_TLS_HELLO_GOOD);
}

static void
secrets_change(void **state) {
  enum { MINUTE = 60 * 1000 };
  uint8_t hello[128];
  size_t length = make_good(hello, 0);

  (void)state;
  assert_int_equal(say(hello, length, &somebody, 4 * MINUTE), COAP_TLS_HELLO_GOOD);
  assert_int_equal(say(hello, length, &somebody, 6 * MINUTE), COAP_TLS_HELLO_GOOD);
  assert_int_equal(say(hello, length, &somebody, 12 * MINUTE), COAP_TLS_HELLO_ANSWER);
}

/* Cut off anywhere, in pieces, protected or of another kind it is none; each in memory of its own,
 * so that a sanitizer sees a byte read beyond. */
static void
what_is_no_hello_is_ignored(void **state) {
  static const size_t fixed[] = {0, 1, 3, 4, 13, 19, 20, 21, 22, 23, 24};
  uint8_t hello[128];
  size_t length = make_good(hello, 0);

  (void)state;
  for (size_t cut = 0; cut < length; cut++) {
    uint8_t *copy = malloc(cut + 1);

    assert_non_null(copy);
    memcpy(copy + 1, hello, cut);
    assert_int_equal(say(copy + 1, cut, &somebody, 0), COAP_TLS_HELLO_IGNORE);
    free(copy);
  }
  for (size_t i = 0; i < COUNT_OF(fixed); i++) {
    hello[fixed[i]] ^= 0x40;
    assert_int_equal(say(hello, length, &somebody, 0), COAP_TLS_HELLO_IGNORE);
    hello[fixed[i]] ^= 0x40;
  }
  assert_int_equal(say(hello, length, &somebody, 0), COAP_TLS_HELLO_GOOD);
}

#define HELLO_TEST(name) cmocka_unit_test_setup(name, forget)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      HELLO_TEST(the_first_is_answered),
      HELLO_TEST(a_cookie_is_good_for_one_peer_and_hello),
      HELLO_TEST(secrets_change),
      HELLO_TEST(what_is_no_hello_is_ignored),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
