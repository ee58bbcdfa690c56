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

/* Seeded generator only (random_sim.c): restarts the sequence that `seed` names. */
void coap_random_sim_seed(uint64_t seed);

#endif /* COAP_SEAMS_RANDOM_H_ */
