/* tls_none.c -- the back end of a build without (D)TLS: it says so. */
#include "secure/tls.h"

const coap_tls_ability_t *
coap_tls_ability(void) {
  static const coap_tls_ability_t none = {.library = COAP_TLS_LIBRARY_NOTLS};

  return &none;
}

void *
coap_tls_native(const coap_session_t *session) {
  (void)session;
  return NULL;
}

const coap_bin_const_t *
coap_tls_psk_hint(const coap_session_t *session) {
  (void)session;
  return NULL;
}

const coap_bin_const_t *
coap_tls_psk_identity(const coap_session_t *session) {
  (void)session;
  return NULL;
}

const coap_bin_const_t *
coap_tls_psk_key(const coap_session_t *session) {
  (void)session;
  return NULL;
}
