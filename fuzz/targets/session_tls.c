/* session_tls.c -- TLS under CoAP over TCP, as the server or as the client.
 *
 * Aims at: handshakes over connections (session/tls_link, secure/tls_gnutls, _psk, _pki) of TLS 1.2
 * and 1.3, in pieces of any size, that go through, stop half-way or go wrong; records cut, changed
 * and repeated; close, alerts, key updates; signalling and requests through it all. */
#include "targets/foreign_leaks.h"
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_TLS;
  if (p->roles == PROG_ROLE_BOTH)
    p->roles = PROG_ROLE_SERVER;
}

const struct fuzz_target fuzz_target = {"session_tls", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
