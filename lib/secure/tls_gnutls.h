/* tls_gnutls.h -- the GnuTLS back end between its own files. */
#ifndef COAP_SECURE_TLS_GNUTLS_H_
#define COAP_SECURE_TLS_GNUTLS_H_

#include "secure/tls.h"
#include "secure/tls_input.h"

#include <gnutls/gnutls.h>

/* What coap_tls_prepare() makes of a setup. */
typedef struct coap_tls_made_t {
  gnutls_psk_client_credentials_t client_psk;
  gnutls_psk_server_credentials_t server_psk;
  gnutls_certificate_credentials_t certificate;
  gnutls_priority_t priority;
  gnutls_datum_t ticket_key; /* a server's; empty until it is needed */
  coap_tick_t ticket_key_since;
} coap_tls_made_t;

struct coap_tls_t {
  gnutls_session_t native;
  coap_tls_side_t side;
  const coap_tls_setup_t *setup;
  coap_tls_input_t input;
  gnutls_packet_t packet; /* the piece that was read last */
  coap_tls_psk_t psk;
  size_t ticket_size;                      /* of what the server has sent last */
  unsigned int is_kept : 1;                /* it can be resumed, and side.keep() knows it */
  gnutls_psk_server_credentials_t own_psk; /* for the host name that the client asked for */
  gnutls_certificate_credentials_t own_certificate;
};

/* Pre-shared keys (tls_gnutls_psk.c): credentials with the call-backs that find a key. GnuTLS's
 * codes, as below. */
int coap_tls_gnutls_psk_client(gnutls_psk_client_credentials_t *credentials);
int coap_tls_gnutls_psk_server(gnutls_psk_server_credentials_t *credentials,
                               const coap_bin_const_t *hint);

/* The server's hint and key for the host name asked for. */
int coap_tls_gnutls_psk_for_name(coap_tls_t *tls, const char *name);

/* The same of a resumed session, whose handshake does not ask for keys. */
int coap_tls_gnutls_psk_resumed(coap_tls_t *tls);

/* Resumption (tls_gnutls_resume.c). 1 when sessions of this setup may be resumed. */
int coap_tls_gnutls_may_resume(const coap_tls_setup_t *setup, const coap_tls_side_t *side);

/* Offers to resume, or to be resumed later. A code of GnuTLS. */
int coap_tls_gnutls_resume_begin(coap_tls_t *tls);

/* The handshake is through: a resumed peer is asked no less than another one. A code of GnuTLS. */
int coap_tls_gnutls_resume_check(coap_tls_t *tls);

/* Keeps what the session can be resumed with, once that is there. */
void coap_tls_gnutls_resume_keep(coap_tls_t *tls);

void coap_tls_gnutls_resume_forget(const coap_tls_t *tls);

/* Certificates (tls_gnutls_pki.c). 1, or 0 with what is wrong in the log. */
int coap_tls_pki_load(gnutls_certificate_credentials_t *credentials, const coap_tls_setup_t *setup,
                      const coap_dtls_key_t *key, coap_dtls_role_t role);

/* Whether the context's own roots can be loaded, before there is a certificate to go with them. */
int coap_tls_pki_check_roots(const coap_tls_setup_t *setup);

/* What the session asks of its peer's certificate. */
void coap_tls_pki_begin(coap_tls_t *tls);

/* Looks at the certificate of a resumed session, which does not come again. A code of GnuTLS. */
int coap_tls_pki_resumed(coap_tls_t *tls);

/* The server's certificate for the host name asked for. A code of GnuTLS. */
int coap_tls_pki_for_name(coap_tls_t *tls, const char *name);

#endif /* COAP_SECURE_TLS_GNUTLS_H_ */
