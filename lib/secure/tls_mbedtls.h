/* tls_mbedtls.h -- the Mbed TLS back end between its own files. */
#ifndef COAP_SECURE_TLS_MBEDTLS_H_
#define COAP_SECURE_TLS_MBEDTLS_H_

#include "secure/tls.h"
#include "secure/tls_input.h"
#include "secure/tls_parts.h"
#include "secure/tls_piece.h"

#include <mbedtls/ssl.h>

/* Certificates and keys as Mbed TLS has them. */
typedef struct coap_tls_own_t {
  mbedtls_x509_crt certificates; /* its own first */
  mbedtls_pk_context key;
  mbedtls_x509_crt roots; /* whom to trust */
  mbedtls_x509_crl revoked;
  unsigned int has_certificate : 1;
} coap_tls_own_t;

/* What coap_tls_prepare() makes of a setup. */
typedef struct coap_tls_made_t {
  coap_tls_own_t own;
  int suites[32]; /* as Mbed TLS numbers them, 0 at the end */
} coap_tls_made_t;

struct coap_tls_t {
  mbedtls_ssl_context native;
  mbedtls_ssl_config config;
  coap_tls_side_t side;
  const coap_tls_setup_t *setup;
  const char *alpn[2]; /* as the library wants it, NULL at the end */
  coap_tls_input_t input;
  coap_tls_piece_t piece;
  coap_tls_psk_t psk;
  coap_tls_own_t *named; /* for the host name that the client asked for */
  uint32_t wrong;        /* with the certificates looked at so far */
  coap_tick_t now;       /* of the handshake */
  coap_tick_t intermediate;
  coap_tick_t final;
  unsigned int has_timer : 1;
  unsigned int is_named : 1; /* what the host name decides is decided */
  unsigned int is_up : 1;
};

/* An error of Mbed TLS in words, in `text`. */
enum { COAP_TLS_WHY_MAX = 128 };
const char *coap_tls_mbedtls_why(int error, char text[COAP_TLS_WHY_MAX]);

/* Certificates (tls_mbedtls_pki.c). Each 1, or 0 with what is wrong in the log. */
void coap_tls_mbedtls_own_init(coap_tls_own_t *own);
void coap_tls_mbedtls_own_free(coap_tls_own_t *own);
int coap_tls_mbedtls_load(coap_tls_own_t *own, const coap_tls_setup_t *setup,
                          const coap_dtls_key_t *key, coap_dtls_role_t role);

/* The context's own roots, before there is a certificate to go with them. */
int coap_tls_mbedtls_load_roots(coap_tls_own_t *own, const coap_tls_setup_t *setup);

/* The server's certificate for the host name asked for. A code of Mbed TLS. */
int coap_tls_mbedtls_pki_for_name(coap_tls_t *tls, const char *name);

/* What the session shows, and asks of its peer's certificate (tls_mbedtls_verify.c). A code of Mbed
 * TLS. */
int coap_tls_mbedtls_use_own(coap_tls_t *tls);

#endif /* COAP_SECURE_TLS_MBEDTLS_H_ */
