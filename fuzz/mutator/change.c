/* change.c -- see change.h. */
#include "mutator/change.h"

#include <string.h>

enum { DONORS = 64 };

/* What another one is crossed with. */
static struct {
  uint8_t bytes[CHANGE_SIZE_MAX];
  size_t size;
} donors[DONORS];
static unsigned int n_donors;

static void
remember(const uint8_t *data, size_t size, uint32_t chance) {
  unsigned int at = n_donors < DONORS ? n_donors++ : chance % DONORS;

  memcpy(donors[at].bytes, data, size);
  donors[at].size = size;
}

size_t
change_program(uint8_t *data, size_t size, size_t max, uint32_t chance, mutate_bytes bytes) {
  static struct program program;
  static struct program donor;
  static uint8_t copy[CHANGE_SIZE_MAX];
  size_t length;

  if (size > 0)
    memcpy(copy, data, size);
  prog_decode(&program, copy, size);
  if ((chance & 3U) == 0 && n_donors > 0) {
    unsigned int at = (chance >> 2) % n_donors;

    prog_decode(&donor, donors[at].bytes, donors[at].size);
    program_cross(&program, &donor, chance);
  } else {
    program_mutate(&program, chance, bytes);
  }
  length = prog_encode(&program, data, max);
  remember(copy, size, chance >> 2);
  return length < max ? length : max;
}
