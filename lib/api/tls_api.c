/* tls_api.c -- coap_tls_library(3) and what coap_session(3) shows of security. */
#include "secure/tls.h"
#include "session/framing.h"
#include "session/tls_link.h"

#include <stdio.h>

int
coap_dtls_is_supported(void) {
  return coap_tls_ability()->dtls;
}

int
coap_tls_is_supported(void) {
  return coap_tls_ability()->tls;
}

int
coap_dtls_psk_is_supported(void) {
  return coap_tls_ability()->psk;
}

int
coap_dtls_pki_is_supported(void) {
  return coap_tls_ability()->pki;
}

int
coap_dtls_pkcs11_is_supported(void) {
  return coap_tls_ability()->pkcs11;
}

int
coap_dtls_rpk_is_supported(void) {
  return coap_tls_ability()->rpk;
}

/* Transports and extensions of this release. */
int
coap_tcp_is_supported(void) {
  return coap_framing_for(COAP_PROTO_TCP) != NULL;
}

int
coap_ws_is_supported(void) {
  return coap_framing_for(COAP_PROTO_WS) != NULL;
}

int
coap_wss_is_supported(void) {
  return coap_ws_is_supported() && coap_tls_is_supported();
}

coap_tls_version_t *
coap_get_tls_library_version(void) {
  static coap_tls_version_t version;

  version.version = coap_tls_ability()->version;
  version.type = coap_tls_ability()->library;
  version.built_version = coap_tls_ability()->built_version;
  return &version;
}

static const char *
library_name(coap_tls_library_t library) {
  switch (library) {
  case COAP_TLS_LIBRARY_TINYDTLS:
    return "TinyDTLS";
  case COAP_TLS_LIBRARY_OPENSSL:
    return "OpenSSL";
  case COAP_TLS_LIBRARY_GNUTLS:
    return "GnuTLS";
  case COAP_TLS_LIBRARY_MBEDTLS:
    return "Mbed TLS";
  case COAP_TLS_LIBRARY_NOTLS:
    break;
  }
  return "None";
}

char *
coap_string_tls_version(char *buffer, size_t bufsize) {
  const coap_tls_ability_t *ability = coap_tls_ability();

  if (ability->library == COAP_TLS_LIBRARY_NOTLS)
    snprintf(buffer, bufsize, "TLS Library: None");
  else
    snprintf(buffer, bufsize, "TLS Library: %s - runtime %s, built for %s",
             library_name(ability->library), ability->version_text, ability->built_text);
  return buffer;
}

char *
coap_string_tls_support(char *buffer, size_t bufsize) {
  const coap_tls_ability_t *a = coap_tls_ability();

  if (a->library == COAP_TLS_LIBRARY_NOTLS)
    snprintf(buffer, bufsize, "(No DTLS or TLS support)");
  else
    snprintf(buffer, bufsize, "(%s%s; %s%s%s%s)", a->dtls ? "DTLS" : "",
             a->tls ? " and TLS support" : "", a->psk ? "PSK" : "", a->pki ? ", PKI" : "",
             a->pkcs11 ? ", PKCS11" : "", a->rpk ? ", and RPK support" : "");
  return buffer;
}

void
coap_show_tls_version(coap_log_t level) {
  char buffer[128];

  coap_log_impl(level, "%s\n", coap_string_tls_version(buffer, sizeof(buffer)));
}

static int
has_tls(const coap_session_t *session) {
  return session && coap_tls_link_tls(session);
}

void *
coap_session_get_tls(const coap_session_t *session, coap_tls_library_t *tls_lib) {
  if (tls_lib)
    *tls_lib = has_tls(session) ? coap_tls_ability()->library : COAP_TLS_LIBRARY_NOTLS;
  return has_tls(session) ? coap_tls_native(coap_tls_link_tls(session)) : NULL;
}

/* NULL while there is none. */
static const coap_bin_const_t *
kept(const coap_tls_kept_t *what) {
  return what->value.s ? &what->value : NULL;
}

const coap_bin_const_t *
coap_session_get_psk_hint(const coap_session_t *session) {
  return has_tls(session) ? kept(&coap_tls_psk(coap_tls_link_tls(session))->hint) : NULL;
}

const coap_bin_const_t *
coap_session_get_psk_identity(const coap_session_t *session) {
  return has_tls(session) ? kept(&coap_tls_psk(coap_tls_link_tls(session))->identity) : NULL;
}

const coap_bin_const_t *
coap_session_get_psk_key(const coap_session_t *session) {
  return has_tls(session) ? kept(&coap_tls_psk(coap_tls_link_tls(session))->key) : NULL;
}
