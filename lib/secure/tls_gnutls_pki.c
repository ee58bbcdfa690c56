/* tls_gnutls_pki.c -- certificates with GnuTLS: loading them, and what is asked of the peer's (RFC
 * 7252 9.1.3.3). */
#include "secure/tls_gnutls.h"

#include "seams/file.h"
#include "seams/memory.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include <string.h>

enum { FILE_MAX = 1024 * 1024, VERIFY_BITS = 16384 };

/* Bytes to load: the application's, or of a file (owned then), and how they are written. */
typedef struct part_t {
  gnutls_datum_t bytes;
  uint8_t *owned;
  const char *name; /* of the file or URI; NULL: memory */
  int is_uri;
  gnutls_x509_crt_fmt_t format;
} part_t;

static int
complain(const char *what, const part_t *part, const char *why) {
  coap_log_warn("%s %s: %s\n", what, part->name ? part->name : "in memory", why);
  return 0;
}

static void
part_free(part_t *part) {
  if (part->owned)
    coap_tls_wipe(part->owned, part->bytes.size);
  coap_mem_free(part->owned);
}

static int
part_file(part_t *part, const char *what, const char *name, gnutls_x509_crt_fmt_t format) {
  size_t length = 0;
  int result;

  part->name = name;
  part->format = format;
  if (!name)
    return 1;
  if (strncmp(name, "pkcs11:", 7) == 0) {
    part->is_uri = 1;
    return 1;
  }
  result = coap_file_read(name, FILE_MAX, &part->owned, &length);
  if (result < 0)
    return complain(what, part, strerror(-result));
  part->bytes = (gnutls_datum_t){part->owned, (unsigned int)length};
  return 1;
}

static int
part_memory(part_t *part, const uint8_t *bytes, size_t length, gnutls_x509_crt_fmt_t format) {
  /* Lengths of PEM text may count the zero byte at its end. */
  if (!bytes)
    length = 0;
  while (format == GNUTLS_X509_FMT_PEM && length && bytes[length - 1] == 0)
    length--;
  part->bytes = (gnutls_datum_t){(unsigned char *)(uintptr_t)bytes, (unsigned int)length};
  part->format = format;
  return 1;
}

static int
part_defined(part_t *part, const char *what, coap_pki_define_t how, coap_const_char_ptr_t from,
             size_t length) {
  switch (how) {
  case COAP_PKI_KEY_DEF_PEM:
    return part_file(part, what, from.s_byte, GNUTLS_X509_FMT_PEM);
  case COAP_PKI_KEY_DEF_DER:
    return part_file(part, what, from.s_byte, GNUTLS_X509_FMT_DER);
  case COAP_PKI_KEY_DEF_PKCS11:
    return part_file(part, what, from.s_byte, GNUTLS_X509_FMT_PEM);
  case COAP_PKI_KEY_DEF_PEM_BUF:
  case COAP_PKI_KEY_DEF_RPK_BUF:
    return part_memory(part, from.u_byte, length, GNUTLS_X509_FMT_PEM);
  case COAP_PKI_KEY_DEF_DER_BUF:
    return part_memory(part, from.u_byte, length, GNUTLS_X509_FMT_DER);
  case COAP_PKI_KEY_DEF_PKCS11_RPK:
  case COAP_PKI_KEY_DEF_ENGINE:
    break;
  }
  return complain(what, part, "this way to define it is not built in");
}

typedef struct parts_t {
  part_t ca;
  part_t certificate;
  part_t key;
  const char *pin;
} parts_t;

static const char ca_word[] = "CA certificate";
static const char certificate_word[] = "certificate";
static const char key_word[] = "private key";

static int
find_parts(parts_t *parts, const coap_dtls_key_t *from) {
  const coap_pki_key_pem_t *pem = &from->key.pem;
  const coap_pki_key_pem_buf_t *buf = &from->key.pem_buf;
  const coap_pki_key_asn1_t *asn1 = &from->key.asn1;
  const coap_pki_key_pkcs11_t *pkcs11 = &from->key.pkcs11;
  const coap_pki_key_define_t *define = &from->key.define;
  gnutls_x509_crt_fmt_t pem_format = GNUTLS_X509_FMT_PEM;
  gnutls_x509_crt_fmt_t der = GNUTLS_X509_FMT_DER;

  switch (from->key_type) {
  case COAP_PKI_KEY_PEM:
    return part_file(&parts->ca, ca_word, pem->ca_file, pem_format) &&
           part_file(&parts->certificate, certificate_word, pem->public_cert, pem_format) &&
           part_file(&parts->key, key_word, pem->private_key, pem_format);
  case COAP_PKI_KEY_ASN1:
    return part_memory(&parts->ca, asn1->ca_cert, asn1->ca_cert_len, der) &&
           part_memory(&parts->certificate, asn1->public_cert, asn1->public_cert_len, der) &&
           part_memory(&parts->key, asn1->private_key, asn1->private_key_len, der);
  case COAP_PKI_KEY_PEM_BUF:
    return part_memory(&parts->ca, buf->ca_cert, buf->ca_cert_len, pem_format) &&
           part_memory(&parts->certificate, buf->public_cert, buf->public_cert_len, pem_format) &&
           part_memory(&parts->key, buf->private_key, buf->private_key_len, pem_format);
  case COAP_PKI_KEY_PKCS11:
    parts->pin = pkcs11->user_pin;
    return part_file(&parts->ca, ca_word, pkcs11->ca, pem_format) &&
           part_file(&parts->certificate, certificate_word, pkcs11->public_cert, pem_format) &&
           part_file(&parts->key, key_word, pkcs11->private_key, pem_format);
  case COAP_PKI_KEY_DEFINE:
    parts->pin = define->user_pin;
    return part_defined(&parts->ca, ca_word, define->ca_def, define->ca, define->ca_len) &&
           part_defined(&parts->certificate, certificate_word, define->public_cert_def,
                        define->public_cert, define->public_cert_len) &&
           part_defined(&parts->key, key_word, define->private_key_def, define->private_key,
                        define->private_key_len);
  }
  return 0;
}

static int
is_given(const part_t *part) {
  return part->is_uri || part->bytes.size > 0;
}

/* The public half of a private key, in the form that goes to peers (RFC 7250 3). */
static int
derive_public(const part_t *key, gnutls_datum_t *spki) {
  gnutls_privkey_t private_key = NULL;
  gnutls_pubkey_t public_key = NULL;
  int result = gnutls_privkey_init(&private_key);

  if (result == 0)
    result = gnutls_privkey_import_x509_raw(private_key, &key->bytes, key->format, NULL, 0);
  if (result == 0)
    result = gnutls_pubkey_init(&public_key);
  if (result == 0)
    result = gnutls_pubkey_import_privkey(public_key, private_key, 0, 0);
  if (result == 0)
    result = gnutls_pubkey_export2(public_key, key->format, spki);
  gnutls_pubkey_deinit(public_key);
  gnutls_privkey_deinit(private_key);
  return result;
}

/* RFC 7252 9.1.3.2 */
static int
load_raw_key(gnutls_certificate_credentials_t credentials, const parts_t *parts) {
  const part_t *key = &parts->key;
  gnutls_datum_t spki = {NULL, 0};
  int result;

  if (key->is_uri || !is_given(key))
    return complain(key_word, key, "a raw public key needs it, in a file or in memory");
  result = derive_public(key, &spki);
  if (result == 0)
    result = gnutls_certificate_set_rawpk_key_mem(credentials, &spki, &key->bytes, key->format,
                                                  NULL, GNUTLS_KEY_DIGITAL_SIGNATURE, NULL, 0, 0);
  gnutls_free(spki.data);
  return result >= 0 || complain(key_word, key, gnutls_strerror(result));
}

static int
load_key_pair(gnutls_certificate_credentials_t credentials, const parts_t *parts) {
  const part_t *certificate = &parts->certificate;
  const part_t *key = &parts->key;
  gnutls_datum_t key_bytes = key->bytes;
  int result;

  if (!is_given(certificate) && !is_given(key))
    return 1;
  if (!is_given(certificate))
    return complain(key_word, key, "there is no certificate for it");
  /* A file may hold both. */
  if (!is_given(key))
    key_bytes = certificate->bytes;
  if (certificate->is_uri || key->is_uri)
    result = gnutls_certificate_set_x509_key_file2(credentials, certificate->name, key->name,
                                                   certificate->format, parts->pin, 0);
  else
    result = gnutls_certificate_set_x509_key_mem2(credentials, &certificate->bytes, &key_bytes,
                                                  certificate->format, NULL, 0);
  if (result >= 0)
    return 1;
  complain(certificate_word, certificate, gnutls_strerror(result));
  return complain(key_word, is_given(key) ? key : certificate, gnutls_strerror(result));
}

static int
load_ca(gnutls_certificate_credentials_t credentials, const part_t *ca) {
  int result;

  if (!is_given(ca))
    return 1;
  result = ca->is_uri ? gnutls_certificate_set_x509_trust_file(credentials, ca->name, ca->format)
                      : gnutls_certificate_set_x509_trust_mem(credentials, &ca->bytes, ca->format);
  if (result > 0)
    return 1;
  return complain(ca_word, ca, result < 0 ? gnutls_strerror(result) : "there is none in it");
}

/* coap_context_set_pki_root_cas(3); without any of its own, a client trusts whom the system does.
 */
static int
load_roots(gnutls_certificate_credentials_t credentials, const coap_tls_setup_t *setup,
           const part_t *ca, coap_dtls_role_t role) {
  part_t file = {.name = NULL};
  part_t directory = {.name = setup->ca_dir};
  int result;

  if (setup->pki && setup->pki->check_common_ca)
    return 1;
  if (!part_file(&file, ca_word, setup->ca_file, GNUTLS_X509_FMT_PEM))
    return 0;
  result = load_ca(credentials, &file);
  part_free(&file);
  if (!result)
    return 0;
  if (setup->ca_dir) {
    result = gnutls_certificate_set_x509_trust_dir(credentials, setup->ca_dir, GNUTLS_X509_FMT_PEM);
    if (result <= 0)
      return complain("directory of CA certificates", &directory,
                      result < 0 ? gnutls_strerror(result) : "there is none in it");
  }
  if (role == COAP_DTLS_ROLE_CLIENT && setup->pki && setup->pki->verify_peer_cert &&
      !is_given(ca) && !setup->ca_file && !setup->ca_dir)
    gnutls_certificate_set_x509_system_trust(credentials);
  return 1;
}

int
coap_tls_pki_check_roots(const coap_tls_setup_t *setup) {
  gnutls_certificate_credentials_t credentials;
  part_t none = {.name = NULL};
  int is_good;

  if (gnutls_certificate_allocate_credentials(&credentials) < 0)
    return 0;
  is_good = load_roots(credentials, setup, &none, COAP_DTLS_ROLE_SERVER);
  gnutls_certificate_free_credentials(credentials);
  return is_good;
}

static int verify_peer(gnutls_session_t native);

static int
load_chain(gnutls_certificate_credentials_t credentials, const coap_tls_setup_t *setup,
           const parts_t *parts, coap_dtls_role_t role) {
  if (role == COAP_DTLS_ROLE_SERVER && !is_given(&parts->certificate))
    return complain(certificate_word, &parts->certificate, "a server needs one, and its key");
  return load_ca(credentials, &parts->ca) && load_roots(credentials, setup, &parts->ca, role) &&
         load_key_pair(credentials, parts);
}

int
coap_tls_pki_load(gnutls_certificate_credentials_t *credentials, const coap_tls_setup_t *setup,
                  const coap_dtls_key_t *key, coap_dtls_role_t role) {
  parts_t parts = {.pin = NULL};
  int is_good;

  if (gnutls_certificate_allocate_credentials(credentials) < 0)
    return 0;
  is_good = find_parts(&parts, key) &&
            (setup->pki->is_rpk_not_cert ? load_raw_key(*credentials, &parts)
                                         : load_chain(*credentials, setup, &parts, role));
  part_free(&parts.ca);
  part_free(&parts.certificate);
  part_free(&parts.key);
  gnutls_certificate_set_verify_function(*credentials, verify_peer);
  if (setup->pki->cert_chain_validation)
    gnutls_certificate_set_verify_limits(*credentials, VERIFY_BITS,
                                         setup->pki->cert_chain_verify_depth + 1U);
  return is_good;
}

void
coap_tls_pki_begin(coap_tls_t *tls) {
  if (tls->side.role == COAP_DTLS_ROLE_SERVER)
    gnutls_certificate_server_set_request(
        tls->native, tls->setup->pki->verify_peer_cert ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
}

/* What is wrong with the chain and is not allowed. */
static unsigned int
judge(const coap_dtls_pki_t *pki, gnutls_x509_crt_t certificate, unsigned int wrong) {
  if (pki->allow_expired_certs)
    wrong &= ~(unsigned int)(GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED);
  if (pki->allow_self_signed && gnutls_x509_crt_check_issuer(certificate, certificate))
    wrong &= ~(unsigned int)(GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA);
  if (pki->allow_bad_md_hash || pki->allow_short_rsa_length)
    wrong &= ~(unsigned int)GNUTLS_CERT_INSECURE_ALGORITHM;
  if (!pki->check_cert_revocation)
    wrong &= ~(unsigned int)GNUTLS_CERT_REVOKED;
  if (pki->allow_expired_crl)
    wrong &= ~(unsigned int)(GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
                             GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE);
  /* The bit that stands for all others. */
  return wrong & ~(unsigned int)GNUTLS_CERT_INVALID;
}

/* RFC 7252 9.1.3.3: a name of SubjectAltName before the common name. */
static void
peer_name(gnutls_x509_crt_t certificate, char *name, size_t size) {
  size_t length = size;

  if (gnutls_x509_crt_get_subject_alt_name(certificate, 0, name, &length, NULL) >= 0)
    return;
  length = size;
  if (gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &length) <
      0)
    name[0] = '\0';
}

static int
is_name_good(coap_tls_t *tls, gnutls_x509_crt_t certificate, const gnutls_datum_t *der,
             int is_valid) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  char name[256] = "";

  if (pki->validate_cn_call_back) {
    peer_name(certificate, name, sizeof(name) - 1);
    if (pki->validate_cn_call_back(name, der->data, der->size, tls->side.session, 0, is_valid,
                                   pki->cn_call_back_arg))
      return 1;
    coap_log_warn("%s: the peer's name \"%s\" is refused\n", coap_session_str(tls->side.session),
                  name);
    return 0;
  }
  if (tls->side.role == COAP_DTLS_ROLE_SERVER || !pki->client_sni ||
      gnutls_x509_crt_check_hostname(certificate, pki->client_sni))
    return 1;
  coap_log_warn("%s: the certificate is not for %s\n", coap_session_str(tls->side.session),
                pki->client_sni);
  return 0;
}

static void
say_wrong(const coap_tls_t *tls, unsigned int wrong) {
  gnutls_datum_t text = {NULL, 0};

  if (gnutls_certificate_verification_status_print(wrong | GNUTLS_CERT_INVALID, GNUTLS_CRT_X509,
                                                   &text, 0) < 0)
    return;
  coap_log_warn("%s: %s\n", coap_session_str(tls->side.session), (const char *)text.data);
  gnutls_free(text.data);
}

static int
verify_certificate(coap_tls_t *tls, gnutls_x509_crt_t certificate, const gnutls_datum_t *der) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  unsigned int wrong = 0;

  if (gnutls_certificate_verify_peers2(tls->native, &wrong) < 0)
    return 0;
  wrong = judge(pki, certificate, wrong);
  if (!is_name_good(tls, certificate, der, wrong == 0))
    return 0;
  if (wrong && pki->verify_peer_cert) {
    say_wrong(tls, wrong);
    return 0;
  }
  return 1;
}

/* A raw public key has no name and no issuer: the application knows it, or it does not ask. */
static int
verify_raw_key(coap_tls_t *tls, const gnutls_datum_t *spki) {
  const coap_dtls_pki_t *pki = tls->setup->pki;

  if (!pki->validate_cn_call_back ||
      pki->validate_cn_call_back(COAP_DTLS_RPK_CERT_CN, spki->data, spki->size, tls->side.session,
                                 0, 1, pki->cn_call_back_arg))
    return 0;
  coap_log_warn("%s: the peer's raw public key is refused\n", coap_session_str(tls->side.session));
  return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

/* Called within the handshake; nonzero ends it. */
static int
verify_peer(gnutls_session_t native) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);
  unsigned int count = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers(native, &count);
  gnutls_x509_crt_t certificate;
  int is_good = 0;

  if (!tls->setup->pki->verify_peer_cert && !tls->setup->pki->validate_cn_call_back)
    return 0;
  if (!chain || !count)
    return GNUTLS_E_CERTIFICATE_REQUIRED;
  if (gnutls_certificate_type_get2(native, GNUTLS_CTYPE_PEERS) == GNUTLS_CRT_RAWPK)
    return verify_raw_key(tls, &chain[0]);
  if (gnutls_x509_crt_init(&certificate) < 0)
    return GNUTLS_E_MEMORY_ERROR;
  if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) >= 0)
    is_good = verify_certificate(tls, certificate, &chain[0]);
  gnutls_x509_crt_deinit(certificate);
  return is_good ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

int
coap_tls_pki_for_name(coap_tls_t *tls, const char *name) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  coap_dtls_key_t *key;

  if (!pki || !pki->validate_sni_call_back || tls->own_certificate)
    return 0;
  key = pki->validate_sni_call_back(name, pki->sni_call_back_arg);
  if (!key)
    return GNUTLS_E_UNRECOGNIZED_NAME;
  if (!coap_tls_pki_load(&tls->own_certificate, tls->setup, key, COAP_DTLS_ROLE_SERVER))
    return GNUTLS_E_CERTIFICATE_ERROR;
  return gnutls_credentials_set(tls->native, GNUTLS_CRD_CERTIFICATE, tls->own_certificate);
}
