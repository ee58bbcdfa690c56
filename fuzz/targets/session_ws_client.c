/* session_ws_client.c -- client sessions over WebSockets towards scripted servers or our own.
 *
 * Aims at: the upgrade as a client reads it, frames, control frames, closing, and the sessions on
 * top. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_WS;
  if (p->roles == PROG_ROLE_SERVER)
    p->roles = PROG_ROLE_CLIENT;
}

const struct fuzz_target fuzz_target = {"session_ws_client", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
