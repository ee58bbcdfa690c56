/* session_table.c -- which session a peer's datagram belongs to, the idle pool, and what happens
 * when there is no room for another peer. */
#include "test.h"

#include "core_fixture.h"
#include "seams/memory.h"
#include "session/session_table.h"
#include "sim_world.h"

static coap_session_t *
oldest_idle(void) {
  return fixture_core.idle_count ? fixture_core.sessions : NULL;
}

static coap_address_t
address(const char *ip, uint16_t port, uint32_t scope) {
  coap_address_t a = sim_address(ip, port);

  if (a.addr.sa.sa_family == AF_INET6)
    a.addr.sin6.sin6_scope_id = scope;
  return a;
}

static int
same_key(coap_address_t local, coap_address_t remote, coap_address_t other_local,
         coap_address_t other_remote) {
  coap_session_key_t one;
  coap_session_key_t other;

  coap_session_key_set(&one, &local, &remote, COAP_PROTO_UDP);
  coap_session_key_set(&other, &other_local, &other_remote, COAP_PROTO_UDP);
  return memcmp(&one, &other, sizeof(one)) == 0;
}

static void
the_key_is_local_port_and_remote_address_and_port(void **state) {
  coap_address_t local = address("10.0.0.1", 5683, 0);
  coap_address_t remote = address("10.0.0.2", 4000, 0);

  (void)state;
  assert_true(same_key(local, remote, local, remote));
  /* coap_session(3): the local address is no part of it. */
  assert_true(same_key(local, remote, address("10.0.0.9", 5683, 0), remote));
  assert_false(same_key(local, remote, address("10.0.0.1", 5684, 0), remote));
  assert_false(same_key(local, remote, local, address("10.0.0.2", 4001, 0)));
  assert_false(same_key(local, remote, local, address("10.0.0.3", 4000, 0)));
}

static void
the_protocol_is_part_of_the_key(void **state) {
  coap_address_t local = address("10.0.0.1", 5683, 0);
  coap_address_t remote = address("10.0.0.2", 4000, 0);
  coap_session_key_t udp;
  coap_session_key_t dtls;

  (void)state;
  coap_session_key_set(&udp, &local, &remote, COAP_PROTO_UDP);
  coap_session_key_set(&dtls, &local, &remote, COAP_PROTO_DTLS);
  assert_memory_not_equal(&udp, &dtls, sizeof(udp));
}

static void
a_link_local_peer_is_another_one_on_another_link(void **state) {
  coap_address_t local = address("::1", 5683, 0);

  (void)state;
  assert_false(same_key(local, address("fe80::2", 4000, 1), local, address("fe80::2", 4000, 2)));
  assert_true(
      same_key(local, address("2001:db8::2", 4000, 1), local, address("2001:db8::2", 4000, 2)));
}

static void
ipv4_and_ipv6_peers_do_not_meet(void **state) {
  coap_address_t local = address("::1", 5683, 0);

  (void)state;
  assert_false(same_key(local, address("0.0.0.1", 4000, 0), local, address("::", 4000, 0)));
}

static void
a_server_session_is_found_by_its_peer(void **state) {
  coap_session_t *session = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000);
  coap_address_t local = *session->addr_local;
  coap_address_t remote = session->addr_remote;

  (void)state;
  assert_ptr_equal(coap_session_find(&fixture_core, &local, &remote, COAP_PROTO_UDP), session);
  coap_address_set_port(&remote, 4001);
  assert_null(coap_session_find(&fixture_core, &local, &remote, COAP_PROTO_UDP));
}

static void
a_client_session_is_not_found_by_its_peer(void **state) {
  coap_session_t *session = core_fixture_open(COAP_SESSION_TYPE_CLIENT, 4000);

  (void)state;
  assert_null(
      coap_session_find(&fixture_core, session->addr_local, &session->addr_remote, COAP_PROTO_UDP));
}

static void
a_freed_session_is_not_found(void **state) {
  coap_session_t *session = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000);
  coap_address_t local = *session->addr_local;
  coap_address_t remote = session->addr_remote;

  (void)state;
  coap_session_event(session, COAP_FSM_EV_TEARDOWN, COAP_NACK_NOT_DELIVERABLE);
  assert_null(coap_session_find(&fixture_core, &local, &remote, COAP_PROTO_UDP));
  assert_int_equal(fixture_core.session_count, 0);
}

static void
the_pool_is_in_order_of_becoming_idle(void **state) {
  coap_session_t *a = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000);
  coap_session_t *b = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4001);

  (void)state;
  assert_ptr_equal(oldest_idle(), a);
  assert_int_equal(fixture_core.idle_count, 2);
  coap_session_ref(a);
  assert_ptr_equal(oldest_idle(), b);
  assert_int_equal(fixture_core.idle_count, 1);
  coap_session_unref(a);
  assert_ptr_equal(oldest_idle(), b);
  assert_ptr_equal(oldest_idle()->next, a);
}

static void
at_the_bound_the_oldest_idle_makes_room(void **state) {
  coap_session_t *kept;

  (void)state;
  fixture_core.max_sessions = 3;
  core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000);
  kept = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4001);
  core_fixture_open(COAP_SESSION_TYPE_SERVER, 4002);
  core_fixture_open(COAP_SESSION_TYPE_SERVER, 4003);
  assert_int_equal(fixture_core.session_count, 3);
  assert_ptr_equal(oldest_idle(), kept);
  assert_int_equal(fixture_core.counters.rx_refused, 0);
}

static void
when_all_are_in_use_a_new_peer_is_refused(void **state) {
  (void)state;
  fixture_core.max_sessions = 2;
  coap_session_ref(core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000));
  coap_session_ref(core_fixture_open(COAP_SESSION_TYPE_SERVER, 4001));
  assert_null(core_fixture_session(COAP_SESSION_TYPE_SERVER, 4002));
  assert_int_equal(fixture_core.counters.rx_refused, 1);
  assert_int_equal(fixture_core.session_count, 2);
}

static void
a_session_with_something_outstanding_is_in_use(void **state) {
  coap_session_t *busy = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000);

  (void)state;
  fixture_core.max_sessions = 1;
  assert_true(core_fixture_request(busy) != COAP_INVALID_MID);
  assert_null(oldest_idle());
  assert_null(core_fixture_session(COAP_SESSION_TYPE_SERVER, 4001));
  /* It is pooled as soon as that has come to its end. */
  coap_outgoing_end(busy->outgoing, COAP_NACK_RST);
  coap_session_pin(busy);
  coap_session_unpin(busy);
  assert_ptr_equal(oldest_idle(), busy);
}

static void
a_client_session_does_not_count_as_room_for_peers(void **state) {
  (void)state;
  fixture_core.max_sessions = 1;
  assert_non_null(core_fixture_open(COAP_SESSION_TYPE_CLIENT, 4000));
  assert_non_null(core_fixture_session(COAP_SESSION_TYPE_CLIENT, 4001));
}

static void
without_memory_no_session_is_made_and_nothing_is_lost(void **state) {
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;

  (void)state;
  coap_mem_sim_stats(&before);
  for (uint64_t nth = 1; nth < 4; nth++) {
    coap_mem_sim_fail(nth, 1);
    assert_null(core_fixture_session(COAP_SESSION_TYPE_SERVER, 4000));
  }
  coap_mem_sim_fail(0, 0);
  coap_mem_sim_stats(&after);
  assert_int_equal(before.live_blocks, after.live_blocks);
  assert_int_equal(fixture_core.session_count, 0);
  assert_int_equal(fixture_core.counters.no_memory, 3);
}

static void
many_peers_are_told_apart(void **state) {
  static coap_session_t *sessions[2000];

  (void)state;
  for (uint16_t i = 0; i < COUNT_OF(sessions); i++)
    sessions[i] = core_fixture_open(COAP_SESSION_TYPE_SERVER, (uint16_t)(1000 + i));
  for (uint16_t i = 0; i < COUNT_OF(sessions); i++) {
    coap_address_t local = *sessions[i]->addr_local;
    coap_address_t remote = sessions[i]->addr_remote;

    coap_address_set_port(&remote, (uint16_t)(1000 + i));
    assert_ptr_equal(coap_session_find(&fixture_core, &local, &remote, COAP_PROTO_UDP),
                     sessions[i]);
  }
}

#define TABLE_TEST(name)                                                                           \
  cmocka_unit_test_setup_teardown(name, core_fixture_setup, core_fixture_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TABLE_TEST(the_key_is_local_port_and_remote_address_and_port),
      TABLE_TEST(the_protocol_is_part_of_the_key),
      TABLE_TEST(a_link_local_peer_is_another_one_on_another_link),
      TABLE_TEST(ipv4_and_ipv6_peers_do_not_meet),
      TABLE_TEST(a_server_session_is_found_by_its_peer),
      TABLE_TEST(a_client_session_is_not_found_by_its_peer),
      TABLE_TEST(a_freed_session_is_not_found),
      TABLE_TEST(the_pool_is_in_order_of_becoming_idle),
      TABLE_TEST(at_the_bound_the_oldest_idle_makes_room),
      TABLE_TEST(when_all_are_in_use_a_new_peer_is_refused),
      TABLE_TEST(a_session_with_something_outstanding_is_in_use),
      TABLE_TEST(a_client_session_does_not_count_as_room_for_peers),
      TABLE_TEST(without_memory_no_session_is_made_and_nothing_is_lost),
      TABLE_TEST(many_peers_are_told_apart),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
