/* random_sim.c -- seeded generator (SplitMix64): the same seed, the same sequence. */
#include "seams/random.h"

#include <string.h>

static uint64_t state;

void
coap_random_sim_seed(uint64_t seed) {
  state = seed;
}

static uint64_t
next_word(void) {
  uint64_t z;

  state += UINT64_C(0x9e3779b97f4a7c15);
  z = state;
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

int
coap_random_fill(void *buf, size_t len) {
  uint8_t *out = buf;

  while (len > 0) {
    uint64_t word = next_word();
    size_t n = len < sizeof(word) ? len : sizeof(word);

    memcpy(out, &word, n);
    out += n;
    len -= n;
  }
  return 1;
}

uint64_t
coap_random_hash_seed(void) {
  return UINT64_C(0x243f6a8885a308d3);
}
