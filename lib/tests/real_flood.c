/* real_flood.c -- a DTLS server on real sockets and 10,000 ClientHellos from as many addresses of
 * the loopback network: each is answered by the cookie exchange, nothing is kept of any, and
 * clients connect meanwhile. How long that takes them with and without is printed.
 *
 * COAPSPEC_FLOOD_FACTOR in the environment: how many times as long it may take them; without it no
 * time is judged. */
#include "test.h"

#include "real_secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FLOOD = 10000, BATCH = 50, DATAGRAM_MAX = 1500, PATIENCE_MS = 20000 };
enum { HELLO_VERIFY_REQUEST = 3, AT_MESSAGE = 13, SLACK = 8192, ALONE = 201 };

static struct {
  int fd;
  uint8_t hello[DATAGRAM_MAX];
  size_t length;
} flood;

/* A socket for every address that this host has; a client's first words, which come to it. */
static void
open_flood(void) {
  struct sockaddr_in any = {.sin_family = AF_INET};
  socklen_t size = sizeof(any);
  coap_address_t at = real_server.address;
  coap_session_t *session;
  uint8_t again[DATAGRAM_MAX];
  ssize_t got;

  flood.fd = socket(AF_INET, SOCK_DGRAM, 0);
  assert_true(flood.fd >= 0);
  assert_int_equal(bind(flood.fd, (struct sockaddr *)&any, sizeof(any)), 0);
  assert_int_equal(getsockname(flood.fd, (struct sockaddr *)&any, &size), 0);
  coap_address_set_port(&at, ntohs(any.sin_port));
  session = real_connect_psk(COAP_PROTO_DTLS, &at);
  coap_io_process(real_client.context, COAP_IO_NO_WAIT);
  got = recv(flood.fd, flood.hello, sizeof(flood.hello), 0);
  assert_true(got > AT_MESSAGE);
  flood.length = (size_t)got;
  coap_session_release(session);
  /* On a slow machine it has said it again by now. */
  while (recv(flood.fd, again, sizeof(again), MSG_DONTWAIT) >= 0) {
  }
}

static int
setup(void **state) {
  real_secure_setup(state);
  real_serve_psk(NULL);
  real_server.address = real_listen(COAP_PROTO_DTLS);
  open_flood();
  return 0;
}

static int
teardown(void **state) {
  close(flood.fd);
  return real_secure_teardown(state);
}

/* One hello from the number's own address, 127.16.0.0 and up. 1 when the socket takes it. */
static int
send_hello(unsigned int number) {
  union {
    struct cmsghdr align;
    uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
  } room;
  struct iovec piece = {flood.hello, flood.length};
  struct msghdr message = {.msg_name = &real_server.address.addr.sin,
                           .msg_namelen = sizeof(real_server.address.addr.sin),
                           .msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = room.bytes,
                           .msg_controllen = sizeof(room.bytes)};
  struct in_pktinfo from = {0};
  struct cmsghdr *header;

  memset(&room, 0, sizeof(room));
  from.ipi_spec_dst.s_addr = htonl(0x7f100000U + number);
  header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(from));
  memcpy(CMSG_DATA(header), &from, sizeof(from));
  return sendmsg(flood.fd, &message, 0) == (ssize_t)flood.length;
}

/* How many answers have come, each to what it answers. */
static unsigned int
take_answers(void) {
  uint8_t answer[DATAGRAM_MAX];
  unsigned int count = 0;
  ssize_t got;

  while ((got = recv(flood.fd, answer, sizeof(answer), MSG_DONTWAIT)) >= 0) {
    assert_in_range(got, AT_MESSAGE + 1, flood.length);
    assert_int_equal(answer[AT_MESSAGE], HELLO_VERIFY_REQUEST);
    count++;
  }
  assert_int_equal(errno, EAGAIN);
  return count;
}

/* RFC 6347 4.2.1 */
static void
each_hello_is_answered_and_nothing_kept(void **state) {
  unsigned int answers = 0;
  size_t heap = 0;

  (void)state;
  for (unsigned int i = 1; i <= FLOOD; i++) {
    assert_true(send_hello(i));
    if (i % BATCH)
      continue;
    coap_io_process(real_server.context, COAP_IO_NO_WAIT);
    answers += take_answers();
    if (i == BATCH)
      heap = mallinfo2().uordblks;
  }
  coap_io_process(real_server.context, COAP_IO_NO_WAIT);
  answers += take_answers();
  assert_int_equal(answers, FLOOD);
  assert_int_equal(real_sessions.opened, 0);
  assert_in_range(mallinfo2().uordblks, 0, heap + SLACK);
}

static uint64_t
now_us(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* A client connects, asks, and has its answer, while before each turn of the two sides one more of
 * the hellos has come, when there are any. Microseconds, those apart in which hellos are sent. */
static uint32_t
time_of_a_client(unsigned int *hellos) {
  uint64_t start = now_us();
  uint64_t sending = 0;
  coap_session_t *session = real_connect_psk(COAP_PROTO_DTLS, &real_server.address);
  unsigned int before = real_client.responses;
  uint64_t end;

  real_ask(session);
  while (real_client.responses == before) {
    uint64_t turn = now_us();

    assert_true(turn - start < PATIENCE_MS * 1000ULL);
    if (hellos) {
      assert_true(send_hello(++*hellos));
      sending += now_us() - turn;
    }
    real_turn();
  }
  end = now_us();
  coap_session_release(session);
  real_turn();
  take_answers();
  return (uint32_t)(end - start - sending);
}

static int
compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a;
  uint32_t y = *(const uint32_t *)b;

  return (x > y) - (x < y);
}

static uint32_t
median(uint32_t *times, unsigned int count) {
  qsort(times, count, sizeof(times[0]), compare);
  return times[count / 2];
}

static void
judge(uint32_t alone, uint32_t flooded) {
  const char *factor = getenv("COAPSPEC_FLOOD_FACTOR");

  if (factor)
    assert_in_range(flooded, 0, alone * strtoul(factor, NULL, 10));
}

static void
clients_connect_meanwhile(void **state) {
  static uint32_t times[FLOOD];
  unsigned int hellos = 0;
  unsigned int count = 0;
  uint32_t alone;
  uint32_t flooded;

  (void)state;
  for (unsigned int i = 0; i < ALONE; i++)
    times[i] = time_of_a_client(NULL);
  alone = median(times, ALONE);
  real_sessions.opened = 0;
  while (hellos < FLOOD)
    times[count++] = time_of_a_client(&hellos);
  assert_int_equal(real_sessions.opened, count);
  flooded = median(times, count);
  printf("# a client's handshake and request, medians: %u us alone; %u us for %u clients during %u "
         "hellos, which makes %lu hellos a second\n",
         alone, flooded, count, hellos,
         (unsigned long)(hellos * 1000000ULL / ((uint64_t)count * flooded + 1)));
  judge(alone, flooded);
}

#define FLOOD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      FLOOD_TEST(each_hello_is_answered_and_nothing_kept),
      FLOOD_TEST(clients_connect_meanwhile),
  };

  return cmocka_run_group_tests(tests, quiet_setup, quiet_teardown);
}
