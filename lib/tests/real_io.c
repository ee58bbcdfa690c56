/* real_io.c -- coap_io(3) for programs that wait themselves: with poll(2), with epoll(7). */
#include "test.h"

#include "real_world.h"

#include <poll.h>
#include <sys/epoll.h>

enum { SOCKETS = 4 };

static coap_tick_t
now_ticks(void) {
  coap_tick_t now;

  coap_ticks(&now);
  return now;
}

/* One turn of a program around poll(2); the number of sockets that were readable. */
static int
turn_with_poll(coap_context_t *context) {
  coap_socket_t *sockets[SOCKETS];
  struct pollfd fds[SOCKETS];
  unsigned int count = SOCKETS;
  int ready = 0;

  coap_io_prepare_io(context, sockets, SOCKETS, &count, now_ticks());
  assert_int_equal(count, 1);
  for (unsigned int i = 0; i < count; i++) {
    assert_true(sockets[i]->flags & COAP_SOCKET_WANT_READ);
    fds[i] = (struct pollfd){.fd = sockets[i]->fd, .events = POLLIN};
  }
  if (poll(fds, count, 20) > 0) {
    for (unsigned int i = 0; i < count; i++) {
      if (fds[i].revents & POLLIN) {
        sockets[i]->flags |= COAP_SOCKET_CAN_READ;
        ready++;
      }
    }
  }
  coap_io_do_io(context, now_ticks());
  return ready;
}

static void
poll_is_enough_to_serve_and_to_ask(void **state) {
  (void)state;
  assert_true(real_request(&real_client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(turn_with_poll(real_server.context), 1);
  assert_int_equal(real_server.requests, 1);
  assert_int_equal(turn_with_poll(real_client.context), 1);
  assert_int_equal(real_client.responses, 1);
  assert_string_equal(real_client.payload, "hello");
}

static void
nothing_is_read_that_was_not_found_readable(void **state) {
  (void)state;
  assert_true(real_request(&real_client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  coap_io_prepare_io(real_server.context, NULL, 0, NULL, now_ticks());
  coap_io_do_io(real_server.context, now_ticks());
  assert_int_equal(real_server.requests, 0);
}

static void
the_time_until_a_retransmission_is_told(void **state) {
  coap_socket_t *sockets[SOCKETS];
  unsigned int count;
  unsigned int left;

  (void)state;
  assert_int_equal(coap_io_prepare_io(real_client.context, sockets, SOCKETS, &count, now_ticks()),
                   0);
  assert_true(real_request(&real_client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  left = coap_io_prepare_io(real_client.context, sockets, SOCKETS, &count, now_ticks());
  assert_true(left > 1500 && left <= 3000); /* RFC 7252 4.8 */
}

static void
no_more_sockets_are_listed_than_there_is_room_for(void **state) {
  coap_socket_t *sockets[1] = {NULL};
  unsigned int count = 7;

  (void)state;
  coap_io_prepare_io(real_server.context, sockets, 0, &count, now_ticks());
  assert_int_equal(count, 0);
  assert_null(sockets[0]);
}

static void
turn_with_epoll(coap_context_t *context) {
  struct epoll_event events[COAP_MAX_EPOLL_EVENTS];
  unsigned int left = coap_io_prepare_epoll(context, now_ticks());
  int count = epoll_wait(coap_context_get_coap_fd(context), events, COAP_MAX_EPOLL_EVENTS,
                         left && left < 20 ? (int)left : 20);

  assert_true(count >= 0);
  coap_io_do_epoll(context, events, (size_t)count);
}

static void
epoll_is_enough_to_serve_and_to_ask(void **state) {
  (void)state;
  assert_true(real_request(&real_client, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  turn_with_epoll(real_server.context);
  turn_with_epoll(real_client.context);
  assert_int_equal(real_server.requests, 1);
  assert_int_equal(real_client.responses, 1);
}

static void
a_retransmission_goes_out_from_prepare(void **state) {
  (void)state;
  coap_session_set_ack_timeout(real_client.session, (coap_fixed_point_t){0, 20});
  assert_true(real_request(&real_client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  for (int i = 0; i < 200 && !real_client.responses; i++) {
    turn_with_epoll(real_client.context);
    if (i >= 3) /* by then it has been sent again */
      turn_with_epoll(real_server.context);
  }
  assert_int_equal(real_client.responses, 1);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      REAL_PAIR_TEST(poll_is_enough_to_serve_and_to_ask),
      REAL_PAIR_TEST(nothing_is_read_that_was_not_found_readable),
      REAL_PAIR_TEST(the_time_until_a_retransmission_is_told),
      REAL_PAIR_TEST(no_more_sockets_are_listed_than_there_is_room_for),
      REAL_PAIR_TEST(epoll_is_enough_to_serve_and_to_ask),
      REAL_PAIR_TEST(a_retransmission_goes_out_from_prepare),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
