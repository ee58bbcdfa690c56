/* local.c -- shared addresses, counted. */
#include "seams/memory.h"

/* uthash asks for memory through these; a failure leaves the item out of the table. */
#define uthash_malloc(size)       coap_mem_alloc(size)
#define uthash_free(block, size)  coap_mem_free(block)
#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(item) ((item)->hh.tbl = NULL)

#include "session/local.h"

#include <uthash.h>

typedef struct coap_local_t {
  coap_address_t address; /* first: what is given out */
  unsigned int users;
  UT_hash_handle hh;
} coap_local_t;

static coap_local_t *
local_new(coap_core_t *core, const coap_address_t *address) {
  coap_local_t *local = coap_mem_zalloc(sizeof(*local));

  if (!local)
    return NULL;
  local->address = *address;
  HASH_ADD(hh, core->locals, address, sizeof(local->address), local);
  if (local->hh.tbl)
    return local;
  coap_mem_free(local);
  return NULL;
}

const coap_address_t *
coap_local_take(coap_core_t *core, const coap_address_t *address) {
  coap_local_t *local;

  HASH_FIND(hh, core->locals, address, sizeof(*address), local);
  if (!local)
    local = local_new(core, address);
  if (!local)
    return NULL;
  local->users++;
  return &local->address;
}

void
coap_local_give(coap_core_t *core, const coap_address_t *address) {
  coap_local_t *local = (coap_local_t *)(void *)(uintptr_t)address;

  if (--local->users)
    return;
  HASH_DELETE(hh, core->locals, local);
  coap_mem_free(local);
}
