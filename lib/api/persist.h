/* persist.h -- keeping observations over a restart (coap_persist(3)): the library's own files. */
#ifndef COAP_API_PERSIST_H_
#define COAP_API_PERSIST_H_

#include "api/context.h"

/* A resource that a client made, and the request that did it. */
typedef struct coap_dynamic_t {
  coap_str_const_t *name;
  coap_bin_const_t *raw;
  struct coap_dynamic_t *next;
} coap_dynamic_t;

/* What coap_persist_startup(3) sets up; files are written when the context's timers next run. */
typedef struct coap_persist_t {
  coap_timer_t timer;
  coap_context_t *context;
  coap_string_t *resource_file; /* each may be NULL */
  coap_string_t *observe_file;
  coap_string_t *number_file;
  unsigned int resources_due : 1;
  unsigned int observers_due : 1;
  unsigned int numbers_due : 1;
  coap_dynamic_t *dynamic;
} coap_persist_t;

/* Frees it and forgets the call-backs; nothing is written. */
void coap_persist_free(coap_context_t *context);

/* Puts a request to the unknown resource's handler as if a client had sent it, and keeps nothing
 * but what that does. 1, or 0: no handler, malformed, out of memory. */
int coap_persist_create_again(coap_context_t *context, const coap_bin_const_t *raw);

#endif /* COAP_API_PERSIST_H_ */
