/* tls_lifetime.c -- secure sessions through many lives: connected and closed again and again,
 * turned to call home, bounded in number. */
#include "test.h"

#include "seams/memory.h"
#include "seams/net_sim.h"
#include "session/session.h"
#include "tls_world.h"

static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS, COAP_PROTO_WSS};

static void
connect_ask_and_close(coap_proto_t proto) {
  tls_live_twice(proto);
  tls_forget();
}

/* A thousand connections, half of them of sessions that are opened again, leave nothing. */
static void
connections_leave_nothing(void **state) {
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;
  unsigned int sockets;

  (void)state;
  tls_serve_psk();
  for (size_t p = 0; p < COUNT_OF(protos); p++)
    connect_ask_and_close(protos[p]);
  coap_mem_sim_stats(&before);
  sockets = coap_net_sim_open_count();
  for (unsigned int i = 0; i < 501; i++)
    connect_ask_and_close(protos[i % COUNT_OF(protos)]);
  coap_mem_sim_stats(&after);
  assert_int_equal(after.live_bytes, before.live_bytes);
  assert_int_equal(coap_net_sim_open_count(), sockets);
  assert_int_equal(coap_context_core(tls_server)->session_count, 0);
  assert_int_equal(sim_told.nacks, 0);
}

static coap_session_t *caller;

static int
call_home(coap_session_t *session, const coap_event_t event) {
  if (event == COAP_EVENT_DTLS_CONNECTED && coap_session_set_type_client(session))
    caller = session;
  return 0;
}

/* coap_session(3): who has been called asks who has called. */
static void
a_called_server_asks(void **state) {
  (void)state;
  sim_serve(tls_client);
  coap_register_event_handler(tls_server, call_home);
  tls_serve_psk();
  for (size_t p = 0; p < COUNT_OF(protos); p++) {
    coap_session_t *session = tls_connect_psk(protos[p], "secret");

    caller = NULL;
    tls_settle();
    assert_non_null(caller);
    assert_int_equal(coap_session_get_type(caller), COAP_SESSION_TYPE_CLIENT);
    tls_ask(caller);
    coap_session_release(caller);
    coap_session_release(session);
    tls_settle();
  }
  assert_int_equal(coap_context_core(tls_server)->session_count, 0);
}

/* coap_context(3): one handshake at a time; who is refused tries again by itself. */
static void
handshakes_are_bounded(void **state) {
  coap_session_t *slow;
  coap_session_t *session;

  (void)state;
  coap_context_set_max_handshake_sessions(tls_server, 1);
  tls_serve_psk();
  /* It has shown its cookie, and then goes. */
  slow = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  for (int i = 0; i < 3; i++)
    coap_io_process(i % 2 ? tls_client : tls_server, COAP_IO_NO_WAIT);
  assert_int_equal(coap_context_core(tls_server)->handshakes, 1);
  coap_session_release(slow);
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_settle();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_HANDSHAKE);
  assert_true(coap_context_core(tls_server)->counters.rx_refused > 0);
  coap_session_release(session);
  session = tls_connect_psk(COAP_PROTO_TLS, "secret");
  tls_settle();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  tls_run(64000);
  tls_ask(session);
  coap_session_release(session);
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
}

/* A server's session that nobody uses goes after its time, and says so to the peer. */
static void
idle_sessions_are_closed(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_ask(session);
  tls_run(301000);
  assert_int_equal(coap_context_core(tls_server)->session_count, 0);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_event_count(COAP_EVENT_DTLS_CLOSED), 1);
  tls_ask(session);
}

/* The server's keys change: who is connected stays, who comes needs the new one. */
static void
new_keys_count_for_new_sessions(void **state) {
  coap_dtls_spsk_t psk = tls_server_psk();
  coap_session_t *old;
  coap_session_t *late;

  (void)state;
  tls_serve_psk();
  old = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_ask(old);
  psk.psk_info.key = (coap_bin_const_t){5, (const uint8_t *)"newer"};
  assert_int_equal(coap_context_set_psk2(tls_server, &psk), 1);
  tls_ask(old);
  late = tls_connect_psk(COAP_PROTO_TLS, "secret");
  sim_request(late, COAP_MESSAGE_CON);
  tls_settle();
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
  tls_ask(tls_connect_psk(COAP_PROTO_TLS, "newer"));
}

/* They may change in the middle of a handshake, which ends with those it has begun with. */
static void
keys_may_change_during_a_handshake(void **state) {
  coap_dtls_spsk_t psk = tls_server_psk();
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  for (int i = 0; i < 3; i++)
    coap_io_process(i % 2 ? tls_client : tls_server, COAP_IO_NO_WAIT);
  assert_int_equal(coap_context_core(tls_server)->handshakes, 1);
  psk.psk_info.key = (coap_bin_const_t){5, (const uint8_t *)"newer"};
  assert_int_equal(coap_context_set_psk2(tls_server, &psk), 1);
  tls_ask(session);
}

static coap_session_t *to_close;

static const coap_bin_const_t *
close_within(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static const coap_bin_const_t key = {6, (const uint8_t *)"secret"};

  (void)identity;
  (void)arg;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  return &key;
}

/* The call-back for a key closes the session in the middle of the library's work. */
static void
a_call_back_may_close_the_session(void **state) {
  coap_dtls_spsk_t psk = tls_server_psk();

  (void)state;
  psk.validate_id_call_back = close_within;
  assert_int_equal(coap_context_set_psk2(tls_server, &psk), 1);
  tls_listen();
  for (size_t p = 0; p < COUNT_OF(protos); p++) {
    to_close = tls_connect_psk(protos[p], "secret");
    tls_settle();
    assert_int_equal(coap_context_core(tls_server)->session_count, 0);
    coap_session_release(to_close);
    tls_settle();
  }
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(connections_leave_nothing),
      TLS_TEST(a_called_server_asks),
      TLS_TEST(handshakes_are_bounded),
      TLS_TEST(idle_sessions_are_closed),
      TLS_TEST(new_keys_count_for_new_sessions),
      TLS_TEST(keys_may_change_during_a_handshake),
      TLS_TEST(a_call_back_may_close_the_session),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
