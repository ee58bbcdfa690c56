/* world_test.c -- the world itself: runs repeat, peers are heard and answered, faults fall where
 * they should, and nothing is left behind. */
#include "tests/runs.h"
#include "world/trace.h"
#include "world/world.h"

#include <coap3/coap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET "message type=con code=get mid=0x0001 token=a1 uri-path=\"test\"\n"

static void
runs_repeat(void **state) {
  static const char text[] = "world roles=both seed=3\n"
                             "send code=get token=new uri-path=\"test\"\n"
                             "fault dir=out do=drop\n"
                             "send code=get token=new uri-path=\"separate\"\n"
                             "advance ms=5000\n" GET "respond size=9\n";
  uint64_t first = run_hash(text);

  (void)state;
  run_hash("world roles=server seed=9\n" GET);
  assert_true(first == run_hash(text));
}

static void
seed_and_operations_matter(void **state) {
  uint64_t a = run_hash("world roles=client seed=1\nsend code=get token=new\n");

  (void)state;
  assert_true(a != run_hash("world roles=client seed=2\nsend code=get token=new\n"));
  assert_true(a != run_hash("world roles=client seed=1\nsend type=non code=get token=new\n"));
}

static void
random_programs_repeat(void **state) {
  (void)state;
  run_random(-1, 300);
}

static void
server_answers(void **state) {
  (void)state;
  assert_int_equal(run_count("world\n" GET, "request-handler"), 1);
  assert_int_equal(run_count("world\n" GET, "ACK 2.05 mid=0x0001 token=a1"), 1);
  assert_int_equal(run_count("world\n" GET GET, "request-handler"), 1);
}

static void
client_is_answered(void **state) {
  static const char text[] =
      "world roles=client\nsend code=get token=new\n"
      "message to=session0 type=ack code=2.05 mid=last token=last payload=\"x\"\n";

  (void)state;
  assert_int_equal(run_count(text, "response-handler"), 1);
  assert_int_equal(run_count(text, "nack-handler"), 0);
}

static void
lost_requests_are_repeated(void **state) {
  (void)state;
  assert_int_equal(
      run_count("world roles=client\nsend code=get token=new\nadvance ms=100000\n", "CON 0.01"),
      5 + 2 + 1); /* copies, both reports of sending, the NACK's */
}

static void
faults_apply_once(void **state) {
  (void)state;
  assert_int_equal(run_count("world\nfault do=drop\n" GET, "request-handler"), 0);
  assert_int_equal(run_count("world\nfault do=duplicate\n" GET, "ACK 2.05"), 2);
  assert_int_equal(run_count("world\nfault do=delay ms=5\n" GET "process\n", "ACK 2.05"), 0);
  assert_int_equal(run_count("world\nfault do=delay ms=5\n" GET "advance ms=5\n", "ACK 2.05"), 1);
}

static void
failing_memory_is_survived(void **state) {
  char text[200];
  int n;

  (void)state;
  for (n = 0; n < 60; n++) {
    snprintf(text, sizeof(text), "world\nfail-alloc nth=%d\n" GET "notify resource=1\n", n);
    run_hash(text);
    snprintf(text, sizeof(text),
             "world roles=both\nfail-alloc nth=%d sticky=yes\nsend code=get token=new\n", n);
    run_hash(text);
  }
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

  return cmocka_run_group_tests_name("world", tests, runs_setup, NULL);
}
