/* blockwise.c -- bodies larger than a message, both ways, seen to by the library.
 *
 * Aims at: exchange/upload, download, transfer, fetch, large_request, large_response (RFC 7959),
 * over connections with several blocks in a message (RFC 8323 6), and exchange/quick_* (RFC 9177),
 * under peers that lose, repeat and invent blocks. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  fuzz_in_plain(p);
  if (p->blocks == PROG_BLOCKS_NO)
    p->blocks = PROG_BLOCKS_SINGLE;
}

const struct fuzz_target fuzz_target = {"blockwise", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
