/* tls_flood.c -- thousands of DTLS handshakes that are begun and left: what they cost the server,
 * and how long somebody who means it has to wait. */
#include "test.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "session/handshakes.h"
#include "tls_world.h"

#include <arpa/inet.h>
#include <malloc.h>

/* What the C library has in use also counts blocks that it keeps for their next use. */
enum { FLOOD = 10000, SLACK = 4096, PATIENCE_MS = 10000 };

/* Where a ClientHello and a HelloVerifyRequest have what (RFC 6347 4.1, 4.2.2, 4.2.1). */
enum {
  AT_RECORD_SEQUENCE = 5,
  AT_RECORD_LENGTH = 11,
  RECORD_HEADER = 13,
  AT_MESSAGE_LENGTH = 14,
  AT_MESSAGE_SEQUENCE = 17,
  AT_FRAGMENT_LENGTH = 22,
  AT_BODY = 25,
  AT_SESSION_ID = AT_BODY + 2 + 32,
  AT_COOKIE = AT_BODY + 2,
  HELLO_VERIFY_REQUEST = 3
};

static struct {
  uint8_t hello[SIM_BYTES_MAX]; /* without a cookie */
  size_t length;
  unsigned int sent; /* so far, each from an address of its own */
} flood;

static coap_core_t *
core(void) {
  return coap_context_core(tls_server);
}

/* A server, and the hello of a client that is gone again. */
static void
prepare(void) {
  coap_session_t *session;

  memset(&flood, 0, sizeof(flood));
  tls_serve_psk();
  sim_drop(1);
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  assert_non_null(session);
  flood.length = sim_sent(0)->length;
  memcpy(flood.hello, sim_sent(0)->bytes, flood.length);
  coap_session_release(session);
  tls_settle();
  sim_forget_sent();
}

static coap_address_t
next_address(void) {
  coap_address_t from = sim_address("10.9.0.0", 1024);

  from.addr.sin.sin_addr.s_addr += htonl(++flood.sent);
  return from;
}

static void
inject(const coap_address_t *from, const uint8_t *data, size_t length) {
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  assert_int_equal(sim_inject_bytes(from, &at, data, length), 0);
}

static void
add_to(uint8_t *number, size_t size, size_t more) {
  while (size-- && more) {
    more += number[size];
    number[size] = (uint8_t)more;
    more >>= 8;
  }
}

/* The hello, once more, with the cookie of a HelloVerifyRequest. Its length. */
static size_t
with_cookie(uint8_t hello[SIM_BYTES_MAX], const sim_sent_t *request) {
  size_t at = AT_SESSION_ID + 1 + flood.hello[AT_SESSION_ID];
  size_t size = request->bytes[AT_COOKIE];

  assert_int_equal(request->bytes[RECORD_HEADER], HELLO_VERIFY_REQUEST);
  assert_int_equal(flood.hello[at], 0);
  assert_true(size && flood.length + size <= SIM_BYTES_MAX);
  memcpy(hello, flood.hello, at);
  memcpy(hello + at, request->bytes + AT_COOKIE, 1 + size);
  memcpy(hello + at + 1 + size, flood.hello + at + 1, flood.length - at - 1);
  hello[AT_RECORD_SEQUENCE + 5] = 1;
  hello[AT_MESSAGE_SEQUENCE + 1] = 1;
  add_to(hello + AT_RECORD_LENGTH, 2, size);
  add_to(hello + AT_MESSAGE_LENGTH, 3, size);
  add_to(hello + AT_FRAGMENT_LENGTH, 3, size);
  return flood.length + size;
}

static void
serve(void) {
  assert_true(coap_io_process(tls_server, COAP_IO_NO_WAIT) >= 0);
}

/* From one more address that is not the sender's. */
static void
spoofed_hello(void) {
  coap_address_t from = next_address();

  inject(&from, flood.hello, flood.length);
}

/* From one more address, which does get what is sent to it, and then is silent. */
static void
half_open(void) {
  coap_address_t from = next_address();
  uint8_t hello[SIM_BYTES_MAX];
  size_t length;

  inject(&from, flood.hello, flood.length);
  serve();
  length = with_cookie(hello, sim_last());
  inject(&from, hello, length);
  serve();
  sim_forget_sent();
}

/* A millisecond passes, in which each side works once, as what is under way arrives. */
static void
pass(void) {
  coap_clock_sim_set(coap_clock_now() + 1);
  serve();
  assert_true(coap_io_process(tls_client, COAP_IO_NO_WAIT) >= 0);
  sim_forget_sent();
}

/* Nobody, or as many each time as the rate says, come while a client connects, asks and has its
 * answer. How many milliseconds that takes. */
static unsigned int
time_of_a_client(void (*come)(void), unsigned int ms_apart, unsigned int at_once) {
  coap_session_t *session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  unsigned int responses = sim_told.responses;
  unsigned int ms = 0;

  assert_non_null(session);
  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  while (sim_told.responses == responses) {
    for (unsigned int i = 0; ms_apart && ms % ms_apart == 0 && i < at_once; i++)
      come();
    pass();
    assert_true(++ms < PATIENCE_MS);
  }
  coap_session_release(session);
  pass();
  return ms;
}

/* RFC 6347 4.2.1: who only pretends to be somewhere makes the server keep nothing, neither in its
 * own memory nor in the (D)TLS library's, and nobody wait. 40,000 a second come. */
static void
spoofed_hellos_cost_nothing(void **state) {
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;
  unsigned int alone;
  unsigned int longest = 0;
  size_t heap;

  (void)state;
  prepare();
  time_of_a_client(NULL, 0, 0);
  alone = time_of_a_client(NULL, 0, 0);
  while (flood.sent < FLOOD) {
    unsigned int ms = time_of_a_client(spoofed_hello, 1, 40);

    longest = ms > longest ? ms : longest;
  }
  assert_true(alone > 0);
  assert_in_range(longest, alone, 2 * alone);
  coap_mem_sim_stats(&before);
  heap = mallinfo2().uordblks;
  for (unsigned int i = 0; i < FLOOD; i++) {
    unsigned int sessions = core()->session_count;

    spoofed_hello();
    serve();
    assert_int_equal(core()->session_count, sessions);
    assert_int_equal(sim_sent_count(), 1);
    assert_int_equal(sim_last()->bytes[RECORD_HEADER], HELLO_VERIFY_REQUEST);
    sim_forget_sent();
  }
  coap_mem_sim_stats(&after);
  assert_int_equal(after.live_bytes, before.live_bytes);
  assert_in_range(mallinfo2().uordblks, 0, heap + SLACK);
  assert_int_equal(core()->handshakes, 0);
}

/* Those that can receive, too, come all at once: as many as are allowed stay in the middle of their
 * handshake, the others are refused; a client that is, tries again by itself. */
static void
half_open_handshakes_are_bounded(void **state) {
  struct coap_mem_sim_stats first;
  struct coap_mem_sim_stats last;
  size_t heap = 0;

  (void)state;
  prepare();
  while (flood.sent < FLOOD) {
    half_open();
    assert_true(core()->handshakes <= COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
    if (flood.sent == COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS) {
      coap_mem_sim_stats(&first);
      heap = mallinfo2().uordblks;
    }
  }
  assert_int_equal(core()->handshakes, COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
  assert_int_equal(core()->session_count, COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
  assert_int_equal(core()->counters.rx_refused, FLOOD - COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
  assert_int_equal(core()->counters.tls_evicted, 0);
  coap_mem_sim_stats(&last);
  assert_int_equal(last.live_bytes, first.live_bytes);
  assert_in_range(mallinfo2().uordblks, 0, heap + SLACK);
  assert_in_range(time_of_a_client(NULL, 0, 0), COAP_HANDSHAKES_SILENCE_MS,
                  2 * COAP_HANDSHAKES_SILENCE_MS);
  assert_true(core()->counters.tls_evicted > 0);
  tls_run(COAP_TLS_LINK_TIMEOUT_MS);
  assert_int_equal(core()->handshakes, 0);
}

/* 40 of them a second, for minutes: the silent ones make room, and a client does not even notice.
 */
static void
half_open_handshakes_delay_nobody(void **state) {
  unsigned int alone;
  unsigned int longest = 0;

  (void)state;
  prepare();
  time_of_a_client(NULL, 0, 0);
  alone = time_of_a_client(NULL, 0, 0);
  while (flood.sent < FLOOD) {
    for (unsigned int i = 0; i < 20; i++) {
      half_open();
      tls_run(25);
      sim_forget_sent();
    }
    if (flood.sent > COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS) {
      unsigned int ms = time_of_a_client(half_open, 25, 1);

      longest = ms > longest ? ms : longest;
    }
    assert_true(core()->handshakes <= COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
  }
  assert_in_range(longest, alone, 2 * alone);
  assert_int_equal(core()->counters.rx_refused, 0);
  assert_true(core()->counters.tls_evicted > FLOOD / 2);
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(spoofed_hellos_cost_nothing),
      TLS_TEST(half_open_handshakes_are_bounded),
      TLS_TEST(half_open_handshakes_delay_nobody),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
