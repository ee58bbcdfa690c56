/* world_keys.c -- the application gives the library keys and certificates, and answers what it is
 * asked about them (coap_encryption(3)). */
#include "world/internal.h"
#include "world/tls_keys.h"
#include "world/tls_peer.h"

#include <string.h>

enum {
  KEYS_PSK,
  KEYS_CALL_BACKS,
  KEYS_WRONG,
  KEYS_CERTIFICATE,
  KEYS_RAW,
  KEYS_VERIFY,
  KEYS_CERTIFICATE_PSK,
  KEYS_REFUSE, /* call-backs that know nobody */
  KEYS_SNI,    /* a certificate by the name that is asked for */
  KEYS_SNI_NONE,
  KEYS_LENIENT, /* all that may be wrong with a certificate is allowed */
  KEYS_NAMED,   /* the peer's certificate is to be for a name */
  KEYS_RAW_ASKED
};

static coap_bin_const_t
bytes_of(const char *text) {
  return (coap_bin_const_t){strlen(text), (const uint8_t *)text};
}

static const char *
secret(uint32_t are) {
  return are == KEYS_WRONG ? tls_keys_wrong : tls_keys_secret;
}

static int
has_psk(uint32_t are) {
  return are <= KEYS_WRONG || are == KEYS_CERTIFICATE_PSK || are == KEYS_REFUSE;
}

static const coap_bin_const_t *
on_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static coap_bin_const_t key;

  (void)session, (void)arg;
  key = bytes_of(tls_keys_secret);
  return identity->length == strlen(tls_keys_identity) &&
                 memcmp(identity->s, tls_keys_identity, identity->length) == 0
             ? &key
             : NULL;
}

static const coap_dtls_spsk_info_t *
on_name(const char *name, coap_session_t *session, void *arg) {
  static coap_dtls_spsk_info_t info;

  (void)name, (void)session, (void)arg;
  info.hint = bytes_of("by name");
  info.key = bytes_of(tls_keys_secret);
  return &info;
}

static const coap_dtls_spsk_info_t *
on_unknown_name(const char *name, coap_session_t *session, void *arg) {
  (void)name, (void)session, (void)arg;
  return NULL;
}

static const coap_dtls_cpsk_info_t *
on_hint(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  static coap_dtls_cpsk_info_t info;

  (void)hint, (void)session, (void)arg;
  info.identity = bytes_of(tls_keys_identity);
  info.key = bytes_of(tls_keys_secret);
  return &info;
}

static int
on_peer_name(const char *name, const uint8_t *certificate, size_t length, coap_session_t *session,
             unsigned int depth, int validated, void *arg) {
  (void)name, (void)certificate, (void)length, (void)session, (void)depth;
  return arg == NULL && validated;
}

static void
own_key(coap_dtls_key_t *key) {
  coap_pki_key_pem_buf_t *pem = &key->key.pem_buf;

  key->key_type = COAP_PKI_KEY_PEM_BUF;
  pem->private_key = (const uint8_t *)tls_keys_private;
  pem->private_key_len = strlen(tls_keys_private);
  pem->public_cert = (const uint8_t *)tls_keys_certificate;
  pem->public_cert_len = strlen(tls_keys_certificate);
}

static coap_dtls_key_t *
on_certificate_name(const char *name, void *arg) {
  static coap_dtls_key_t key;

  (void)name;
  if (arg != NULL)
    return NULL;
  memset(&key, 0, sizeof(key));
  own_key(&key);
  return &key;
}

static int
verifies(uint32_t are) {
  return are == KEYS_VERIFY || are == KEYS_LENIENT || are == KEYS_NAMED;
}

static void
set_call_backs(coap_dtls_pki_t *pki, uint32_t are) {
  static char wanted[] = "other.example";

  if (are == KEYS_VERIFY || are == KEYS_REFUSE || are == KEYS_RAW_ASKED)
    pki->validate_cn_call_back = on_peer_name;
  if (are == KEYS_REFUSE)
    pki->cn_call_back_arg = &world;
  if (are == KEYS_SNI || are == KEYS_SNI_NONE)
    pki->validate_sni_call_back = on_certificate_name;
  if (are == KEYS_SNI_NONE)
    pki->sni_call_back_arg = &world;
  if (are == KEYS_NAMED)
    pki->client_sni = wanted;
}

static void
allow(coap_dtls_pki_t *pki) {
  pki->allow_self_signed = 1;
  pki->allow_expired_certs = 1;
  pki->allow_bad_md_hash = 1;
  pki->allow_short_rsa_length = 1;
  pki->cert_chain_validation = 1;
  pki->cert_chain_verify_depth = 3;
  pki->check_cert_revocation = 1;
  pki->allow_no_crl = 1;
  pki->allow_expired_crl = 1;
}

static coap_dtls_pki_t
certificate(uint32_t are) {
  coap_dtls_pki_t pki;
  coap_pki_key_pem_buf_t *pem = &pki.pki_key.key.pem_buf;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.is_rpk_not_cert = are == KEYS_RAW || are == KEYS_RAW_ASKED;
  pki.verify_peer_cert = verifies(are);
  set_call_backs(&pki, are);
  if (are == KEYS_LENIENT)
    allow(&pki);
  own_key(&pki.pki_key);
  if (verifies(are)) {
    pem->ca_cert = (const uint8_t *)tls_keys_certificate;
    pem->ca_cert_len = strlen(tls_keys_certificate);
  }
  return pki;
}

/* A library whose randomness and time are not the world's would make each run another one: without
 * peers of its kind it gets no keys. */
static void
serve(uint32_t are) {
  coap_context_t *context = world.context[WORLD_SERVER];
  coap_dtls_spsk_t psk;
  coap_dtls_pki_t pki;

  if (!tls_peer_exists())
    return;
  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  psk.psk_info.hint = bytes_of("hint");
  psk.psk_info.key = bytes_of(secret(are));
  if (are == KEYS_CALL_BACKS) {
    psk.validate_id_call_back = on_identity;
    psk.validate_sni_call_back = on_name;
  }
  if (are == KEYS_REFUSE)
    psk.validate_sni_call_back = on_unknown_name;
  if (has_psk(are))
    coap_context_set_psk2(context, &psk);
  if (are >= KEYS_CERTIFICATE && are != KEYS_REFUSE) {
    pki = certificate(are);
    coap_context_set_pki(context, &pki);
  }
}

coap_session_t *
world_keys_connect(const coap_address_t *remote) {
  coap_context_t *context = world.context[WORLD_CLIENT];
  coap_dtls_cpsk_t psk;
  coap_dtls_pki_t pki;

  if (!tls_peer_exists())
    return NULL;
  if (!has_psk(world.keys) || world.keys == KEYS_REFUSE) {
    pki = certificate(world.keys);
    return coap_new_client_session_pki(context, NULL, remote, world_proto(), &pki);
  }
  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_CPSK_SETUP_VERSION;
  psk.psk_info.identity = bytes_of(tls_keys_identity);
  psk.psk_info.key = bytes_of(secret(world.keys));
  if (world.keys == KEYS_CALL_BACKS) {
    static char name[] = "peer.example";

    psk.validate_ih_call_back = on_hint;
    psk.client_sni = name;
  }
  return coap_new_client_session_psk2(context, NULL, remote, world_proto(), &psk);
}

void
world_keys_open(void) {
  if (world_is_secure())
    serve(KEYS_PSK);
}

void
world_keys(uint32_t context, uint32_t are) {
  struct obs o = world_obs(OBS_SETTING);

  if (context == WORLD_CLIENT)
    world.keys = are;
  else if (world.context[WORLD_SERVER] != NULL)
    serve(are);
  else
    return;
  o.value = SETTING_KEYS;
  o.extra = (long)are;
  world_emit(&o);
}
