/* memory.h -- the memory seam.
 *
 * memory_real.c is malloc(3); memory_sim.c counts what is live and can fail the n-th request. All
 * library memory comes through here; a NULL from it is an ordinary error that callers report. */
#ifndef COAP_SEAMS_MEMORY_H_
#define COAP_SEAMS_MEMORY_H_

#include <stddef.h>
#include <stdint.h>

/* Uninitialised memory of `size` bytes (size 0 gives a valid, unique pointer), or NULL. */
void *coap_mem_alloc(size_t size);

/* As coap_mem_alloc(), zeroed. */
void *coap_mem_zalloc(size_t size);

/* As realloc(3); on NULL the old block is untouched. */
void *coap_mem_realloc(void *block, size_t size);

/* Frees `block`; NULL is allowed. */
void coap_mem_free(void *block);

/* Counted memory only (memory_sim.c). */
struct coap_mem_sim_stats {
  size_t live_bytes;  /* requested bytes not yet freed */
  size_t live_blocks; /* blocks not yet freed */
  size_t peak_bytes;  /* highest live_bytes since the last reset */
  uint64_t requests;  /* allocation requests since the last reset, failed ones included */
};
void coap_mem_sim_stats(struct coap_mem_sim_stats *out);

/* Resets peak and request counters and clears a pending failure; live figures stay. */
void coap_mem_sim_reset(void);

/* Fails the n-th request from now (1 = the next one) and, when `sticky`, all after it. 0 clears. */
void coap_mem_sim_fail(uint64_t nth, int sticky);

#endif /* COAP_SEAMS_MEMORY_H_ */
