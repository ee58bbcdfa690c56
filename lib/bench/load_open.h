/* load_open.h -- opening the sessions of a transport that knows when they are established. */
#ifndef COAPSPEC_BENCH_LOAD_OPEN_H_
#define COAPSPEC_BENCH_LOAD_OPEN_H_

#include "load.h"

typedef struct load_opening_t {
  const char *what;      /* is being done, in the plural */
  const char *advice;    /* for when no more of them come */
  uint32_t at_once;      /* so many at the most are under way */
  uint64_t patience_ms;  /* for the next one */
  const uint32_t *count; /* of those established */

  /* Begins with that session. 1, or 0: said on stderr. */
  int (*start)(load_t *load, uint32_t session);
} load_opening_t;

/* 1 when all are established, or 0: said on stderr. */
int load_open_all(load_t *load, const load_opening_t *opening);

#endif /* COAPSPEC_BENCH_LOAD_OPEN_H_ */
