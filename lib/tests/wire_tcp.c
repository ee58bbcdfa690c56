/* wire_tcp.c -- messages on streams and in WebSocket messages: RFC 8323 3.2, 4.2 and 5, RFC 8974.
 */
#include "test.h"

#include "hex.h"
#include "seams/memory.h"
#include "wire/codes.h"
#include "wire/pdu.h"
#include "wire/pdu_print.h"
#include "wire/pdu_tcp.h"

typedef struct size_sample_t {
  const char *hex;
  size_t max_token;
  coap_wire_status_t status;
  uint64_t total;
} size_sample_t;

/* How much of the stream is needed and how long the message is, told from its beginning alone. */
static const size_sample_t size_samples[] = {
    {"", 8, COAP_WIRE_MORE, 0},
    {"00", 8, COAP_WIRE_MORE, 0},
    {"0000", 8, COAP_WIRE_OK, 2},
    {"00e1", 8, COAP_WIRE_OK, 2},
    {"0845", 8, COAP_WIRE_OK, 10},
    {"c045", 8, COAP_WIRE_OK, 14},
    {"d045", 8, COAP_WIRE_MORE, 0},
    {"d00045", 8, COAP_WIRE_OK, 16},
    {"d4ff45", 8, COAP_WIRE_OK, 275},
    {"e00000", 8, COAP_WIRE_MORE, 0},
    {"e0000045", 8, COAP_WIRE_OK, 273},
    {"e0ffff45", 8, COAP_WIRE_OK, 65808},
    {"f0000000", 8, COAP_WIRE_MORE, 0},
    {"f00000000045", 8, COAP_WIRE_OK, 65811},
    {"f8ffffffff45", 8, COAP_WIRE_OK, UINT64_C(4294967295) + 65805 + 6 + 8},
    /* RFC 8974 2.1: the token's extended length stands behind the code. */
    {"0f", 8, COAP_WIRE_MALFORMED, 0},
    {"0f", 65804, COAP_WIRE_MALFORMED, 0},
    {"09", 8, COAP_WIRE_MALFORMED, 0},
    {"fe", 8, COAP_WIRE_MALFORMED, 0},
    {"0c45", 100, COAP_WIRE_OK, 14},
    {"0d45", 100, COAP_WIRE_MORE, 0},
    {"0d4500", 100, COAP_WIRE_OK, 16},
    {"0e4500", 100, COAP_WIRE_MORE, 0},
    {"0e45ffff", 100, COAP_WIRE_OK, 65808},
    {"fefffffffe45ffff", 65804, COAP_WIRE_OK, UINT64_C(4294967294) + 65805 + 8 + 65804},
};

static void
size_is_told_from_the_first_bytes(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(size_samples); i++) {
    const size_sample_t *s = &size_samples[i];
    uint8_t data[16];
    size_t length = from_hex(s->hex, data);
    uint64_t total = 0;
    coap_wire_status_t status = coap_wire_tcp_size(data, length, s->max_token, &total);

    if (status != s->status || total != s->total)
      fail_msg("%s: status %d, %llu bytes", s->hex, (int)status, (unsigned long long)total);
  }
}

typedef struct sample_t {
  const char *what;
  const char *hex;
  size_t max_token;
  coap_wire_status_t status;
  int has_pdu;
} sample_t;

static const sample_t tcp_samples[] = {
    {"no bytes", "", 8, COAP_WIRE_MALFORMED, 0},
    {"one byte", "00", 8, COAP_WIRE_MALFORMED, 0},
    {"Empty", "0000", 8, COAP_WIRE_OK, 1},
    {"Empty with a token", "010061", 8, COAP_WIRE_OK, 1},
    {"CSM", "00e1", 8, COAP_WIRE_OK, 1},
    {"a byte too many", "00e100", 8, COAP_WIRE_MALFORMED, 0},
    {"a byte too few", "10e1", 8, COAP_WIRE_MALFORMED, 0},
    {"token and option", "2101 61 b1 72", 8, COAP_WIRE_OK, 1},
    {"payload marker alone", "1045 ff", 8, COAP_WIRE_MALFORMED, 1},
    {"payload", "2045 ff 61", 8, COAP_WIRE_OK, 1},
    {"option past the end", "2001 b3 61", 8, COAP_WIRE_MALFORMED, 1},
    {"reserved option length", "1001 bf", 8, COAP_WIRE_MALFORMED, 1},
    {"token length 15", "0f01", 65804, COAP_WIRE_MALFORMED, 1},
    {"token of 9, plain", "0901 010203040506070809", 8, COAP_WIRE_MALFORMED, 1},
    {"token of 9, extended", "0901 010203040506070809", 9, COAP_WIRE_OK, 1},
    {"token of 13", "0d01 00 01020304050607080910111213", 13, COAP_WIRE_OK, 1},
    {"length of 13", "d000 01 dc0b 616161616161616161616161", 8, COAP_WIRE_MALFORMED, 0},
};

static const sample_t ws_samples[] = {
    {"no bytes", "", 8, COAP_WIRE_MALFORMED, 0},
    {"one byte", "00", 8, COAP_WIRE_MALFORMED, 0},
    {"CSM", "00e1", 8, COAP_WIRE_OK, 1},
    {"Len not 0", "1001 61", 8, COAP_WIRE_MALFORMED, 0},
    {"token and option", "0101 61 b1 72", 8, COAP_WIRE_OK, 1},
    {"token past the end", "0201 61", 8, COAP_WIRE_MALFORMED, 1},
    {"payload marker alone", "0045 ff", 8, COAP_WIRE_MALFORMED, 1},
    {"token length 15", "0f01", 65804, COAP_WIRE_MALFORMED, 1},
    {"token of 13", "0d01 00 01020304050607080910111213", 13, COAP_WIRE_OK, 1},
};

typedef coap_wire_status_t (*parse_t)(const uint8_t *data, size_t length, size_t max_token,
                                      coap_pdu_t **pdu, const char **why);

static void
judge(parse_t parse, const sample_t *samples, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint8_t data[64];
    size_t length = from_hex(samples[i].hex, data);
    coap_pdu_t *pdu = NULL;
    const char *why = NULL;
    coap_wire_status_t status = parse(data, length, samples[i].max_token, &pdu, &why);

    if (status != samples[i].status)
      fail_msg("%s: status %d (%s)", samples[i].what, (int)status, why ? why : "fine");
    if ((pdu != NULL) != samples[i].has_pdu)
      fail_msg("%s: message given or not against the rule", samples[i].what);
    if (status == COAP_WIRE_MALFORMED && (!why || !*why || (pdu && pdu->used)))
      fail_msg("%s: no reason, or more than the header was taken", samples[i].what);
    coap_delete_pdu(pdu);
  }
}

static void
each_sample_is_judged(void **state) {
  (void)state;
  judge(coap_wire_parse_tcp, tcp_samples, COUNT_OF(tcp_samples));
  judge(coap_wire_parse_ws, ws_samples, COUNT_OF(ws_samples));
}

static void
fields_are_read(void **state) {
  static const uint8_t data[] = {0x82, 0x45, 'a', 'b', 0xc1, 0x2a, 0xff, '2', '2', '.', '3', 'C'};
  coap_pdu_t *pdu = NULL;
  const char *why;
  size_t length;
  const uint8_t *payload;

  (void)state;
  assert_int_equal(coap_wire_parse_tcp(data, sizeof(data), 8, &pdu, &why), COAP_WIRE_OK);
  assert_int_equal(coap_pdu_get_type(pdu), COAP_MESSAGE_CON);
  assert_int_equal(coap_pdu_get_mid(pdu), 0);
  assert_int_equal(coap_pdu_get_code(pdu), COAP_RESPONSE_CODE_CONTENT);
  assert_int_equal(coap_pdu_get_token(pdu).length, 2);
  assert_memory_equal(coap_pdu_get_token(pdu).s, "ab", 2);
  assert_true(coap_get_data(pdu, &length, &payload));
  assert_int_equal(length, 5);
  assert_memory_equal(payload, "22.3C", 5);
  coap_delete_pdu(pdu);
}

/* A response with `token_length` bytes of token and `payload_length` of payload, none for 0. */
static coap_pdu_t *
message(size_t token_length, size_t payload_length) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, 0, 200000);
  uint8_t *token = calloc(1, token_length + 1);
  uint8_t *payload;

  token[token_length / 2] = 0xab;
  assert_true(coap_add_token(pdu, token_length, token));
  free(token);
  if (payload_length) {
    payload = coap_add_data_after(pdu, payload_length);
    assert_non_null(payload);
    memset(payload, 'p', payload_length);
  }
  return pdu;
}

static int
are_equal(const coap_pdu_t *a, const coap_pdu_t *b) {
  return coap_pdu_get_code(a) == coap_pdu_get_code(b) && a->used == b->used &&
         a->token_offset == b->token_offset && a->token_length == b->token_length &&
         a->data_offset == b->data_offset && !memcmp(coap_pdu_bytes(a), coap_pdu_bytes(b), a->used);
}

static void
check_round_trip(size_t token_length, size_t payload_length, size_t header) {
  coap_pdu_t *pdu = message(token_length, payload_length);
  coap_pdu_t *read = NULL;
  const char *why;
  size_t length;
  uint64_t total = 0;
  const uint8_t *data = coap_wire_encode_tcp(pdu, &length);

  assert_int_equal(length, header + pdu->used);
  /* The size is known as soon as the header, token length and all, is there. */
  assert_int_equal(coap_wire_tcp_size(data, header + pdu->token_offset, COAP_TOKEN_EXT_MAX, &total),
                   COAP_WIRE_OK);
  assert_int_equal(total, length);
  for (size_t cut = 0; cut < header + pdu->token_offset; cut++)
    assert_int_equal(coap_wire_tcp_size(data, cut, COAP_TOKEN_EXT_MAX, &total), COAP_WIRE_MORE);
  assert_int_equal(coap_wire_parse_tcp(data, length, COAP_TOKEN_EXT_MAX, &read, &why),
                   COAP_WIRE_OK);
  assert_true(are_equal(pdu, read));
  coap_delete_pdu(read);
  data = coap_wire_encode_ws(pdu, &length);
  assert_int_equal(length, 2 + pdu->used);
  assert_int_equal(data[0] >> 4, 0);
  assert_int_equal(coap_wire_parse_ws(data, length, COAP_TOKEN_EXT_MAX, &read, &why), COAP_WIRE_OK);
  assert_true(are_equal(pdu, read));
  coap_delete_pdu(read);
  coap_delete_pdu(pdu);
}

static void
every_length_form_survives(void **state) {
  static const size_t tokens[] = {0, 1, 8, 9, 12, 13, 268, 269, 65804};
  /* Length of options and payload, the marker counted, and the header it takes. */
  static const struct {
    size_t body;
    size_t header;
  } bodies[] = {{0, 2},   {2, 2},     {12, 2},    {13, 3},    {14, 3},    {268, 3},
                {269, 4}, {65804, 4}, {65805, 6}, {65806, 6}, {100000, 6}};

  (void)state;
  for (size_t t = 0; t < COUNT_OF(tokens); t++) {
    for (size_t b = 0; b < COUNT_OF(bodies); b++)
      check_round_trip(tokens[t], bodies[b].body ? bodies[b].body - 1 : 0, bodies[b].header);
  }
}

static void
want_of_memory_is_told(void **state) {
  /* An option, and more payload than a new message has room for. */
  enum { HEAD = 4, LENGTH = 2 + 1 + 77 };
  static const uint8_t data[HEAD + LENGTH] = {0xd1, LENGTH - 13, 0x01, 0x61, 0xb1, 0x72, 0xff};

  (void)state;
  for (uint64_t nth = 1; nth <= 2; nth++) {
    struct coap_mem_sim_stats before;
    struct coap_mem_sim_stats after;
    coap_pdu_t *pdu = NULL;
    const char *why;
    coap_wire_status_t status;

    coap_mem_sim_stats(&before);
    coap_mem_sim_fail(nth, 0);
    status = coap_wire_parse_tcp(data, sizeof(data), 8, &pdu, &why);
    coap_mem_sim_fail(0, 0);
    coap_mem_sim_stats(&after);
    assert_int_equal(status, COAP_WIRE_NO_MEMORY);
    assert_null(pdu);
    assert_int_equal(after.live_bytes, before.live_bytes);
  }
}

static void
public_parser_knows_each_framing(void **state) {
  static const struct {
    coap_proto_t proto;
    const char *hex;
    int ok;
  } table[] = {
      {COAP_PROTO_UDP, "40010001 b172", 1},  {COAP_PROTO_DTLS, "40010001 b172", 1},
      {COAP_PROTO_TCP, "2001 b172", 1},      {COAP_PROTO_TLS, "2001 b172", 1},
      {COAP_PROTO_TCP, "0001 b172", 0},      {COAP_PROTO_WS, "0001 b172", 1},
      {COAP_PROTO_WSS, "0001 b172", 1},      {COAP_PROTO_WS, "2001 b172", 0},
      {COAP_PROTO_NONE, "40010001 b172", 0}, {COAP_PROTO_LAST, "40010001 b172", 0},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_EMPTY_CODE, 9, 20);
    uint8_t data[16];
    size_t length = from_hex(table[i].hex, data);

    assert_int_equal(coap_pdu_parse(table[i].proto, data, length, pdu), table[i].ok);
    assert_int_equal(coap_pdu_get_code(pdu), table[i].ok ? 1 : 0);
    coap_delete_pdu(pdu);
  }
}

static void
signals_are_shown_by_name(void **state) {
  static const struct {
    const char *hex;
    const char *expected;
  } table[] = {
      {"00e1 22 0480 20 21 09", "CSM i:0000 {} [ Max-Message-Size:1152, Block-Wise-Transfer:, "
                                "Extended-Token-Length:9 ]"},
      {"01e2 61 20", "Ping i:0000 {61} [ Custody: ]"},
      {"01e3 61 20", "Pong i:0000 {61} [ Custody: ]"},
      {"00e4 23 616263 21 0a", "Release i:0000 {} [ Alternative-Address:'abc', Hold-Off:10 ]"},
      {"00e5 21 03 ff 6e6f", "Abort i:0000 {} [ Bad-CSM-Option:3 ] :: 'no'"},
      {"00e1 11 61", "CSM i:0000 {} [ 1:61 ]"},
      {"00e6", "7.06 i:0000 {} [  ]"},
      {"00e2 d10a 61", "Ping i:0000 {} [ 23:61 ]"},
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    uint8_t data[32];
    size_t length = from_hex(table[i].hex, data);
    char text[200];
    coap_pdu_t *pdu = NULL;
    const char *why;

    assert_int_equal(coap_wire_parse_ws(data, length, 8, &pdu, &why), COAP_WIRE_OK);
    coap_pdu_print(pdu, text, sizeof(text));
    assert_non_null(strstr(text, "c:"));
    assert_string_equal(strstr(text, "c:") + 2, table[i].expected);
    coap_delete_pdu(pdu);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(size_is_told_from_the_first_bytes),
      cmocka_unit_test(each_sample_is_judged),
      cmocka_unit_test(fields_are_read),
      cmocka_unit_test(every_length_form_survives),
      cmocka_unit_test(want_of_memory_is_told),
      cmocka_unit_test(public_parser_knows_each_framing),
      cmocka_unit_test(signals_are_shown_by_name),
  };

  return cmocka_run_group_tests_name("wire_tcp", tests, NULL, NULL);
}
