/* tls_parts.c -- certificates and keys on their way from where the application has them. */
#include "secure/tls_parts.h"

#include "seams/file.h"
#include "seams/memory.h"
#include "secure/tls_setup.h"

#include <string.h>

enum { FILE_MAX = 1024 * 1024, PEM = 0, DER = 1 };

int
coap_tls_part_complain(const coap_tls_part_t *part, const char *why) {
  coap_log_warn("%s %s: %s\n", part->what, part->name ? part->name : "in memory", why);
  return 0;
}

void
coap_tls_part_free(coap_tls_part_t *part) {
  if (part->owned)
    coap_tls_wipe(part->owned, part->length);
  coap_mem_free(part->owned);
}

static int
part_file(coap_tls_part_t *part, const char *name, int is_der) {
  int result;

  part->name = name;
  part->is_der = is_der;
  if (!name)
    return 1;
  if (strncmp(name, "pkcs11:", 7) == 0) {
    part->is_uri = 1;
    return 1;
  }
  result = coap_file_read(name, FILE_MAX, &part->owned, &part->length);
  if (result < 0)
    return coap_tls_part_complain(part, strerror(-result));
  part->bytes = part->owned;
  return 1;
}

int
coap_tls_part_file(coap_tls_part_t *part, const char *what, const char *name) {
  memset(part, 0, sizeof(*part));
  part->what = what;
  return part_file(part, name, PEM);
}

static int
part_memory(coap_tls_part_t *part, const uint8_t *bytes, size_t length, int is_der) {
  /* Lengths of PEM text may count the zero byte at its end. */
  if (!bytes)
    length = 0;
  while (!is_der && length && bytes[length - 1] == 0)
    length--;
  part->bytes = bytes;
  part->length = length;
  part->is_der = is_der;
  return 1;
}

static int
part_defined(coap_tls_part_t *part, coap_pki_define_t how, coap_const_char_ptr_t from,
             size_t length) {
  switch (how) {
  case COAP_PKI_KEY_DEF_PEM:
  case COAP_PKI_KEY_DEF_PKCS11:
    return part_file(part, from.s_byte, PEM);
  case COAP_PKI_KEY_DEF_DER:
    return part_file(part, from.s_byte, DER);
  case COAP_PKI_KEY_DEF_PEM_BUF:
  case COAP_PKI_KEY_DEF_RPK_BUF:
    return part_memory(part, from.u_byte, length, PEM);
  case COAP_PKI_KEY_DEF_DER_BUF:
    return part_memory(part, from.u_byte, length, DER);
  case COAP_PKI_KEY_DEF_PKCS11_RPK:
  case COAP_PKI_KEY_DEF_ENGINE:
    break;
  }
  return coap_tls_part_complain(part, "this way to define it is not built in");
}

int
coap_tls_parts_find(coap_tls_parts_t *parts, const coap_dtls_key_t *from) {
  const coap_pki_key_pem_t *pem = &from->key.pem;
  const coap_pki_key_pem_buf_t *buf = &from->key.pem_buf;
  const coap_pki_key_asn1_t *asn1 = &from->key.asn1;
  const coap_pki_key_pkcs11_t *pkcs11 = &from->key.pkcs11;
  const coap_pki_key_define_t *define = &from->key.define;

  memset(parts, 0, sizeof(*parts));
  parts->ca.what = "CA certificate";
  parts->certificate.what = "certificate";
  parts->key.what = "private key";
  switch (from->key_type) {
  case COAP_PKI_KEY_PEM:
    return part_file(&parts->ca, pem->ca_file, PEM) &&
           part_file(&parts->certificate, pem->public_cert, PEM) &&
           part_file(&parts->key, pem->private_key, PEM);
  case COAP_PKI_KEY_ASN1:
    return part_memory(&parts->ca, asn1->ca_cert, asn1->ca_cert_len, DER) &&
           part_memory(&parts->certificate, asn1->public_cert, asn1->public_cert_len, DER) &&
           part_memory(&parts->key, asn1->private_key, asn1->private_key_len, DER);
  case COAP_PKI_KEY_PEM_BUF:
    return part_memory(&parts->ca, buf->ca_cert, buf->ca_cert_len, PEM) &&
           part_memory(&parts->certificate, buf->public_cert, buf->public_cert_len, PEM) &&
           part_memory(&parts->key, buf->private_key, buf->private_key_len, PEM);
  case COAP_PKI_KEY_PKCS11:
    parts->pin = pkcs11->user_pin;
    return part_file(&parts->ca, pkcs11->ca, PEM) &&
           part_file(&parts->certificate, pkcs11->public_cert, PEM) &&
           part_file(&parts->key, pkcs11->private_key, PEM);
  case COAP_PKI_KEY_DEFINE:
    parts->pin = define->user_pin;
    return part_defined(&parts->ca, define->ca_def, define->ca, define->ca_len) &&
           part_defined(&parts->certificate, define->public_cert_def, define->public_cert,
                        define->public_cert_len) &&
           part_defined(&parts->key, define->private_key_def, define->private_key,
                        define->private_key_len);
  }
  return 0;
}

void
coap_tls_parts_free(coap_tls_parts_t *parts) {
  coap_tls_part_free(&parts->ca);
  coap_tls_part_free(&parts->certificate);
  coap_tls_part_free(&parts->key);
}

int
coap_tls_part_is_given(const coap_tls_part_t *part) {
  return part->is_uri || part->length > 0;
}

int
coap_tls_parts_are_plain(const coap_tls_parts_t *parts, const coap_dtls_pki_t *pki,
                         coap_dtls_role_t role) {
  const coap_tls_part_t *all[] = {&parts->ca, &parts->certificate, &parts->key};

  if (pki->is_rpk_not_cert)
    return coap_tls_part_complain(&parts->key, "raw public keys are not built in");
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    if (all[i]->is_uri)
      return coap_tls_part_complain(all[i], "tokens are not built in");
  }
  if (role == COAP_DTLS_ROLE_SERVER && !coap_tls_part_is_given(&parts->certificate))
    return coap_tls_part_complain(&parts->certificate, "a server needs one, and its key");
  return 1;
}

int
coap_tls_parts_pair(const coap_tls_parts_t *parts, const coap_tls_part_t **key) {
  int has_certificate = coap_tls_part_is_given(&parts->certificate);

  *key = has_certificate ? &parts->certificate : NULL;
  if (!coap_tls_part_is_given(&parts->key))
    return 1;
  *key = &parts->key;
  return has_certificate || coap_tls_part_complain(*key, "there is no certificate for it");
}

int
coap_tls_parts_differ(const coap_tls_parts_t *parts) {
  coap_tls_part_complain(&parts->certificate, "it is not for the key");
  if (coap_tls_part_is_given(&parts->key))
    coap_tls_part_complain(&parts->key, "it is not the certificate's");
  return 0;
}
