/* stream_split_test.c -- a recorded conversation cut at every byte offset, and delivered one byte
 * at a time, is the same conversation: the library sends the same messages and tells the
 * application the same in the same order (RFC 8323 3.2: a stream has no borders but those of its
 * messages). */
#include "tests/test.h"
#include "world/program.h"
#include "world/world.h"

#include <coap3/coap.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program program;
static struct program cut;
static uint8_t arena[32768];

/* What a client and a server say that use all that streams have: CSM with options, requests one
 * behind the other, a body, a long option, observation, Ping, an Empty message, Release. */
#define TALK_SERVER                                                                                \
  "stream-message code=7.01 opt=2:040000 opt=4:\"\"\n"                                             \
  "stream-message code=get token=01 uri-path=\"test\"\n"                                           \
  "stream-message code=0.00\n"                                                                     \
  "stream-message code=put token=0202 uri-path=\"test\" payload=\"a body of some length, longer "  \
  "than thirteen\"\n"                                                                              \
  "stream-message code=get token=0303030303030303 uri-path=\"large\" accept=\"\"\n"                \
  "stream-message code=get token=04 uri-path=\"obs\" observe=\"\"\n"                               \
  "notify resource=1\n"                                                                            \
  "stream-message code=7.02 token=aabb opt=2:\"\"\n"                                               \
  "stream-message code=get token=05 uri-path=\"nothing there\" uri-query=\"x=0123456789abcdef\"\n" \
  "stream-message code=get token=06 uri-path=\"separate\"\n"                                       \
  "respond code=2.05 size=300\n"                                                                   \
  "stream-message code=7.04 opt=4:05\n"

#define TALK_CLIENT                                                                                \
  "send code=get token=new uri-path=\"test\"\n"                                                    \
  "stream-message code=7.01 opt=2:040000 opt=4:\"\"\n"                                             \
  "stream-message code=2.05 token=last payload=\"hello\"\n"                                        \
  "send code=put token=new uri-path=\"a\" payload=\"b\"\n"                                         \
  "send code=get token=new uri-path=\"c\"\n"                                                       \
  "stream-message code=2.04 token=last-1\n"                                                        \
  "stream-message code=7.02 token=0102\n"                                                          \
  "stream-message code=4.04 token=last content-format=\"\" payload=\"no such thing in here\"\n"    \
  "send code=get token=new uri-path=\"d\"\n"                                                       \
  "stream-message code=7.05 opt=2:02 payload=\"enough\"\n"

#define TALK_BOTH                                                                                  \
  "send code=get token=new uri-path=\"test\"\n"                                                    \
  "send code=put token=new uri-path=\"test\" payload=\"something\"\n"                              \
  "send code=get token=new uri-path=\"large\"\n"                                                   \
  "ping session=0\n"                                                                               \
  "advance ms=100\n"

static void
parse(const char *text) {
  struct prog_error error;

  if (!prog_parse_text(&program, text, strlen(text), arena, &error))
    fail_msg("%u:%u %s", error.line, error.column, error.message);
}

/* Runs the program with a "split" in front of it. */
static uint64_t
run(uint32_t at, uint32_t size) {
  static const struct world_options quiet = {NULL, NULL};
  struct prog_op *op;

  cut = program;
  memmove(&cut.ops[1], &cut.ops[0], sizeof(cut.ops[0]) * cut.n_ops);
  op = &cut.ops[0];
  memset(op, 0, sizeof(*op));
  op->kind = PROG_SPLIT;
  op->v[0] = at;
  op->v[1] = size;
  cut.n_ops++;
  world_run(&cut, &quiet);
  return world_talk_hash();
}

/* Bytes that the peer of the first connection sends, counted in the trace. */
static unsigned int
count_bytes(void) {
  struct world_options options = {NULL, NULL};
  char *trace = NULL;
  size_t length = 0;
  unsigned int bytes = 0;
  const char *at;

  options.text = open_memstream(&trace, &length);
  assert_non_null(options.text);
  world_run(&program, &options);
  fclose(options.text);
  for (at = trace; (at = strstr(at, "chunk-in")) != NULL; at++)
    bytes += (unsigned int)strtoul(strstr(at, "value=") + 6, NULL, 10);
  free(trace);
  return bytes;
}

static void
check(const char *text, unsigned int least) {
  uint64_t whole;
  unsigned int bytes;
  uint32_t at;

  parse(text);
  bytes = count_bytes();
  assert_true(bytes >= least);
  whole = run(0, 0);
  assert_int_not_equal(whole, 0);
  for (at = 1; at < bytes; at++) {
    if (run(at, 0) != whole)
      fail_msg("cut at byte %u of %u it is another conversation", at, bytes);
  }
  for (at = 1; at <= 7; at++) {
    if (run(0, at) != whole)
      fail_msg("in pieces of %u bytes it is another conversation", at);
  }
}

static void
tcp_server_is_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check("world roles=server seed=1 proto=tcp\n" TALK_SERVER, 150);
}

static void
tcp_client_is_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check("world roles=client seed=1 proto=tcp\n" TALK_CLIENT, 80);
}

static void
tcp_both_ends_are_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check("world roles=both seed=1 proto=tcp\n" TALK_BOTH, 100);
}

#define TALK_FRAMES                                                                                \
  "frame opcode=9 payload=\"hello\"\n"                                                             \
  "stream-message code=get token=07 uri-path=\"test\" frames=ping-between\n"                       \
  "stream-message code=get token=08 uri-path=\"large\" frames=bytes\n"                             \
  "frame opcode=8 payload=03e8\n"

static void
ws_server_is_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check("world roles=server seed=1 proto=ws\nupgrade\n" TALK_SERVER, 400);
  check("world roles=server seed=1 proto=ws\n"
        "stream-message code=7.01 frames=two\n" TALK_FRAMES,
        250);
}

static void
ws_client_is_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check("world roles=client seed=1 proto=ws\n"
        "upgrade\n" TALK_CLIENT,
        250);
}

static void
ws_both_ends_are_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check("world roles=both seed=1 proto=ws\n" TALK_BOTH, 400);
}

/* The same of every conversation that was recorded with a real client. */
static void
check_recorded(const char *target, unsigned int least) {
  const char *top = getenv("top_srcdir");
  char path[4096];
  char text[32768];
  unsigned int count = 0;
  glob_t found;
  size_t i;

  snprintf(path, sizeof(path), "%s/corpus/recorded/%s/*.session", top ? top : ".", target);
  assert_int_equal(glob(path, 0, NULL, &found), 0);
  for (i = 0; i < found.gl_pathc; i++) {
    FILE *file = fopen(found.gl_pathv[i], "r");
    size_t length;

    assert_non_null(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    assert_true(length > 0 && length < sizeof(text) - 1);
    text[length] = '\0';
    check(text, 10);
    count++;
  }
  globfree(&found);
  assert_true(count >= least);
}

static void
recorded_tcp_is_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check_recorded("session_tcp_server", 5);
}

static void
recorded_ws_is_the_same_at_every_byte_offset(void **state) {
  (void)state;
  check_recorded("session_ws_server", 4);
}

/* The hash notices: another answer is another conversation. */
static void
other_conversations_differ(void **state) {
  uint64_t one;

  (void)state;
  parse("world roles=server seed=1 proto=tcp\n" TALK_SERVER);
  one = run(0, 0);
  parse("world roles=server seed=1 proto=tcp\n" TALK_SERVER "stream-message peer=1 code=7.01\n");
  assert_int_not_equal(run(0, 0), one);
  parse("world roles=server seed=1 proto=tcp\nstream-message code=get token=01 "
        "uri-path=\"test\"\n" TALK_SERVER);
  assert_int_not_equal(run(0, 0), one);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tcp_server_is_the_same_at_every_byte_offset),
      cmocka_unit_test(tcp_client_is_the_same_at_every_byte_offset),
      cmocka_unit_test(tcp_both_ends_are_the_same_at_every_byte_offset),
      cmocka_unit_test(ws_server_is_the_same_at_every_byte_offset),
      cmocka_unit_test(ws_client_is_the_same_at_every_byte_offset),
      cmocka_unit_test(ws_both_ends_are_the_same_at_every_byte_offset),
      cmocka_unit_test(recorded_tcp_is_the_same_at_every_byte_offset),
      cmocka_unit_test(recorded_ws_is_the_same_at_every_byte_offset),
      cmocka_unit_test(other_conversations_differ),
  };

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  return cmocka_run_group_tests_name("stream_split", tests, NULL, NULL);
}
