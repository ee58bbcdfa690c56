/* tls_openssl_verify.c -- what is asked of the peer's certificate (RFC 7252 9.1.3.3), with OpenSSL.
 */
#include "secure/tls_openssl.h"

#include <openssl/x509v3.h>

#include <string.h>

static coap_tls_t *
tls_of(X509_STORE_CTX *chain) {
  int at = SSL_get_ex_data_X509_STORE_CTX_idx();

  return SSL_get_app_data((SSL *)X509_STORE_CTX_get_ex_data(chain, at));
}

/* What is wrong and yet allowed. */
static int
is_allowed(const coap_dtls_pki_t *pki, int wrong) {
  switch (wrong) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return pki->allow_expired_certs;
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return pki->allow_self_signed;
  case X509_V_ERR_CA_MD_TOO_WEAK:
    return pki->allow_bad_md_hash;
  case X509_V_ERR_EE_KEY_TOO_SMALL:
  case X509_V_ERR_CA_KEY_TOO_SMALL:
    return pki->allow_short_rsa_length;
  case X509_V_ERR_UNABLE_TO_GET_CRL:
    return pki->allow_no_crl;
  case X509_V_ERR_CRL_HAS_EXPIRED:
  case X509_V_ERR_CRL_NOT_YET_VALID:
    return pki->allow_expired_crl;
  default:
    return 0;
  }
}

static int
on_verdict(int is_good, X509_STORE_CTX *chain) {
  return is_good || is_allowed(tls_of(chain)->setup->pki, X509_STORE_CTX_get_error(chain));
}

/* RFC 7252 9.1.3.3: a name of SubjectAltName before the common name. */
static void
peer_name(X509 *certificate, char *name, size_t size) {
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  const ASN1_STRING *found = NULL;

  for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
    int type;
    const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

    if (type == GEN_DNS || type == GEN_EMAIL || type == GEN_URI)
      found = value;
  }
  name[0] = '\0';
  if (found && ASN1_STRING_length(found) < (int)size) {
    memcpy(name, ASN1_STRING_get0_data(found), (size_t)ASN1_STRING_length(found));
    name[ASN1_STRING_length(found)] = '\0';
  } else if (!found) {
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, (int)size);
  }
  GENERAL_NAMES_free(names);
}

static int
ask_call_back(const coap_tls_t *tls, X509 *certificate, int is_valid) {
  const coap_dtls_pki_t *pki = tls->setup->pki;
  unsigned char *der = NULL;
  int length = i2d_X509(certificate, &der);
  char name[256];
  int is_good;

  if (length < 0)
    return 0;
  peer_name(certificate, name, sizeof(name));
  is_good = pki->validate_cn_call_back(name, der, (size_t)length, tls->side.session, 0, is_valid,
                                       pki->cn_call_back_arg);
  OPENSSL_free(der);
  if (!is_good)
    coap_log_warn("%s: the peer's name \"%s\" is refused\n", coap_session_str(tls->side.session),
                  name);
  return is_good;
}

static int
is_name_good(const coap_tls_t *tls, X509 *certificate, int is_valid) {
  const coap_dtls_pki_t *pki = tls->setup->pki;

  if (pki->validate_cn_call_back)
    return ask_call_back(tls, certificate, is_valid);
  if (tls->side.role == COAP_DTLS_ROLE_SERVER || !pki->client_sni ||
      X509_check_host(certificate, pki->client_sni, 0, 0, NULL) == 1 ||
      X509_check_ip_asc(certificate, pki->client_sni, 0) == 1)
    return 1;
  coap_log_warn("%s: the certificate is not for %s\n", coap_session_str(tls->side.session),
                pki->client_sni);
  return 0;
}

/* Between the peer's certificate and the one that is trusted. */
static int
is_too_long(X509_STORE_CTX *chain, const coap_dtls_pki_t *pki) {
  return pki->cert_chain_validation &&
         sk_X509_num(X509_STORE_CTX_get0_chain(chain)) > pki->cert_chain_verify_depth + 2;
}

/* Called within the handshake; 0 ends it, with the error of `chain` as the reason. */
static int
verify_peer(X509_STORE_CTX *chain, void *user) {
  const coap_tls_t *tls = tls_of(chain);
  const coap_dtls_pki_t *pki = tls->setup->pki;
  int wrong = X509_V_OK;

  (void)user;
  if (!pki->verify_peer_cert && !pki->validate_cn_call_back)
    return 1;
  X509_STORE_CTX_set_verify_cb(chain, on_verdict);
  if (pki->check_cert_revocation)
    X509_STORE_CTX_set_flags(chain, X509_V_FLAG_CRL_CHECK);
  if (X509_verify_cert(chain) <= 0)
    wrong = X509_STORE_CTX_get_error(chain);
  else if (is_too_long(chain, pki))
    wrong = X509_V_ERR_CERT_CHAIN_TOO_LONG;
  if (!is_name_good(tls, X509_STORE_CTX_get0_cert(chain), wrong == X509_V_OK))
    wrong = X509_V_ERR_APPLICATION_VERIFICATION;
  else if (!pki->verify_peer_cert)
    wrong = X509_V_OK;
  X509_STORE_CTX_set_error(chain, wrong);
  return wrong == X509_V_OK;
}

void
coap_tls_openssl_verify(SSL_CTX *context, const coap_tls_setup_t *setup, coap_dtls_role_t role) {
  const coap_dtls_pki_t *pki = setup->pki;
  int mode = SSL_VERIFY_NONE;

  if (pki->verify_peer_cert)
    mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  else if (role == COAP_DTLS_ROLE_CLIENT && pki->validate_cn_call_back)
    mode = SSL_VERIFY_PEER;
  SSL_CTX_set_verify(context, mode, NULL);
  SSL_CTX_set_cert_verify_callback(context, verify_peer, NULL);
}
