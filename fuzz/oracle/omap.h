/* omap.h -- from (local, remote, number) to a small index, emptied in O(1). */
#ifndef FUZZ_ORACLE_OMAP_H_
#define FUZZ_ORACLE_OMAP_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OMAP_SIZE 1024U /* entries; also hash heads, a power of two */

struct omap {
  uint32_t generation;
  uint32_t count;
  uint32_t head_generation[OMAP_SIZE];
  uint16_t head[OMAP_SIZE];
  uint16_t next[OMAP_SIZE];
  struct {
    uint64_t local, remote;
    uint32_t number;
  } key[OMAP_SIZE];
};

static inline void
omap_reset(struct omap *m) {
  m->generation++;
  m->count = 0;
}

static inline uint32_t
omap_slot(uint64_t local, uint64_t remote, uint32_t number) {
  uint64_t h = (local ^ remote << 7 ^ number) * UINT64_C(0x9e3779b97f4a7c15);

  return (uint32_t)(h >> 40) & (OMAP_SIZE - 1);
}

/* Index of the entry, or -1. */
static inline int
omap_find(const struct omap *m, uint64_t local, uint64_t remote, uint32_t number) {
  uint32_t slot = omap_slot(local, remote, number);
  uint16_t i;

  if (m->head_generation[slot] != m->generation)
    return -1;
  for (i = m->head[slot]; i != UINT16_MAX; i = m->next[i]) {
    if (m->key[i].number == number && m->key[i].local == local && m->key[i].remote == remote)
      return i;
  }
  return -1;
}

/* Index of a new entry, or -1 when full. */
static inline int
omap_add(struct omap *m, uint64_t local, uint64_t remote, uint32_t number) {
  uint32_t slot = omap_slot(local, remote, number);
  uint16_t i = (uint16_t)m->count;

  if (m->count == OMAP_SIZE)
    return -1;
  m->count++;
  m->next[i] = m->head_generation[slot] == m->generation ? m->head[slot] : UINT16_MAX;
  m->head[slot] = i;
  m->head_generation[slot] = m->generation;
  m->key[i].local = local;
  m->key[i].remote = remote;
  m->key[i].number = number;
  return i;
}

/* The entry's record among OMAP_SIZE records of `size` bytes. One that is new begins with zeroes;
 * NULL when there is no room for it. */
static inline void *
omap_record(struct omap *m, uint64_t local, uint64_t remote, void *records, size_t size) {
  int i = omap_find(m, local, remote, 0);
  uint8_t *record;

  if (i >= 0)
    return (uint8_t *)records + (size_t)i * size;
  i = omap_add(m, local, remote, 0);
  if (i < 0)
    return NULL;
  record = (uint8_t *)records + (size_t)i * size;
  memset(record, 0, size);
  return record;
}

#endif /* FUZZ_ORACLE_OMAP_H_ */
