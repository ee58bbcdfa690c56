/* tls_openssl_psk.c -- pre-shared keys with OpenSSL (RFC 4279). */
#include "secure/tls_openssl.h"

#include <string.h>

/* Bytes that are to be text, which ends with a zero byte. 1, or 0 when they cannot be. */
static int
give_text(const coap_tls_t *tls, const coap_bin_const_t *from, char *to, size_t max) {
  if (from->length > max || memchr(from->s, 0, from->length)) {
    coap_log_warn("%s: OpenSSL cannot use this identity: it is too long or has a zero byte\n",
                  coap_session_str(tls->side.session));
    return 0;
  }
  memcpy(to, from->s, from->length);
  to[from->length] = '\0';
  return 1;
}

/* The length of the key that is kept, or 0. */
static unsigned int
give_key(const coap_tls_t *tls, unsigned char *to, unsigned int max) {
  const coap_bin_const_t *key = &tls->psk.key.value;

  if (key->length > max)
    return 0;
  memcpy(to, key->s, key->length);
  return (unsigned int)key->length;
}

/* A client's identity and key, which may depend on the server's hint. TLS 1.3 asks for them before
 * the server has said anything. */
static unsigned int
client_key(SSL *native, const char *hint, char *identity, unsigned int identity_max,
           unsigned char *key, unsigned int key_max) {
  coap_tls_t *tls = SSL_get_app_data(native);

  if (!coap_tls_psk_of_client(&tls->psk, tls->setup, tls->side.session, hint) ||
      !give_text(tls, &tls->psk.identity.value, identity, identity_max))
    return 0;
  return give_key(tls, key, key_max);
}

/* A server's key for the client's identity. */
static unsigned int
server_key(SSL *native, const char *text, unsigned char *key, unsigned int key_max) {
  coap_tls_t *tls = SSL_get_app_data(native);
  coap_bin_const_t identity = {strlen(text), (const uint8_t *)text};

  if (!coap_tls_psk_of_server(&tls->psk, tls->setup, tls->side.session, &identity))
    return 0;
  return give_key(tls, key, key_max);
}

int
coap_tls_openssl_use_psk(SSL_CTX *context, const coap_tls_setup_t *setup) {
  char text[COAP_DTLS_HINT_LENGTH + 1];

  if (setup->cpsk)
    SSL_CTX_set_psk_client_callback(context, client_key);
  if (!setup->spsk)
    return 1;
  SSL_CTX_set_psk_server_callback(context, server_key);
  return SSL_CTX_use_psk_identity_hint(context,
                                       coap_tls_psk_hint_text(&setup->spsk->psk_info.hint, text));
}

int
coap_tls_openssl_psk_for_name(coap_tls_t *tls, const char *name) {
  char text[COAP_DTLS_HINT_LENGTH + 1];
  int is_new;

  if (!coap_tls_psk_for_name(&tls->psk, tls->setup, tls->side.session, name, &is_new))
    return 0;
  return !is_new ||
         SSL_use_psk_identity_hint(tls->native, coap_tls_psk_hint_text(&tls->psk.hint.value, text));
}
