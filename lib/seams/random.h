/* random.h -- the randomness seam.
 *
 * random_real.c asks the kernel; random_sim.c is a seeded generator, so that the same seed gives
 * the same message IDs, tokens and time-outs. */
#ifndef COAP_SEAMS_RANDOM_H_
#define COAP_SEAMS_RANDOM_H_

#include <stddef.h>
#include <stdint.h>

/* Fills `len` bytes at `buf`. Returns 1, or 0 when the source failed (contents then undefined). */
int coap_random_fill(void *buf, size_t len);

/* A number for a hash table that strangers shall not be able to guess. The seeded generator's is
 * always the same, and takes nothing from its sequence. */
uint64_t coap_random_hash_seed(void);

/* Seeded generator only (random_sim.c): restarts the sequence that `seed` names. */
void coap_random_sim_seed(uint64_t seed);

#endif /* COAP_SEAMS_RANDOM_H_ */
