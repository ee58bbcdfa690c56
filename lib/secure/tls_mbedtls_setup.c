/* tls_mbedtls_setup.c -- what Mbed TLS can do, and what it makes of keys as a whole. */
#include "secure/tls_mbedtls.h"

#include "seams/memory.h"

#include <mbedtls/version.h>

const coap_tls_ability_t *
coap_tls_ability(void) {
  static char version[24];
  static coap_tls_ability_t ability = {.library = COAP_TLS_LIBRARY_MBEDTLS,
                                       .built_version = MBEDTLS_VERSION_NUMBER,
                                       .built_text = MBEDTLS_VERSION_STRING,
                                       .dtls = 1,
                                       .tls = 1,
                                       .psk = 1,
                                       .pki = 1};

  if (!ability.version_text) {
    mbedtls_version_get_string(version);
    ability.version_text = version;
    ability.version = mbedtls_version_get_number();
  }
  return &ability;
}

/* RFC 7252 9.1.3: TLS_PSK_WITH_AES_128_CCM_8 and TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 before all
 * others. */
static const int psk_suites[] = {
    MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8,
    MBEDTLS_TLS_PSK_WITH_AES_128_CCM,
    MBEDTLS_TLS_PSK_WITH_AES_256_CCM_8,
    MBEDTLS_TLS_PSK_WITH_AES_256_CCM,
    MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_PSK_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_PSK_WITH_AES_128_CBC_SHA256,
    MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256,
    0,
};
static const int certificate_suites[] = {
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    0,
};

_Static_assert(sizeof(psk_suites) + sizeof(certificate_suites) <=
                   sizeof(((coap_tls_made_t *)0)->suites),
               "all suites fit");

static void
make_suites(coap_tls_made_t *made, const coap_tls_setup_t *setup) {
  int *to = made->suites;

  for (const int *suite = certificate_suites; setup->pki && *suite; suite++)
    *to++ = *suite;
  for (const int *suite = psk_suites; (setup->cpsk || setup->spsk) && *suite; suite++)
    *to++ = *suite;
  *to = 0;
}

/* The library has a bound of its own for keys. */
static int
is_key_usable(const coap_bin_const_t *key) {
  if (key->length <= MBEDTLS_PSK_MAX_LEN)
    return 1;
  coap_log_warn("Mbed TLS takes pre-shared keys of at most %d bytes\n", MBEDTLS_PSK_MAX_LEN);
  return 0;
}

int
coap_tls_prepare(coap_tls_setup_t *setup, coap_dtls_role_t role) {
  coap_tls_made_t *made = coap_mem_zalloc(sizeof(*made));

  if (!made)
    return 0;
  coap_tls_mbedtls_own_init(&made->own);
  setup->made = made;
  make_suites(made, setup);
  if ((setup->cpsk && !is_key_usable(&setup->cpsk->psk_info.key)) ||
      (setup->spsk && !is_key_usable(&setup->spsk->psk_info.key)))
    return 0;
  return setup->pki ? coap_tls_mbedtls_load(&made->own, setup, &setup->pki->pki_key, role)
                    : coap_tls_mbedtls_load_roots(&made->own, setup);
}

void
coap_tls_unprepare(void *pointer) {
  coap_tls_made_t *made = pointer;

  if (!made)
    return;
  coap_tls_mbedtls_own_free(&made->own);
  coap_mem_free(made);
}
