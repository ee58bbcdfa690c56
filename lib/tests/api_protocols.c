/* api_protocols.c -- each protocol: a session and an endpoint where this build has it, and the
 * documented failure where it has not; and which states the build can show at all. */
#include "test.h"

#include "session/fsm.h"
#include "sim_world.h"

enum { IFINDEX = 7 }; /* of what the simulation delivers */

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

/* Without credentials a secure endpoint has nothing to show, whatever the build can do:
 * coap_context_set_psk2() comes first. */
static void
dtls_is_refused_without_keys(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_DTLS, 0);
}

static void
tcp_is_there_when_supported(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_TCP, coap_tcp_is_supported());
}

static void
tls_is_refused_without_keys(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_TLS, 0);
}

static void
ws_is_there_when_supported(void **state) {
  (void)state;
  is_there_when_supported(COAP_PROTO_WS, coap_ws_is_supported());
}

static void
wss_is_refused_without_keys(void **state) {
  (void)state;
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

/* Keys are taken by a build that can use them, and open what was refused without. */
static void
keys_open_secure_protocols(void **state) {
  coap_address_t listen = sim_address(SIM_HOST, 45684);
  coap_dtls_spsk_t server = {.version = COAP_DTLS_SPSK_SETUP_VERSION,
                             .psk_info = {.key = {3, (const uint8_t *)"key"}}};
  int supported = coap_dtls_psk_is_supported();

  (void)state;
  assert_int_equal(coap_context_set_psk2(context, &server), supported);
  assert_int_equal(coap_new_endpoint(context, &listen, COAP_PROTO_DTLS) != NULL, supported);
  assert_int_equal(coap_new_endpoint(context, &listen, COAP_PROTO_TLS) != NULL, supported);
}

/* Before its cookie has come back a peer costs no session: none is ever seen to be of that type. */
static void
hello_is_no_session(void **state) {
  coap_address_t listen = sim_address(SIM_HOST, 5683);
  coap_address_t peer = sim_address(SIM_PEER, 40000);
  const coap_session_t *session;

  (void)state;
  sim_inject_bytes(&peer, &listen, (const uint8_t *)"\x40\1\0\1", 4);
  sim_settle();
  session = coap_session_get_by_peer(context, &peer, IFINDEX);
  assert_non_null(session);
  assert_true(coap_session_get_type(session) != COAP_SESSION_TYPE_HELLO);
}

#define PROTOCOL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      PROTOCOL_TEST(udp_is_always_there),         PROTOCOL_TEST(dtls_is_refused_without_keys),
      PROTOCOL_TEST(tcp_is_there_when_supported), PROTOCOL_TEST(tls_is_refused_without_keys),
      PROTOCOL_TEST(ws_is_there_when_supported),  PROTOCOL_TEST(wss_is_refused_without_keys),
      PROTOCOL_TEST(no_protocol_is_refused),      PROTOCOL_TEST(connecting_shows_with_tcp_only),
      PROTOCOL_TEST(csm_shows_with_tcp_only),     PROTOCOL_TEST(keys_open_secure_protocols),
      PROTOCOL_TEST(hello_is_no_session),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
