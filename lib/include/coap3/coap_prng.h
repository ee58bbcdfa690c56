/* coap_prng.h -- random bytes. */
#ifndef COAP_PRNG_H_
#define COAP_PRNG_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

/* Fills `len` bytes at `out`; 1 on success, 0 on failure. */
typedef int (*coap_rand_func_t)(void *out, size_t len);

/* Replaces the generator; NULL brings the system's back. */
void coap_set_prng(coap_rand_func_t rng);

/* Kept for programs that seed: the system's generator needs none. */
void coap_prng_init(unsigned int seed);

/* Fills `len` bytes at `buf` from the generator in use; 1 or 0. */
int coap_prng(void *buf, size_t len);

COAP_END_DECLS

#endif /* COAP_PRNG_H_ */
