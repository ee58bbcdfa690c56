/* api_lifetime.c -- references, the idle pool, its time-out and its bound
 * (coap_session(3), coap_context(3)). */
#include "test.h"

#include "seams/net_sim.h"
#include "sim_world.h"

enum { TIMEOUT_MS = 300 * 1000 };

static coap_context_t *context;
static coap_address_t listen_at;

static int
setup(void **state) {
  sim_setup(state);
  listen_at = sim_address(SIM_HOST, 5683);
  context = sim_server_context();
  return 0;
}

/* A request from that port of the peer; the session it belongs to. */
static coap_session_t *
request_from(uint16_t port) {
  static uint16_t mid = 100;
  coap_address_t from = sim_address(SIM_PEER, port);
  raw_message_t get = raw_message(RAW_CON, RAW_GET, mid++, "t");

  raw_path(&get, "r");
  assert_int_equal(sim_inject(&from, &listen_at, &get), 0);
  return coap_session_get_by_peer(context, &from, 7);
}

static coap_session_t *
session_of(uint16_t port) {
  coap_address_t from = sim_address(SIM_PEER, port);

  return coap_session_get_by_peer(context, &from, 7);
}

static void
a_client_session_is_born_with_one_reference(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  unsigned int sockets = coap_net_sim_open_count();
  coap_session_t *session = sim_client_session(context, &peer);

  (void)state;
  assert_int_equal(coap_net_sim_open_count(), sockets + 1);
  coap_session_release(session);
  assert_int_equal(coap_net_sim_open_count(), sockets);
}

static void
a_client_session_lives_until_the_last_release(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  unsigned int sockets = coap_net_sim_open_count();
  coap_session_t *session = sim_client_session(context, &peer);

  (void)state;
  coap_session_reference(session);
  coap_session_reference(session);
  coap_session_release(session);
  coap_session_release(session);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  coap_session_release(session);
  assert_int_equal(coap_net_sim_open_count(), sockets);
}

static void
a_client_session_is_not_timed_out(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *session = sim_client_session(context, &peer);

  (void)state;
  sim_run(10 * TIMEOUT_MS);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  coap_session_release(session);
}

static void
releasing_a_client_session_tells_of_its_requests(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *session = sim_client_session(context, &peer);

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_CON);
  coap_session_release(session);
  assert_int_equal(sim_told.nacks, 2);
  sim_forget_sent();
  sim_run(200 * 1000);
  assert_int_equal(sim_sent_count(), 0);
}

static void
a_first_datagram_makes_a_server_session(void **state) {
  (void)state;
  assert_non_null(request_from(4000));
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 1);
  assert_ptr_equal(sim_told.event_session, session_of(4000));
}

static void
further_datagrams_belong_to_the_same_session(void **state) {
  coap_session_t *session = request_from(4000);

  (void)state;
  assert_ptr_equal(request_from(4000), session);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 1);
}

static void
another_port_is_another_session(void **state) {
  coap_session_t *session = request_from(4000);

  (void)state;
  assert_ptr_not_equal(request_from(4001), session);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 2);
}

static void
another_local_port_is_another_session(void **state) {
  coap_address_t second = sim_address(SIM_HOST, 5685);
  coap_address_t from = sim_address(SIM_PEER, 4000);
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 1, "");

  (void)state;
  assert_non_null(coap_new_endpoint(context, &second, COAP_PROTO_UDP));
  request_from(4000);
  sim_inject(&from, &second, &ping);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 2);
}

static void
an_idle_server_session_goes_after_300_s(void **state) {
  (void)state;
  request_from(4000);
  sim_run(TIMEOUT_MS - 1);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 0);
  assert_non_null(session_of(4000));
  sim_run(1);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
  assert_null(session_of(4000));
}

static void
traffic_starts_the_time_anew(void **state) {
  coap_session_t *session = request_from(4000);

  (void)state;
  sim_run(TIMEOUT_MS - 1);
  assert_ptr_equal(request_from(4000), session);
  sim_run(TIMEOUT_MS - 1);
  assert_ptr_equal(session_of(4000), session);
  sim_run(1);
  assert_null(session_of(4000));
}

static void
a_referenced_server_session_stays(void **state) {
  coap_session_t *session = request_from(4000);

  (void)state;
  coap_session_reference(session);
  sim_run(10 * TIMEOUT_MS);
  assert_ptr_equal(session_of(4000), session);
  coap_session_release(session);
}

static void
releasing_a_server_session_pools_it(void **state) {
  coap_session_t *session = request_from(4000);

  (void)state;
  coap_session_reference(session);
  sim_run(TIMEOUT_MS / 2);
  coap_session_release(session);
  assert_ptr_equal(session_of(4000), session);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  /* Used again as it is. */
  assert_ptr_equal(request_from(4000), session);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 1);
}

static void
one_release_too_many_does_no_harm(void **state) {
  coap_session_t *session = request_from(4000);

  (void)state;
  coap_session_release(session);
  coap_session_release(session);
  assert_ptr_equal(request_from(4000), session);
  coap_session_reference(session);
  sim_run(2 * TIMEOUT_MS);
  assert_ptr_equal(session_of(4000), session);
  coap_session_release(session);
}

static void
the_session_timeout_can_be_set(void **state) {
  (void)state;
  assert_int_equal(coap_context_get_session_timeout(context), 300);
  coap_context_set_session_timeout(context, 10);
  assert_int_equal(coap_context_get_session_timeout(context), 10);
  request_from(4000);
  sim_run(9999);
  assert_non_null(session_of(4000));
  sim_run(1);
  assert_null(session_of(4000));
}

static void
a_session_timeout_of_0_is_the_default(void **state) {
  (void)state;
  coap_context_set_session_timeout(context, 10);
  coap_context_set_session_timeout(context, 0);
  assert_int_equal(coap_context_get_session_timeout(context), 300);
}

static void
a_full_pool_loses_its_oldest(void **state) {
  (void)state;
  coap_context_set_max_idle_sessions(context, 2);
  assert_int_equal(coap_context_get_max_idle_sessions(context), 2);
  request_from(4000);
  sim_run(10);
  request_from(4001);
  sim_run(10);
  request_from(4002);
  assert_null(session_of(4000));
  assert_non_null(session_of(4001));
  assert_non_null(session_of(4002));
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
the_oldest_is_the_one_unused_for_longest(void **state) {
  (void)state;
  coap_context_set_max_idle_sessions(context, 2);
  request_from(4000);
  sim_run(10);
  request_from(4001);
  sim_run(10);
  request_from(4000);
  sim_run(10);
  request_from(4002);
  assert_null(session_of(4001));
  assert_non_null(session_of(4000));
}

static void
a_referenced_session_is_never_evicted(void **state) {
  coap_session_t *held = request_from(4000);

  (void)state;
  coap_context_set_max_idle_sessions(context, 1);
  coap_session_reference(held);
  for (uint16_t port = 4001; port < 4020; port++)
    assert_non_null(request_from(port));
  assert_ptr_equal(session_of(4000), held);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 18);
  coap_session_release(held);
}

static void
without_a_bound_all_are_kept(void **state) {
  (void)state;
  for (uint16_t port = 4000; port < 4300; port++)
    request_from(port);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 300);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 0);
  sim_run(TIMEOUT_MS);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 300);
}

static void
an_ack_or_reset_from_a_stranger_makes_no_session(void **state) {
  coap_address_t from = sim_address(SIM_PEER, 4000);
  raw_message_t ack = raw_message(RAW_ACK, RAW_EMPTY, 1, "");
  raw_message_t reset = raw_message(RAW_RST, RAW_EMPTY, 1, "");

  (void)state;
  sim_inject(&from, &listen_at, &ack);
  sim_inject(&from, &listen_at, &reset);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), 0);
  assert_int_equal(sim_sent_count(), 0);
}

static void
freeing_an_endpoint_frees_its_sessions_only(void **state) {
  coap_address_t second = sim_address(SIM_HOST, 5685);
  coap_address_t from = sim_address(SIM_PEER, 4001);
  coap_endpoint_t *endpoint = coap_new_endpoint(context, &second, COAP_PROTO_UDP);
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 1, "");

  (void)state;
  assert_non_null(endpoint);
  request_from(4000);
  sim_inject(&from, &second, &ping);
  coap_session_reference(session_of(4001));
  coap_free_endpoint(endpoint);
  assert_null(session_of(4001));
  assert_non_null(session_of(4000));
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
an_endpoint_may_go_with_who_makes_room(void **state) {
  coap_address_t second = sim_address(SIM_HOST, 5685);
  coap_address_t from = sim_address(SIM_PEER, 4001);
  raw_message_t ping = raw_message(RAW_CON, RAW_EMPTY, 1, "");
  coap_endpoint_t *endpoint = coap_new_endpoint(context, &second, COAP_PROTO_UDP);

  (void)state;
  coap_context_set_max_idle_sessions(context, 1);
  request_from(4000);
  sim_free_endpoint_at(COAP_EVENT_SERVER_SESSION_DEL, endpoint);
  sim_inject(&from, &second, &ping);
  assert_true(sim_endpoint_is_freed());
  assert_null(session_of(4000));
  assert_null(session_of(4001));
  assert_non_null(request_from(4002));
}

static void
freeing_the_context_frees_everything(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *session = sim_client_session(context, &peer);

  (void)state;
  coap_session_reference(request_from(4000));
  request_from(4001);
  sim_request(session, COAP_MESSAGE_CON);
  sim_request(session, COAP_MESSAGE_CON);
  sim_forget_context(context);
  coap_free_context(context);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 2);
  assert_int_equal(sim_told.nacks, 2);
  assert_int_equal(coap_net_sim_open_count(), 0);
}

static void
freeing_no_context_or_endpoint_does_nothing(void **state) {
  (void)state;
  coap_free_context(NULL);
  coap_free_endpoint(NULL);
}

#define LIFETIME_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      LIFETIME_TEST(a_client_session_is_born_with_one_reference),
      LIFETIME_TEST(a_client_session_lives_until_the_last_release),
      LIFETIME_TEST(a_client_session_is_not_timed_out),
      LIFETIME_TEST(releasing_a_client_session_tells_of_its_requests),
      LIFETIME_TEST(a_first_datagram_makes_a_server_session),
      LIFETIME_TEST(further_datagrams_belong_to_the_same_session),
      LIFETIME_TEST(another_port_is_another_session),
      LIFETIME_TEST(another_local_port_is_another_session),
      LIFETIME_TEST(an_idle_server_session_goes_after_300_s),
      LIFETIME_TEST(traffic_starts_the_time_anew),
      LIFETIME_TEST(a_referenced_server_session_stays),
      LIFETIME_TEST(releasing_a_server_session_pools_it),
      LIFETIME_TEST(one_release_too_many_does_no_harm),
      LIFETIME_TEST(the_session_timeout_can_be_set),
      LIFETIME_TEST(a_session_timeout_of_0_is_the_default),
      LIFETIME_TEST(a_full_pool_loses_its_oldest),
      LIFETIME_TEST(the_oldest_is_the_one_unused_for_longest),
      LIFETIME_TEST(a_referenced_session_is_never_evicted),
      LIFETIME_TEST(without_a_bound_all_are_kept),
      LIFETIME_TEST(an_ack_or_reset_from_a_stranger_makes_no_session),
      LIFETIME_TEST(freeing_an_endpoint_frees_its_sessions_only),
      LIFETIME_TEST(an_endpoint_may_go_with_who_makes_room),
      LIFETIME_TEST(freeing_the_context_frees_everything),
      LIFETIME_TEST(freeing_no_context_or_endpoint_does_nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
