/* tls_certificates.h -- certificates made on the spot, as PEM text, valid by the simulation's
 * clock.
 */
#ifndef COAPSPEC_TESTS_TLS_CERTIFICATES_H_
#define COAPSPEC_TESTS_TLS_CERTIFICATES_H_

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

enum { CERTIFICATE_DAY_S = 24 * 3600 };

typedef struct certificate_t {
  gnutls_x509_privkey_t key_object;
  gnutls_x509_crt_t object;
  gnutls_datum_t key; /* PEM */
  gnutls_datum_t pem;
} certificate_t;

/* For `name`, signed by `issuer` (NULL: by itself, and then a CA); valid from `from_s` to `to_s`
 * seconds around now. */
void certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                      long from_s, long to_s);
void certificate_free(certificate_t *certificate);

#endif /* COAPSPEC_TESTS_TLS_CERTIFICATES_H_ */
