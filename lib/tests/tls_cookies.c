/* tls_cookies.c -- the cookie exchange of DTLS: what a peer costs before it, and beginning anew. */
#include "test.h"

#include "seams/memory.h"
#include "session/session.h"
#include "tls_world.h"

#include <arpa/inet.h>

/* A client's first words, which do not reach the server; their length. */
static size_t
take_hello(uint8_t *hello) {
  tls_serve_psk();
  sim_drop(1);
  assert_non_null(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
  memcpy(hello, sim_sent(0)->bytes, sim_sent(0)->length);
  return sim_sent(0)->length;
}

/* RFC 6347 4.2.1, RFC 7252 11.3: a peer that has not shown its cookie costs nothing and gets no
 * more than it sends. */
static void
hellos_cost_nothing_before_the_cookie(void **state) {
  static uint8_t hello[SIM_BYTES_MAX];
  size_t length;
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  (void)state;
  length = take_hello(hello);
  coap_mem_sim_stats(&before);
  sim_forget_sent();
  for (unsigned int i = 0; i < 10000; i++) {
    coap_address_t from = sim_address("10.9.0.0", 1024);

    from.addr.sin.sin_addr.s_addr += htonl(i + 1);
    assert_int_equal(sim_inject_bytes(&from, &at, hello, length), 0);
    coap_io_process(tls_server, COAP_IO_NO_WAIT);
    assert_int_equal(sim_sent_count(), 1);
    assert_true(sim_last()->length <= length);
    sim_forget_sent();
  }
  coap_mem_sim_stats(&after);
  assert_int_equal(coap_context_core(tls_server)->session_count, 0);
  assert_int_equal(after.live_bytes, before.live_bytes);
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
}

/* A cookie is the address's own: taken elsewhere it is answered by another. */
static void
a_cookie_counts_for_its_address_only(void **state) {
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_address_t elsewhere = sim_address("10.9.0.1", 4000);
  sim_sent_t with_cookie;

  (void)state;
  tls_serve_psk();
  assert_non_null(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
  sim_settle();
  with_cookie = *sim_sent(2);
  assert_int_equal(with_cookie.bytes[0], 22);
  assert_int_equal(coap_context_core(tls_server)->session_count, 1);
  sim_forget_sent();
  sim_inject_bytes(&elsewhere, &at, with_cookie.bytes, with_cookie.length);
  sim_settle();
  assert_int_equal(coap_context_core(tls_server)->session_count, 1);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_last()->bytes[13], 3); /* HelloVerifyRequest */
}

/* RFC 6347 4.2.1: there is no count of records before the cookie; the client's own number is used.
 */
static void
a_cookie_has_the_number_of_its_hello(void **state) {
  static const uint8_t number[] = {0, 1, 2, 3, 4, 5};
  static uint8_t hello[SIM_BYTES_MAX];
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_address_t from = sim_address("10.9.0.1", 4000);
  size_t length;

  (void)state;
  length = take_hello(hello);
  memcpy(hello + 5, number, sizeof(number));
  sim_forget_sent();
  sim_inject_bytes(&from, &at, hello, length);
  coap_io_process(tls_server, COAP_IO_NO_WAIT);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_last()->bytes[13], 3); /* HelloVerifyRequest */
  assert_memory_equal(sim_last()->bytes + 5, number, sizeof(number));
}

/* The secret changes every 5 minutes; the cookies of the one before count, older ones do not. */
static void
old_cookies_count_for_a_while(void **state) {
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_address_t from;
  sim_sent_t with_cookie;
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  sim_settle();
  with_cookie = *sim_sent(2);
  from = with_cookie.from;
  coap_session_release(session);
  for (int minute = 6; minute <= 12; minute += 6) {
    tls_run(6 * 60000);
    assert_int_equal(coap_context_core(tls_server)->session_count, 0);
    sim_forget_sent();
    sim_inject_bytes(&from, &at, with_cookie.bytes, with_cookie.length);
    sim_settle();
    assert_int_equal(coap_context_core(tls_server)->session_count, minute == 6);
  }
}

/* RFC 6347 4.2.8: a client that has lost its state begins anew at its old address. */
static void
a_peer_may_begin_anew(void **state) {
  coap_address_t from = sim_address(SIM_PEER, 40000);
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_dtls_cpsk_t psk = tls_client_psk("secret");

  (void)state;
  tls_serve_psk();
  for (int i = 0; i < 3; i++) {
    coap_session_t *session =
        coap_new_client_session_psk2(tls_client, &from, &at, COAP_PROTO_DTLS, &psk);

    assert_non_null(session);
    tls_ask(session);
    assert_int_equal(coap_context_core(tls_server)->session_count, 1);
    if (i == 1)
      coap_session_reference(tls_server_session());
    sim_drop(1); /* what says that it is over */
    coap_session_release(session);
    tls_settle();
  }
  coap_session_release(tls_server_session());
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(hellos_cost_nothing_before_the_cookie),
      TLS_TEST(a_cookie_counts_for_its_address_only),
      TLS_TEST(a_cookie_has_the_number_of_its_hello),
      TLS_TEST(old_cookies_count_for_a_while),
      TLS_TEST(a_peer_may_begin_anew),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
