/* api_protocols.c -- each protocol: a session and an endpoint where this build has it, and the
 * documented failure where it has not; and which states the build can show at all. */
#include "test.h"

#include "session/fsm.h"
#include "sim_world.h"

static coap_context_t *context;

static int
setup(void **state) {
  sim_setup(state);
  context = sim_server_context();
  return context == NULL;
}

/* Both roles of `proto`, by what the build says of itself. */
static void
is_there_when_supported(coap_proto_t proto, int supported) {
  coap_address_t peer = sim_address(SIM_PEER, 40000);
  coap_address_t listen = sim_address(SIM_HOST, 45683);
  coap_endpoint_t *endpoint = coap_new_endpoint(context, &listen, proto);
  coap_session_t *session = coap_new_client_session(context, NULL, &peer, proto);

  assert_int_equal(session != NULL, supported);
  assert_int_equal(endpoint != NULL, supported);
  if (supported)
    assert_int_equal(coap_session_get_proto(session), proto);
  coap_session_release(session);
  coap_free_endpoint(endpoint);
}

static void
udp_is_always_there(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_UDP, 1);
}

/* Without credentials a secure endpoint has nothing to show: coap_context_set_psk2() comes first.
 */
static void
dtls_is_refused_without_a_library(void **state) {
  (void)state;
  if (coap_dtls_is_supported())
    skip();
  is_there_when_supported(COAP_PROTO_DTLS, 0);
}

static void
tcp_is_there_when_supported(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_TCP, coap_tcp_is_supported());
}

static void
tls_is_refused_without_a_library(void **state) {
  (void)state;
  if (coap_tls_is_supported())
    skip();
  is_there_when_supported(COAP_PROTO_TLS, 0);
}

static void
ws_is_there_when_supported(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_WS, coap_ws_is_supported());
}

static void
wss_is_refused_without_a_library(void **state) {
  (void)state;
  if (coap_wss_is_supported())
    skip();
  is_there_when_supported(COAP_PROTO_WSS, 0);
}

static void
no_protocol_is_refused(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_NONE, 0);
  is_there_when_supported(COAP_PROTO_LAST, 0);
}

/* Whether any inner state of the table shows as `shown`. */
static int
table_shows(coap_session_state_t shown) {
  for (int s = 0; s < COAP_FSM_STATE_COUNT; s++) {
    if (coap_fsm_public_state((coap_fsm_state_t)s) == shown)
      return 1;
  }
  return 0;
}

static void
connecting_shows_with_tcp_only(void **state) {
  (void)state;
  assert_int_equal(table_shows(COAP_SESSION_STATE_CONNECTING), coap_tcp_is_supported());
}

static void
csm_shows_with_tcp_only(void **state) {
  (void)state;
  assert_int_equal(table_shows(COAP_SESSION_STATE_CSM), coap_tcp_is_supported());
}

static void
handshake_shows_with_a_tls_library_only(void **state) {
  (void)state;
  assert_int_equal(table_shows(COAP_SESSION_STATE_HANDSHAKE), coap_dtls_is_supported());
}

/* A peer becomes a session of type HELLO at a DTLS endpoint, of which there is none here. */
static void
hello_needs_a_dtls_endpoint(void **state) {
  coap_address_t listen = sim_address(SIM_HOST, 45684);

  (void)state;
  if (coap_dtls_is_supported())
    skip();
  assert_null(coap_new_endpoint(context, &listen, COAP_PROTO_DTLS));
}

#define PROTOCOL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      PROTOCOL_TEST(udp_is_always_there),
      PROTOCOL_TEST(dtls_is_refused_without_a_library),
      PROTOCOL_TEST(tcp_is_there_when_supported),
      PROTOCOL_TEST(tls_is_refused_without_a_library),
      PROTOCOL_TEST(ws_is_there_when_supported),
      PROTOCOL_TEST(wss_is_refused_without_a_library),
      PROTOCOL_TEST(no_protocol_is_refused),
      PROTOCOL_TEST(connecting_shows_with_tcp_only),
      PROTOCOL_TEST(csm_shows_with_tcp_only),
      PROTOCOL_TEST(handshake_shows_with_a_tls_library_only),
      PROTOCOL_TEST(hello_needs_a_dtls_endpoint),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
