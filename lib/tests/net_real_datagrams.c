/* net_real_datagrams.c -- UDP sockets of the real seam: batches in and out, on loopback. */
#include "test.h"

#include "seams/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum { PATIENCE_MS = 2000, LARGEST = 65507 };

static coap_net_t *net;
static coap_net_sock_t *server;
static coap_net_sock_t *one;
static coap_net_sock_t *other;
static uint8_t bytes[LARGEST];

static coap_net_sock_t *
open_socket(void) {
  coap_net_sock_t *sock = NULL;
  coap_address_t at = loopback_address();

  assert_int_equal(coap_net_udp_open(net, &at, NULL, &net, &sock), 0);
  return sock;
}

static int
setup(void **state) {
  (void)state;
  net = coap_net_new();
  if (!net)
    return 1;
  server = open_socket();
  one = open_socket();
  other = open_socket();
  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (uint8_t)(i * 7 + i / 256);
  return 0;
}

static int
teardown(void **state) {
  (void)state;
  coap_net_free(net);
  return 0;
}

/* Datagrams are told apart by where in `bytes` they begin: their number. */
static void
post(coap_net_sock_t *to, unsigned int number, size_t length) {
  assert_int_equal(
      coap_net_post(server, coap_net_local(server), coap_net_local(to), 0, bytes + number, length),
      0);
}

static void
flush(void) {
  coap_net_lost_t lost;

  coap_net_flush(net, &lost);
  assert_int_equal(lost.full, 0);
  assert_int_equal(lost.refused, 0);
}

/* The next datagrams of `sock` are those of `lengths`, numbered from `number` on. */
static void
expect(coap_net_sock_t *sock, unsigned int number, const size_t *lengths, int count) {
  coap_net_packet_t packets[COAP_NET_BATCH];
  coap_net_event_t events[4];
  int seen = 0;

  while (seen < count) {
    int got = coap_net_recv(sock, packets);

    if (got == -EAGAIN) {
      assert_true(coap_net_wait(net, PATIENCE_MS, events, 4) > 0);
      continue;
    }
    assert_in_range(got, 1, count - seen);
    for (int i = 0; i < got; i++, seen++) {
      assert_int_equal(packets[i].length, lengths[seen]);
      assert_memory_equal(packets[i].data, bytes + number + seen, lengths[seen]);
      assert_true(coap_address_equals(&packets[i].remote, coap_net_local(server)));
      assert_true(coap_address_equals(&packets[i].local, coap_net_local(sock)));
    }
  }
  assert_int_equal(coap_net_recv(sock, packets), -EAGAIN);
}

static void
nothing_goes_before_the_flush(void **state) {
  static const size_t length = 20;
  coap_net_packet_t packets[COAP_NET_BATCH];

  (void)state;
  post(one, 0, length);
  assert_int_equal(coap_net_recv(one, packets), -EAGAIN);
  flush();
  expect(one, 0, &length, 1);
}

/* Equal lengths, a shorter one behind them, none at all, longer ones than a place holds. */
static void
lengths_and_order_stay(void **state) {
  static const size_t lengths[] = {20, 20, 20, 7, 20, 0, 0, 30, 31, 31, 1400, 1400, 1536, 1537, 9};
  enum { COUNT = sizeof(lengths) / sizeof(lengths[0]) };

  (void)state;
  for (unsigned int i = 0; i < COUNT; i++)
    post(one, i, lengths[i]);
  flush();
  expect(one, 0, lengths, COUNT);
}

static void
peers_get_what_is_theirs(void **state) {
  static const size_t lengths[] = {12, 12, 12, 12};

  (void)state;
  for (unsigned int i = 0; i < 4; i++) {
    post(one, i, lengths[i]);
    if (i % 2 == 0)
      post(other, 100 + i / 2, lengths[i]);
  }
  flush();
  expect(one, 0, lengths, 4);
  expect(other, 100, lengths, 2);
}

/* More than the outbox and one receive hold; several buffers to one peer. */
static void
many_at_once(void **state) {
  enum { COUNT = 100, LENGTH = 500 };
  size_t lengths[COUNT];

  (void)state;
  for (unsigned int i = 0; i < COUNT; i++) {
    lengths[i] = LENGTH;
    post(one, i, LENGTH);
  }
  flush();
  expect(one, 0, lengths, COUNT);
}

/* A datagram sent at once does not overtake those that wait, nor does the end of the socket. */
static void
what_waits_goes_first(void **state) {
  static const size_t lengths[] = {10, 11, 12};
  coap_address_t to = *coap_net_local(one);
  coap_net_packet_t packets[COAP_NET_BATCH];

  (void)state;
  post(one, 0, lengths[0]);
  assert_int_equal(coap_net_send(server, NULL, &to, 0, bytes + 1, lengths[1]), lengths[1]);
  post(one, 2, lengths[2]);
  coap_net_close(server);
  assert_int_equal(coap_net_recv(one, packets), 3);
  for (int i = 0; i < 3; i++)
    assert_int_equal(packets[i].length, lengths[i]);
}

static void
the_largest_datagram_comes_whole(void **state) {
  static const size_t length = LARGEST;

  (void)state;
  post(one, 0, length);
  flush();
  expect(one, 0, &length, 1);
}

/* The system does not send to port 0: counted, and the others go. */
static void
what_is_refused_is_counted(void **state) {
  static const size_t lengths[] = {5, 5};
  coap_address_t nowhere = *coap_net_local(one);
  coap_net_lost_t lost;

  (void)state;
  coap_address_set_port(&nowhere, 0);
  post(one, 0, 5);
  assert_int_equal(coap_net_post(server, NULL, &nowhere, 0, bytes, 5), 0);
  assert_int_equal(coap_net_post(server, NULL, &nowhere, 0, bytes, 5), 0);
  post(one, 1, 5);
  coap_net_flush(net, &lost);
  assert_int_equal(lost.refused, 2);
  assert_int_equal(lost.full, 0);
  expect(one, 0, lengths, 2);
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nothing_goes_before_the_flush, setup, teardown),
      cmocka_unit_test_setup_teardown(lengths_and_order_stay, setup, teardown),
      cmocka_unit_test_setup_teardown(peers_get_what_is_theirs, setup, teardown),
      cmocka_unit_test_setup_teardown(many_at_once, setup, teardown),
      cmocka_unit_test_setup_teardown(what_waits_goes_first, setup, teardown),
      cmocka_unit_test_setup_teardown(the_largest_datagram_comes_whole, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_refused_is_counted, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
