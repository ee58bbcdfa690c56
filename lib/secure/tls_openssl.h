/* tls_openssl.h -- the OpenSSL back end between its own files. */
#ifndef COAP_SECURE_TLS_OPENSSL_H_
#define COAP_SECURE_TLS_OPENSSL_H_

#include "secure/tls.h"
#include "secure/tls_input.h"
#include "secure/tls_piece.h"

#include <openssl/ssl.h>

/* What coap_tls_prepare() makes of a setup. */
typedef struct coap_tls_made_t {
  SSL_CTX *contexts[2]; /* of TLS, of DTLS */
  BIO_METHOD *bytes;    /* how a session's bytes come and go */
} coap_tls_made_t;

enum { COAP_TLS_ALPN_MAX = 32 };

struct coap_tls_t {
  SSL *native;
  coap_tls_side_t side;
  const coap_tls_setup_t *setup;
  coap_tls_input_t input;
  coap_tls_piece_t piece;
  coap_tls_psk_t psk;
  uint8_t alpn[1 + COAP_TLS_ALPN_MAX]; /* as it goes over the wire, with its length */
  unsigned int expects_hello : 1;      /* with a cookie that was looked at before */
  unsigned int is_named : 1;           /* what the host name decides is decided */
  unsigned int is_broken : 1;          /* nothing can be said any more */
};

/* What OpenSSL has to say of the first of its errors; it forgets them all. */
const char *coap_tls_openssl_why(void);

/* The way of a session's bytes (tls_openssl_bio.c). NULL: no memory. */
BIO_METHOD *coap_tls_openssl_bytes_new(void);
int coap_tls_openssl_set_bytes(coap_tls_t *tls);

/* Pre-shared keys (tls_openssl_psk.c): the call-backs that find a key. 1, or 0. */
int coap_tls_openssl_use_psk(SSL_CTX *context, const coap_tls_setup_t *setup);

/* The server's hint and key for the host name asked for. 1, or 0. */
int coap_tls_openssl_psk_for_name(coap_tls_t *tls, const char *name);

/* Certificates and keys as OpenSSL has them (tls_openssl_pki.c), each NULL when it is not there. */
typedef struct coap_tls_own_t {
  STACK_OF(X509) * certificates; /* its own first */
  STACK_OF(X509) * ca;           /* of the set-up alone */
  EVP_PKEY *key;
  X509_STORE *roots; /* whom to trust */
} coap_tls_own_t;

/* 1, or 0 with what is wrong in the log. To be freed in either case. */
int coap_tls_openssl_load(coap_tls_own_t *own, const coap_tls_setup_t *setup,
                          const coap_dtls_key_t *key, coap_dtls_role_t role);
void coap_tls_openssl_own_free(coap_tls_own_t *own);

/* Whether the context's own roots can be loaded, before there is a certificate to go with them. */
int coap_tls_openssl_check_roots(const coap_tls_setup_t *setup);

/* For all sessions. 1, or 0. */
int coap_tls_openssl_use_own(SSL_CTX *context, const coap_tls_own_t *own);

/* The server's certificate for the host name asked for. 1, or 0. */
int coap_tls_openssl_pki_for_name(coap_tls_t *tls, const char *name);

/* What is asked of the peer's certificate (tls_openssl_verify.c). */
void coap_tls_openssl_verify(SSL_CTX *context, const coap_tls_setup_t *setup,
                             coap_dtls_role_t role);

#endif /* COAP_SECURE_TLS_OPENSSL_H_ */
