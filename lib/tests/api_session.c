/* api_session.c -- each function of coap_session(3): what it gives for a client session, for
 * a server session, and on error. */
#include "test.h"

#include "seams/memory.h"
#include "seams/net_sim.h"
#include "sim_world.h"

static coap_context_t *context;
static coap_session_t *client;
static coap_session_t *server;
static coap_address_t peer;

/* A client session, and a server session that a raw peer's request has made. */
static int
setup(void **state) {
  coap_address_t listen = sim_address(SIM_HOST, 5683);
  raw_message_t get = raw_message(RAW_CON, RAW_GET, 1, "t");

  sim_setup(state);
  peer = sim_address(SIM_PEER, 40000);
  context = sim_server_context();
  client = sim_client_session(context, &peer);
  raw_path(&get, "r");
  sim_inject(&peer, &listen, &get);
  server = sim_told.event_session;
  return server == NULL;
}

static void
reference_gives_the_session_and_keeps_it(void **state) {
  (void)state;
  assert_ptr_equal(coap_session_reference(client), client);
  coap_session_release(client);
  assert_int_equal(coap_session_get_state(client), COAP_SESSION_STATE_ESTABLISHED);
  assert_ptr_equal(coap_session_reference(server), server);
  coap_session_release(server);
}

static void
reference_of_null_is_null(void **state) {
  (void)state;
  assert_null(coap_session_reference(NULL));
}

static void
release_of_null_does_nothing(void **state) {
  (void)state;
  coap_session_release(NULL);
}

static void
disconnected_of_null_does_nothing(void **state) {
  (void)state;
  coap_session_disconnected(NULL, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(sim_told.nacks, 0);
}

static void
disconnected_closes_the_session(void **state) {
  (void)state;
  coap_session_disconnected(client, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(coap_session_get_state(client), COAP_SESSION_STATE_NONE);
}

static void
set_type_client_turns_a_server_session(void **state) {
  (void)state;
  assert_int_equal(coap_session_set_type_client(server), 1);
  assert_int_equal(coap_session_get_type(server), COAP_SESSION_TYPE_CLIENT);
  assert_int_equal(coap_session_get_state(server), COAP_SESSION_STATE_ESTABLISHED);
  coap_session_release(server);
}

static void
set_type_client_adds_a_reference(void **state) {
  (void)state;
  coap_session_reference(server);
  assert_int_equal(coap_session_set_type_client(server), 1);
  /* Two now: it outlives the first release and the idle time-out. */
  coap_session_release(server);
  sim_run(1000 * 1000);
  assert_int_equal(coap_session_get_type(server), COAP_SESSION_TYPE_CLIENT);
  coap_session_release(server);
  assert_null(coap_session_get_by_peer(context, &peer, 7));
}

static void
set_type_client_of_a_client_is_0(void **state) {
  (void)state;
  assert_int_equal(coap_session_set_type_client(client), 0);
  assert_int_equal(coap_session_get_type(client), COAP_SESSION_TYPE_CLIENT);
}

static void
set_type_client_twice_is_0(void **state) {
  (void)state;
  assert_int_equal(coap_session_set_type_client(server), 1);
  assert_int_equal(coap_session_set_type_client(server), 0);
  coap_session_release(server);
}

/* A server's session has room for tokens only once it gives one. */
static void
without_memory_there_is_no_first_token(void **state) {
  uint8_t tokens[2][8];
  size_t lengths[2] = {1, 1};

  (void)state;
  coap_mem_sim_fail(1, 0);
  coap_session_new_token(server, &lengths[0], tokens[0]);
  assert_int_equal(lengths[0], 0);
  coap_mem_sim_fail(1, 0);
  assert_int_equal(coap_session_set_type_client(server), 0);
  coap_mem_sim_fail(0, 0);
  for (int i = 0; i < 2; i++)
    coap_session_new_token(server, &lengths[i], tokens[i]);
  /* Drawn, not counted from 0: 64 bits are short once in 2^32. */
  assert_in_range(lengths[0], 5, 8);
  assert_int_equal(lengths[1], lengths[0]);
  assert_int_equal(coap_decode_var_bytes8(tokens[1], lengths[1]),
                   coap_decode_var_bytes8(tokens[0], lengths[0]) + 1);
}

static void
set_type_client_of_null_is_0(void **state) {
  (void)state;
  assert_int_equal(coap_session_set_type_client(NULL), 0);
}

/* Call-home: the peer that asked first is now asked, over the same addresses. */
static void
a_turned_session_sends_requests_and_takes_responses(void **state) {
  const coap_address_t *from;
  raw_message_t ack;

  (void)state;
  assert_int_equal(coap_session_set_type_client(server), 1);
  assert_true(sim_request(server, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  from = &sim_last()->from;
  assert_int_equal(coap_address_get_port(from), 5683);
  assert_true(coap_address_equals(&sim_last()->to, &peer));
  ack = raw_message(RAW_ACK, RAW_CONTENT, raw_mid(sim_last()->bytes), "");
  ack.bytes[0] |= sim_last()->bytes[0] & 0xf;
  memcpy(ack.bytes + 4, sim_last()->bytes + 4, sim_last()->bytes[0] & 0xf);
  ack.length += sim_last()->bytes[0] & 0xf;
  sim_inject(&peer, from, &ack);
  assert_int_equal(sim_told.responses, 1);
  coap_session_release(server);
}

static void
app_data_is_kept(void **state) {
  int data = 1;

  (void)state;
  assert_null(coap_session_get_app_data(client));
  coap_session_set_app_data(client, &data);
  assert_ptr_equal(coap_session_get_app_data(client), &data);
  coap_session_set_app_data(client, NULL);
  assert_null(coap_session_get_app_data(client));
}

static void
app_data_is_the_sessions_own(void **state) {
  int data = 1;

  (void)state;
  coap_session_set_app_data(server, &data);
  assert_null(coap_session_get_app_data(client));
  assert_ptr_equal(coap_session_get_app_data(server), &data);
}

static void
app_data_of_null_is_null(void **state) {
  int data = 1;

  (void)state;
  coap_session_set_app_data(NULL, &data);
  assert_null(coap_session_get_app_data(NULL));
}

static void
get_addr_local_is_where_it_is_bound(void **state) {
  coap_address_t host = sim_address(SIM_HOST, 5683);

  (void)state;
  assert_true(coap_address_equals(coap_session_get_addr_local(server), &host));
  assert_true(coap_address_get_port(coap_session_get_addr_local(client)) != 0);
}

static void
get_addr_local_of_null_is_null(void **state) {
  (void)state;
  assert_null(coap_session_get_addr_local(NULL));
}

static void
get_addr_remote_is_the_peer(void **state) {
  (void)state;
  assert_true(coap_address_equals(coap_session_get_addr_remote(client), &peer));
  assert_true(coap_address_equals(coap_session_get_addr_remote(server), &peer));
}

static void
get_addr_remote_of_null_is_null(void **state) {
  (void)state;
  assert_null(coap_session_get_addr_remote(NULL));
}

static void
get_addr_mcast_of_a_unicast_session_is_null(void **state) {
  (void)state;
  assert_null(coap_session_get_addr_mcast(client));
  assert_null(coap_session_get_addr_mcast(server));
}

static void
get_addr_mcast_of_null_is_null(void **state) {
  (void)state;
  assert_null(coap_session_get_addr_mcast(NULL));
}

static void
get_context_is_the_sessions(void **state) {
  (void)state;
  assert_ptr_equal(coap_session_get_context(client), context);
  assert_ptr_equal(coap_session_get_context(server), context);
}

static void
get_context_of_null_is_null(void **state) {
  (void)state;
  assert_null(coap_session_get_context(NULL));
}

static void
get_ifindex_is_where_traffic_last_came_in(void **state) {
  const coap_address_t *local = coap_session_get_addr_local(server);
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 2, "");

  (void)state;
  assert_int_equal(coap_session_get_ifindex(server), 7);
  assert_int_equal(coap_net_sim_deliver(&peer, local, 9, ping.bytes, ping.length), 0);
  sim_settle();
  assert_int_equal(coap_session_get_ifindex(server), 9);
}

static void
get_ifindex_of_null_is_minus_1(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_ifindex(NULL), -1);
}

static void
get_proto_is_udp(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_proto(client), COAP_PROTO_UDP);
  assert_int_equal(coap_session_get_proto(server), COAP_PROTO_UDP);
}

static void
get_proto_of_null_is_0(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_proto(NULL), 0);
}

static void
get_state_is_established_at_once(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_state(client), COAP_SESSION_STATE_ESTABLISHED);
  assert_int_equal(coap_session_get_state(server), COAP_SESSION_STATE_ESTABLISHED);
}

static void
get_state_of_null_is_0(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_state(NULL), 0);
}

static void
get_type_tells_who_opened_it(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_type(client), COAP_SESSION_TYPE_CLIENT);
  assert_int_equal(coap_session_get_type(server), COAP_SESSION_TYPE_SERVER);
}

static void
get_type_of_null_is_0(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_type(NULL), 0);
}

static void
get_tls_without_tls_is_null_and_says_so(void **state) {
  coap_tls_library_t library = COAP_TLS_LIBRARY_GNUTLS;

  (void)state;
  assert_null(coap_session_get_tls(client, &library));
  assert_int_equal(library, COAP_TLS_LIBRARY_NOTLS);
  assert_null(coap_session_get_tls(server, NULL));
}

static void
get_tls_of_null_is_null(void **state) {
  coap_tls_library_t library = COAP_TLS_LIBRARY_GNUTLS;

  (void)state;
  assert_null(coap_session_get_tls(NULL, &library));
  assert_null(coap_session_get_tls(NULL, NULL));
}

static void
get_psk_hint_and_key_without_psk_are_null(void **state) {
  (void)state;
  assert_null(coap_session_get_psk_hint(client));
  assert_null(coap_session_get_psk_hint(server));
  assert_null(coap_session_get_psk_key(client));
  assert_null(coap_session_get_psk_key(server));
}

static void
get_psk_hint_and_key_of_null_are_null(void **state) {
  (void)state;
  assert_null(coap_session_get_psk_hint(NULL));
  assert_null(coap_session_get_psk_key(NULL));
}

static void
enumerations_have_the_values_programs_rely_on(void **state) {
  (void)state;
  assert_int_equal(COAP_PROTO_UDP, 1);
  assert_int_equal(COAP_PROTO_DTLS, 2);
  assert_int_equal(COAP_PROTO_TCP, 3);
  assert_int_equal(COAP_PROTO_TLS, 4);
  assert_int_equal(COAP_PROTO_WS, 5);
  assert_int_equal(COAP_PROTO_WSS, 6);
  assert_int_equal(COAP_SESSION_STATE_NONE, 0);
  assert_int_equal(COAP_SESSION_STATE_CONNECTING, 1);
  assert_int_equal(COAP_SESSION_STATE_HANDSHAKE, 2);
  assert_int_equal(COAP_SESSION_STATE_CSM, 3);
  assert_int_equal(COAP_SESSION_STATE_ESTABLISHED, 4);
  assert_int_equal(COAP_SESSION_TYPE_CLIENT, 1);
  assert_int_equal(COAP_SESSION_TYPE_SERVER, 2);
  assert_int_equal(COAP_SESSION_TYPE_HELLO, 3);
  assert_int_equal(COAP_NACK_TOO_MANY_RETRIES, 0);
  assert_int_equal(COAP_NACK_WS_FAILED, 8);
  assert_int_equal(COAP_TLS_LIBRARY_NOTLS, 0);
  assert_int_equal(COAP_TLS_LIBRARY_MBEDTLS, 4);
}

static void
missing_arguments_give_no_session(void **state) {
  (void)state;
  assert_null(coap_new_client_session(NULL, NULL, &peer, COAP_PROTO_UDP));
  assert_null(coap_new_client_session(context, NULL, NULL, COAP_PROTO_UDP));
  assert_null(coap_new_endpoint(NULL, &peer, COAP_PROTO_UDP));
  assert_null(coap_new_endpoint(context, NULL, COAP_PROTO_UDP));
}

static void
an_address_in_use_gives_no_endpoint(void **state) {
  coap_address_t taken = sim_address(SIM_HOST, 5683);

  (void)state;
  assert_null(coap_new_endpoint(context, &taken, COAP_PROTO_UDP));
  assert_null(coap_new_context(&taken));
}

#define API_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      API_TEST(reference_gives_the_session_and_keeps_it),
      API_TEST(reference_of_null_is_null),
      API_TEST(release_of_null_does_nothing),
      API_TEST(disconnected_of_null_does_nothing),
      API_TEST(disconnected_closes_the_session),
      API_TEST(set_type_client_turns_a_server_session),
      API_TEST(set_type_client_adds_a_reference),
      API_TEST(set_type_client_of_a_client_is_0),
      API_TEST(set_type_client_twice_is_0),
      API_TEST(set_type_client_of_null_is_0),
      API_TEST(without_memory_there_is_no_first_token),
      API_TEST(a_turned_session_sends_requests_and_takes_responses),
      API_TEST(app_data_is_kept),
      API_TEST(app_data_is_the_sessions_own),
      API_TEST(app_data_of_null_is_null),
      API_TEST(get_addr_local_is_where_it_is_bound),
      API_TEST(get_addr_local_of_null_is_null),
      API_TEST(get_addr_remote_is_the_peer),
      API_TEST(get_addr_remote_of_null_is_null),
      API_TEST(get_addr_mcast_of_a_unicast_session_is_null),
      API_TEST(get_addr_mcast_of_null_is_null),
      API_TEST(get_context_is_the_sessions),
      API_TEST(get_context_of_null_is_null),
      API_TEST(get_ifindex_is_where_traffic_last_came_in),
      API_TEST(get_ifindex_of_null_is_minus_1),
      API_TEST(get_proto_is_udp),
      API_TEST(get_proto_of_null_is_0),
      API_TEST(get_state_is_established_at_once),
      API_TEST(get_state_of_null_is_0),
      API_TEST(get_type_tells_who_opened_it),
      API_TEST(get_type_of_null_is_0),
      API_TEST(get_tls_without_tls_is_null_and_says_so),
      API_TEST(get_tls_of_null_is_null),
      API_TEST(get_psk_hint_and_key_without_psk_are_null),
      API_TEST(get_psk_hint_and_key_of_null_are_null),
      API_TEST(enumerations_have_the_values_programs_rely_on),
      API_TEST(missing_arguments_give_no_session),
      API_TEST(an_address_in_use_gives_no_endpoint),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
