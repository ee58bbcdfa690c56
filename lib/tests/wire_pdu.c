/* wire_pdu.c -- datagrams to messages and back: RFC 7252 section 3 and appendix A, RFC 8974. */
#include "test.h"

#include "hex.h"
#include "seams/memory.h"
#include "wire/pdu.h"
#include "wire/pdu_udp.h"

typedef struct sample_t {
  const char *what;
  const char *hex;
  size_t max_token;
  coap_wire_status_t status;
} sample_t;

static const sample_t samples[] = {
    {"no bytes", "", 8, COAP_WIRE_IGNORE},
    {"three bytes", "400100", 8, COAP_WIRE_IGNORE},
    {"version 0", "00010001", 8, COAP_WIRE_IGNORE},
    {"version 2", "80010001", 8, COAP_WIRE_IGNORE},
    {"version 3", "c0010001", 8, COAP_WIRE_IGNORE},
    {"Empty CON", "40000001", 8, COAP_WIRE_OK},
    {"plain GET", "40010001", 8, COAP_WIRE_OK},
    {"token of 8", "480100010102030405060708", 8, COAP_WIRE_OK},
    {"token of 9 without RFC 8974", "49010001010203040506070809", 8, COAP_WIRE_MALFORMED},
    {"token of 9 with RFC 8974", "49010001010203040506070809", 100, COAP_WIRE_OK},
    {"extended token of 13", "4d0100010000010203040506070809101112", 100, COAP_WIRE_OK},
    {"extended token without RFC 8974", "4d0100010000010203040506070809101112", 8,
     COAP_WIRE_MALFORMED},
    {"extended token past the wanted length", "4d0100010000010203040506070809101112", 12,
     COAP_WIRE_OK},
    {"extended token past the end", "4d01000100000102030405060708091011", 100, COAP_WIRE_MALFORMED},
    {"extended token cut", "4d010001", 100, COAP_WIRE_MALFORMED},
    {"two-byte token length cut", "4e01000100", 65804, COAP_WIRE_MALFORMED},
    {"token length 15", "4f010001", 65804, COAP_WIRE_MALFORMED},
    {"token length 15 with as many bytes", "4f010001000102030405060708090a0b0c0d0e", 65804,
     COAP_WIRE_MALFORMED},
    {"token past the end", "4401000101", 8, COAP_WIRE_MALFORMED},
    {"payload marker alone", "40010001ff", 8, COAP_WIRE_MALFORMED},
    {"payload marker behind an option", "4001000140ff", 8, COAP_WIRE_MALFORMED},
    {"payload of one byte", "40010001ff00", 8, COAP_WIRE_OK},
    {"option delta 15", "40010001f0", 8, COAP_WIRE_MALFORMED},
    {"option length 15", "400100010f", 8, COAP_WIRE_MALFORMED},
    {"option value past the end", "40010001b36162", 8, COAP_WIRE_MALFORMED},
    {"option with a one-byte length cut", "40010001bd", 8, COAP_WIRE_MALFORMED},
    {"option with a two-byte length cut", "40010001be00", 8, COAP_WIRE_MALFORMED},
    {"option of length 13", "40010001bd0061626364656667686970717273", 8, COAP_WIRE_OK},
    {"option number 65535", "40010001e0fef2", 8, COAP_WIRE_OK},
    {"option delta past 65535", "40010001e0fef3", 8, COAP_WIRE_MALFORMED},
    {"option numbers adding up past 65535", "40010001e0fef210", 8, COAP_WIRE_MALFORMED},
    {"Empty with a token", "4100000101", 8, COAP_WIRE_MALFORMED},
    {"Empty with an option", "4000000110", 8, COAP_WIRE_MALFORMED},
    {"Empty with a payload", "40000001ff01", 8, COAP_WIRE_MALFORMED},
    {"reserved code class", "40200001", 8, COAP_WIRE_OK},
};

static void
each_sample_is_judged(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
    uint8_t data[64];
    size_t length = from_hex(samples[i].hex, data);
    coap_pdu_t *pdu = NULL;
    const char *why = NULL;
    coap_wire_status_t status = coap_wire_parse_udp(data, length, samples[i].max_token, &pdu, &why);

    if (status != samples[i].status)
      fail_msg("%s: status %d, expected %d", samples[i].what, status, samples[i].status);
    if ((pdu != NULL) != (status == COAP_WIRE_OK || status == COAP_WIRE_MALFORMED))
      fail_msg("%s: message given or not against the rule", samples[i].what);
    if (status == COAP_WIRE_MALFORMED && (pdu->used || coap_pdu_get_mid(pdu) != 1))
      fail_msg("%s: more than the header was taken", samples[i].what);
    coap_delete_pdu(pdu);
  }
}

/* RFC 7252 appendix A, figure 16: the request and its piggybacked response. */
static void
appendix_a_request_is_built(void **state) {
  static const uint8_t expected[] = {0x40, 0x01, 0x7d, 0x34, 0xbb, 't', 'e', 'm',
                                     'p',  'e',  'r',  'a',  't',  'u', 'r', 'e'};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 0x7d34, 64);
  size_t length;
  const uint8_t *data;

  (void)state;
  assert_non_null(pdu);
  assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, 11, (const uint8_t *)"temperature"));
  data = coap_wire_encode_udp(pdu, &length);
  assert_int_equal(length, sizeof(expected));
  assert_memory_equal(data, expected, length);
  coap_delete_pdu(pdu);
}

static void
appendix_a_response_is_read(void **state) {
  static const uint8_t data[] = {0x61, 0x45, 0x7d, 0x35, 0x20, 0xff, '2', '2', '.', '3', ' ', 'C'};
  coap_pdu_t *pdu = NULL;
  const char *why;
  size_t length;
  const uint8_t *payload;

  (void)state;
  assert_int_equal(coap_wire_parse_udp(data, sizeof(data), 8, &pdu, &why), COAP_WIRE_OK);
  assert_int_equal(coap_pdu_get_type(pdu), COAP_MESSAGE_ACK);
  assert_int_equal(coap_pdu_get_code(pdu), COAP_RESPONSE_CODE_CONTENT);
  assert_int_equal(coap_pdu_get_mid(pdu), 0x7d35);
  assert_int_equal(coap_pdu_get_token(pdu).length, 1);
  assert_int_equal(coap_pdu_get_token(pdu).s[0], 0x20);
  assert_true(coap_get_data(pdu, &length, &payload));
  assert_int_equal(length, 6);
  assert_memory_equal(payload, "22.3 C", 6);
  coap_delete_pdu(pdu);
}

static void
empty_message_has_four_bytes(void **state) {
  uint8_t data[4];

  (void)state;
  coap_wire_empty_udp(data, COAP_MESSAGE_RST, 0xabcd);
  assert_memory_equal(data, "\x70\x00\xab\xcd", 4);
}

static void
tokens_of_every_coded_length_survive(void **state) {
  static const size_t lengths[] = {0, 1, 8, 9, 12, 13, 14, 268, 269, 270, 65803, 65804};
  uint8_t *token = coap_mem_zalloc(COAP_TOKEN_EXT_MAX);

  (void)state;
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, 1, 70000);
    coap_pdu_t *read = NULL;
    const char *why;
    size_t length;
    const uint8_t *data;

    token[lengths[i] / 2] = (uint8_t)i;
    assert_true(coap_add_token(pdu, lengths[i], token));
    assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x"));
    data = coap_wire_encode_udp(pdu, &length);
    assert_int_equal(coap_wire_parse_udp(data, length, COAP_TOKEN_EXT_MAX, &read, &why),
                     COAP_WIRE_OK);
    assert_int_equal(coap_pdu_get_token(read).length, lengths[i]);
    assert_memory_equal(coap_pdu_get_token(read).s, token, lengths[i]);
    coap_delete_pdu(read);
    coap_delete_pdu(pdu);
  }
  coap_mem_free(token);
}

static void
token_comes_first_and_once(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);

  (void)state;
  assert_false(coap_add_token(pdu, COAP_TOKEN_EXT_MAX + 1, NULL));
  assert_true(coap_add_token(pdu, 2, (const uint8_t *)"ab"));
  assert_false(coap_add_token(pdu, 2, (const uint8_t *)"cd"));
  assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x"));
  assert_true(coap_add_data(pdu, 1, (const uint8_t *)"y"));
  assert_false(coap_add_data(pdu, 1, (const uint8_t *)"z"));
  assert_int_equal(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x"), 0);
  coap_delete_pdu(pdu);
}

static void
room_is_a_limit_and_nothing_is_half_written(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 10);
  uint8_t value[16] = {0};
  size_t before;

  (void)state;
  assert_true(coap_add_token(pdu, 4, value));
  before = pdu->used;
  assert_int_equal(coap_add_option(pdu, COAP_OPTION_URI_PATH, 6, value), 0);
  assert_int_equal(pdu->used, before);
  assert_int_equal(coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, value), 6);
  assert_false(coap_add_data(pdu, 1, value));
  assert_true(coap_add_data(pdu, 0, NULL));
  coap_delete_pdu(pdu);
}

static void
init_refuses_what_no_message_can_be(void **state) {
  (void)state;
  assert_null(coap_pdu_init((coap_pdu_type_t)4, COAP_REQUEST_CODE_GET, 1, 10));
  assert_null(coap_pdu_init(COAP_MESSAGE_CON, (coap_pdu_code_t)256, 1, 10));
  assert_null(coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 65536, 10));
  assert_null(coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, -1, 10));
  assert_null(coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, SIZE_MAX));
}

static void
setters_and_getters_agree(void **state) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 10);
  size_t length = 7;
  const uint8_t *data = (const uint8_t *)"";

  (void)state;
  coap_pdu_set_type(pdu, COAP_MESSAGE_NON);
  coap_pdu_set_code(pdu, COAP_RESPONSE_CODE_VALID);
  coap_pdu_set_mid(pdu, 77);
  assert_int_equal(coap_pdu_get_type(pdu), COAP_MESSAGE_NON);
  assert_int_equal(coap_pdu_get_code(pdu), COAP_RESPONSE_CODE_VALID);
  assert_int_equal(coap_pdu_get_mid(pdu), 77);
  assert_false(coap_get_data(pdu, &length, &data));
  assert_int_equal(length, 0);
  assert_null(data);
  coap_delete_pdu(pdu);
  coap_delete_pdu(NULL);
}

/* Public parser: what it refuses leaves the caller's PDU untouched. */
static void
public_parse_is_whole_or_nothing(void **state) {
  static const uint8_t good[] = {0x51, 0x01, 0x00, 0x02, 0xaa, 0xb1, 'x', 0xff, 'y'};
  static const uint8_t bad[] = {0x51, 0x01, 0x00, 0x03, 0xaa, 0xb5, 'x'};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, 0, 100);

  (void)state;
  assert_true(coap_pdu_parse(COAP_PROTO_UDP, good, sizeof(good), pdu));
  assert_int_equal(coap_pdu_get_mid(pdu), 2);
  assert_false(coap_pdu_parse(COAP_PROTO_UDP, bad, sizeof(bad), pdu));
  assert_int_equal(coap_pdu_get_mid(pdu), 2);
  assert_int_equal(coap_pdu_get_token(pdu).s[0], 0xaa);
  assert_false(coap_pdu_parse(COAP_PROTO_TCP, good, sizeof(good), pdu));
  coap_delete_pdu(pdu);
}

/* Whatever is taken from random bytes encodes to the same bytes again. */
static void
what_is_accepted_encodes_to_itself(void **state) {
  uint32_t seed = 12345;
  unsigned int accepted = 0;

  (void)state;
  for (int round = 0; round < 200000; round++) {
    uint8_t data[40];
    size_t size;
    coap_pdu_t *pdu = NULL;
    const char *why;

    for (size_t i = 0; i < sizeof(data); i++) {
      seed = seed * 1664525 + 1013904223;
      data[i] = (uint8_t)(seed >> 24);
    }
    size = seed >> 16 & 31;
    data[0] = (uint8_t)(0x40 | (data[0] & 0x33));
    if (coap_wire_parse_udp(data, size, 8, &pdu, &why) == COAP_WIRE_OK) {
      size_t length;
      const uint8_t *again = coap_wire_encode_udp(pdu, &length);

      accepted++;
      assert_int_equal(length, size);
      assert_memory_equal(again, data, size);
    }
    coap_delete_pdu(pdu);
  }
  assert_true(accepted > 1000);
}

static void
want_of_memory_is_reported(void **state) {
  /* More payload than a message's first room. */
  static const uint8_t data[200] = {0x51, 0x01, 0x00, 0x02, 0xaa, 0xb1, 'x', 0xff, 'y'};
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;

  (void)state;
  coap_mem_sim_stats(&before);
  for (uint64_t nth = 1;; nth++) {
    coap_pdu_t *pdu = NULL;
    const char *why;
    coap_wire_status_t status;

    coap_mem_sim_fail(nth, 0);
    status = coap_wire_parse_udp(data, sizeof(data), 8, &pdu, &why);
    coap_mem_sim_fail(0, 0);
    coap_delete_pdu(pdu);
    if (status == COAP_WIRE_OK) {
      assert_true(nth > 2);
      break;
    }
    assert_int_equal(status, COAP_WIRE_NO_MEMORY);
  }
  coap_mem_sim_stats(&after);
  assert_int_equal(after.live_bytes, before.live_bytes);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_sample_is_judged),
      cmocka_unit_test(appendix_a_request_is_built),
      cmocka_unit_test(appendix_a_response_is_read),
      cmocka_unit_test(empty_message_has_four_bytes),
      cmocka_unit_test(tokens_of_every_coded_length_survive),
      cmocka_unit_test(token_comes_first_and_once),
      cmocka_unit_test(room_is_a_limit_and_nothing_is_half_written),
      cmocka_unit_test(init_refuses_what_no_message_can_be),
      cmocka_unit_test(setters_and_getters_agree),
      cmocka_unit_test(public_parse_is_whole_or_nothing),
      cmocka_unit_test(what_is_accepted_encodes_to_itself),
      cmocka_unit_test(want_of_memory_is_reported),
  };

  return cmocka_run_group_tests_name("wire_pdu", tests, NULL, NULL);
}
