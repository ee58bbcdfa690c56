/* tls_certificates.c -- certificates made on the spot, as PEM text. */
#include "tls_certificates.h"

#include "test.h"

#include <time.h>

static void
good(int result) {
  if (result < 0)
    fail_msg("%s", gnutls_strerror(result));
}

void
certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                 long from_s, long to_s) {
  static uint8_t serial;
  gnutls_x509_crt_t crt;
  time_t now = time(NULL);

  serial++;
  good(gnutls_x509_privkey_init(&certificate->key_object));
  good(gnutls_x509_privkey_generate(certificate->key_object, GNUTLS_PK_ECDSA,
                                    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
  good(gnutls_x509_crt_init(&crt));
  good(gnutls_x509_crt_set_version(crt, 3));
  good(gnutls_x509_crt_set_serial(crt, &serial, 1));
  good(gnutls_x509_crt_set_key(crt, certificate->key_object));
  good(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                     (unsigned int)strlen(name)));
  good(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
                                            (unsigned int)strlen(name), GNUTLS_FSAN_SET));
  good(gnutls_x509_crt_set_activation_time(crt, now + from_s));
  good(gnutls_x509_crt_set_expiration_time(crt, now + to_s));
  good(gnutls_x509_crt_set_basic_constraints(crt, issuer ? 0 : 1, -1));
  good(gnutls_x509_crt_sign2(crt, issuer ? issuer->object : crt,
                             issuer ? issuer->key_object : certificate->key_object,
                             GNUTLS_DIG_SHA256, 0));
  certificate->object = crt;
  good(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &certificate->pem));
  good(
      gnutls_x509_privkey_export2(certificate->key_object, GNUTLS_X509_FMT_PEM, &certificate->key));
}

void
certificate_free(certificate_t *certificate) {
  gnutls_free(certificate->pem.data);
  gnutls_free(certificate->key.data);
  gnutls_x509_crt_deinit(certificate->object);
  gnutls_x509_privkey_deinit(certificate->key_object);
}
