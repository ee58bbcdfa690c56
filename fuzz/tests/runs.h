/* runs.h -- runs of programs given as text, for tests. */
#ifndef FUZZ_TESTS_RUNS_H_
#define FUZZ_TESTS_RUNS_H_

#include "tests/test.h"

#include <stdint.h>

/* Group setup: the library is there, and quiet. */
int runs_setup(void **state);

/* The trace hash of a run. */
uint64_t run_hash(const char *text);

/* How often `word` is in the trace of the run. */
unsigned int run_count(const char *text, const char *word);

/* That many programs of random bytes, each twice: the hashes have to be the same. `proto`: what
 * they speak, -1: as it comes, of what needs no (D)TLS. */
void run_random(int proto, unsigned int rounds);

#endif /* FUZZ_TESTS_RUNS_H_ */
