/* tls_gnutls_psk.c -- pre-shared keys with GnuTLS (RFC 4279). */
#include "secure/tls_gnutls.h"

#include <string.h>

/* A copy for GnuTLS to free. */
static int
give(gnutls_datum_t *to, const coap_bin_const_t *from) {
  to->data = gnutls_malloc(from->length + 1);
  if (!to->data)
    return GNUTLS_E_MEMORY_ERROR;
  if (from->length)
    memcpy(to->data, from->s, from->length);
  to->data[from->length] = 0;
  to->size = (unsigned int)from->length;
  return 0;
}

static int
use_key(coap_tls_t *tls, const coap_bin_const_t *identity, const coap_bin_const_t *key) {
  if (!key->s || !key->length)
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  if (coap_tls_keep(&tls->identity, identity) && coap_tls_keep(&tls->key, key))
    return 0;
  coap_log_warn("%s: identity or key is too long\n", coap_session_str(tls->side.session));
  return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
}

/* A client's identity and key, which may depend on the server's hint. */
static int
client_key(gnutls_session_t native, gnutls_datum_t *username, gnutls_datum_t *key) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);
  const coap_dtls_cpsk_t *psk = tls->setup->cpsk;
  const coap_dtls_cpsk_info_t *info = &psk->psk_info;
  const char *text = gnutls_psk_client_get_hint(native);
  coap_str_const_t hint = {text ? strlen(text) : 0, (const uint8_t *)(text ? text : "")};
  coap_bin_const_t bytes = {hint.length, hint.s};
  int result;

  if (text)
    coap_tls_keep(&tls->hint, &bytes);
  if (psk->validate_ih_call_back)
    info = psk->validate_ih_call_back(&hint, tls->side.session, psk->ih_call_back_arg);
  if (!info) {
    coap_log_warn("%s: no key for the server's hint\n", coap_session_str(tls->side.session));
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  }
  result = use_key(tls, &info->identity, &info->key);
  if (result == 0)
    result = give(username, &info->identity);
  return result < 0 ? result : give(key, &info->key);
}

/* A server's key for the client's identity. */
static int
server_key(gnutls_session_t native, const gnutls_datum_t *username, gnutls_datum_t *key) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);
  const coap_dtls_spsk_t *psk = tls->setup->spsk;
  coap_bin_const_t identity = {username->size, username->data};
  coap_bin_const_t chosen = tls->key.value;
  const coap_bin_const_t *found = chosen.s ? &chosen : &psk->psk_info.key;
  int result;

  if (psk->validate_id_call_back)
    found = psk->validate_id_call_back(&identity, tls->side.session, psk->id_call_back_arg);
  if (!found) {
    coap_log_warn("%s: the client's identity is not known\n", coap_session_str(tls->side.session));
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  }
  result = give(key, found);
  return result < 0 ? result : use_key(tls, &identity, found);
}

int
coap_tls_psk_client(gnutls_psk_client_credentials_t *credentials) {
  int result = gnutls_psk_allocate_client_credentials(credentials);

  if (result == 0)
    gnutls_psk_set_client_credentials_function2(*credentials, client_key);
  return result;
}

int
coap_tls_psk_server(gnutls_psk_server_credentials_t *credentials, const coap_bin_const_t *hint) {
  char text[COAP_DTLS_HINT_LENGTH + 1];
  int result = gnutls_psk_allocate_server_credentials(credentials);

  if (result < 0)
    return result;
  gnutls_psk_set_server_credentials_function2(*credentials, server_key);
  if (!hint->length || hint->length > COAP_DTLS_HINT_LENGTH)
    return 0;
  memcpy(text, hint->s, hint->length);
  text[hint->length] = '\0';
  return gnutls_psk_set_server_credentials_hint(*credentials, text);
}

int
coap_tls_psk_for_name(coap_tls_t *tls, const char *name) {
  const coap_dtls_spsk_t *psk = tls->setup->spsk;
  const coap_dtls_spsk_info_t *info;
  int result;

  if (!psk || !psk->validate_sni_call_back)
    return 0;
  info = psk->validate_sni_call_back(name, tls->side.session, psk->sni_call_back_arg);
  if (!info)
    return GNUTLS_E_UNRECOGNIZED_NAME;
  if (!coap_tls_keep(&tls->hint, &info->hint) || !coap_tls_keep(&tls->key, &info->key))
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  if (tls->own_psk) /* the ClientHello has come again */
    return 0;
  result = coap_tls_psk_server(&tls->own_psk, &info->hint);
  return result < 0 ? result : gnutls_credentials_set(tls->native, GNUTLS_CRD_PSK, tls->own_psk);
}
