/* session_dtls_client.c -- client sessions over DTLS with servers that have a DTLS of their own.
 *
 * Aims at: handshakes that the library begins (session/tls_link, secure/tls_gnutls, _psk, _pki),
 * with servers that are right, have other keys or suites, ask for a cookie, fall silent or break
 * off; requests that wait for it and are reported when it fails; sessions opened again by sending;
 * records that are dropped, repeated, reordered or tampered with; ICMP errors. */
#include "targets/foreign_leaks.h"
#include "targets/target.h"

static void
adjust(struct program *p) {
  p->blocks = PROG_BLOCKS_NO;
  p->proto = PROG_DTLS;
  if (p->roles == PROG_ROLE_SERVER)
    p->roles = PROG_ROLE_CLIENT;
}

const struct fuzz_target fuzz_target = {"session_dtls_client", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
