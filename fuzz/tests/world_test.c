/* world_test.c -- the world itself: runs repeat, peers are heard and answered, faults fall where
 * they should, and nothing is left behind. */
#include "tests/test.h"
#include "world/program.h"
#include "world/trace.h"
#include "world/world.h"

#include <coap3/coap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct program program;
static uint8_t arena[4096];

static void
parse(const char *text) {
  struct prog_error error;

  if (!prog_parse_text(&program, text, strlen(text), arena, &error))
    fail_msg("%u:%u %s", error.line, error.column, error.message);
}

static uint64_t
hash_of(const char *text) {
  static const struct world_options quiet = {NULL, NULL};

  parse(text);
  return world_run(&program, &quiet);
}

/* How often `word` is in the trace of the run. */
static unsigned int
count_in_trace(const char *text, const char *word) {
  struct world_options options = {NULL, NULL};
  char *trace = NULL;
  size_t len = 0;
  const char *at;
  unsigned int count = 0;

  options.text = open_memstream(&trace, &len);
  assert_non_null(options.text);
  parse(text);
  world_run(&program, &options);
  fclose(options.text);
  for (at = trace; (at = strstr(at, word)) != NULL; at++)
    count++;
  free(trace);
  return count;
}

#define GET "message type=con code=get mid=0x0001 token=a1 uri-path=\"test\"\n"

static void
runs_repeat(void **state) {
  static const char text[] = "world roles=both seed=3\n"
                             "send code=get token=new uri-path=\"test\"\n"
                             "fault dir=out do=drop\n"
                             "send code=get token=new uri-path=\"separate\"\n"
                             "advance ms=5000\n" GET "respond size=9\n";
  uint64_t first = hash_of(text);

  (void)state;
  hash_of("world roles=server seed=9\n" GET);
  assert_true(first == hash_of(text));
}

static void
seed_and_operations_matter(void **state) {
  uint64_t a = hash_of("world roles=client seed=1\nsend code=get token=new\n");

  (void)state;
  assert_true(a != hash_of("world roles=client seed=2\nsend code=get token=new\n"));
  assert_true(a != hash_of("world roles=client seed=1\nsend type=non code=get token=new\n"));
}

static void
random_programs_repeat(void **state) {
  static const struct world_options quiet = {NULL, NULL};
  uint8_t bytes[300];
  uint64_t word = 11;
  int round;

  (void)state;
  for (round = 0; round < 300; round++) {
    uint64_t hash;
    size_t i;

    for (i = 0; i < sizeof(bytes); i++) {
      word = word * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      bytes[i] = (uint8_t)(word >> 60 == 0 ? word >> 33 : (word >> 33) % 26);
    }
    prog_decode(&program, bytes, sizeof(bytes));
    hash = world_run(&program, &quiet);
    prog_decode(&program, bytes, sizeof(bytes));
    assert_true(hash == world_run(&program, &quiet));
  }
}

static void
server_answers(void **state) {
  (void)state;
  assert_int_equal(count_in_trace("world\n" GET, "request-handler"), 1);
  assert_int_equal(count_in_trace("world\n" GET, "ACK 2.05 mid=0x0001 token=a1"), 1);
  assert_int_equal(count_in_trace("world\n" GET GET, "request-handler"), 1);
}

static void
client_is_answered(void **state) {
  static const char text[] =
      "world roles=client\nsend code=get token=new\n"
      "message to=session0 type=ack code=2.05 mid=last token=last payload=\"x\"\n";

  (void)state;
  assert_int_equal(count_in_trace(text, "response-handler"), 1);
  assert_int_equal(count_in_trace(text, "nack-handler"), 0);
}

static void
lost_requests_are_repeated(void **state) {
  (void)state;
  assert_int_equal(
      count_in_trace("world roles=client\nsend code=get token=new\nadvance ms=100000\n",
                     "CON 0.01"),
      5 + 2 + 1); /* copies, both reports of sending, the NACK's */
}

static void
faults_apply_once(void **state) {
  (void)state;
  assert_int_equal(count_in_trace("world\nfault do=drop\n" GET, "request-handler"), 0);
  assert_int_equal(count_in_trace("world\nfault do=duplicate\n" GET, "ACK 2.05"), 2);
  assert_int_equal(count_in_trace("world\nfault do=delay ms=5\n" GET "process\n", "ACK 2.05"), 0);
  assert_int_equal(count_in_trace("world\nfault do=delay ms=5\n" GET "advance ms=5\n", "ACK 2.05"),
                   1);
}

static void
failing_memory_is_survived(void **state) {
  char text[200];
  int n;

  (void)state;
  for (n = 0; n < 60; n++) {
    snprintf(text, sizeof(text), "world\nfail-alloc nth=%d\n" GET "notify resource=1\n", n);
    hash_of(text);
    snprintf(text, sizeof(text),
             "world roles=both\nfail-alloc nth=%d sticky=yes\nsend code=get token=new\n", n);
    hash_of(text);
  }
}

static int
quiet_library(void **state) {
  (void)state;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  return 0;
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(runs_repeat),
      cmocka_unit_test(seed_and_operations_matter),
      cmocka_unit_test(random_programs_repeat),
      cmocka_unit_test(server_answers),
      cmocka_unit_test(client_is_answered),
      cmocka_unit_test(lost_requests_are_repeated),
      cmocka_unit_test(faults_apply_once),
      cmocka_unit_test(failing_memory_is_survived),
  };

  return cmocka_run_group_tests_name("world", tests, quiet_library, NULL);
}
