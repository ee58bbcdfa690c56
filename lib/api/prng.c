/* prng.c -- random bytes for message IDs, tokens and time-outs; replaceable by the application. */
#include <coap3/coap.h>

#include "seams/random.h"

static int
prng_default(void *buf, size_t len) {
  return coap_random_fill(buf, len);
}

static coap_rand_func_t prng = prng_default;

void
coap_set_prng(coap_rand_func_t rng) {
  prng = rng ? rng : prng_default;
}

void
coap_prng_init(unsigned int seed) {
  /* The system's generator needs no seed; an application that sets its own seeds it itself. */
  (void)seed;
}

int
coap_prng(void *buf, size_t len) {
  return prng(buf, len);
}
