/* tls_gnutls_pki.c -- certificates with GnuTLS: loading them, and what is asked of the peer's (RFC
 * 7252 9.1.3.3). */
#include "secure/tls_gnutls.h"

#include "secure/tls_parts.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include <string.h>

enum { VERIFY_BITS = 16384 };

/* As GnuTLS takes bytes. */
static gnutls_datum_t
bytes_of(const coap_tls_part_t *part) {
  return (gnutls_datum_t){(unsigned char *)(uintptr_t)part->bytes, (unsigned int)part->length};
}

static gnutls_x509_crt_fmt_t
format_of(const coap_tls_part_t *part) {
  return part->is_der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM;
}

/* The public half of a private key, in the form that goes to peers (RFC 7250 3). */
static int
derive_public(const coap_tls_part_t *key, gnutls_datum_t *spki) {
  gnutls_datum_t bytes = bytes_of(key);
  gnutls_privkey_t private_key = NULL;
  gnutls_pubkey_t public_key = NULL;
  int result = gnutls_privkey_init(&private_key);

  if (result == 0)
    result = gnutls_privkey_import_x509_raw(private_key, &bytes, format_of(key), NULL, 0);
  if (result == 0)
    result = gnutls_pubkey_init(&public_key);
  if (result == 0)
    result = gnutls_pubkey_import_privkey(public_key, private_key, 0, 0);
  if (result == 0)
    result = gnutls_pubkey_export2(public_key, format_of(key), spki);
  gnutls_pubkey_deinit(public_key);
  gnutls_privkey_deinit(private_key);
  return result;
}

/* RFC 7252 9.1.3.2 */
static int
load_raw_key(gnutls_certificate_credentials_t credentials, const coap_tls_parts_t *parts) {
  const coap_tls_part_t *key = &parts->key;
  gnutls_datum_t bytes = bytes_of(key);
  gnutls_datum_t spki = {NULL, 0};
  int result;

  if (key->is_uri || !coap_tls_part_is_given(key))
    return coap_tls_part_complain(key, "a raw public key needs it, in a file or in memory");
  result = derive_public(key, &spki);
  if (result == 0)
    result = gnutls_certificate_set_rawpk_key_mem(credentials, &spki, &bytes, format_of(key), NULL,
                                                  GNUTLS_KEY_DIGITAL_SIGNATURE, NULL, 0, 0);
  gnutls_free(spki.data);
  return result >= 0 || coap_tls_part_complain(key, gnutls_strerror(result));
}

/* As gnutls_certificate_set_x509_key_mem2() does it, which leaks the certificates of a list that it
 * does not take (GnuTLS 3.7). */
static int
set_key_pair(gnutls_certificate_credentials_t credentials, const gnutls_datum_t *certificates,
             gnutls_x509_crt_fmt_t format, const gnutls_datum_t *key_bytes) {
  gnutls_x509_crt_t *chain = NULL;
  gnutls_x509_privkey_t key = NULL;
  unsigned int count = 0;
  int result = gnutls_x509_privkey_init(&key);

  if (result == 0)
    result = gnutls_x509_crt_list_import2(&chain, &count, certificates, format,
                                          GNUTLS_X509_CRT_LIST_SORT);
  if (result >= 0)
    result = gnutls_x509_privkey_import2(key, key_bytes, format, NULL, 0);
  if (result >= 0)
    result = gnutls_certificate_set_x509_key(credentials, chain, (int)count, key);
  for (unsigned int i = 0; chain && i < count; i++)
    gnutls_x509_crt_deinit(chain[i]);
  gnutls_free(chain);
  gnutls_x509_privkey_deinit(key);
  return result;
}

static int
load_key_pair(gnutls_certificate_credentials_t credentials, const coap_tls_parts_t *parts) {
  const coap_tls_part_t *certificate = &parts->certificate;
  const coap_tls_part_t *key;
  gnutls_datum_t certificate_bytes = bytes_of(certificate);
  gnutls_datum_t key_bytes;
  int result;

  if (!coap_tls_parts_pair(parts, &key))
    return 0;
  if (!key)
    return 1;
  key_bytes = bytes_of(key);
  if (certificate->is_uri || key->is_uri)
    result = gnutls_certificate_set_x509_key_file2(credentials, certificate->name, parts->key.name,
                                                   format_of(certificate), parts->pin, 0);
  else
    result = set_key_pair(credentials, &certificate_bytes, format_of(certificate), &key_bytes);
  if (result >= 0)
    return 1;
  coap_tls_part_complain(certificate, gnutls_strerror(result));
  return coap_tls_part_complain(key, gnutls_strerror(result));
}

/* Lists of revoked certificates that stand with those of a CA, as PEM. 1, or 0 when they are
 * broken. */
static int
load_revoked(gnutls_certificate_credentials_t credentials, const coap_tls_part_t *ca) {
  static const char begin[] = "-----BEGIN X509 CRL-----";
  gnutls_datum_t bytes = bytes_of(ca);
  int result;

  if (ca->is_uri || ca->is_der || !memmem(ca->bytes, ca->length, begin, sizeof(begin) - 1))
    return 1;
  result = gnutls_certificate_set_x509_crl_mem(credentials, &bytes, GNUTLS_X509_FMT_PEM);
  return result > 0 || coap_tls_part_complain(ca, gnutls_strerror(result));
}

static int
load_ca(gnutls_certificate_credentials_t credentials, const coap_tls_part_t *ca) {
  gnutls_datum_t bytes = bytes_of(ca);
  int result;

  if (!coap_tls_part_is_given(ca))
    return 1;
  result = ca->is_uri ? gnutls_certificate_set_x509_trust_file(credentials, ca->name, format_of(ca))
                      : gnutls_certificate_set_x509_trust_mem(credentials, &bytes, format_of(ca));
  if (result > 0)
    return load_revoked(credentials, ca);
  return coap_tls_part_complain(ca, result < 0 ? gnutls_strerror(result) : "there is none in it");
}

/* coap_context_set_pki_root_cas(3); without any of its own, a client trusts whom the system does.
 */
static int
load_roots(gnutls_certificate_credentials_t credentials, const coap_tls_setup_t *setup,
           const coap_tls_part_t *ca, coap_dtls_role_t role) {
  coap_tls_part_t file;
  coap_tls_part_t directory = {.what = "directory of CA certificates", .name = setup->ca_dir};
  int result;

  if (setup->pki && setup->pki->check_common_ca)
    return 1;
  if (!coap_tls_part_file(&file, "CA certificate", setup->ca_file))
    return 0;
  result = load_ca(credentials, &file);
  coap_tls_part_free(&file);
  if (!result)
    return 0;
  if (setup->ca_dir) {
    result = gnutls_certificate_set_x509_trust_dir(credentials, setup->ca_dir, GNUTLS_X509_FMT_PEM);
    if (result <= 0)
      return coap_tls_part_complain(&directory,
                                    result < 0 ? gnutls_strerror(result) : "there is none in it");
  }
  if (role == COAP_DTLS_ROLE_CLIENT && setup->pki && setup->pki->verify_peer_cert &&
      !coap_tls_part_is_given(ca) && !setup->ca_file && !setup->ca_dir)
    gnutls_certificate_set_x509_system_trust(credentials);
  return 1;
}

int
coap_tls_pki_check_roots(const coap_tls_setup_t *setup) {
  gnutls_certificate_credentials_t credentials;
  coap_tls_part_t none = {.name = NULL};
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
           const coap_tls_parts_t *parts, coap_dtls_role_t role) {
  if (role == COAP_DTLS_ROLE_SERVER && !coap_tls_part_is_given(&parts->certificate))
    return coap_tls_part_complain(&parts->certificate, "a server needs one, and its key");
  return load_ca(credentials, &parts->ca) && load_roots(credentials, setup, &parts->ca, role) &&
         load_key_pair(credentials, parts);
}

int
coap_tls_pki_load(gnutls_certificate_credentials_t *credentials, const coap_tls_setup_t *setup,
                  const coap_dtls_key_t *key, coap_dtls_role_t role) {
  coap_tls_parts_t parts;
  int is_good;

  if (gnutls_certificate_allocate_credentials(credentials) < 0)
    return 0;
  is_good = coap_tls_parts_find(&parts, key) &&
            (setup->pki->is_rpk_not_cert ? load_raw_key(*credentials, &parts)
                                         : load_chain(*credentials, setup, &parts, role));
  coap_tls_parts_free(&parts);
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
coap_tls_pki_resumed(coap_tls_t *tls) {
  const coap_dtls_pki_t *pki = tls->setup->pki;

  /* A client that was not asked for one has none. */
  if (!pki || (tls->side.role == COAP_DTLS_ROLE_SERVER && !pki->verify_peer_cert))
    return 0;
  return verify_peer(tls->native);
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
