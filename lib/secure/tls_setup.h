/* tls_setup.h -- keys and certificates as the application gave them, copied, and shared by the
 * sessions that use them; wiped when the last one goes. */
#ifndef COAP_SECURE_TLS_SETUP_H_
#define COAP_SECURE_TLS_SETUP_H_

#include <coap3/coap.h>

struct coap_tls_copies_t; /* tls_setup.c */

typedef struct coap_tls_setup_t {
  unsigned int refs;
  const coap_dtls_cpsk_t *cpsk; /* a client's, each NULL when it was not given */
  const coap_dtls_spsk_t *spsk; /* a server's */
  const coap_dtls_pki_t *pki;   /* either's */
  const char *ca_file;          /* coap_context_set_pki_root_cas(3) */
  const char *ca_dir;
  void *made; /* the back end's, from coap_tls_prepare() */
  struct coap_tls_copies_t *copies;
} coap_tls_setup_t;

/* Copies what `from` points at, back end's part apart; one reference. NULL: no memory. */
coap_tls_setup_t *coap_tls_setup_new(const coap_tls_setup_t *from);

coap_tls_setup_t *coap_tls_setup_ref(coap_tls_setup_t *setup);

/* Gives a reference back. NULL is allowed. */
void coap_tls_setup_unref(coap_tls_setup_t *setup);

/* 1 when a client that uses either is the same to its peers and asks the same of them: it is one
 * setup, or both hold the same keys in memory. What stands in files may have changed between. */
int coap_tls_setup_is_same(const coap_tls_setup_t *a, const coap_tls_setup_t *b);

/* The host name that a client asks for, or NULL: none, or a literal address, which is none (RFC
 * 6066 3). */
const char *coap_tls_setup_host(const coap_tls_setup_t *setup);

/* Overwrites memory that held a secret, whatever the compiler thinks of that. */
void coap_tls_wipe(void *memory, size_t length);

#endif /* COAP_SECURE_TLS_SETUP_H_ */
