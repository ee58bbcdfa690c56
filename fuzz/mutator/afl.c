/* afl.c -- the mutator as afl-fuzz loads it (AFL_CUSTOM_MUTATOR_LIBRARY): among the changes that
 * its havoc puts one on another, some are of operations. afl-fuzz itself runs it, so it is compiled
 * without sanitizers, and not by AFL++'s compiler.
 *
 * FUZZ_MUTATOR=plain in the environment: all changes are AFL++'s own. */
#include "mutator/change.h"

#include <stdlib.h>
#include <string.h>

/* In a hundred changes. A stage of its own before havoc (afl_custom_fuzz) comes to fewer edges in
 * the same time: of session_udp_server 2159 in a minute, where havoc alone has 2205 and this 2237.
 */
enum { SHARE = 30 };

enum { SIZE_LIMIT = 1 << 16 };

/* What AFL++ calls; no header of Debian's has them. */
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_havoc_mutation(void *state, uint8_t *data, size_t size, uint8_t **out,
                                 size_t max);
uint8_t afl_custom_havoc_mutation_probability(void *state);
void afl_custom_deinit(void *state);

/* afl-fuzz has one mutator of a library, and gives back what it was given for it. */
static struct {
  int plain;
  uint64_t chance;
  uint8_t out[SIZE_LIMIT];
} mutator;

static uint32_t
draw(uint32_t below) {
  mutator.chance = mutator.chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return below > 1 ? (uint32_t)(mutator.chance >> 33) % below : 0;
}

/* Bounds of lengths and of options' nibbles, and signs. */
static uint8_t
telling_byte(void) {
  static const uint8_t telling[] = {0x00, 0x01, 0x0c, 0x0d, 0x0e, 0x0f, 0x7f, 0x80, 0xf0, 0xff};

  return telling[draw(sizeof(telling))];
}

/* One byte another, or up to four more or fewer. */
static size_t
change_bytes(uint8_t *data, size_t size, size_t max) {
  uint32_t at = draw((uint32_t)size + 1);
  size_t n = 1 + draw(4);
  size_t i;

  switch (at < size ? draw(4) : 3) {
  case 0:
    data[at] = (uint8_t)(data[at] ^ (1U << draw(8)));
    return size;
  case 1:
    data[at] = telling_byte();
    return size;
  case 2:
    n = n < size - at ? n : size - at;
    memmove(data + at, data + at + n, size - at - n);
    return size - n;
  default:
    n = n < max - size ? n : max - size;
    memmove(data + at + n, data + at, size - at);
    for (i = 0; i < n; i++)
      data[at + i] = draw(2) ? telling_byte() : (uint8_t)draw(256);
    return size + n;
  }
}

void *
afl_custom_init(void *afl, unsigned int seed) {
  const char *wanted = getenv("FUZZ_MUTATOR");

  (void)afl;
  mutator.chance = seed;
  mutator.plain = wanted != NULL && strcmp(wanted, "plain") == 0;
  return &mutator;
}

uint8_t
afl_custom_havoc_mutation_probability(void *state) {
  (void)state;
  return mutator.plain ? 0 : SHARE;
}

size_t
afl_custom_havoc_mutation(void *state, uint8_t *data, size_t size, uint8_t **out, size_t max) {
  (void)state;
  *out = data;
  if (size > CHANGE_SIZE_MAX || size > max)
    return size;
  memcpy(mutator.out, data, size);
  *out = mutator.out;
  return change_program(mutator.out, size, max < SIZE_LIMIT ? max : SIZE_LIMIT, draw(UINT32_MAX),
                        change_bytes);
}

void
afl_custom_deinit(void *state) {
  (void)state;
}
