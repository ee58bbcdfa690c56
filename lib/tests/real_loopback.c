/* real_loopback.c -- the installed library on real sockets: client and server on the loopback
 * interface in one process, waiting, descriptors, ports, groups. */
#include "test.h"

#include "real_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Lets both sides work until the client has been told of something, at most 5 s. */
static void
run_both(void) {
  for (int i = 0; i < 500 && !real_client.responses && !real_client.nacks; i++) {
    coap_io_process(real_server.context, COAP_IO_NO_WAIT);
    coap_io_process(real_client.context, 10);
  }
}

static void
a_con_request_is_answered(void **state) {
  (void)state;
  assert_true(real_request(&real_client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  run_both();
  assert_int_equal(real_client.responses, 1);
  assert_int_equal(real_client.code, COAP_RESPONSE_CODE_CONTENT);
  assert_string_equal(real_client.payload, "hello");
}

static void
a_non_request_is_answered(void **state) {
  (void)state;
  assert_true(real_request(&real_client, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  run_both();
  assert_int_equal(real_client.responses, 1);
}

static void
a_large_body_arrives_whole(void **state) {
  (void)state;
  assert_true(real_request_path(&real_client, COAP_MESSAGE_CON, "large") != COAP_INVALID_MID);
  run_both();
  assert_int_equal(real_client.responses, 1);
  assert_int_equal(real_client.length, REAL_LARGE);
  assert_int_equal(real_client.in_order, 1);
}

static void
addresses_are_the_real_ones(void **state) {
  const coap_address_t *local = coap_session_get_addr_local(real_client.session);

  (void)state;
  assert_true(coap_address_get_port(local) != 0);
  real_request(&real_client, COAP_MESSAGE_CON);
  run_both();
  assert_true(
      coap_address_equals(coap_session_get_addr_remote(real_client.session), &real_server.address));
  assert_non_null(real_server.last_session);
  assert_int_equal(coap_address_get_port(coap_session_get_addr_remote(real_server.last_session)),
                   coap_address_get_port(local));
  assert_int_equal(coap_address_get_port(coap_session_get_addr_local(real_server.last_session)),
                   coap_address_get_port(&real_server.address));
}

static void
ifindex_is_that_of_lo(void **state) {
  (void)state;
  real_request(&real_client, COAP_MESSAGE_CON);
  run_both();
  assert_int_equal(coap_session_get_ifindex(real_server.last_session), real_lo_index());
}

static void
a_closed_port_is_an_icmp_nack(void **state) {
  (void)state;
  real_server_close(&real_server);
  real_request(&real_client, COAP_MESSAGE_CON);
  for (int i = 0; i < 500 && !real_client.nacks; i++)
    coap_io_process(real_client.context, 10);
  assert_int_equal(real_client.nacks, 1);
  assert_int_equal(real_client.reason, COAP_NACK_ICMP_ISSUE);
}

static void
a_lost_request_is_sent_again(void **state) {
  uint64_t start = real_now_ms();

  (void)state;
  coap_session_set_ack_timeout(real_client.session, (coap_fixed_point_t){0, 200});
  coap_session_set_ack_random_factor(real_client.session, (coap_fixed_point_t){1, 0});
  assert_int_equal(coap_debug_set_packet_loss("1"), 1);
  real_request(&real_client, COAP_MESSAGE_CON);
  run_both();
  coap_debug_set_packet_loss("0%");
  assert_int_equal(real_client.responses, 1);
  assert_true(real_now_ms() - start >= 200);
}

static void
without_answers_the_nack_comes_in_time(void **state) {
  uint64_t start = real_now_ms();

  (void)state;
  coap_session_set_ack_timeout(real_client.session, (coap_fixed_point_t){0, 100});
  coap_session_set_ack_random_factor(real_client.session, (coap_fixed_point_t){1, 0});
  coap_session_set_max_retransmit(real_client.session, 2);
  real_request(&real_client, COAP_MESSAGE_CON);
  /* The server is there and does not look. */
  while (!real_client.nacks && real_now_ms() - start < 5000)
    coap_io_process(real_client.context, COAP_IO_WAIT);
  assert_int_equal(real_client.nacks, 1);
  assert_int_equal(real_client.reason, COAP_NACK_TOO_MANY_RETRIES);
  assert_in_range(real_now_ms() - start, 700, 1500);
}

static void
io_process_without_waiting_returns_at_once(void **state) {
  uint64_t start = real_now_ms();
  int spent = coap_io_process(real_client.context, COAP_IO_NO_WAIT);

  (void)state;
  assert_in_range(spent, 0, 200);
  assert_true(real_now_ms() - start < 200);
}

static void
io_process_waits_as_long_as_it_may_and_says_so(void **state) {
  uint64_t start = real_now_ms();
  int spent = coap_io_process(real_client.context, 150);

  (void)state;
  assert_in_range(spent, 140, 1000);
  assert_true(real_now_ms() - start >= 140);
}

static void
io_process_ends_its_wait_when_something_comes(void **state) {
  (void)state;
  real_request(&real_client, COAP_MESSAGE_CON);
  assert_in_range(coap_io_process(real_server.context, 5000), 0, 1000);
  assert_in_range(coap_io_process(real_client.context, 5000), 0, 1000);
  assert_int_equal(real_client.responses, 1);
}

static void
io_process_of_nothing_fails(void **state) {
  (void)state;
  assert_int_equal(coap_io_process(NULL, COAP_IO_NO_WAIT), -1);
  assert_int_equal(coap_io_process_with_fds(NULL, COAP_IO_NO_WAIT, 0, NULL, NULL, NULL), -1);
}

static void
io_process_with_fds_reports_the_callers_descriptor(void **state) {
  int ends[2];
  fd_set reads;
  uint64_t start = real_now_ms();

  (void)state;
  assert_int_equal(pipe(ends), 0);
  FD_ZERO(&reads);
  FD_SET(ends[0], &reads);
  assert_true(coap_io_process_with_fds(real_client.context, 50, ends[0] + 1, &reads, NULL, NULL) >=
              0);
  assert_false(FD_ISSET(ends[0], &reads));
  assert_int_equal(write(ends[1], "x", 1), 1);
  FD_SET(ends[0], &reads);
  assert_true(
      coap_io_process_with_fds(real_client.context, 5000, ends[0] + 1, &reads, NULL, NULL) >= 0);
  assert_true(FD_ISSET(ends[0], &reads));
  assert_true(real_now_ms() - start < 3000);
  close(ends[0]);
  close(ends[1]);
}

static void
io_process_with_fds_handles_messages_too(void **state) {
  fd_set reads;

  (void)state;
  FD_ZERO(&reads);
  real_request(&real_client, COAP_MESSAGE_CON);
  assert_true(coap_io_process_with_fds(real_server.context, 5000, 0, &reads, NULL, NULL) >= 0);
  assert_true(coap_io_process_with_fds(real_client.context, 5000, 0, &reads, NULL, NULL) >= 0);
  assert_int_equal(real_client.responses, 1);
}

static void
the_contexts_descriptor_polls_readable(void **state) {
  struct pollfd p = {coap_context_get_coap_fd(real_server.context), POLLIN, 0};

  (void)state;
  assert_true(p.fd >= 0);
  coap_io_process(real_server.context, COAP_IO_NO_WAIT);
  assert_int_equal(poll(&p, 1, 0), 0);
  real_request(&real_client, COAP_MESSAGE_CON);
  assert_int_equal(poll(&p, 1, 3000), 1);
  coap_io_process(real_server.context, COAP_IO_NO_WAIT);
  assert_int_equal(coap_context_get_coap_fd(NULL), -1);
}

/* A program that polls the descriptor itself is woken for retransmissions. */
static void
the_contexts_descriptor_wakes_for_a_deadline(void **state) {
  struct pollfd p = {coap_context_get_coap_fd(real_client.context), POLLIN, 0};
  uint64_t start = real_now_ms();

  (void)state;
  coap_session_set_ack_timeout(real_client.session, (coap_fixed_point_t){0, 200});
  coap_session_set_ack_random_factor(real_client.session, (coap_fixed_point_t){1, 0});
  real_request(&real_client, COAP_MESSAGE_CON);
  assert_int_equal(poll(&p, 1, 5000), 1);
  assert_in_range(real_now_ms() - start, 150, 2000);
}

static void
a_taken_port_gives_no_endpoint_and_says_why(void **state) {
  coap_context_t *second = coap_new_context(NULL);

  (void)state;
  assert_non_null(second);
  errno = 0;
  assert_null(coap_new_endpoint(second, &real_server.address, COAP_PROTO_UDP));
  assert_int_equal(errno, EADDRINUSE);
  assert_null(coap_new_context(&real_server.address));
  coap_free_context(second);
}

static void
a_freed_port_can_be_taken_again(void **state) {
  coap_address_t address = real_server.address;
  coap_context_t *second;

  (void)state;
  real_server_close(&real_server);
  second = coap_new_context(&address);
  assert_non_null(second);
  coap_free_context(second);
}

static void
no_descriptor_is_left_open(void **state) {
  int before = real_open_descriptors();

  (void)state;
  for (int i = 0; i < 20; i++) {
    coap_context_t *context = coap_new_context(NULL);

    assert_non_null(context);
    assert_non_null(coap_new_client_session(context, NULL, &real_server.address, COAP_PROTO_UDP));
    coap_free_context(context);
  }
  assert_int_equal(real_open_descriptors(), before);
}

static void
a_datagram_larger_than_any_message_is_survived(void **state) {
  static uint8_t large[65000] = {0x40, 0x01, 0x00, 0x01, 0xff};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  (void)state;
  assert_true(fd >= 0);
  assert_true(sendto(fd, large, sizeof(large), 0, &real_server.address.addr.sa,
                     real_server.address.size) > 0);
  close(fd);
  real_request(&real_client, COAP_MESSAGE_CON);
  run_both();
  assert_int_equal(real_client.responses, 1);
}

#define REAL_TEST(name) REAL_PAIR_TEST(name)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      REAL_TEST(a_con_request_is_answered),
      REAL_TEST(a_non_request_is_answered),
      REAL_TEST(a_large_body_arrives_whole),
      REAL_TEST(addresses_are_the_real_ones),
      REAL_TEST(ifindex_is_that_of_lo),
      REAL_TEST(a_closed_port_is_an_icmp_nack),
      REAL_TEST(a_lost_request_is_sent_again),
      REAL_TEST(without_answers_the_nack_comes_in_time),
      REAL_TEST(io_process_without_waiting_returns_at_once),
      REAL_TEST(io_process_waits_as_long_as_it_may_and_says_so),
      REAL_TEST(io_process_ends_its_wait_when_something_comes),
      REAL_TEST(io_process_of_nothing_fails),
      REAL_TEST(io_process_with_fds_reports_the_callers_descriptor),
      REAL_TEST(io_process_with_fds_handles_messages_too),
      REAL_TEST(the_contexts_descriptor_polls_readable),
      REAL_TEST(the_contexts_descriptor_wakes_for_a_deadline),
      REAL_TEST(a_taken_port_gives_no_endpoint_and_says_why),
      REAL_TEST(a_freed_port_can_be_taken_again),
      REAL_TEST(no_descriptor_is_left_open),
      REAL_TEST(a_datagram_larger_than_any_message_is_survived),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
