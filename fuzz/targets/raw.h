/* raw.h -- for targets whose inputs are no programs: what they hold to, and a quiet library. */
#ifndef FUZZ_TARGETS_RAW_H_
#define FUZZ_TARGETS_RAW_H_

#include <coap3/coap.h>

#include <stdlib.h>

static inline void
require(int holds) {
  if (!holds)
    abort();
}

static inline void
ignore_log(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
}

#endif /* FUZZ_TARGETS_RAW_H_ */
