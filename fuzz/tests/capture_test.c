/* capture_test.c -- captures of every kind that is read, and what is said of broken ones. */
#include "tests/test.h"
#include "tools/convert.h"

#include <stdlib.h>
#include <string.h>

static struct {
  unsigned int packets;
  struct packet last;
  uint8_t data[64];
  char comment[256];
} seen;

static int
on_packet(void *user, const struct packet *p) {
  (void)user;
  seen.packets++;
  seen.last = *p;
  if (p->length <= sizeof(seen.data))
    memcpy(seen.data, p->data, p->length);
  return 1;
}

static void
on_comment(void *user, const char *text, size_t len) {
  (void)user;
  assert_true(len < sizeof(seen.comment));
  memcpy(seen.comment, text, len);
  seen.comment[len] = '\0';
}

static struct capture_reader reader = {on_packet, on_comment, NULL, 0, 0};
static struct capture_error error;

static int
read_all(const uint8_t *bytes, size_t len) {
  memset(&seen, 0, sizeof(seen));
  return capture_read(&reader, bytes, len, &error);
}

/* An IPv4 packet with "hi" from 10.0.0.16:1 to 10.0.0.1:5683, and its like over IPv6. */
#define IP4                                                                                        \
  0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 16, 10, 0, 0, 1, 0, 1, 0x16, 0x33, 0, 10, 0, \
      0, 'h', 'i'
#define IP6                                                                                        \
  0x60, 0, 0, 0, 0, 10, 17, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0xfd, 0, 0, 0, \
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0x16, 0x33, 0, 10, 0, 0, 'h', 'i'
#define ETHERNET(high, low) 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, high, low

static void
expect_udp(uint32_t link, const uint8_t *frame, size_t len, int ipv6) {
  struct packet p;

  assert_true(frame_udp(link, frame, len, &p));
  assert_int_equal(p.from.ipv6, ipv6);
  assert_int_equal(p.from.port, 1);
  assert_int_equal(p.to.port, 5683);
  assert_int_equal(p.length, 2);
  assert_memory_equal(p.data, "hi", 2);
}

#define FRAME(link, ipv6, ...)                                                                     \
  expect_udp(link, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), ipv6)

static void
link_types(void **state) {
  (void)state;
  FRAME(101, 0, IP4);
  FRAME(101, 1, IP6);
  FRAME(1, 0, ETHERNET(8, 0), IP4);
  FRAME(1, 1, ETHERNET(0x86, 0xdd), IP6);
  FRAME(1, 0, ETHERNET(0x81, 0), 0, 5, 8, 0, IP4);
  FRAME(0, 0, 2, 0, 0, 0, IP4);
  FRAME(113, 0, 0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, IP4);
  FRAME(276, 1, 0x86, 0xdd, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, IP6);
  FRAME(228, 0, IP4);
  FRAME(229, 1, IP6);
}

static void
frames_that_are_none(void **state) {
  static const uint8_t ip4[] = {IP4};
  static const uint8_t arp[] = {ETHERNET(8, 6), 0, 1};
  uint8_t other[sizeof(ip4)];
  struct packet p;
  size_t n;

  (void)state;
  for (n = 0; n < sizeof(ip4); n++)
    assert_false(frame_udp(101, ip4, n, &p));
  assert_false(frame_udp(1, arp, sizeof(arp), &p));
  memcpy(other, ip4, sizeof(ip4));
  other[9] = 6; /* TCP */
  assert_false(frame_udp(101, other, sizeof(other), &p));
  other[9] = 17;
  other[6] = 0x20; /* a fragment */
  assert_false(frame_udp(101, other, sizeof(other), &p));
  assert_false(frame_link_known(147));
}

static void
classic_pcap(void **state) {
  static const uint8_t little[] = {0xd4, 0xc3, 0xb2, 0xa1, 2,  0, 4,   0, 0,  0, 0, 0, 0,  0,
                                   0,    0,    0,    0,    1,  0, 101, 0, 0,  0, 1, 0, 0,  0,
                                   5,    0,    0,    0,    30, 0, 0,   0, 30, 0, 0, 0, IP4};
  static const uint8_t big[] = {0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4,  0, 0,   0, 0,  0,  0,
                                0,    0,    0,    1,    0, 0, 0, 0,  0, 101, 0, 0,  0,  1,
                                0,    0,    0x13, 0x88, 0, 0, 0, 30, 0, 0,   0, 30, IP4};

  (void)state;
  assert_true(read_all(little, sizeof(little)));
  assert_int_equal(seen.packets, 1);
  assert_int_equal(seen.last.time_us, 1000005);
  assert_true(read_all(big, sizeof(big)));
  assert_int_equal(seen.last.time_us, 1000005);
  assert_false(read_all(little, sizeof(little) - 1));
  assert_int_equal(error.offset, 32);
}

static char *
written(size_t *len, const char *comment) {
  struct packet p;
  char *bytes = NULL;
  FILE *out = open_memstream(&bytes, len);

  assert_non_null(out);
  memset(&p, 0, sizeof(p));
  place_peer(&p.from, 5, 0);
  place_endpoint(&p.to, 0, 0);
  p.time_us = UINT64_C(1700000000123456);
  p.data = (const uint8_t *)"odd";
  p.length = 3;
  capture_write_header(out, comment, strlen(comment));
  capture_write_packet(out, &p);
  place_peer(&p.from, 5, 1);
  place_endpoint(&p.to, 0, 1);
  capture_write_packet(out, &p);
  fclose(out);
  return bytes;
}

static void
written_is_read(void **state) {
  size_t len;
  char *bytes = written(&len, "a comment");

  (void)state;
  assert_true(read_all((const uint8_t *)bytes, len));
  assert_string_equal(seen.comment, "a comment");
  assert_int_equal(seen.packets, 2);
  assert_int_equal(seen.last.time_us, UINT64_C(1700000000123456));
  assert_int_equal(seen.last.from.ipv6, 1);
  assert_int_equal(seen.last.from.port, 5693);
  assert_int_equal(seen.last.length, 3);
  assert_memory_equal(seen.data, "odd", 3);
  free(bytes);
}

/* Cut anywhere or with any byte changed, the file is read or refused, never more. */
static void
broken_is_refused(void **state) {
  size_t len;
  char *bytes = written(&len, "");
  size_t n;

  (void)state;
  for (n = 0; n < len; n++) {
    uint8_t *cut = malloc(n > 0 ? n : 1);

    assert_non_null(cut);
    memcpy(cut, bytes, n);
    if (!read_all(cut, n))
      assert_true(error.message[0] != '\0' && error.offset <= n);
    free(cut);
  }
  for (n = 0; n < len; n++) {
    bytes[n] = (char)~bytes[n];
    read_all((const uint8_t *)bytes, len);
    bytes[n] = (char)~bytes[n];
  }
  assert_false(read_all((const uint8_t *)"not a capture", 13));
  assert_int_equal(error.offset, 0);
  free(bytes);
}

static struct program program;

static void
answers_refer_to_what_is_sent(void **state) {
  static const uint8_t get[] = {0x41, 1, 0x12, 0x34, 9};
  static const uint8_t content[] = {0x61, 69, 0x12, 0x34, 9, 0xff, 'x'};
  static const uint8_t separate[] = {0x41, 69, 0x77, 0x77, 9};
  struct packet p[3];
  struct import im = {&program, 1, 0, 0};

  (void)state;
  memset(p, 0, sizeof(p));
  place_peer(&p[0].from, 0, 0);
  place_endpoint(&p[0].to, 0, 0);
  p[0].data = get;
  p[0].length = sizeof(get);
  p[1].from = p[2].from = p[0].to;
  p[1].to = p[2].to = p[0].from;
  p[1].time_us = 5000;
  p[1].data = content;
  p[1].length = sizeof(content);
  p[2].time_us = 5000;
  p[2].data = separate;
  p[2].length = sizeof(separate);
  assert_true(import_packets(&im, p, 3));
  assert_int_equal(program.roles, PROG_ROLE_CLIENT);
  assert_int_equal(program.n_ops, 4);
  assert_int_equal(program.ops[0].kind, PROG_SEND);
  assert_int_equal(program.ops[1].kind, PROG_ADVANCE);
  assert_int_equal(program.ops[1].v[0], 5);
  assert_int_equal(program.ops[2].kind, PROG_MESSAGE);
  assert_int_equal(program.ops[2].v[MSG_MID], PROG_MID(PROG_MID_LAST, 0));
  assert_int_equal(program.ops[2].v[MSG_TOKEN], PROG_TOKEN_LAST);
  assert_int_equal(program.ops[3].v[MSG_MID], PROG_MID(PROG_MID_LITERAL, 0x7777));
  im.as_client = 0;
  assert_true(import_packets(&im, p, 3));
  assert_int_equal(program.roles, PROG_ROLE_SERVER);
  assert_int_equal(program.ops[0].kind, PROG_MESSAGE);
  assert_int_equal(program.ops[0].v[MSG_MID], PROG_MID(PROG_MID_LITERAL, 0x1234));
  assert_false(import_packets(&im, p + 1, 1));
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(link_types),        cmocka_unit_test(frames_that_are_none),
      cmocka_unit_test(classic_pcap),      cmocka_unit_test(written_is_read),
      cmocka_unit_test(broken_is_refused), cmocka_unit_test(answers_refer_to_what_is_sent),
  };

  return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
