/* runs.c -- see runs.h. */
#include "tests/runs.h"

#include "world/program.h"
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

uint64_t
run_hash(const char *text) {
  static const struct world_options quiet = {NULL, NULL};

  parse(text);
  return world_run(&program, &quiet);
}

unsigned int
run_count(const char *text, const char *word) {
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

int
runs_setup(void **state) {
  (void)state;
  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  return 0;
}

void
run_random(int proto, unsigned int rounds) {
  static const struct world_options quiet = {NULL, NULL};
  uint8_t bytes[300];
  uint64_t word = 11;
  unsigned int round;
  uint64_t hashes[2];
  size_t i;

  for (round = 0; round < rounds; round++) {
    for (i = 0; i < sizeof(bytes); i++) {
      word = word * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      bytes[i] = (uint8_t)(word >> 60 == 0 ? word >> 33 : (word >> 33) % (proto < 0 ? 26 : 42));
    }
    for (i = 0; i < 2; i++) {
      prog_decode(&program, bytes, sizeof(bytes));
      if (proto >= 0)
        program.proto = (uint32_t)proto;
      hashes[i] = world_run(&program, &quiet);
    }
    assert_true(hashes[0] == hashes[1]);
  }
}
