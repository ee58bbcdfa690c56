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
  return tls_native_of(session, COAP_TLS_LIBRARY_GNUTLS);
}

const char *
tls_native_suite(const coap_session_t *session) {
  return gnutls_ciphersuite_get(native_of(session));
}

int
tls_native_version(const coap_session_t *session) {
  switch (gnutls_protocol_get_version(native_of(session))) {
  case GNUTLS_TLS1_2:
    return WIRE_TLS_1_2;
  case GNUTLS_TLS1_3:
    return WIRE_TLS_1_3;
  case GNUTLS_DTLS1_2:
    return WIRE_DTLS_1_2;
  default:
    return 0;
  }
}

int
tls_native_is_resumed(const coap_session_t *session) {
  return gnutls_session_is_resumed(native_of(session));
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

static blob_t
take_blob(gnutls_datum_t *datum) {
  blob_t blob = tls_native_blob(datum->data, datum->size);

  gnutls_free(datum->data);
  return blob;
}

static blob_t
blob_of(gnutls_x509_crt_t crt, gnutls_x509_crt_fmt_t format) {
  gnutls_datum_t datum;

  good(gnutls_x509_crt_export2(crt, format, &datum));
  return take_blob(&datum);
}

static blob_t
blob_of_key(gnutls_x509_privkey_t key, gnutls_x509_crt_fmt_t format) {
  gnutls_datum_t datum;

  good(gnutls_x509_privkey_export2(key, format, &datum));
  return take_blob(&datum);
}

void
certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                 long from_s, long to_s, int is_ca) {
  static uint8_t serial;
  gnutls_x509_crt_t crt;
  gnutls_x509_privkey_t key = make_key();
  time_t now = time(NULL);

  serial++;
  good(gnutls_x509_crt_init(&crt));
  good(gnutls_x509_crt_set_version(crt, 3));
  good(gnutls_x509_crt_set_serial(crt, &serial, 1));
  good(gnutls_x509_crt_set_key(crt, key));
  set_subject(crt, name, is_ca);
  good(gnutls_x509_crt_set_activation_time(crt, now + from_s));
  good(gnutls_x509_crt_set_expiration_time(crt, now + to_s));
  good(gnutls_x509_crt_sign2(crt, issuer ? issuer->object : crt, issuer ? issuer->key_object : key,
                             GNUTLS_DIG_SHA256, 0));
  certificate->object = crt;
  certificate->key_object = key;
  certificate->pem = blob_of(crt, GNUTLS_X509_FMT_PEM);
  certificate->der = blob_of(crt, GNUTLS_X509_FMT_DER);
  certificate->key = blob_of_key(key, GNUTLS_X509_FMT_PEM);
  certificate->key_der = blob_of_key(key, GNUTLS_X509_FMT_DER);
}

void
certificate_free(certificate_t *certificate) {
  tls_native_free_blobs(certificate);
  gnutls_x509_crt_deinit(certificate->object);
  gnutls_x509_privkey_deinit(certificate->key_object);
}

blob_t
certificate_revoke(const certificate_t *issuer, const certificate_t *revoked, long to_s) {
  gnutls_x509_crl_t list;
  gnutls_datum_t datum;
  time_t now = time(NULL);

  good(gnutls_x509_crl_init(&list));
  good(gnutls_x509_crl_set_version(list, 2));
  good(gnutls_x509_crl_set_this_update(list, now - CERTIFICATE_DAY_S));
  good(gnutls_x509_crl_set_next_update(list, now + to_s));
  good(gnutls_x509_crl_set_crt(list, revoked->object, now - CERTIFICATE_DAY_S));
  good(gnutls_x509_crl_sign2(list, issuer->object, issuer->key_object, GNUTLS_DIG_SHA256, 0));
  good(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &datum));
  gnutls_x509_crl_deinit(list);
  return take_blob(&datum);
}
