/* mutate.h -- changes session programs where they mean something: operations, their fields and
 * options. */
#ifndef FUZZ_MUTATOR_MUTATE_H_
#define FUZZ_MUTATOR_MUTATE_H_

#include "world/program.h"

/* Changes up to `size` bytes at `data`, of which there may be `max`; gives how many there are then.
 * The engine's own. */
typedef size_t (*mutate_bytes)(uint8_t *data, size_t size, size_t max);

/* One to four changes, of chance `seed`. `bytes` (may be NULL) changes payloads, tokens and values;
 * what it gives is kept in memory that the next call takes back. */
void program_mutate(struct program *p, uint32_t seed, mutate_bytes bytes);

/* Some of the operations of `from` come into `p`, in their order. */
void program_cross(struct program *p, const struct program *from, uint32_t seed);

#endif /* FUZZ_MUTATOR_MUTATE_H_ */
