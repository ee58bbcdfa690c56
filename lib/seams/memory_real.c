/* memory_real.c -- malloc(3). */
#include "seams/memory.h"

#include <stdlib.h>

void *
coap_mem_alloc(size_t size) {
  return malloc(size ? size : 1);
}

void *
coap_mem_zalloc(size_t size) {
  return calloc(1, size ? size : 1);
}

void *
coap_mem_realloc(void *block, size_t size) {
  return realloc(block, size ? size : 1);
}

void
coap_mem_free(void *block) {
  free(block);
}
