/* net_real_stream.c -- TCP sockets of the real seam, against each other on loopback. */
#include "test.h"

#include "seams/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { PATIENCE_MS = 2000, MUCH = 8 * 1024 * 1024 };

static coap_net_t *net;
static coap_net_sock_t *listener;
static int listener_owner;
static int client_owner;
static int server_owner;

static int
setup(void **state) {
  coap_address_t at = loopback_address();

  (void)state;
  net = coap_net_new();
  return !net || coap_net_tcp_listen(net, &at, &listener_owner, &listener) != 0;
}

static int
teardown(void **state) {
  (void)state;
  coap_net_free(net);
  return 0;
}

/* Waits until `wanted` has one of `flags` to report. */
static void
wait_for(const int *wanted, unsigned int flags) {
  coap_net_event_t events[8];

  for (int tries = 0; tries < 20; tries++) {
    int count = coap_net_wait(net, PATIENCE_MS, events, 8);

    for (int i = 0; i < count; i++) {
      if (events[i].owner == wanted && (events[i].flags & flags))
        return;
    }
  }
  fail_msg("nothing was reported");
}

static void
connect_pair(coap_net_sock_t **client, coap_net_sock_t **server) {
  coap_address_t remote;

  assert_int_equal(coap_net_tcp_connect(net, NULL, coap_net_local(listener), &client_owner, client),
                   0);
  wait_for(&client_owner, COAP_NET_WRITABLE);
  assert_int_equal(coap_net_tcp_connected(*client), 0);
  wait_for(&listener_owner, COAP_NET_READABLE);
  assert_int_equal(coap_net_tcp_accept(listener, server, &remote), 0);
  assert_true(coap_address_equals(&remote, coap_net_local(*client)));
  assert_true(coap_address_equals(coap_net_local(*server), coap_net_local(listener)));
  coap_net_set_owner(*server, &server_owner);
}

static void
bytes_go_both_ways_until_the_end(void **state) {
  coap_net_sock_t *client = NULL;
  coap_net_sock_t *server = NULL;
  coap_address_t remote;
  uint8_t got[8];

  (void)state;
  connect_pair(&client, &server);
  assert_int_equal(coap_net_tcp_accept(listener, &server, &remote), -EAGAIN);
  assert_int_equal(coap_net_stream_recv(server, got, sizeof(got)), -EAGAIN);
  assert_int_equal(coap_net_stream_send(client, (const uint8_t *)"abc", 3), 3);
  wait_for(&server_owner, COAP_NET_READABLE);
  assert_int_equal(coap_net_stream_recv(server, got, sizeof(got)), 3);
  assert_int_equal(coap_net_stream_send(server, (const uint8_t *)"de", 2), 2);
  coap_net_close(server);
  wait_for(&client_owner, COAP_NET_READABLE);
  assert_int_equal(coap_net_stream_recv(client, got, sizeof(got)), 2);
  wait_for(&client_owner, COAP_NET_READABLE);
  assert_int_equal(coap_net_stream_recv(client, got, sizeof(got)), 0);
}

static void
a_full_socket_says_so_and_when_it_is_not(void **state) {
  coap_net_sock_t *client = NULL;
  coap_net_sock_t *server = NULL;
  uint8_t *much = calloc(1, MUCH);
  size_t sent = 0;
  size_t got = 0;
  ssize_t result;

  (void)state;
  assert_non_null(much);
  connect_pair(&client, &server);
  while ((result = coap_net_stream_send(client, much, MUCH)) > 0)
    sent += (size_t)result;
  assert_int_equal(result, -EAGAIN);
  coap_net_want(client, COAP_NET_READABLE | COAP_NET_WRITABLE);
  while (got < sent) {
    wait_for(&server_owner, COAP_NET_READABLE);
    while ((result = coap_net_stream_recv(server, much, MUCH)) > 0)
      got += (size_t)result;
    assert_int_equal(result, -EAGAIN);
  }
  assert_int_equal(got, sent);
  wait_for(&client_owner, COAP_NET_WRITABLE);
  assert_true(coap_net_stream_send(client, much, MUCH) > 0);
  free(much);
}

static void
nobody_listens(void **state) {
  coap_address_t at = *coap_net_local(listener);
  coap_net_sock_t *client = NULL;
  int result;

  (void)state;
  coap_net_close(listener);
  result = coap_net_tcp_connect(net, NULL, &at, &client_owner, &client);
  if (result == 0) {
    wait_for(&client_owner, COAP_NET_WRITABLE);
    result = coap_net_tcp_connected(client);
  }
  assert_int_equal(result, -ECONNREFUSED);
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(bytes_go_both_ways_until_the_end, setup, teardown),
      cmocka_unit_test_setup_teardown(a_full_socket_says_so_and_when_it_is_not, setup, teardown),
      cmocka_unit_test_setup_teardown(nobody_listens, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
