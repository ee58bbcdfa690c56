/* program_test.c -- bytes and text of programs: nothing is lost either way, nothing is rejected
 * that is bytes, and bad text is told where it is bad. */
#include "tests/test.h"
#include "world/program.h"

#include <stdlib.h>
#include <string.h>

static uint64_t random_state;

static uint32_t
random_word(void) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(random_state >> 33);
}

static size_t
random_bytes(uint8_t *out, size_t max) {
  size_t len = random_word() % (max + 1);
  size_t i;

  /* Small values make more operations, large ones longer fields. */
  for (i = 0; i < len; i++)
    out[i] = (uint8_t)(random_word() % 4 == 0 ? random_word() : random_word() % 32);
  return len;
}

static struct program first;
static struct program second;
static struct program third;

static void
bytes_round_trip(void **state) {
  static uint8_t input[4096];
  static uint8_t canonical[8192];
  static uint8_t again[8192];
  int round;

  (void)state;
  random_state = 1;
  for (round = 0; round < 20000; round++) {
    size_t len = random_bytes(input, round % 10 == 0 ? sizeof(input) : 200);
    size_t canonical_len;

    prog_decode(&first, input, len);
    canonical_len = prog_encode(&first, canonical, sizeof(canonical));
    assert_true(canonical_len <= sizeof(canonical));
    prog_decode(&second, canonical, canonical_len);
    assert_true(prog_equal(&first, &second));
    assert_int_equal(prog_encode(&second, again, sizeof(again)), canonical_len);
    assert_memory_equal(canonical, again, canonical_len);
  }
}

static void
text_round_trip(void **state) {
  static uint8_t input[2048];
  static uint8_t arena[65536];
  int round;

  (void)state;
  random_state = 2;
  for (round = 0; round < 3000; round++) {
    size_t len = random_bytes(input, round % 10 == 0 ? sizeof(input) : 200);
    struct prog_error error;
    char *text = NULL;
    size_t text_len = 0;
    FILE *out;

    prog_decode(&first, input, len);
    out = open_memstream(&text, &text_len);
    assert_non_null(out);
    prog_write_text(&first, out);
    fclose(out);
    assert_true(text_len <= sizeof(arena));
    if (!prog_parse_text(&third, text, text_len, arena, &error))
      fail_msg("line %u, column %u: %s\n%s", error.line, error.column, error.message, text);
    assert_true(prog_equal(&first, &third));
    free(text);
  }
}

static void
every_operation_has_text(void **state) {
  unsigned int kind;

  (void)state;
  for (kind = 0; kind < PROG_KINDS; kind++) {
    uint8_t input[64] = {0};

    assert_non_null(prog_spec(kind));
    input[3] = (uint8_t)kind;
    memset(input + 4, 3, sizeof(input) - 4);
    prog_decode(&first, input, sizeof(input));
    assert_int_equal(first.ops[0].kind, kind);
  }
  assert_null(prog_spec(PROG_KINDS));
}

static void
limits_hold(void **state) {
  static uint8_t input[200000];

  (void)state;
  memset(input, PROG_MESSAGE, sizeof(input));
  prog_decode(&first, input, sizeof(input));
  assert_true(first.n_ops <= PROG_OPS_MAX);
  assert_true(first.n_options <= PROG_OPTIONS_MAX);
  prog_decode(&first, NULL, 0);
  assert_int_equal(first.n_ops, 0);
  assert_int_equal(prog_encode(&first, NULL, 0), 3);
}

struct bad_text {
  const char *text;
  unsigned int line, column;
  const char *expected;
};

static const struct bad_text bad_texts[] = {
    {"", 1, 1, "expected a line starting with 'world'"},
    {"message\n", 1, 1, "expected a line starting with 'world'"},
    {"world roles=nobody\n", 1, 13, "expected one of (server client both)"},
    {"world seed=256\n", 1, 12, "expected a number 0..255"},
    {"world\nfly\n", 2, 1, "expected an operation"},
    {"world\nmessage peer=8\n", 2, 14, "expected a number 0..7"},
    {"world\nmessage peer\n", 2, 13, "expected '='"},
    {"world\nmessage planet=1\n", 2, 9, "expected a field of 'message'"},
    {"world\n\n# note\n  message code=9.99\n", 4, 16, "expected a code"},
    {"world\nmessage mid=first\n", 2, 13, "expected a message ID"},
    {"world\nmessage token=abc\n", 2, 17, "expected pairs of hex digits"},
    {"world\nmessage payload=\"abc\n", 2, 21, "expected '\"'"},
    {"world\nmessage payload=\"\\q\"\n", 2, 19, "expected '\\\"'"},
    {"world\nmessage opt=70000:\n", 2, 13, "expected a number 0..65535"},
    {"world\nmessage opt=12 \n", 2, 15, "expected ':'"},
    {"world\nadvance ms=1x\n", 2, 12, "expected a number"},
    {"world\nsend payload=\"a\"payload=\"b\"\n", 2, 17, "expected a blank"},
};

static void
bad_text_is_located(void **state) {
  static uint8_t arena[256];
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
    const struct bad_text *b = &bad_texts[i];
    struct prog_error error = {0, 0, ""};

    assert_false(prog_parse_text(&first, b->text, strlen(b->text), arena, &error));
    if (strstr(error.message, b->expected) == NULL || error.line != b->line ||
        error.column != b->column)
      fail_msg("%s -> %u:%u %s", b->text, error.line, error.column, error.message);
  }
}

static void
text_means_what_it_says(void **state) {
  static const char text[] =
      "# a comment\n"
      "world roles=both family=ipv6 seed=9\n"
      "message peer=2 to=session1 version=3 type=rst code=post mid=last-2 "
      "token=own uri-path=\"a\" opt=65000:00ff payload=\"x\\x00\\\"\" cut=5\n"
      "advance ms=600000 # and another\n";
  static uint8_t arena[sizeof(text)];
  const struct prog_op *op = &first.ops[0];
  struct prog_error error;

  (void)state;
  assert_true(prog_parse_text(&first, text, sizeof(text) - 1, arena, &error));
  assert_int_equal(first.roles, PROG_ROLE_BOTH);
  assert_int_equal(first.ipv6, 1);
  assert_int_equal(first.seed, 9);
  assert_int_equal(first.n_ops, 2);
  assert_int_equal(op->kind, PROG_MESSAGE);
  assert_int_equal(op->v[MSG_PEER], 2);
  assert_int_equal(op->v[MSG_TO], 4);
  assert_int_equal(op->v[MSG_VERSION], 3);
  assert_int_equal(op->v[MSG_TYPE], 3);
  assert_int_equal(op->v[MSG_CODE], 2);
  assert_int_equal(op->v[MSG_MID], PROG_MID(PROG_MID_LAST + 2, 0));
  assert_int_equal(op->v[MSG_TOKEN], PROG_TOKEN_OWN);
  assert_int_equal(op->v[MSG_CUT], 5);
  assert_int_equal(op->n_options, 2);
  assert_int_equal(first.options[0].number, 11);
  assert_int_equal(first.options[1].number, 65000);
  assert_int_equal(first.options[1].value.n, 2);
  assert_int_equal(op->data.n, 3);
  assert_memory_equal(op->data.p, "x\0\"", 3);
  assert_int_equal(first.ops[1].v[0], 600000);
}

/* What bytes by chance make is run ten thousand times a second, and long repetitions are not. */
static void
counts_by_chance_are_few(void **state) {
  static uint8_t canonical[16];
  unsigned int many = 0;
  unsigned int byte;

  (void)state;
  for (byte = 0; byte < 256; byte++) {
    uint8_t input[8] = {0, 0, 0, PROG_OBSERVE, 0, 0, 0, (uint8_t)byte};

    prog_decode(&first, input, sizeof(input));
    assert_int_equal(first.n_ops, 1);
    many += first.ops[0].v[OBSERVE_COUNT] > 8;
  }
  assert_in_range(many, 0, 8);
  for (byte = 0; byte < 128; byte++) {
    first.ops[0].v[OBSERVE_COUNT] = byte;
    prog_decode(&second, canonical, prog_encode(&first, canonical, sizeof(canonical)));
    assert_int_equal(second.ops[0].v[OBSERVE_COUNT], byte);
  }
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_by_chance_are_few),
      cmocka_unit_test(bytes_round_trip),
      cmocka_unit_test(text_round_trip),
      cmocka_unit_test(every_operation_has_text),
      cmocka_unit_test(limits_hold),
      cmocka_unit_test(bad_text_is_located),
      cmocka_unit_test(text_means_what_it_says),
  };

  return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
