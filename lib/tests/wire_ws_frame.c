/* wire_ws_frame.c -- WebSocket frames: RFC 6455 section 5 and its examples, whole and in pieces. */
#include "test.h"

#include "hex.h"
#include "wire/ws_close.h"
#include "wire/ws_frame.h"

enum { LOG_SIZE = 512, STREAM_MAX = 70100 };

/* What a reader told, as text: pieces put together, so that it does not depend on cuts. */
typedef struct log_t {
  char text[LOG_SIZE];
  size_t used;
  uint64_t payload;
  uint32_t sum; /* of the payload's bytes and their places */
} log_t;

static void
note(log_t *log, const char *format, unsigned int a, unsigned long long b) {
  int n = snprintf(log->text + log->used, LOG_SIZE - log->used, format, a, b);

  assert_true(n > 0 && (size_t)n < LOG_SIZE - log->used);
  log->used += (size_t)n;
}

static int
feed(coap_ws_reader_t *reader, log_t *log, uint8_t *data, size_t length) {
  coap_ws_input_t input = {data, length};

  for (;;) {
    switch (coap_ws_read(reader, &input)) {
    case COAP_WS_MORE:
      assert_int_equal(input.left, 0);
      return 1;
    case COAP_WS_FRAME:
      note(log, reader->fin ? "F%x:%llu" : "f%x:%llu", (unsigned int)reader->opcode,
           (unsigned long long)reader->length);
      log->payload = 0;
      log->sum = 0;
      break;
    case COAP_WS_PAYLOAD:
      assert_true(reader->piece_length > 0);
      for (size_t i = 0; i < reader->piece_length; i++)
        log->sum = log->sum * 31 + reader->piece[i];
      log->payload += reader->piece_length;
      break;
    case COAP_WS_END:
      assert_int_equal(log->payload, reader->length);
      note(log, "=%x%.0llu ", log->sum, 0ULL);
      break;
    case COAP_WS_BROKEN:
      assert_non_null(reader->why);
      note(log, "!%u%.0llu", (unsigned int)reader->close_code, 0ULL);
      return 0;
    }
  }
}

/* Reads a stream in two pieces, or byte by byte (cut == length). */
static void
read_stream(const uint8_t *stream, size_t length, size_t cut, int masked, uint64_t max,
            log_t *log) {
  uint8_t *copy = malloc(length + 1);
  coap_ws_reader_t reader;
  int more = 1;

  memcpy(copy, stream, length);
  memset(log, 0, sizeof(*log));
  coap_ws_reader_init(&reader, masked, max);
  if (cut < length) {
    if (feed(&reader, log, copy, cut))
      feed(&reader, log, copy + cut, length - cut);
  } else {
    for (size_t i = 0; i < length && more; i++)
      more = feed(&reader, log, copy + i, 1);
  }
  free(copy);
}

typedef struct sample_t {
  const char *what;
  const char *hex;
  int masked;
  const char *log;
} sample_t;

static const sample_t samples[] = {
    {"nothing", "", 0, ""},
    {"binary", "82 03 616263", 0, "F2:3=17862 "},
    {"binary, masked", "82 83 00000000 616263", 1, "F2:3=17862 "},
    {"the same under a key", "82 83 37fa213d 569842", 1, "F2:3=17862 "},
    {"empty binary", "82 00", 0, "F2:0=0 "},
    {"empty binary, masked", "82 80 37fa213d", 1, "F2:0=0 "},
    {"two fragments", "02 01 61 80 02 6263", 0, "f2:1=61 F0:2=c41 "},
    {"Ping between fragments", "02 01 61 89 00 80 01 62", 0, "f2:1=61 F9:0=0 F0:1=62 "},
    {"three fragments, empty ones", "02 00 00 01 61 80 00", 0, "f2:0=0 f0:1=61 F0:0=0 "},
    {"Close", "88 02 03e8", 0, "F8:2=145 "},
    {"Pong, masked", "8a 85 37fa213d 7f9f4d5158", 1, "Fa:5=42628b2 "},
    {"length of 126 needs 16 bits", "82 7e 007d", 0, "!1002"},
    {"length of 65535 needs no 64 bits", "82 7f 000000000000ffff", 0, "!1002"},
    {"length of 64 bits with the top one set", "82 7f 8000000000000000", 0, "!1002"},
    {"RSV1", "c2 00", 0, "!1002"},
    {"RSV2", "a2 00", 0, "!1002"},
    {"RSV3", "92 00", 0, "!1002"},
    {"opcode 3", "83 00", 0, "!1002"},
    {"opcode 7", "87 00", 0, "!1002"},
    {"opcode 11", "8b 00", 0, "!1002"},
    {"opcode 15", "8f 00", 0, "!1002"},
    {"client without mask", "82 03 616263", 1, "!1002"},
    {"server with mask", "82 83 00000000 616263", 0, "!1002"},
    {"Ping in fragments", "09 00", 0, "!1002"},
    {"Close in fragments", "08 00", 0, "!1002"},
    {"Ping of 126 bytes", "89 7e 007e", 0, "!1002"},
    {"continuation of nothing", "80 00", 0, "!1002"},
    {"continuation of what is complete", "82 00 80 00", 0, "F2:0=0 !1002"},
    {"new message inside another", "02 00 82 00", 0, "f2:0=0 !1002"},
    {"text", "81 05 48656c6c6f", 0, "!1003"},
    {"too long at once", "82 7e 03e9", 0, "!1009"},
    {"too long in sum", "02 01 61 80 7e 03e8", 0, "f2:1=61 !1009"},
    {"longest", "82 7f 7fffffffffffffff", 0, "!1009"},
    {"control frames do not count", "02 00 89 01 61 88 00 80 00", 0,
     "f2:0=0 F9:1=61 F8:0=0 F0:0=0 "},
};

static void
each_sample_is_judged_however_it_is_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(samples); i++) {
    uint8_t data[64];
    size_t length = from_hex(samples[i].hex, data);
    log_t log;

    for (size_t cut = 0; cut <= length; cut++) {
      read_stream(data, length, cut, samples[i].masked, 1000, &log);
      if (strcmp(log.text, samples[i].log) != 0)
        fail_msg("%s, cut at %zu: %s", samples[i].what, cut, log.text);
    }
  }
}

/* A frame of every length form, written and read. */
static void
every_length_form_survives(void **state) {
  static const struct {
    uint64_t length;
    size_t header; /* without the key */
  } table[] = {{0, 2},   {1, 2},   {125, 2},   {126, 4},    {127, 4},
               {255, 4}, {256, 4}, {65535, 4}, {65536, 10}, {70000, 10}};
  static const uint8_t key[COAP_WS_KEY_SIZE] = {0x37, 0xfa, 0x21, 0x3d};
  uint8_t *stream = malloc(STREAM_MAX);

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    for (int masked = 0; masked <= 1; masked++) {
      size_t size =
          coap_ws_write_header(stream, COAP_WS_BINARY, 1, table[i].length, masked ? key : NULL);
      size_t length = (size_t)table[i].length;
      log_t plain;
      log_t log;

      assert_int_equal(size, table[i].header + (masked ? sizeof(key) : 0));
      for (size_t k = 0; k < length; k++)
        stream[size + k] = (uint8_t)(k * 7 + 1);
      if (masked)
        coap_ws_mask(stream + size, length, key, 0);
      read_stream(stream, size + length, 0, masked, 100000, &plain);
      assert_int_equal(plain.payload, length);
      assert_int_equal(plain.text[plain.used - 1], ' ');
      for (size_t cut = 1; cut < size + 4 && cut <= size + length; cut++) {
        read_stream(stream, size + length, cut, masked, 100000, &log);
        assert_string_equal(log.text, plain.text);
      }
      read_stream(stream, size + length, size + length, masked, 100000, &log);
      assert_string_equal(log.text, plain.text);
    }
  }
  free(stream);
}

static void
headers_are_as_in_the_rfc(void **state) {
  static const uint8_t key[COAP_WS_KEY_SIZE] = {0x37, 0xfa, 0x21, 0x3d};
  uint8_t header[COAP_WS_HEADER_MAX];
  uint8_t hello[] = {'H', 'e', 'l', 'l', 'o'};

  (void)state;
  /* RFC 6455 5.7 */
  assert_int_equal(coap_ws_write_header(header, COAP_WS_PONG, 1, 5, key), 6);
  assert_memory_equal(header, "\x8a\x85\x37\xfa\x21\x3d", 6);
  coap_ws_mask(hello, 2, key, 0);
  coap_ws_mask(hello + 2, 3, key, 2);
  assert_memory_equal(hello, "\x7f\x9f\x4d\x51\x58", 5);
  assert_int_equal(coap_ws_write_header(header, COAP_WS_BINARY, 1, 256, NULL), 4);
  assert_memory_equal(header, "\x82\x7e\x01\x00", 4);
  assert_int_equal(coap_ws_write_header(header, COAP_WS_BINARY, 1, 65536, NULL), 10);
  assert_memory_equal(header, "\x82\x7f\0\0\0\0\0\x01\0\0", 10);
  assert_int_equal(coap_ws_write_header(header, COAP_WS_CONTINUATION, 0, 2, NULL), 2);
  assert_memory_equal(header, "\x00\x02", 2);
}

static void
what_is_broken_stays_broken(void **state) {
  uint8_t data[] = {0x83, 0x00, 0x82, 0x00};
  coap_ws_reader_t reader;
  coap_ws_input_t input = {data, sizeof(data)};

  (void)state;
  coap_ws_reader_init(&reader, 0, 100);
  assert_int_equal(coap_ws_read(&reader, &input), COAP_WS_BROKEN);
  assert_int_equal(input.left, 2);
  assert_int_equal(coap_ws_read(&reader, &input), COAP_WS_BROKEN);
  assert_int_equal(input.left, 2);
}

static void
close_payloads_are_judged(void **state) {
  static const struct {
    const char *hex;
    unsigned int expected;
    unsigned int code;
  } table[] = {
      {"", 0, 1005},          {"03", 1002, 0},         {"03e8", 0, 1000},
      {"03e7", 1002, 999},    {"03eb", 0, 1003},       {"03ec", 1002, 1004},
      {"03ed", 1002, 1005},   {"03ee", 1002, 1006},    {"03ef", 0, 1007},
      {"03f6", 0, 1014},      {"03f7", 1002, 1015},    {"07d0", 1002, 2000},
      {"0bb7", 1002, 2999},   {"0bb8", 0, 3000},       {"1387", 0, 4999},
      {"1388", 1002, 5000},   {"03e8 6f6b", 0, 1000},  {"03e8 ff", 1007, 1000},
      {"03e8 c3a4", 0, 1000}, {"03e8 c3", 1007, 1000}, {"03e8 c080", 1007, 1000},
      {"ffff", 1002, 65535},  {"03e8 00", 0, 1000},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    uint8_t data[16];
    size_t length = from_hex(table[i].hex, data);
    unsigned int code = 0;
    unsigned int result = coap_ws_check_close(data, length, &code);

    if (result != table[i].expected || (length != 1 && code != table[i].code))
      fail_msg("%s: %u, code %u", table[i].hex, result, code);
  }
}

static void
utf8_has_one_form(void **state) {
  static const struct {
    const char *hex;
    int valid;
  } table[] = {
      {"", 1},         {"7f", 1},       {"80", 0},       {"c1bf", 0},     {"c280", 1},
      {"dfbf", 1},     {"df", 0},       {"e09fbf", 0},   {"e0a080", 1},   {"ecbfbf", 1},
      {"ed9fbf", 1},   {"eda080", 0},   {"ee8080", 1},   {"efbfbf", 1},   {"ef80", 0},
      {"f08fbfbf", 0}, {"f0908080", 1}, {"f48fbfbf", 1}, {"f4908080", 0}, {"f5808080", 0},
      {"e28228", 0},   {"c2c2", 0},     {"e282ac61", 1}, {"f1808028", 0}, {"f18080", 0},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    uint8_t data[8];

    if (coap_utf8_is_valid(data, from_hex(table[i].hex, data)) != table[i].valid)
      fail_msg("%s", table[i].hex);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_sample_is_judged_however_it_is_cut),
      cmocka_unit_test(every_length_form_survives),
      cmocka_unit_test(headers_are_as_in_the_rfc),
      cmocka_unit_test(what_is_broken_stays_broken),
      cmocka_unit_test(close_payloads_are_judged),
      cmocka_unit_test(utf8_has_one_form),
  };

  return cmocka_run_group_tests_name("wire_ws_frame", tests, NULL, NULL);
}
