/* tls_gnutls_setup.c -- what GnuTLS can do, and what it makes of keys as a whole. */
#include "secure/tls_gnutls.h"

#include "seams/memory.h"

#include <stdio.h>

const coap_tls_ability_t *
coap_tls_ability(void) {
  static coap_tls_ability_t ability = {.library = COAP_TLS_LIBRARY_GNUTLS,
                                       .built_version = GNUTLS_VERSION_NUMBER,
                                       .built_text = GNUTLS_VERSION,
                                       .dtls = 1,
                                       .tls = 1,
                                       .psk = 1,
                                       .pki = 1,
                                       .pkcs11 = 1,
                                       .rpk = 1,
                                       .psk_hint = 1,
                                       .tls_1_3 = 1,
                                       .resumption = 1};
  unsigned int major = 0;
  unsigned int minor = 0;
  unsigned int patch = 0;

  if (!ability.version_text) {
    ability.version_text = gnutls_check_version(NULL);
    if (sscanf(ability.version_text, "%u.%u.%u", &major, &minor, &patch) == 3)
      ability.version = major << 16 | minor << 8 | patch;
  }
  return &ability;
}

/* RFC 7252 9.1.3: TLS_PSK_WITH_AES_128_CCM_8 and TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 before all
 * others. A hint is known of TLS 1.2 only: who chooses a key by it has no use for 1.3. */
static int
make_priority(coap_tls_made_t *made, const coap_tls_setup_t *setup) {
  int by_hint = setup->cpsk && setup->cpsk->validate_ih_call_back;
  int by_raw_key = setup->pki && setup->pki->is_rpk_not_cert;
  char text[512];

  snprintf(text, sizeof(text),
           "NONE:%s+VERS-TLS1.2:+VERS-DTLS1.2:+AES-128-CCM-8:+AES-128-CCM:+AES-256-CCM-8:"
           "+AES-256-CCM:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-CBC:+AEAD:+SHA256:"
           "+COMP-NULL:+SIGN-ALL:+GROUP-ALL%s%s%s",
           by_hint ? "" : "+VERS-TLS1.3:",
           by_raw_key ? ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK" : ":+CTYPE-X509",
           made->certificate ? ":+ECDHE-ECDSA:+ECDHE-RSA" : "",
           made->client_psk || made->server_psk ? ":+PSK:+ECDHE-PSK" : "");
  return gnutls_priority_init(&made->priority, text, NULL);
}

static int
make_psk(coap_tls_made_t *made, const coap_tls_setup_t *setup) {
  int result = 0;

  if (setup->cpsk)
    result = coap_tls_gnutls_psk_client(&made->client_psk);
  if (result == 0 && setup->spsk)
    result = coap_tls_gnutls_psk_server(&made->server_psk, &setup->spsk->psk_info.hint);
  return result;
}

int
coap_tls_prepare(coap_tls_setup_t *setup, coap_dtls_role_t role) {
  coap_tls_made_t *made = coap_mem_zalloc(sizeof(*made));
  int result;

  if (!made)
    return 0;
  setup->made = made;
  if (setup->pki && !coap_tls_pki_load(&made->certificate, setup, &setup->pki->pki_key, role))
    return 0;
  if (!setup->pki && !coap_tls_pki_check_roots(setup))
    return 0;
  result = make_psk(made, setup);
  if (result == 0)
    result = make_priority(made, setup);
  if (result < 0)
    coap_log_warn("GnuTLS: %s\n", gnutls_strerror(result));
  return result == 0;
}

void
coap_tls_unprepare(void *pointer) {
  coap_tls_made_t *made = pointer;

  if (!made)
    return;
  if (made->client_psk)
    gnutls_psk_free_client_credentials(made->client_psk);
  if (made->server_psk)
    gnutls_psk_free_server_credentials(made->server_psk);
  if (made->certificate)
    gnutls_certificate_free_credentials(made->certificate);
  if (made->priority)
    gnutls_priority_deinit(made->priority);
  if (made->ticket_key.data)
    coap_tls_wipe(made->ticket_key.data, made->ticket_key.size);
  gnutls_free(made->ticket_key.data);
  coap_mem_free(made);
}
