/* pki_world.h -- certificates of both sides in the simulated world, and who accepts whom. */
#ifndef COAPSPEC_TESTS_PKI_WORLD_H_
#define COAPSPEC_TESTS_PKI_WORLD_H_

#include "tls_native.h"
#include "tls_world.h"

enum { PKI_PROTOS = 2 };

extern const coap_proto_t pki_protos[PKI_PROTOS]; /* DTLS and TLS */

/* Two CAs and what they have signed; the last, what a deputy of the first has. */
extern certificate_t ca, stranger, server_own, client_own, stranger_own, expired, early, other_name,
    deputy, deputed;

/* Of a group of tests. */
int pki_make_certificates(void **state);
int pki_free_certificates(void **state);

/* `own` and whom to trust, in memory; each may be NULL. */
coap_dtls_key_t pki_key_of(const certificate_t *own, const certificate_t *root);

/* The peer has to be signed by `root`; NULL: it is not looked at. */
coap_dtls_pki_t pki_of(const certificate_t *own, const certificate_t *root);

void pki_serve(const coap_dtls_pki_t *pki);
coap_session_t *pki_connect(coap_proto_t proto, coap_dtls_pki_t *pki);

/* A request is answered, over DTLS and TLS. */
void pki_is_accepted(coap_dtls_pki_t *pki);

/* None is: the client sees it in the handshake, or, with TLS 1.3, when the server has judged. */
void pki_is_refused(coap_dtls_pki_t *pki);

#endif /* COAPSPEC_TESTS_PKI_WORLD_H_ */
