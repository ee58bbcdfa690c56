/* tls_native_gnutls.c -- what the tests ask of GnuTLS itself. */
#include "tls_native.h"

#include "test.h"
#include "seams/clock.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <time.h>

/* Exported for tests by GnuTLS, declared in no header of it. */
void _gnutls_global_set_gettime_function(void (*function)(struct timespec *));

static void
tell_time(struct timespec *now) {
  uint64_t ms = coap_clock_now();

  now->tv_sec = (time_t)(ms / 1000);
  now->tv_nsec = (long)(ms % 1000) * 1000000;
}

void
tls_native_set_time(void) {
  _gnutls_global_set_gettime_function(tell_time);
}

static gnutls_session_t
native_of(const coap_session_t *session) {
  coap_tls_library_t library;
  gnutls_session_t native = coap_session_get_tls(session, &library);

  assert_int_equal(library, COAP_TLS_LIBRARY_GNUTLS);
  assert_non_null(native);
  return native;
}

const char *
tls_native_suite(const coap_session_t *session) {
  return gnutls_ciphersuite_get(native_of(session));
}

int
tls_native_is_dtls12(const coap_session_t *session) {
  return gnutls_protocol_get_version(native_of(session)) == GNUTLS_DTLS1_2;
}

static void
good(int result) {
  if (result < 0)
    fail_msg("%s", gnutls_strerror(result));
}

static gnutls_x509_privkey_t
make_key(void) {
  gnutls_x509_privkey_t key;

  good(gnutls_x509_privkey_init(&key));
  good(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
  return key;
}

static void
set_subject(gnutls_x509_crt_t crt, const char *name, int is_ca) {
  unsigned int length = (unsigned int)strlen(name);

  good(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, length));
  good(
      gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, length, GNUTLS_FSAN_SET));
  good(gnutls_x509_crt_set_basic_constraints(crt, is_ca, -1));
}

static pem_t
pem_of(const gnutls_datum_t *datum) {
  return (pem_t){datum->data, datum->size};
}

void
certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                 long from_s, long to_s) {
  static uint8_t serial;
  gnutls_x509_crt_t crt;
  gnutls_x509_privkey_t key = make_key();
  gnutls_datum_t pem;
  time_t now = time(NULL);

  serial++;
  good(gnutls_x509_crt_init(&crt));
  good(gnutls_x509_crt_set_version(crt, 3));
  good(gnutls_x509_crt_set_serial(crt, &serial, 1));
  good(gnutls_x509_crt_set_key(crt, key));
  set_subject(crt, name, issuer == NULL);
  good(gnutls_x509_crt_set_activation_time(crt, now + from_s));
  good(gnutls_x509_crt_set_expiration_time(crt, now + to_s));
  good(gnutls_x509_crt_sign2(crt, issuer ? issuer->object : crt, issuer ? issuer->key_object : key,
                             GNUTLS_DIG_SHA256, 0));
  certificate->object = crt;
  certificate->key_object = key;
  good(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
  certificate->pem = pem_of(&pem);
  good(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem));
  certificate->key = pem_of(&pem);
}

void
certificate_free(certificate_t *certificate) {
  gnutls_free(certificate->pem.data);
  gnutls_free(certificate->key.data);
  gnutls_x509_crt_deinit(certificate->object);
  gnutls_x509_privkey_deinit(certificate->key_object);
}
