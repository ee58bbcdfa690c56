/* target.h -- what a fuzz target says of itself to the replayer. */
#ifndef FUZZ_TARGETS_TARGET_H_
#define FUZZ_TARGETS_TARGET_H_

#include "world/program.h"

struct fuzz_target {
  const char *name;
  /* Makes any program one for this target; NULL when inputs are datagrams, not programs. */
  void (*adjust)(struct program *p);
};

/* Defined by each target, one to a binary. */
extern const struct fuzz_target fuzz_target;

/* For targets that have nothing to do with (D)TLS. */
static inline void
fuzz_in_plain(struct program *p) {
  p->proto %= PROG_DTLS;
}

/* Runs one input as a program of this target (session targets). */
int fuzz_program(const uint8_t *data, size_t size);

/* What fuzzing engines call; the first one is the same for all (replay/target_init.c). */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_TARGETS_TARGET_H_ */
