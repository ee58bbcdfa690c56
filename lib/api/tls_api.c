/* tls_api.c -- coap_tls_library(3) and what coap_session(3) shows of security. */
#include "secure/tls.h"
#include "session/framing.h"

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
  version.built_version = coap_tls_ability()->version;
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
    snprintf(buffer, bufsize, "TLS Library: %s - runtime %llx", library_name(ability->library),
             (unsigned long long)ability->version);
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

void *
coap_session_get_tls(const coap_session_t *session, coap_tls_library_t *tls_lib) {
  if (tls_lib)
    *tls_lib = coap_tls_ability()->library;
  return session ? coap_tls_native(session) : NULL;
}

const coap_bin_const_t *
coap_session_get_psk_hint(const coap_session_t *session) {
  return session ? coap_tls_psk_hint(session) : NULL;
}

const coap_bin_const_t *
coap_session_get_psk_identity(const coap_session_t *session) {
  return session ? coap_tls_psk_identity(session) : NULL;
}

const coap_bin_const_t *
coap_session_get_psk_key(const coap_session_t *session) {
  return session ? coap_tls_psk_key(session) : NULL;
}

/* What the caller gave has been looked at; nothing of this build could use it. */
static int
no_back_end(const char *function, int is_valid) {
  coap_log_warn("%s: %s\n", function,
                is_valid ? "no (D)TLS of that kind in this build" : "not a set-up of this version");
  return 0;
}

int
coap_context_set_psk2(coap_context_t *context, coap_dtls_spsk_t *setup_data) {
  return no_back_end(__func__,
                     context && setup_data && setup_data->version == COAP_DTLS_SPSK_SETUP_VERSION);
}

int
coap_context_set_pki(coap_context_t *context, const coap_dtls_pki_t *setup_data) {
  return no_back_end(__func__,
                     context && setup_data && setup_data->version == COAP_DTLS_PKI_SETUP_VERSION);
}

int
coap_context_set_pki_root_cas(coap_context_t *context, const char *ca_file, const char *ca_dir) {
  return no_back_end(__func__, context && (ca_file || ca_dir));
}

coap_session_t *
coap_new_client_session_psk2(coap_context_t *context, const coap_address_t *local_if,
                             const coap_address_t *server, coap_proto_t proto,
                             coap_dtls_cpsk_t *setup_data) {
  (void)local_if;
  (void)proto;
  no_back_end(__func__, context && server && setup_data &&
                            setup_data->version == COAP_DTLS_CPSK_SETUP_VERSION);
  return NULL;
}

coap_session_t *
coap_new_client_session_pki(coap_context_t *context, const coap_address_t *local_if,
                            const coap_address_t *server, coap_proto_t proto,
                            coap_dtls_pki_t *setup_data) {
  (void)local_if;
  (void)proto;
  no_back_end(__func__, context && server && setup_data &&
                            setup_data->version == COAP_DTLS_PKI_SETUP_VERSION);
  return NULL;
}
