/* session_udp_client.c -- client sessions towards scripted servers, a group, or our own server.
 *
 * Aims at: coap_send() and what follows: retransmission and NSTART (session/message_tx, outgoing),
 * matching of acknowledgements, resets and responses (session/message_rx), NACK reasons, references
 * given back from inside handlers, group requests, ICMP errors, cancelled observations. */
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_UDP;
  if (p->roles == PROG_ROLE_SERVER)
    p->roles = PROG_ROLE_CLIENT;
}

const struct fuzz_target fuzz_target = {"session_udp_client", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
