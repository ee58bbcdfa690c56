/* credentials.c -- keys and certificates from the command line; shared by both programs. */
#include "credentials.h"

#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
credentials_take(credentials_t *credentials, const char *program, int option, const char *value) {
  switch (option) {
  case 'k':
    free(credentials->key);
    credentials->key = argument_hex_or_text(value, &credentials->key_length);
    if (credentials->key && credentials->key_length && credentials->key_length <= COAP_DTLS_MAX_PSK)
      return 1;
    complain(program, "-k: not a key of 1 to %d bytes; say %s --help for the options",
             COAP_DTLS_MAX_PSK, program);
    return -1;
  case 'u':
    credentials->name = value;
    return 1;
  case 'c':
    credentials->certificate = value;
    return 1;
  case 'j':
    credentials->private_key = value;
    return 1;
  case 'M':
    credentials->raw_key = value;
    return 1;
  case 'C':
    credentials->ca = value;
    return 1;
  case 'R':
    credentials->roots = value;
    return 1;
  case 'n':
    credentials->no_check = 1;
    return 1;
  default:
    return 0;
  }
}

void
credentials_clear(credentials_t *credentials) {
  free(credentials->key);
  credentials->key = NULL;
}

int
credentials_are_given(const credentials_t *credentials) {
  return credentials->key || credentials->certificate || credentials->raw_key;
}

static coap_bin_const_t
name_of(const credentials_t *credentials) {
  const char *name = credentials->name ? credentials->name : "";

  return (coap_bin_const_t){strlen(name), (const uint8_t *)name};
}

/* A server asks clients for a certificate only when it has somebody to trust. */
static coap_dtls_pki_t
pki_of(const credentials_t *credentials, coap_dtls_role_t role) {
  coap_dtls_pki_t pki;
  int has_roots = credentials->ca || credentials->roots;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.verify_peer_cert = !credentials->no_check && (role == COAP_DTLS_ROLE_CLIENT || has_roots);
  pki.pki_key.key_type = COAP_PKI_KEY_PEM;
  pki.pki_key.key.pem.ca_file = credentials->ca;
  pki.pki_key.key.pem.public_cert = credentials->certificate;
  pki.pki_key.key.pem.private_key = credentials->private_key;
  if (!credentials->raw_key)
    return pki;
  /* Who shows one wants the same of the peer, and has nobody who could vouch for it. */
  pki.is_rpk_not_cert = 1;
  pki.verify_peer_cert = !credentials->no_check;
  memset(&pki.pki_key.key, 0, sizeof(pki.pki_key.key));
  pki.pki_key.key.pem.private_key = credentials->raw_key;
  return pki;
}

static int
set_roots(const credentials_t *credentials, const char *program, coap_context_t *context) {
  if (!credentials->roots || coap_context_set_pki_root_cas(context, credentials->roots, NULL))
    return 1;
  complain(program, "-R %s: no certificates can be read from this file", credentials->roots);
  return 0;
}

int
credentials_serve(const credentials_t *credentials, const char *program, coap_context_t *context) {
  coap_dtls_spsk_t psk;
  coap_dtls_pki_t pki = pki_of(credentials, COAP_DTLS_ROLE_SERVER);

  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  psk.psk_info.hint = name_of(credentials);
  psk.psk_info.key = (coap_bin_const_t){credentials->key_length, credentials->key};
  if (credentials->key && !coap_context_set_psk2(context, &psk)) {
    complain(program, "-k: this build has no (D)TLS, or the hint is too long");
    return 0;
  }
  if (!credentials->certificate && !credentials->raw_key)
    return 1;
  if (!set_roots(credentials, program, context))
    return 0;
  if (coap_context_set_pki(context, &pki))
    return 1;
  complain(program, "-%c %s: this certificate, its key or its CA cannot be used (-v 4 says why)",
           credentials->raw_key ? 'M' : 'c',
           credentials->raw_key ? credentials->raw_key : credentials->certificate);
  return 0;
}

static coap_session_t *
connect_psk(const credentials_t *credentials, coap_context_t *context, const coap_address_t *local,
            const coap_address_t *server, coap_proto_t proto, char *host,
            coap_oscore_conf_t *conf) {
  coap_dtls_cpsk_t psk;

  memset(&psk, 0, sizeof(psk));
  psk.version = COAP_DTLS_CPSK_SETUP_VERSION;
  psk.client_sni = host;
  psk.psk_info.identity = name_of(credentials);
  psk.psk_info.key = (coap_bin_const_t){credentials->key_length, credentials->key};
  if (conf)
    return coap_new_client_session_oscore_psk(context, local, server, proto, &psk, conf);
  return coap_new_client_session_psk2(context, local, server, proto, &psk);
}

static coap_session_t *
connect_pki(const credentials_t *credentials, coap_context_t *context, const coap_address_t *local,
            const coap_address_t *server, coap_proto_t proto, char *host,
            coap_oscore_conf_t *conf) {
  coap_dtls_pki_t pki = pki_of(credentials, COAP_DTLS_ROLE_CLIENT);

  pki.client_sni = host;
  if (conf)
    return coap_new_client_session_oscore_pki(context, local, server, proto, &pki, conf);
  return coap_new_client_session_pki(context, local, server, proto, &pki);
}

coap_session_t *
credentials_connect(const credentials_t *credentials, const char *program, coap_context_t *context,
                    const coap_address_t *local, const coap_address_t *server, coap_proto_t proto,
                    const coap_str_const_t *host, coap_oscore_conf_t *conf) {
  char name[256];
  coap_session_t *session;

  snprintf(name, sizeof(name), "%.*s", (int)host->length, (const char *)host->s);
  if (!set_roots(credentials, program, context)) {
    coap_delete_oscore_conf(conf);
    return NULL;
  }
  session = credentials->key ? connect_psk(credentials, context, local, server, proto, name, conf)
                             : connect_pki(credentials, context, local, server, proto, name, conf);
  if (!session)
    complain(program, "no session over (D)TLS can be begun with these keys (-v 4 says why)");
  return session;
}
