/* random_real.c -- the kernel's generator. */
#include "seams/random.h"

#include <errno.h>
#include <sys/random.h>

int
coap_random_fill(void *buf, size_t len) {
  uint8_t *to = buf;

  while (len) {
    ssize_t got = getrandom(to, len, 0);

    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return 0;
    to += got;
    len -= (size_t)got;
  }
  return 1;
}

uint64_t
coap_random_hash_seed(void) {
  uint64_t seed = 0;

  /* Without one the table still works. */
  (void)coap_random_fill(&seed, sizeof(seed));
  return seed;
}
