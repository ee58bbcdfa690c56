/* tls_native_openssl.c -- what the tests ask of OpenSSL itself. */
#include "tls_native.h"

#include "test.h"
#include "seams/clock.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/time.h>
#include <time.h>

/* OpenSSL has no way to be told the time: this stands before the C library's for all of the
 * program, libssl included, and tells that of the clock seam. The epoch itself would mean "no
 * timer" to it. */
int
gettimeofday(struct timeval *restrict now, void *restrict zone) {
  enum { BEGINNING_S = 1000000000 };
  uint64_t ms = coap_clock_now();

  (void)zone;
  now->tv_sec = (time_t)(BEGINNING_S + ms / 1000);
  now->tv_usec = (suseconds_t)(ms % 1000) * 1000;
  return 0;
}

void
tls_native_set_time(void) {
}

static const SSL *
native_of(const coap_session_t *session) {
  return tls_native_of(session, COAP_TLS_LIBRARY_OPENSSL);
}

const char *
tls_native_suite(const coap_session_t *session) {
  return SSL_CIPHER_standard_name(SSL_get_current_cipher(native_of(session)));
}

int
tls_native_version(const coap_session_t *session) {
  return SSL_version(native_of(session));
}

int
tls_native_is_resumed(const coap_session_t *session) {
  return SSL_session_reused(native_of(session));
}

static void
good(int is_good) {
  if (!is_good)
    fail_msg("%s", ERR_error_string(ERR_peek_error(), NULL));
}

static void
add_extension(X509 *crt, int nid, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

  good(extension != NULL);
  good(X509_add_ext(crt, extension, -1));
  X509_EXTENSION_free(extension);
}

static void
set_subject(X509 *crt, const char *name, int is_ca) {
  char text[128];

  good(X509_NAME_add_entry_by_NID(X509_get_subject_name(crt), NID_commonName, MBSTRING_UTF8,
                                  (const unsigned char *)name, -1, -1, 0));
  snprintf(text, sizeof(text), "DNS:%s", name);
  add_extension(crt, NID_subject_alt_name, text);
  add_extension(crt, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
}

/* What has been written; the next may be. */
static blob_t
take_blob(BIO *bio) {
  char *bytes = NULL;
  long length = BIO_get_mem_data(bio, &bytes);
  blob_t blob = tls_native_blob(bytes, (size_t)length);

  good(BIO_reset(bio));
  return blob;
}

static void
write_blobs(certificate_t *certificate, X509 *crt, EVP_PKEY *key) {
  BIO *bio = BIO_new(BIO_s_mem());

  good(bio && PEM_write_bio_X509(bio, crt));
  certificate->pem = take_blob(bio);
  good(i2d_X509_bio(bio, crt));
  certificate->der = take_blob(bio);
  good(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
  certificate->key = take_blob(bio);
  good(i2d_PrivateKey_bio(bio, key));
  certificate->key_der = take_blob(bio);
  BIO_free(bio);
}

void
certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                 long from_s, long to_s, int is_ca) {
  static long serial;
  X509 *crt = X509_new();
  EVP_PKEY *key = EVP_EC_gen("P-256");

  good(crt && key);
  good(X509_set_version(crt, X509_VERSION_3));
  good(ASN1_INTEGER_set(X509_get_serialNumber(crt), ++serial));
  good(X509_set_pubkey(crt, key));
  set_subject(crt, name, is_ca);
  good(X509_set_issuer_name(crt, X509_get_subject_name(issuer ? issuer->object : crt)));
  good(X509_gmtime_adj(X509_getm_notBefore(crt), from_s) != NULL);
  good(X509_gmtime_adj(X509_getm_notAfter(crt), to_s) != NULL);
  good(X509_sign(crt, issuer ? issuer->key_object : key, EVP_sha256()));
  write_blobs(certificate, crt, key);
  certificate->object = crt;
  certificate->key_object = key;
}

void
certificate_free(certificate_t *certificate) {
  tls_native_free_blobs(certificate);
  X509_free(certificate->object);
  EVP_PKEY_free(certificate->key_object);
}

blob_t
certificate_revoke(const certificate_t *issuer, const certificate_t *revoked, long to_s) {
  X509_CRL *list = X509_CRL_new();
  X509_REVOKED *entry = X509_REVOKED_new();
  ASN1_TIME *begin = X509_gmtime_adj(NULL, -CERTIFICATE_DAY_S);
  ASN1_TIME *end = X509_gmtime_adj(NULL, to_s);
  BIO *bio = BIO_new(BIO_s_mem());
  blob_t blob;

  good(list && entry && begin && end && bio);
  good(X509_CRL_set_version(list, X509_CRL_VERSION_2));
  good(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->object)));
  good(X509_CRL_set1_lastUpdate(list, begin) && X509_CRL_set1_nextUpdate(list, end));
  good(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->object)));
  good(X509_REVOKED_set_revocationDate(entry, begin));
  good(X509_CRL_add0_revoked(list, entry));
  good(X509_CRL_sign(list, issuer->key_object, EVP_sha256()));
  good(PEM_write_bio_X509_CRL(bio, list));
  blob = take_blob(bio);
  BIO_free(bio);
  X509_CRL_free(list);
  ASN1_TIME_free(begin);
  ASN1_TIME_free(end);
  return blob;
}
