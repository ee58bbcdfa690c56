/* real_secure.c -- what a secure server and client on real sockets begin with. */
#include "real_secure.h"

#include "test.h"

real_sessions_t real_sessions;

static int
on_server_event(coap_session_t *session, const coap_event_t event) {
  (void)session;
  real_sessions.opened += event == COAP_EVENT_SERVER_SESSION_NEW;
  real_sessions.closed += event == COAP_EVENT_SERVER_SESSION_DEL;
  return 0;
}

int
real_secure_setup(void **state) {
  (void)state;
  memset(&real_sessions, 0, sizeof(real_sessions));
  assert_true(real_server_begin(&real_server));
  assert_true(real_client_begin(&real_client));
  coap_register_event_handler(real_server.context, on_server_event);
  return 0;
}

int
real_secure_teardown(void **state) {
  (void)state;
  real_client_close(&real_client);
  real_server_close(&real_server);
  return 0;
}

static coap_bin_const_t
bytes_of(const char *text) {
  return (coap_bin_const_t){strlen(text), (const uint8_t *)text};
}

void
real_serve_psk(const char *hint) {
  coap_dtls_spsk_t psk = {.version = COAP_DTLS_SPSK_SETUP_VERSION};

  if (hint)
    psk.psk_info.hint = bytes_of(hint);
  psk.psk_info.key = bytes_of("secret");
  assert_int_equal(coap_context_set_psk2(real_server.context, &psk), 1);
}

coap_address_t
real_listen(coap_proto_t proto) {
  coap_address_t at = loopback_address();

  real_server.endpoint = coap_new_endpoint(real_server.context, &at, proto);
  assert_non_null(real_server.endpoint);
  coap_address_set_port(&at, real_endpoint_port(real_server.endpoint));
  return at;
}

coap_session_t *
real_connect_psk(coap_proto_t proto, const coap_address_t *at) {
  coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
  coap_session_t *session;

  psk.psk_info.identity = bytes_of("me");
  psk.psk_info.key = bytes_of("secret");
  session = coap_new_client_session_psk2(real_client.context, NULL, at, proto, &psk);
  assert_non_null(session);
  return session;
}

void
real_ask(coap_session_t *session) {
  real_client.session = session;
  assert_true(real_request(&real_client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
}

void
real_turn(void) {
  assert_true(coap_io_process(real_server.context, COAP_IO_NO_WAIT) >= 0);
  assert_true(coap_io_process(real_client.context, COAP_IO_NO_WAIT) >= 0);
}
