/* memory_sim.c -- counted memory that fails on demand.
 *
 * Each block carries its size in front. Under AddressSanitizer that prefix is poisoned, so that a
 * write before the block is still reported; realloc always moves, so that a stale pointer is. */
#include "seams/memory.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define MEM_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEM_POISON 1
#endif
#endif

#ifdef MEM_POISON
#include <sanitizer/asan_interface.h>
#define hide(p, n) __asan_poison_memory_region((p), (n))
#define show(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define hide(p, n) ((void)(p), (void)(n))
#define show(p, n) ((void)(p), (void)(n))
#endif

/* Keeps the block aligned as malloc's own would be. */
#define PREFIX_SIZE 16

static struct coap_mem_sim_stats stats;
static uint64_t fail_at; /* value of stats.requests that fails; 0: none */
static int fail_sticky;

static int
request_fails(void) {
  stats.requests++;
  if (fail_at == 0 || stats.requests < fail_at)
    return 0;
  if (!fail_sticky)
    fail_at = 0;
  return 1;
}

static size_t
block_size(const void *block) {
  const uint8_t *prefix = (const uint8_t *)block - PREFIX_SIZE;
  size_t size;

  show(prefix, PREFIX_SIZE);
  memcpy(&size, prefix, sizeof(size));
  hide(prefix, PREFIX_SIZE);
  return size;
}

static void *
block_new(size_t size, int zeroed) {
  uint8_t *prefix;

  if (size > SIZE_MAX - PREFIX_SIZE)
    return NULL;
  prefix = zeroed ? calloc(1, size + PREFIX_SIZE) : malloc(size + PREFIX_SIZE);
  if (prefix == NULL)
    return NULL;
  memcpy(prefix, &size, sizeof(size));
  hide(prefix, PREFIX_SIZE);
  stats.live_bytes += size;
  stats.live_blocks++;
  if (stats.live_bytes > stats.peak_bytes)
    stats.peak_bytes = stats.live_bytes;
  return prefix + PREFIX_SIZE;
}

void *
coap_mem_alloc(size_t size) {
  return request_fails() ? NULL : block_new(size, 0);
}

void *
coap_mem_zalloc(size_t size) {
  return request_fails() ? NULL : block_new(size, 1);
}

void *
coap_mem_realloc(void *block, size_t size) {
  void *moved = coap_mem_alloc(size);
  size_t old_size;

  if (moved == NULL || block == NULL)
    return moved;
  old_size = block_size(block);
  memcpy(moved, block, old_size < size ? old_size : size);
  coap_mem_free(block);
  return moved;
}

void
coap_mem_free(void *block) {
  uint8_t *prefix;

  if (block == NULL)
    return;
  stats.live_bytes -= block_size(block);
  stats.live_blocks--;
  prefix = (uint8_t *)block - PREFIX_SIZE;
  show(prefix, PREFIX_SIZE);
  free(prefix);
}

void
coap_mem_sim_stats(struct coap_mem_sim_stats *out) {
  *out = stats;
}

void
coap_mem_sim_reset(void) {
  stats.peak_bytes = stats.live_bytes;
  stats.requests = 0;
  coap_mem_sim_fail(0, 0);
}

void
coap_mem_sim_fail(uint64_t nth, int sticky) {
  fail_at = nth == 0 ? 0 : stats.requests + nth;
  fail_sticky = sticky;
}
