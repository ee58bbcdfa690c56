/* tls_tamper.c -- somebody on the way changes datagrams of DTLS and sends them along: before a
 * session is there that may end it and harms nothing else, afterwards it changes nothing. Of a
 * connection each changed byte is the end. */
#include "test.h"

#include "seams/memory.h"
#include "session/session.h"
#include "tls_world.h"

/* A generator of its own, so that each number names one run, whatever the library draws. */
static uint64_t dice;

static unsigned int
roll(unsigned int sides) {
  dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned int)(dice >> 33) % sides;
}

/* A datagram of before: as it was, cut off, longer, or with bytes that are others now, its head
 * more often than the rest. */
static void
send_changed(const sim_sent_t *sent) {
  enum { HEAD = 30 };
  sim_sent_t changed = *sent;
  unsigned int bytes = 1 + roll(4);

  switch (roll(4)) {
  case 0:
    changed.length = roll((unsigned int)changed.length);
    break;
  case 1:
    while (changed.length < sizeof(changed.bytes) && roll(20))
      changed.bytes[changed.length++] = (uint8_t)roll(256);
    break;
  default:
    break;
  }
  for (unsigned int i = 0; changed.length && i < bytes; i++) {
    unsigned int length = (unsigned int)changed.length;

    changed.bytes[roll(length < HEAD || roll(2) ? length : HEAD)] = (uint8_t)roll(256);
  }
  sim_inject_bytes(&changed.from, &changed.to, changed.bytes, changed.length);
}

static void
shake_tampered(unsigned int odds) {
  for (unsigned int i = 0; i < 40; i++) {
    unsigned int before = sim_sent_count();

    coap_io_process(i % 2 ? tls_client : tls_server, COAP_IO_NO_WAIT);
    while (before < sim_sent_count() && before < 64) {
      if (roll(odds) == 0)
        send_changed(sim_sent(before));
      before++;
    }
  }
}

static void
tampered_handshakes_harm_nothing_else(void **state) {
  struct coap_mem_sim_stats first;
  struct coap_mem_sim_stats last;

  (void)state;
  tls_serve_psk();
  for (unsigned int run = 0; run < 150; run++) {
    coap_session_t *session;

    dice = run;
    session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
    assert_non_null(session);
    if (roll(3) == 0)
      sim_drop(1 + roll(2));
    shake_tampered(1 + run % 3);
    tls_run(3000);
    coap_session_release(session);
    tls_run(64000); /* by then whoever has been left alone gives up */
    tls_run(301000);
    tls_forget();
    assert_int_equal(coap_context_core(tls_server)->session_count, 0);
    coap_tls_past_clear(&coap_context_core(tls_client)->tls_past);
    coap_mem_sim_stats(run < 10 ? &first : &last);
  }
  assert_int_equal(last.live_bytes, first.live_bytes);
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
}

/* RFC 6347 4.1.2.7: what is not the peer's is dropped. Copies of what is old come, too. */
static void
tampered_records_change_nothing(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_ask(session);
  /* A ClientHello would begin anew, whoever sends it again while its cookie counts (RFC
   * 6347 4.2.8).
   */
  sim_forget_sent();
  tls_ask(session);
  for (unsigned int run = 0; run < 1000; run++) {
    unsigned int count = sim_sent_count();

    dice = run;
    for (unsigned int i = roll(4); i < 4; i++)
      send_changed(sim_sent(roll(count)));
    tls_settle();
    tls_ask(session);
    if (count > 200) {
      sim_forget_sent();
      tls_ask(session);
    }
  }
  assert_int_equal(coap_context_core(tls_server)->session_count, 1);
  assert_int_equal(sim_event_count(COAP_EVENT_DTLS_ERROR), 0);
  assert_int_equal(sim_told.nacks, 0);
}

/* A connection with one byte changed comes to its end, but for a version that nobody looks at and a
 * length that makes its reader wait for more. */
static void
tampered_connections_end(void **state) {
  static const coap_proto_t protos[] = {COAP_PROTO_TLS, COAP_PROTO_WSS};
  unsigned int ended = 0;
  struct coap_mem_sim_stats first;
  struct coap_mem_sim_stats last;

  (void)state;
  tls_serve_psk();
  for (unsigned int run = 0; run < 200; run++) {
    coap_session_t *session;

    dice = run;
    tls_flip_after = 1 + roll(1200);
    session = tls_connect_psk(protos[run % 2], "secret");
    assert_non_null(session);
    for (int i = 0; i < 20 && tls_flip_after; i++) {
      sim_request(session, COAP_MESSAGE_CON);
      tls_settle();
    }
    assert_int_equal(tls_flip_after, 0);
    tls_run(31000);
    ended += coap_session_get_state(session) == COAP_SESSION_STATE_NONE;
    coap_session_release(session);
    tls_settle();
    tls_forget();
    assert_int_equal(coap_context_core(tls_server)->session_count, 0);
    coap_mem_sim_stats(run < 10 ? &first : &last);
  }
  assert_true(ended >= 180);
  assert_int_equal(last.live_bytes, first.live_bytes);
  tls_ask(tls_connect_psk(COAP_PROTO_TLS, "secret"));
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(tampered_handshakes_harm_nothing_else),
      TLS_TEST(tampered_records_change_nothing),
      TLS_TEST(tampered_connections_end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
