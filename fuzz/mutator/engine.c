/* engine.c -- the hook by which libFuzzer, and engines that do as it does, have inputs changed.
 * Half of the changes are the engine's own, with its dictionary and what it has seen compared; all
 * of them when the environment says FUZZ_MUTATOR=plain, or when inputs are no programs. */
#include "mutator/engine.h"
#include "mutator/mutate.h"
#include "targets/target.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
/* Of the engine; replayers have none. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

enum { DONORS = 64, DONOR_SIZE = 4096 };

static int plain;

void
mutator_prepare(void) {
  const char *wanted = getenv("FUZZ_MUTATOR");

  plain = fuzz_target.adjust == NULL || (wanted != NULL && strcmp(wanted, "plain") == 0);
}

/* Programs met lately: what another one is crossed with. (As a hook of its own, crossing would be
 * every second change.) */
static struct {
  uint8_t bytes[DONOR_SIZE];
  size_t size;
} donors[DONORS];
static unsigned int n_donors;

static void
remember(const uint8_t *data, size_t size, unsigned int seed) {
  unsigned int at = n_donors < DONORS ? n_donors++ : seed % DONORS;

  memcpy(donors[at].bytes, data, size);
  donors[at].size = size;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed) {
  static struct program program;
  static struct program donor;
  static uint8_t copy[DONOR_SIZE];
  size_t length;

  if (plain || (seed & 1U) || size > sizeof(copy))
    return LLVMFuzzerMutate(data, size, max);
  if (size > 0)
    memcpy(copy, data, size);
  prog_decode(&program, copy, size);
  if ((seed & 6U) == 0 && n_donors > 0) {
    unsigned int at = (seed >> 3) % n_donors;

    prog_decode(&donor, donors[at].bytes, donors[at].size);
    program_cross(&program, &donor, seed);
  } else {
    program_mutate(&program, seed, LLVMFuzzerMutate);
  }
  length = prog_encode(&program, data, max);
  remember(copy, size, seed >> 3);
  return length < max ? length : max;
}
