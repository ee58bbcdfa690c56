/* session_tcp_server.c -- an endpoint for CoAP over TCP under scripted peers.
 *
 * Aims at: accepted connections (session/stream, api/source_stream), messages in any pieces, the
 * order of CSM, requests and goodbyes (session/signal), request dispatch without message layer
 * (session/reliable), short writes and full queues, connections that end at any time. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_TCP;
  if (p->roles == PROG_ROLE_CLIENT)
    p->roles = PROG_ROLE_SERVER;
}

const struct fuzz_target fuzz_target = {"session_tcp_server", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
