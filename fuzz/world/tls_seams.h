/* tls_seams.h -- randomness and time of the TLS library under the world. */
#ifndef FUZZ_WORLD_TLS_SEAMS_H_
#define FUZZ_WORLD_TLS_SEAMS_H_

#include <stdint.h>

/* A run begins: the same seed, the same randomness. */
void tls_seams_begin(uint32_t seed);

#endif /* FUZZ_WORLD_TLS_SEAMS_H_ */
