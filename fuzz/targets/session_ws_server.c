/* session_ws_server.c -- an endpoint for CoAP over WebSockets under scripted peers.
 *
 * Aims at: the upgrade as a server reads it (wire/ws_http), frames (wire/ws_frame), control frames,
 * closing, and the sessions on top. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_WS;
  if (p->roles == PROG_ROLE_CLIENT)
    p->roles = PROG_ROLE_SERVER;
}

const struct fuzz_target fuzz_target = {"session_ws_server", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
