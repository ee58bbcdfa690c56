/* tls_same.c -- whether two sets of keys are the same ones. */
#include "secure/tls_setup.h"

#include <stddef.h>
#include <string.h>

static int
same_text(const char *a, const char *b) {
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static int
same_bytes(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length) {
  return a_length == b_length && (!a_length || memcmp(a, b, a_length) == 0);
}

static int
same_psk(const coap_dtls_cpsk_t *a, const coap_dtls_cpsk_t *b) {
  const coap_dtls_cpsk_info_t *x = &a->psk_info;
  const coap_dtls_cpsk_info_t *y = &b->psk_info;

  return memcmp(a, b, offsetof(coap_dtls_cpsk_t, validate_ih_call_back)) == 0 &&
         a->validate_ih_call_back == b->validate_ih_call_back &&
         a->ih_call_back_arg == b->ih_call_back_arg && same_text(a->client_sni, b->client_sni) &&
         same_bytes(x->identity.s, x->identity.length, y->identity.s, y->identity.length) &&
         same_bytes(x->key.s, x->key.length, y->key.s, y->key.length);
}

/* In memory alone: a file or a token may hold something else by now. */
static int
same_key(const coap_dtls_key_t *a, const coap_dtls_key_t *b) {
  const coap_pki_key_pem_buf_t *p = &a->key.pem_buf;
  const coap_pki_key_pem_buf_t *q = &b->key.pem_buf;
  const coap_pki_key_asn1_t *x = &a->key.asn1;
  const coap_pki_key_asn1_t *y = &b->key.asn1;

  if (a->key_type != b->key_type)
    return 0;
  if (a->key_type == COAP_PKI_KEY_PEM_BUF)
    return same_bytes(p->ca_cert, p->ca_cert_len, q->ca_cert, q->ca_cert_len) &&
           same_bytes(p->public_cert, p->public_cert_len, q->public_cert, q->public_cert_len) &&
           same_bytes(p->private_key, p->private_key_len, q->private_key, q->private_key_len);
  if (a->key_type == COAP_PKI_KEY_ASN1)
    return x->private_key_type == y->private_key_type &&
           same_bytes(x->ca_cert, x->ca_cert_len, y->ca_cert, y->ca_cert_len) &&
           same_bytes(x->public_cert, x->public_cert_len, y->public_cert, y->public_cert_len) &&
           same_bytes(x->private_key, x->private_key_len, y->private_key, y->private_key_len);
  return 0;
}

static int
same_pki(const coap_dtls_pki_t *a, const coap_dtls_pki_t *b) {
  return memcmp(a, b, offsetof(coap_dtls_pki_t, validate_cn_call_back)) == 0 &&
         a->validate_cn_call_back == b->validate_cn_call_back &&
         a->cn_call_back_arg == b->cn_call_back_arg &&
         a->validate_sni_call_back == b->validate_sni_call_back &&
         a->sni_call_back_arg == b->sni_call_back_arg &&
         a->additional_tls_setup_call_back == b->additional_tls_setup_call_back &&
         same_text(a->client_sni, b->client_sni) && same_key(&a->pki_key, &b->pki_key);
}

int
coap_tls_setup_is_same(const coap_tls_setup_t *a, const coap_tls_setup_t *b) {
  if (a == b)
    return 1;
  if (a->spsk || b->spsk || a->ca_file || b->ca_file || a->ca_dir || b->ca_dir)
    return 0;
  if (!a->cpsk != !b->cpsk || !a->pki != !b->pki)
    return 0;
  return (!a->cpsk || same_psk(a->cpsk, b->cpsk)) && (!a->pki || same_pki(a->pki, b->pki));
}
