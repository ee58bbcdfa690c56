/* session_tcp_client.c -- client sessions over TCP towards scripted servers or our own.
 *
 * Aims at: connecting, failing and dialling again, what waits for the CSM, matching of responses by
 * token, NACK reasons, Release, Abort and time-outs, references given back from inside handlers. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_TCP;
  if (p->roles == PROG_ROLE_SERVER)
    p->roles = PROG_ROLE_CLIENT;
}

const struct fuzz_target fuzz_target = {"session_tcp_client", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
