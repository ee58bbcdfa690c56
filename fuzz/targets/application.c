/* application.c -- an application that uses all of the library: the operation "call" with the rest.
 *
 * Aims at: what no operation of its own stands for (world/world_calls*.c) -- coap_persist(3),
 * coap_cache(3), coap_oscore(3) between both ends, proxy and unknown resources, the other ways to
 * process, getters and setters, logging. Of the oracles those judge that know of sessions' lives
 * and of what is left at the end; AddressSanitizer sees the rest. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  fuzz_in_plain(p);
  p->free_hand = 1;
}

const struct fuzz_target fuzz_target = {"application", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
