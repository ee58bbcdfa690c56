/* tls_mbedtls_verify.c -- what is asked of the peer's certificate (RFC 7252 9.1.3.3), with Mbed
 * TLS.
 */
#include "secure/tls_mbedtls.h"

#include <mbedtls/oid.h>

#include <arpa/inet.h>
#include <string.h>

static int
is_self_signed(const mbedtls_x509_crt *certificate) {
  return certificate->issuer_raw.len == certificate->subject_raw.len &&
         memcmp(certificate->issuer_raw.p, certificate->subject_raw.p,
                certificate->subject_raw.len) == 0;
}

/* What is wrong with a certificate and yet allowed. */
static uint32_t
allowed(const coap_dtls_pki_t *pki, const mbedtls_x509_crt *certificate, int depth) {
  uint32_t flags = 0;

  if (pki->allow_expired_certs)
    flags |= MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  if (pki->allow_self_signed && depth == 0 && is_self_signed(certificate))
    flags |= MBEDTLS_X509_BADCERT_NOT_TRUSTED;
  if (pki->allow_bad_md_hash)
    flags |= MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCRL_BAD_MD;
  if (pki->allow_short_rsa_length)
    flags |= MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCRL_BAD_KEY;
  if (pki->allow_expired_crl)
    flags |= MBEDTLS_X509_BADCRL_EXPIRED | MBEDTLS_X509_BADCRL_FUTURE;
  if (pki->validate_cn_call_back) /* it judges names */
    flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  return flags;
}

/* The first of SubjectAltName's names of that kind after `from`, or NULL. */
static const mbedtls_x509_buf *
alternative_name(const mbedtls_x509_sequence *from, int kind) {
  for (; from && from->buf.p; from = from->next) {
    if ((from->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == kind)
      return &from->buf;
  }
  return NULL;
}

/* RFC 7252 9.1.3.3: a name of SubjectAltName before the common name. */
static void
peer_name(mbedtls_x509_crt *certificate, char *name, size_t size) {
  const mbedtls_x509_buf *found =
      alternative_name(&certificate->subject_alt_names, MBEDTLS_X509_SAN_DNS_NAME);
  const mbedtls_asn1_named_data *common;

  name[0] = '\0';
  if (!found) {
    common = mbedtls_asn1_find_named_data(&certificate->subject, MBEDTLS_OID_AT_CN,
                                          MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN));
    found = common ? &common->val : NULL;
  }
  if (!found || found->len >= size)
    return;
  memcpy(name, found->p, found->len);
  name[found->len] = '\0';
}

static int
ask_call_back(const coap_tls_t *tls, mbedtls_x509_crt *certificate) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  char name[256];

  peer_name(certificate, name, sizeof(name));
  if (pki->validate_cn_call_back(name, certificate->raw.p, certificate->raw.len, tls->side.session,
                                 0, tls->wrong == 0, pki->cn_call_back_arg))
    return 1;
  coap_log_warn("%s: the peer's name \"%s\" is refused\n", coap_session_str(tls->side.session),
                name);
  return 0;
}

static size_t
parse_address(const char *text, uint8_t address[16]) {
  if (inet_pton(AF_INET, text, address) == 1)
    return 4;
  return inet_pton(AF_INET6, text, address) == 1 ? 16 : 0;
}

/* A literal address that the client has asked for stands in the certificate as such; names are Mbed
 * TLS's own affair. */
static int
is_address_good(const coap_tls_t *tls, const mbedtls_x509_crt *certificate) {
  const char *asked = tls->setup->pki->client_sni;
  const mbedtls_x509_sequence *at = &certificate->subject_alt_names;
  uint8_t address[16];
  size_t length = asked ? parse_address(asked, address) : 0;

  if (!length || tls->side.role == COAP_DTLS_ROLE_SERVER)
    return 1;
  for (; at && at->buf.p; at = at->next) {
    if ((at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == MBEDTLS_X509_SAN_IP_ADDRESS &&
        at->buf.len == length && memcmp(at->buf.p, address, length) == 0)
      return 1;
  }
  return 0;
}

static int
is_name_good(const coap_tls_t *tls, mbedtls_x509_crt *certificate, uint32_t flags) {
  if (tls->setup->pki->validate_cn_call_back)
    return ask_call_back(tls, certificate);
  if (!(flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) && is_address_good(tls, certificate))
    return 1;
  coap_log_warn("%s: the certificate is not for %s\n", coap_session_str(tls->side.session),
                tls->setup->pki->client_sni);
  return 0;
}

static void
say_wrong(const coap_tls_t *tls) {
  char text[256];

  if (mbedtls_x509_crt_verify_info(text, sizeof(text), "", tls->wrong) < 0)
    return;
  text[strcspn(text, "\n")] = '\0';
  coap_log_warn("%s: %s\n", coap_session_str(tls->side.session), text);
}

/* Called for each certificate of the chain within the handshake, the peer's own last. Nonzero ends
 * the handshake. */
static int
verify_certificate(void *user, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
  coap_tls_t *tls = user;
  const coap_dtls_pki_t *pki = tls->setup->pki;
  uint32_t found = *flags & ~allowed(pki, certificate, depth);

  /* Between the peer's certificate and the one that is trusted. */
  if (pki->cert_chain_validation && depth > pki->cert_chain_verify_depth + 1)
    found |= MBEDTLS_X509_BADCERT_OTHER;
  tls->wrong |= found & ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
  *flags = 0;
  if (depth > 0)
    return 0;
  if (!is_name_good(tls, certificate, found))
    return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
  if (!pki->verify_peer_cert || !tls->wrong)
    return 0;
  say_wrong(tls);
  *flags = tls->wrong;
  return 0;
}

int
coap_tls_mbedtls_use_own(coap_tls_t *tls) {
  coap_tls_made_t *made = tls->setup->made;
  const coap_dtls_pki_t *pki = tls->setup->pki;
  int mode = MBEDTLS_SSL_VERIFY_NONE;

  if (pki->verify_peer_cert ||
      (tls->side.role == COAP_DTLS_ROLE_CLIENT && pki->validate_cn_call_back))
    mode = MBEDTLS_SSL_VERIFY_REQUIRED;
  mbedtls_ssl_conf_authmode(&tls->config, mode);
  mbedtls_ssl_conf_verify(&tls->config, verify_certificate, tls);
  mbedtls_ssl_conf_ca_chain(&tls->config, &made->own.roots,
                            pki->check_cert_revocation ? &made->own.revoked : NULL);
  if (!made->own.has_certificate)
    return 0;
  return mbedtls_ssl_conf_own_cert(&tls->config, &made->own.certificates, &made->own.key);
}
