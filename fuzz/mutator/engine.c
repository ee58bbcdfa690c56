/* engine.c -- the hook by which libFuzzer, and engines that do as it does, have inputs changed.
 * Half of the changes are the engine's own, with its dictionary and what it has seen compared; all
 * of them when the environment says FUZZ_MUTATOR=plain, or when inputs are no programs. */
#include "mutator/engine.h"
#include "mutator/change.h"
#include "targets/target.h"

#include <stdlib.h>
#include <string.h>

/* Crossing is one of the changes: as a hook of its own it would be every second one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
/* Of the engine; replayers have none. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

static int plain;

void
mutator_prepare(void) {
  const char *wanted = getenv("FUZZ_MUTATOR");

  plain = fuzz_target.adjust == NULL || (wanted != NULL && strcmp(wanted, "plain") == 0);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed) {
  if (plain || (seed & 1U) || size > CHANGE_SIZE_MAX)
    return LLVMFuzzerMutate(data, size, max);
  return change_program(data, size, max, seed >> 1, LLVMFuzzerMutate);
}
