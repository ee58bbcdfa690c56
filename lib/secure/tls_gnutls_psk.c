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

/* A client's identity and key, which may depend on the server's hint. */
static int
client_key(gnutls_session_t native, gnutls_datum_t *username, gnutls_datum_t *key) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);
  int result;

  if (!coap_tls_psk_of_client(&tls->psk, tls->setup, tls->side.session,
                              gnutls_psk_client_get_hint(native)))
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  result = give(username, &tls->psk.identity.value);
  return result < 0 ? result : give(key, &tls->psk.key.value);
}

/* A server's key for the client's identity. */
static int
server_key(gnutls_session_t native, const gnutls_datum_t *username, gnutls_datum_t *key) {
  coap_tls_t *tls = gnutls_session_get_ptr(native);
  coap_bin_const_t identity = {username->size, username->data};

  if (!coap_tls_psk_of_server(&tls->psk, tls->setup, tls->side.session, &identity))
    return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
  return give(key, &tls->psk.key.value);
}

int
coap_tls_gnutls_psk_resumed(coap_tls_t *tls) {
  coap_bin_const_t identity = {0, NULL};
  gnutls_datum_t username = {NULL, 0};
  int is_known;

  if (tls->side.role == COAP_DTLS_ROLE_CLIENT) {
    is_known = coap_tls_psk_of_client(&tls->psk, tls->setup, tls->side.session,
                                      gnutls_psk_client_get_hint(tls->native));
  } else {
    if (gnutls_psk_server_get_username2(tls->native, &username) < 0)
      return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
    identity = (coap_bin_const_t){username.size, username.data};
    is_known = coap_tls_psk_of_server(&tls->psk, tls->setup, tls->side.session, &identity);
  }
  return is_known ? 0 : GNUTLS_E_INSUFFICIENT_CREDENTIALS;
}

int
coap_tls_gnutls_psk_client(gnutls_psk_client_credentials_t *credentials) {
  int result = gnutls_psk_allocate_client_credentials(credentials);

  if (result == 0)
    gnutls_psk_set_client_credentials_function2(*credentials, client_key);
  return result;
}

int
coap_tls_gnutls_psk_server(gnutls_psk_server_credentials_t *credentials,
                           const coap_bin_const_t *hint) {
  char room[COAP_DTLS_HINT_LENGTH + 1];
  const char *text = coap_tls_psk_hint_text(hint, room);
  int result = gnutls_psk_allocate_server_credentials(credentials);

  if (result < 0)
    return result;
  gnutls_psk_set_server_credentials_function2(*credentials, server_key);
  return text ? gnutls_psk_set_server_credentials_hint(*credentials, text) : 0;
}

int
coap_tls_gnutls_psk_for_name(coap_tls_t *tls, const char *name) {
  int is_new;
  int result;

  if (!coap_tls_psk_for_name(&tls->psk, tls->setup, tls->side.session, name, &is_new))
    return GNUTLS_E_UNRECOGNIZED_NAME;
  if (!is_new || tls->own_psk) /* the ClientHello has come again */
    return 0;
  result = coap_tls_gnutls_psk_server(&tls->own_psk, &tls->psk.hint.value);
  return result < 0 ? result : gnutls_credentials_set(tls->native, GNUTLS_CRD_PSK, tls->own_psk);
}
