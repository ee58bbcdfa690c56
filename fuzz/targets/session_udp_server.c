/* session_udp_server.c -- a server endpoint under scripted peers.
 *
 * Aims at: coap_io_process() and what it reads: message layer and de-duplication
 * (session/message_rx, dedup), session creation, look-up, idle pool and eviction, request dispatch
 * to resources, separate responses, observation, malformed datagrams, allocation and socket
 * failures, references taken, given back and used from inside handlers. */
#include "targets/target.h"

/* Who observes by the dozen is the target observe's, and would have most of the time here. */
enum { OBSERVE_MORE_MASK = 15 };

static void
adjust(struct program *p) {
  uint32_t i;

  for (i = 0; i < p->n_ops; i++) {
    if (p->ops[i].kind == PROG_OBSERVE)
      p->ops[i].v[OBSERVE_COUNT] &= OBSERVE_MORE_MASK;
  }
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_UDP;
  if (p->roles == PROG_ROLE_CLIENT)
    p->roles = PROG_ROLE_SERVER;
}

const struct fuzz_target fuzz_target = {"session_udp_server", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
