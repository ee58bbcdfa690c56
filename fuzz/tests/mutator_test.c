/* mutator_test.c -- whatever is changed, a program comes out that says the same as bytes. */
#include "tests/test.h"

#include "mutator/mutate.h"

#include <stdlib.h>
#include <string.h>

static struct program program, again, donor;
static uint8_t bytes[1U << 20];

/* A stand-in for the engine's: one byte more, or one changed. */
static size_t
change_bytes(uint8_t *data, size_t size, size_t max) {
  if (size == max) {
    data[0] ^= 1;
    return size;
  }
  data[size] = (uint8_t)size;
  return size + 1;
}

static void
is_whole(const struct program *p) {
  size_t length = prog_encode(p, bytes, sizeof(bytes));

  assert_true(length <= sizeof(bytes));
  prog_decode(&again, bytes, length);
  assert_true(prog_equal(p, &again));
}

static void
changed_programs_are_programs(void **state) {
  uint32_t seed;

  (void)state;
  prog_decode(&program, (const uint8_t *)"\x00\x00\x00", 3);
  for (seed = 0; seed < 3000; seed++) {
    program_mutate(&program, seed, change_bytes);
    /* Spans lie in the arena, which the next change takes back: go on with what is stored. */
    is_whole(&program);
    memcpy(bytes + sizeof(bytes) / 2, bytes, sizeof(bytes) / 2);
    prog_decode(&program, bytes + sizeof(bytes) / 2, prog_encode(&program, NULL, 0));
  }
  assert_true(program.n_ops > 0);
}

static void
crossed_programs_are_programs(void **state) {
  static uint8_t own[1U << 16];
  uint32_t seed;

  (void)state;
  prog_decode(&donor, (const uint8_t *)"\x00\x00\x00", 3);
  for (seed = 0; seed < 40; seed++)
    program_mutate(&donor, seed, NULL);
  assert_true(donor.n_ops > 3);
  prog_decode(&donor, own, prog_encode(&donor, own, sizeof(own)));
  for (seed = 0; seed < 500; seed++) {
    prog_decode(&program, own, seed % 64);
    program_cross(&program, &donor, seed);
    assert_true(program.n_ops > 0);
    is_whole(&program);
  }
}

/* The hooks of mutator/afl.c, which is compiled into this test. */
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_havoc_mutation(void *state, uint8_t *data, size_t size, uint8_t **out,
                                 size_t max);
uint8_t afl_custom_havoc_mutation_probability(void *state);
void afl_custom_deinit(void *state);

static void
afl_is_given_programs_in_its_room(void **state) {
  static uint8_t own[512];
  void *mutator = afl_custom_init(NULL, 7);
  size_t size = 3;
  unsigned int changed = 0;
  unsigned int round;

  (void)state;
  assert_non_null(mutator);
  assert_in_range(afl_custom_havoc_mutation_probability(mutator), 1, 99);
  memset(own, 0, sizeof(own));
  for (round = 0; round < 5000; round++) {
    uint8_t *out = NULL;
    size_t length = afl_custom_havoc_mutation(mutator, own, size, &out, sizeof(own));

    assert_non_null(out);
    assert_true(length <= sizeof(own));
    changed += length != size || memcmp(out, own, length) != 0;
    memcpy(own, out, length);
    size = length;
  }
  assert_true(changed > 2500);
  afl_custom_deinit(mutator);
}

static void
afl_is_left_alone_when_told(void **state) {
  (void)state;
  assert_int_equal(setenv("FUZZ_MUTATOR", "plain", 1), 0);
  assert_int_equal(afl_custom_havoc_mutation_probability(afl_custom_init(NULL, 1)), 0);
  unsetenv("FUZZ_MUTATOR");
}

int
main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(changed_programs_are_programs),
                                     cmocka_unit_test(crossed_programs_are_programs),
                                     cmocka_unit_test(afl_is_given_programs_in_its_room),
                                     cmocka_unit_test(afl_is_left_alone_when_told)};

  return cmocka_run_group_tests_name("mutator", tests, NULL, NULL);
}
