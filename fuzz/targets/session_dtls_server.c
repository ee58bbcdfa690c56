/* session_dtls_server.c -- a DTLS endpoint under peers with a DTLS of their own.
 *
 * Aims at: the cookie exchange (api/source_dtls, secure/tls_gnutls_hello), handshakes that go
 * through, stop half-way or go wrong (session/tls_link, secure/tls_gnutls, _psk, _pki), records
 * that are dropped, repeated, reordered or tampered with, alerts, peers that begin anew, and all
 * that a server does once a session is up. */
#include "targets/foreign_leaks.h"
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_DTLS;
  if (p->roles == PROG_ROLE_CLIENT)
    p->roles = PROG_ROLE_SERVER;
}

const struct fuzz_target fuzz_target = {"session_dtls_server", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
