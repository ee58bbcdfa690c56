/* tls_mbedtls_pki.c -- certificates and keys with Mbed TLS: loading them. */
#include "secure/tls_mbedtls.h"

#include "seams/memory.h"

#include <string.h>

void
coap_tls_mbedtls_own_init(coap_tls_own_t *own) {
  mbedtls_x509_crt_init(&own->certificates);
  mbedtls_pk_init(&own->key);
  mbedtls_x509_crt_init(&own->roots);
  mbedtls_x509_crl_init(&own->revoked);
}

void
coap_tls_mbedtls_own_free(coap_tls_own_t *own) {
  mbedtls_x509_crt_free(&own->certificates);
  mbedtls_pk_free(&own->key);
  mbedtls_x509_crt_free(&own->roots);
  mbedtls_x509_crl_free(&own->revoked);
}

static int
complain(const coap_tls_part_t *part, int error) {
  char text[COAP_TLS_WHY_MAX];

  /* Of certificates it may count those that it could not read. */
  return coap_tls_part_complain(part, error < 0 ? coap_tls_mbedtls_why(error, text)
                                                : "not all in it can be read");
}

/* The bytes as Mbed TLS wants them: PEM ends with a zero byte, which counts. NULL: no memory. */
static uint8_t *
text_of(const coap_tls_part_t *part, size_t *length) {
  uint8_t *text = coap_mem_alloc(part->length + 1);

  if (!text)
    return NULL;
  if (part->length)
    memcpy(text, part->bytes, part->length);
  text[part->length] = 0;
  *length = part->length + (part->is_der ? 0 : 1);
  return text;
}

static void
text_free(uint8_t *text, size_t length) {
  coap_tls_wipe(text, length);
  coap_mem_free(text);
}

/* Lists of revoked certificates that stand with those of a CA, as PEM. */
static int
parse_revoked(mbedtls_x509_crl *revoked, const uint8_t *text, size_t length) {
  static const char begin[] = "-----BEGIN X509 CRL-----";

  return memmem(text, length, begin, sizeof(begin) - 1)
             ? mbedtls_x509_crl_parse(revoked, text, length)
             : 0;
}

/* `revoked` may be NULL. */
static int
read_certificates(mbedtls_x509_crt *to, mbedtls_x509_crl *revoked, const coap_tls_part_t *part) {
  size_t length;
  uint8_t *text = text_of(part, &length);
  int result;

  if (!text)
    return 0;
  result = mbedtls_x509_crt_parse(to, text, length);
  if (result == 0 && revoked && !part->is_der)
    result = parse_revoked(revoked, text, length);
  text_free(text, length);
  return result == 0 || complain(part, result);
}

static int
read_key(mbedtls_pk_context *key, const coap_tls_part_t *part) {
  size_t length;
  uint8_t *text = text_of(part, &length);
  int result;

  if (!text)
    return 0;
  result = mbedtls_pk_parse_key(key, text, length, NULL, 0);
  text_free(text, length);
  return result == 0 || complain(part, result);
}

static int
load_key_pair(coap_tls_own_t *own, const coap_tls_parts_t *parts) {
  const coap_tls_part_t *key;

  if (!coap_tls_parts_pair(parts, &key))
    return 0;
  if (!key)
    return 1;
  if (!read_certificates(&own->certificates, NULL, &parts->certificate) ||
      !read_key(&own->key, key))
    return 0;
  own->has_certificate = 1;
  return mbedtls_pk_check_pair(&own->certificates.pk, &own->key) == 0 ||
         coap_tls_parts_differ(parts);
}

/* coap_context_set_pki_root_cas(3). Of what the system trusts Mbed TLS knows nothing. */
int
coap_tls_mbedtls_load_roots(coap_tls_own_t *own, const coap_tls_setup_t *setup) {
  coap_tls_part_t directory = {.what = "directory of CA certificates", .name = setup->ca_dir};
  coap_tls_part_t file;
  int is_good;
  int result;

  if (setup->pki && setup->pki->check_common_ca)
    return 1;
  is_good = coap_tls_part_file(&file, "CA certificate", setup->ca_file);
  if (file.is_uri)
    is_good = coap_tls_part_complain(&file, "tokens are not built in");
  if (is_good && coap_tls_part_is_given(&file))
    is_good = read_certificates(&own->roots, &own->revoked, &file);
  coap_tls_part_free(&file);
  if (!is_good || !setup->ca_dir)
    return is_good;
  result = mbedtls_x509_crt_parse_path(&own->roots, setup->ca_dir);
  return result >= 0 || complain(&directory, result);
}

int
coap_tls_mbedtls_load(coap_tls_own_t *own, const coap_tls_setup_t *setup,
                      const coap_dtls_key_t *key, coap_dtls_role_t role) {
  coap_tls_parts_t parts;
  int is_good =
      coap_tls_parts_find(&parts, key) && coap_tls_parts_are_plain(&parts, setup->pki, role);

  if (is_good && coap_tls_part_is_given(&parts.ca))
    is_good = read_certificates(&own->roots, &own->revoked, &parts.ca);
  is_good = is_good && coap_tls_mbedtls_load_roots(own, setup) && load_key_pair(own, &parts);
  coap_tls_parts_free(&parts);
  return is_good;
}

int
coap_tls_mbedtls_pki_for_name(coap_tls_t *tls, const char *name) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  coap_dtls_key_t *key;

  if (!pki || !pki->validate_sni_call_back)
    return 0;
  key = pki->validate_sni_call_back(name, pki->sni_call_back_arg);
  if (!key)
    return MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO;
  tls->named = coap_mem_zalloc(sizeof(*tls->named));
  if (!tls->named)
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  coap_tls_mbedtls_own_init(tls->named);
  if (!coap_tls_mbedtls_load(tls->named, tls->setup, key, COAP_DTLS_ROLE_SERVER))
    return MBEDTLS_ERR_SSL_CERTIFICATE_REQUIRED;
  mbedtls_ssl_set_hs_ca_chain(&tls->native, &tls->named->roots,
                              pki->check_cert_revocation ? &tls->named->revoked : NULL);
  return mbedtls_ssl_set_hs_own_cert(&tls->native, &tls->named->certificates, &tls->named->key);
}
