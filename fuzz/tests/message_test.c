/* message_test.c -- the harness's own CoAP reader and writer, against bytes worked out by hand from
 * RFC 7252 3 and RFC 8974 2. */
#include "tests/test.h"
#include "world/frame_reader.h"
#include "world/message.h"

#include <string.h>

static struct msg m;

static void
reads_a_request(void **state) {
  static const uint8_t get[] = {0x42, 0x01, 0x12, 0x34, 0xaa, 0xbb, 0xb4,
                                't',  'e',  's',  't',  0xff, 'h',  'i'};

  (void)state;
  assert_null(msg_parse(&m, get, sizeof(get)));
  assert_int_equal(m.type, TYPE_CON);
  assert_int_equal(m.code, 1);
  assert_int_equal(m.mid, 0x1234);
  assert_int_equal(m.token_length, 2);
  assert_int_equal(m.n_options, 1);
  assert_int_equal(m.options[0].number, 11);
  assert_int_equal(m.options[0].length, 4);
  assert_int_equal(m.payload_length, 2);
}

static void
reads_extended_numbers(void **state) {
  /* 13 + 0, 269 + 1 - and a value of 13 + 2 bytes. */
  static const uint8_t data[] = {0x40, 0x01, 0, 1,  0xdd, 0,  2,  1,  2,  3,    4, 5, 6,
                                 7,    8,    9, 10, 11,   12, 13, 14, 15, 0xe0, 0, 1};

  (void)state;
  assert_null(msg_parse(&m, data, sizeof(data)));
  assert_int_equal(m.n_options, 2);
  assert_int_equal(m.options[0].number, 13);
  assert_int_equal(m.options[0].length, 15);
  assert_int_equal(m.options[1].number, 13 + 270);
}

struct malformed {
  uint8_t bytes[16];
  size_t len;
  const char *why;
};

static const struct malformed cases[] = {
    {{0x40, 0x01, 0x00}, 3, "shorter"},
    {{0x00, 0x01, 0, 1}, 4, "version"},
    {{0x80, 0x01, 0, 1}, 4, "version"},
    {{0x41, 0x00, 0, 1, 5}, 5, "Empty"},
    {{0x41, 0x00, 0, 1}, 4, "Empty"},
    {{0x40, 0x00, 0, 1, 0xff, 1}, 6, "Empty"},
    {{0x4f, 0x01, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 16, "token length"},
    {{0x44, 0x01, 0, 1, 1, 2, 3}, 7, "token runs"},
    {{0x40, 0x01, 0, 1, 0xff}, 5, "payload marker"},
    {{0x40, 0x01, 0, 1, 0xf0}, 5, "delta"},
    {{0x40, 0x01, 0, 1, 0x0f}, 5, "length"},
    {{0x40, 0x01, 0, 1, 0xd0}, 5, "delta"},
    {{0x40, 0x01, 0, 1, 0xb4, 't', 'e'}, 7, "runs past"},
    {{0x40, 0x01, 0, 1, 0xe0, 0xff, 0xff}, 7, "above 65535"},
};

static void
refuses_the_malformed(void **state) {
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const char *why = msg_parse(&m, cases[i].bytes, cases[i].len);

    if (why == NULL || strstr(why, cases[i].why) == NULL)
      fail_msg("case %zu: %s", i, why == NULL ? "accepted" : why);
  }
}

static void
writes_what_it_reads(void **state) {
  static uint8_t value[300];
  static const uint16_t numbers[] = {65535, 11, 0, 12, 13, 268, 269, 270};
  uint8_t out[4096];
  struct msg w;
  size_t len;
  size_t i;

  (void)state;
  memset(&w, 0, sizeof(w));
  w.version = 1;
  w.type = TYPE_NON;
  w.code = 69;
  w.mid = 7;
  w.token = value;
  w.token_length = 290; /* RFC 8974 */
  for (i = 0; i < 8; i++) {
    w.options[i].number = numbers[i];
    w.options[i].value = value;
    w.options[i].length = (uint16_t)(i * 40);
  }
  w.n_options = 8;
  w.payload = value;
  w.payload_length = 3;
  len = msg_write(&w, out, sizeof(out));
  assert_true(len <= sizeof(out));
  assert_null(msg_parse(&m, out, len));
  assert_int_equal(m.token_length, 290);
  assert_int_equal(m.n_options, 8);
  assert_int_equal(m.options[0].number, 0);
  assert_int_equal(m.options[0].length, 80);
  assert_int_equal(m.options[7].number, 65535);
  assert_int_equal(m.payload_length, 3);
  assert_int_equal(msg_write(&w, out, 10), len);
}

/* RFC 8323 3.2, 4.2; the accept value of RFC 6455 1.3. */
static void
reads_and_writes_streams(void **state) {
  static const uint8_t get[] = {0x71, 0x01, 0xaa, 0xb4, 't', 'e', 's', 't', 0xff, 'h'};
  static const size_t lengths[] = {0, 1, 11, 12, 13, 267, 268, 269, 65803, 65804, 65805};
  static uint8_t payload[70000];
  static uint8_t out[70100];
  size_t i;

  (void)state;
  assert_null(msg_parse_tcp(&m, get, sizeof(get)));
  assert_int_equal(m.code, 1);
  assert_int_equal(m.token_length, 1);
  assert_int_equal(m.options[0].number, 11);
  assert_int_equal(m.payload_length, 1);
  assert_non_null(msg_parse_tcp(&m, get, sizeof(get) - 1));
  assert_non_null(msg_parse_ws(&m, get, sizeof(get)));
  for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    struct msg w = {.code = 0x45, .token = get, .token_length = 10};
    uint64_t total = 0;
    size_t len;

    w.payload = payload;
    w.payload_length = lengths[i];
    len = msg_write_tcp(&w, 0, out, sizeof(out));
    assert_int_equal(msg_tcp_size(out, 1, &total), 0);
    assert_int_equal(msg_tcp_size(out, len, &total), 1);
    assert_int_equal(total, len);
    assert_null(msg_parse_tcp(&m, out, len));
    assert_int_equal(m.payload_length, lengths[i]);
    len = msg_write_ws(&w, out, sizeof(out));
    assert_int_equal(len, 12 + lengths[i] + (lengths[i] > 0));
    assert_null(msg_parse_ws(&m, out, len));
    assert_int_equal(m.payload_length, lengths[i]);
  }
  assert_int_equal(msg_tcp_size((const uint8_t *)"\x0f", 1, &(uint64_t){0}), -1);
}

static void
reads_and_writes_frames(void **state) {
  static const uint8_t pong[] = {0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
  static const char head[] =
      "GET / HTTP/1.1\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  uint8_t out[300] = {0};
  struct ws_frame f;
  char accept[29];

  (void)state;
  assert_int_equal(ws_frame_header(&f, pong, 5), 0);
  assert_int_equal(ws_frame_header(&f, pong, sizeof(pong)), 1);
  assert_int_equal(f.opcode, WS_PONG);
  assert_int_equal(f.header, 6);
  assert_null(ws_frame_wrong(&f, 1, 0));
  assert_non_null(ws_frame_wrong(&f, 0, 0));
  ws_unmask(&f, out, pong + f.header, 5);
  assert_memory_equal(out, "Hello", 5);
  assert_int_equal(ws_frame_write(&f, 0, (const uint8_t *)"Hello", 5, out, sizeof(out)), 11);
  assert_memory_equal(out, pong, sizeof(pong));
  f.length = 200;
  assert_int_equal(ws_frame_write(&f, 0, (const uint8_t *)"Hello", 5, out, sizeof(out)), 13);
  assert_int_equal(ws_frame_header(&f, out, 13), 1);
  assert_int_equal(f.length, 200);
  assert_int_equal(ws_head_length((const uint8_t *)head, sizeof(head) - 1), sizeof(head) - 1);
  assert_int_equal(ws_head_length((const uint8_t *)head, sizeof(head) - 2), 0);
  assert_true(ws_accept_for((const uint8_t *)head, sizeof(head) - 1, accept));
  assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_a_request),          cmocka_unit_test(reads_extended_numbers),
      cmocka_unit_test(refuses_the_malformed),    cmocka_unit_test(writes_what_it_reads),
      cmocka_unit_test(reads_and_writes_streams), cmocka_unit_test(reads_and_writes_frames),
  };

  return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
