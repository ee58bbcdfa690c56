/* tls_native_mbedtls.c -- what the tests ask of Mbed TLS itself. */
#include "tls_native.h"

#include "test.h"

#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>

#include <sys/random.h>
#include <time.h>

/* It asks nobody but the session for the time of a handshake. */
void
tls_native_set_time(void) {
}

static const mbedtls_ssl_context *
native_of(const coap_session_t *session) {
  return tls_native_of(session, COAP_TLS_LIBRARY_MBEDTLS);
}

const char *
tls_native_suite(const coap_session_t *session) {
  static char name[64];

  snprintf(name, sizeof(name), "%s", mbedtls_ssl_get_ciphersuite(native_of(session)));
  for (char *at = name; *at; at++)
    *at = *at == '-' ? '_' : *at;
  return name;
}

int
tls_native_version(const coap_session_t *session) {
  const char *text = mbedtls_ssl_get_version(native_of(session));

  return strcmp(text, "DTLSv1.2") == 0  ? WIRE_DTLS_1_2
         : strcmp(text, "TLSv1.2") == 0 ? WIRE_TLS_1_2
                                        : 0;
}

/* It does not tell. */
int
tls_native_is_resumed(const coap_session_t *session) {
  (void)session;
  return 0;
}

static void
good(int result) {
  char text[128];

  if (result >= 0)
    return;
  mbedtls_strerror(result, text, sizeof(text));
  fail_msg("%s", text);
}

static int
random_bytes(void *user, unsigned char *to, size_t length) {
  (void)user;
  return getrandom(to, length, 0) == (ssize_t)length ? 0 : -1;
}

static mbedtls_pk_context *
make_key(void) {
  mbedtls_pk_context *key = malloc(sizeof(*key));

  assert_non_null(key);
  mbedtls_pk_init(key);
  good(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
  good(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), random_bytes, NULL));
  return key;
}

static void
set_names(mbedtls_x509write_cert *crt, const char *name, const certificate_t *issuer, int is_ca) {
  unsigned char alternative[64] = {0x30, 0, 0x82, 0};
  size_t length = strlen(name);
  char text[128];

  snprintf(text, sizeof(text), "CN=%s", name);
  good(mbedtls_x509write_crt_set_subject_name(crt, text));
  if (issuer) {
    const mbedtls_x509_crt *parent = issuer->object;

    good(mbedtls_x509_dn_gets(text, sizeof(text), &parent->subject));
  }
  good(mbedtls_x509write_crt_set_issuer_name(crt, text));
  assert_true(length < sizeof(alternative) - 4);
  alternative[1] = (unsigned char)(length + 2);
  alternative[3] = (unsigned char)length;
  memcpy(alternative + 4, name, length);
  good(mbedtls_x509write_crt_set_extension(crt, MBEDTLS_OID_SUBJECT_ALT_NAME,
                                           MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0,
                                           alternative, length + 4));
  good(mbedtls_x509write_crt_set_basic_constraints(crt, is_ca, -1));
}

static void
set_time(mbedtls_x509write_cert *crt, long from_s, long to_s) {
  time_t from = time(NULL) + from_s;
  time_t to = time(NULL) + to_s;
  struct tm parts;
  char text[2][16];

  assert_true(strftime(text[0], sizeof(text[0]), "%Y%m%d%H%M%S", gmtime_r(&from, &parts)) > 0);
  assert_true(strftime(text[1], sizeof(text[1]), "%Y%m%d%H%M%S", gmtime_r(&to, &parts)) > 0);
  good(mbedtls_x509write_crt_set_validity(crt, text[0], text[1]));
}

static void
write_blobs(certificate_t *certificate, mbedtls_x509write_cert *crt, mbedtls_pk_context *key) {
  unsigned char bytes[4096];
  int length;

  good(mbedtls_x509write_crt_pem(crt, bytes, sizeof(bytes), random_bytes, NULL));
  certificate->pem = tls_native_blob(bytes, strlen((char *)bytes));
  length = mbedtls_x509write_crt_der(crt, bytes, sizeof(bytes), random_bytes, NULL);
  good(length);
  /* DER is written backwards, from the end. */
  certificate->der = tls_native_blob(bytes + sizeof(bytes) - length, (size_t)length);
  good(mbedtls_pk_write_key_pem(key, bytes, sizeof(bytes)));
  certificate->key = tls_native_blob(bytes, strlen((char *)bytes));
  length = mbedtls_pk_write_key_der(key, bytes, sizeof(bytes));
  good(length);
  certificate->key_der = tls_native_blob(bytes + sizeof(bytes) - length, (size_t)length);
}

void
certificate_make(certificate_t *certificate, const char *name, const certificate_t *issuer,
                 long from_s, long to_s, int is_ca) {
  static int serial;
  mbedtls_x509write_cert crt;
  mbedtls_pk_context *key = make_key();
  mbedtls_x509_crt *object = malloc(sizeof(*object));
  mbedtls_mpi number;

  assert_non_null(object);
  mbedtls_mpi_init(&number);
  good(mbedtls_mpi_lset(&number, ++serial));
  mbedtls_x509write_crt_init(&crt);
  mbedtls_x509write_crt_set_version(&crt, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&crt, MBEDTLS_MD_SHA256);
  good(mbedtls_x509write_crt_set_serial(&crt, &number));
  mbedtls_x509write_crt_set_subject_key(&crt, key);
  mbedtls_x509write_crt_set_issuer_key(&crt, issuer ? issuer->key_object : key);
  set_names(&crt, name, issuer, is_ca);
  set_time(&crt, from_s, to_s);
  write_blobs(certificate, &crt, key);
  mbedtls_x509write_crt_free(&crt);
  mbedtls_mpi_free(&number);
  mbedtls_x509_crt_init(object);
  good(mbedtls_x509_crt_parse_der(object, certificate->der.data, certificate->der.size));
  certificate->object = object;
  certificate->key_object = key;
}

void
certificate_free(certificate_t *certificate) {
  tls_native_free_blobs(certificate);
  mbedtls_x509_crt_free(certificate->object);
  mbedtls_pk_free(certificate->key_object);
  free(certificate->object);
  free(certificate->key_object);
}

/* It writes none. */
blob_t
certificate_revoke(const certificate_t *issuer, const certificate_t *revoked, long to_s) {
  (void)issuer;
  (void)revoked;
  (void)to_s;
  return (blob_t){NULL, 0};
}
