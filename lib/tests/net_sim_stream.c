/* net_sim_stream.c -- byte streams of the simulated network: what a driver does with its end shows
 * at the library's, and the other way round. */
#include "test.h"

#include "seams/memory.h"
#include "seams/net_sim.h"
#include "sim_world.h"

#include <errno.h>

static coap_net_t *net;
static int owner;
static int connect_result;
static unsigned int connecting;
static unsigned int closed;
static uint8_t written[64];
static size_t written_length;

static int
on_connect(void *user, unsigned int conn, const coap_address_t *from, const coap_address_t *to) {
  (void)user;
  (void)from;
  (void)to;
  connecting = conn;
  return connect_result;
}

static void
on_write(void *user, unsigned int conn, const uint8_t *data, size_t length) {
  (void)user;
  (void)conn;
  assert_true(length <= sizeof(written) - written_length);
  memcpy(written + written_length, data, length);
  written_length += length;
}

static void
on_closed(void *user, unsigned int conn) {
  (void)user;
  closed = conn;
}

static int
setup(void **state) {
  static const coap_net_sim_stream_tap_t tap = {on_connect, on_write, on_closed};

  (void)state;
  coap_mem_sim_reset();
  coap_net_sim_reset();
  coap_net_sim_set_stream_tap(&tap, NULL);
  connect_result = connecting = closed = 0;
  written_length = 0;
  net = coap_net_new();
  return net == NULL;
}

static int
teardown(void **state) {
  struct coap_mem_sim_stats stats;

  (void)state;
  coap_net_free(net);
  coap_net_sim_reset();
  coap_mem_sim_stats(&stats);
  return stats.live_blocks != 0 || coap_net_sim_open_count() != 0;
}

static unsigned int
flags(void) {
  coap_net_event_t event = {NULL, 0};

  return coap_net_wait(net, 0, &event, 1) == 1 ? event.flags : 0;
}

static coap_net_sock_t *
listener_at(uint16_t port) {
  coap_address_t at = sim_address(SIM_HOST, port);
  coap_net_sock_t *sock = NULL;

  assert_int_equal(coap_net_tcp_listen(net, &at, &owner, &sock), 0);
  return sock;
}

static coap_net_sock_t *
begin_connect(void) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_net_sock_t *sock = NULL;

  assert_int_equal(coap_net_tcp_connect(net, NULL, &peer, &owner, &sock), 0);
  return sock;
}

static coap_net_sock_t *
connected(void) {
  coap_net_sock_t *sock = begin_connect();

  assert_int_equal(flags(), COAP_NET_WRITABLE);
  assert_int_equal(coap_net_tcp_connected(sock), 0);
  assert_int_equal(flags(), 0);
  return sock;
}

static void
a_connect_is_left_pending_then_accepted(void **state) {
  coap_net_sock_t *sock;

  (void)state;
  connect_result = -EINPROGRESS;
  sock = begin_connect();
  assert_int_equal(flags(), 0);
  assert_int_equal(coap_net_tcp_connected(sock), -EINPROGRESS);
  assert_int_equal(coap_net_stream_send(sock, (const uint8_t *)"x", 1), -ENOTCONN);
  assert_int_equal(coap_net_sim_stream_accept(connecting), 0);
  assert_int_equal(flags(), COAP_NET_WRITABLE);
  assert_int_equal(coap_net_tcp_connected(sock), 0);
  assert_int_equal(flags(), 0);
}

static void
a_connect_is_refused(void **state) {
  coap_net_sock_t *sock;

  (void)state;
  connect_result = -ECONNREFUSED;
  sock = begin_connect();
  assert_int_equal(flags(), COAP_NET_WRITABLE);
  assert_int_equal(coap_net_tcp_connected(sock), -ECONNREFUSED);
  coap_net_close(sock);
  assert_int_equal(closed, connecting);
  connect_result = -EINPROGRESS;
  sock = begin_connect();
  assert_int_equal(coap_net_sim_stream_fail(connecting, ETIMEDOUT), 0);
  assert_int_equal(coap_net_tcp_connected(sock), -ETIMEDOUT);
}

static void
a_peer_connects_and_is_accepted(void **state) {
  coap_net_sock_t *listener = listener_at(5683);
  coap_address_t peer = sim_address(SIM_PEER, 4000);
  coap_address_t at = sim_address(SIM_HOST, 5683);
  coap_address_t remote;
  coap_net_sock_t *sock = NULL;
  unsigned int conn = 0;
  uint8_t got[8];

  (void)state;
  assert_int_equal(coap_net_tcp_accept(listener, &sock, &remote), -EAGAIN);
  assert_int_equal(coap_net_sim_stream_open(&peer, &at, &conn), 0);
  /* What is sent at once is there when the connection is taken. */
  assert_int_equal(coap_net_sim_stream_push(conn, (const uint8_t *)"abc", 3), 0);
  assert_int_equal(flags(), COAP_NET_READABLE);
  assert_int_equal(coap_net_tcp_accept(listener, &sock, &remote), 0);
  assert_true(coap_address_equals(&remote, &peer));
  assert_true(coap_address_equals(coap_net_local(sock), &at));
  assert_int_equal(coap_net_stream_recv(sock, got, 2), 2);
  assert_int_equal(coap_net_stream_recv(sock, got, sizeof(got)), 1);
  assert_int_equal(got[0], 'c');
  assert_int_equal(coap_net_stream_recv(sock, got, sizeof(got)), -EAGAIN);
  assert_int_equal(coap_net_sim_stream_finish(conn), 0);
  assert_int_equal(flags(), COAP_NET_READABLE);
  assert_int_equal(coap_net_stream_recv(sock, got, sizeof(got)), 0);
  coap_net_close(sock);
  assert_int_equal(closed, conn);
  assert_int_equal(coap_net_sim_stream_push(conn, (const uint8_t *)"d", 1), -ENOTCONN);
}

static void
nobody_listens_or_too_many_wait(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 4000);
  coap_address_t at = sim_address(SIM_HOST, 5683);
  coap_net_sock_t *listener;
  unsigned int first = 0;
  unsigned int conn = 0;

  (void)state;
  assert_int_equal(coap_net_sim_stream_open(&peer, &at, &first), -ECONNREFUSED);
  listener = listener_at(5683);
  assert_int_equal(coap_net_sim_stream_open(&peer, &at, &first), 0);
  for (int i = 1; i < 16; i++)
    assert_int_equal(coap_net_sim_stream_open(&peer, &at, &conn), 0);
  assert_int_equal(coap_net_sim_stream_open(&peer, &at, &conn), -ENOBUFS);
  coap_net_close(listener);
  assert_true(closed >= first);
  assert_int_equal(coap_net_sim_stream_finish(first), -ENOTCONN);
}

static void
a_stream_and_a_datagram_socket_share_a_port(void **state) {
  coap_address_t at = sim_address(SIM_HOST, 5683);
  coap_net_sock_t *sock = NULL;

  (void)state;
  listener_at(5683);
  assert_int_equal(coap_net_udp_open(net, &at, NULL, &owner, &sock), 0);
  assert_int_equal(coap_net_tcp_listen(net, &at, &owner, &sock), -EADDRINUSE);
  assert_int_equal(coap_net_sim_deliver(&at, &at, 1, (const uint8_t *)"x", 1), 0);
}

static void
writes_are_cut_to_the_room_there_is(void **state) {
  coap_net_sock_t *sock = connected();

  (void)state;
  assert_int_equal(coap_net_sim_stream_room(connecting, 3), 0);
  assert_int_equal(coap_net_stream_send(sock, (const uint8_t *)"abcde", 5), 3);
  assert_int_equal(coap_net_stream_send(sock, (const uint8_t *)"de", 2), -EAGAIN);
  coap_net_want(sock, COAP_NET_READABLE | COAP_NET_WRITABLE);
  assert_int_equal(flags(), 0);
  assert_int_equal(coap_net_sim_stream_room(connecting, SIZE_MAX), 0);
  assert_int_equal(flags(), COAP_NET_WRITABLE);
  assert_int_equal(coap_net_stream_send(sock, (const uint8_t *)"de", 2), 2);
  coap_net_want(sock, COAP_NET_READABLE);
  assert_int_equal(flags(), 0);
  assert_int_equal(written_length, 5);
  assert_memory_equal(written, "abcde", 5);
}

static void
a_broken_connection_fails_both_ways(void **state) {
  coap_net_sock_t *sock = connected();
  uint8_t got[8];

  (void)state;
  assert_int_equal(coap_net_sim_stream_push(connecting, (const uint8_t *)"abc", 3), 0);
  assert_int_equal(coap_net_sim_stream_fail(connecting, ECONNRESET), 0);
  assert_int_equal(flags(), COAP_NET_READABLE);
  assert_int_equal(coap_net_stream_recv(sock, got, sizeof(got)), -ECONNRESET);
  assert_int_equal(coap_net_stream_send(sock, got, 1), -ECONNRESET);
}

static void
want_of_memory_is_said(void **state) {
  coap_address_t peer = sim_address(SIM_PEER, 4000);
  coap_address_t at = sim_address(SIM_HOST, 5683);
  coap_net_sock_t *listener = listener_at(5683);
  coap_net_sock_t *sock = NULL;
  coap_address_t remote;
  unsigned int conn = 0;

  (void)state;
  coap_mem_sim_fail(1, 0);
  assert_int_equal(coap_net_tcp_connect(net, NULL, &peer, &owner, &sock), -ENOMEM);
  assert_int_equal(coap_net_sim_stream_open(&peer, &at, &conn), 0);
  coap_mem_sim_fail(1, 0);
  assert_int_equal(coap_net_tcp_accept(listener, &sock, &remote), -ENOMEM);
  assert_int_equal(closed, conn);
  assert_int_equal(coap_net_tcp_accept(listener, &sock, &remote), -EAGAIN);
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_connect_is_left_pending_then_accepted, setup, teardown),
      cmocka_unit_test_setup_teardown(a_connect_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(a_peer_connects_and_is_accepted, setup, teardown),
      cmocka_unit_test_setup_teardown(nobody_listens_or_too_many_wait, setup, teardown),
      cmocka_unit_test_setup_teardown(a_stream_and_a_datagram_socket_share_a_port, setup, teardown),
      cmocka_unit_test_setup_teardown(writes_are_cut_to_the_room_there_is, setup, teardown),
      cmocka_unit_test_setup_teardown(a_broken_connection_fails_both_ways, setup, teardown),
      cmocka_unit_test_setup_teardown(want_of_memory_is_said, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
