/* tls_gnutls_hello.c -- what GnuTLS can do, what it makes of keys as a whole, and its cookies. */
#include "secure/tls_gnutls.h"

#include "seams/memory.h"
#include "seams/random.h"

#include <gnutls/dtls.h>

#include <stdio.h>
#include <string.h>

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
                                       .rpk = 1};
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
    result = coap_tls_psk_client(&made->client_psk);
  if (result == 0 && setup->spsk)
    result = coap_tls_psk_server(&made->server_psk, &setup->spsk->psk_info.hint);
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
  coap_mem_free(made);
}

/* Where a DTLS record has its number (RFC 6347 4.1). */
enum { SEQUENCE = 5, SEQUENCE_SIZE = 6 };

enum {
  SECRET_SIZE = 16, /* GNUTLS_COOKIE_KEY_SIZE */
  SECRET_LIFE_MS = 5 * 60 * 1000
};

/* A secret that nobody can learn by asking for ever. 1, or 0 without randomness. */
static int
renew_secret(coap_tls_cookies_t *cookies, coap_tick_t now) {
  uint8_t fresh[SECRET_SIZE];

  if (cookies->count && now - cookies->since < SECRET_LIFE_MS)
    return 1;
  if (!coap_random_fill(fresh, sizeof(fresh)))
    return 0;
  memcpy(cookies->secret[1], cookies->secret[0], SECRET_SIZE);
  memcpy(cookies->secret[0], fresh, SECRET_SIZE);
  cookies->since = now;
  cookies->count += cookies->count < 2;
  return 1;
}

/* An answer on its way out of GnuTLS. */
typedef struct answer_t {
  uint8_t *bytes;
  size_t length;
} answer_t;

static ssize_t
collect(gnutls_transport_ptr_t pointer, const void *data, size_t length) {
  answer_t *answer = pointer;

  if (length > COAP_TLS_ANSWER_MAX - answer->length)
    return -1;
  memcpy(answer->bytes + answer->length, data, length);
  answer->length += length;
  return (ssize_t)length;
}

/* A DTLS record (RFC 6347 4.1, 4.2.2) that holds a whole ClientHello of epoch 0, by its fixed
 * fields. */
static int
is_client_hello(const coap_bin_const_t *d) {
  enum { HANDSHAKE = 22, CLIENT_HELLO = 1, HEADERS = 13 + 12, SHORTEST = HEADERS + 2 + 32 + 3 };

  return d->length >= SHORTEST && d->s[0] == HANDSHAKE && d->s[1] == 254 && d->s[3] == 0 &&
         d->s[4] == 0 && d->s[13] == CLIENT_HELLO;
}

coap_tls_hello_status_t
coap_tls_hello(coap_tls_cookies_t *cookies, coap_tick_t now, const coap_bin_const_t *peer,
               const coap_bin_const_t *datagram, uint8_t *answer_bytes, size_t *answer_length,
               coap_tls_hello_t *hello) {
  answer_t answer = {answer_bytes, 0};
  gnutls_dtls_prestate_st state;
  gnutls_datum_t secret;
  void *who = (void *)(uintptr_t)peer->s;
  void *what = (void *)(uintptr_t)datagram->s;

  memset(&state, 0, sizeof(state));
  if (!is_client_hello(datagram) || !renew_secret(cookies, now))
    return COAP_TLS_HELLO_IGNORE;
  for (unsigned int i = 0; i < cookies->count; i++) {
    secret = (gnutls_datum_t){cookies->secret[i], SECRET_SIZE};
    if (gnutls_dtls_cookie_verify(&secret, who, peer->length, what, datagram->length, &state) < 0)
      continue;
    *hello = (coap_tls_hello_t){state.record_seq, state.hsk_read_seq, state.hsk_write_seq};
    return COAP_TLS_HELLO_GOOD;
  }
  secret = (gnutls_datum_t){cookies->secret[0], SECRET_SIZE};
  if (gnutls_dtls_cookie_send(&secret, who, peer->length, &state, &answer, collect) < 0)
    return COAP_TLS_HELLO_IGNORE;
  *answer_length = answer.length;
  /* RFC 6347 4.2.1: the number of the record that is answered, as there is no count of our own. */
  if (answer.length >= SEQUENCE + SEQUENCE_SIZE)
    memcpy(answer_bytes + SEQUENCE, datagram->s + SEQUENCE, SEQUENCE_SIZE);
  /* Never more than has come (RFC 7252 11.3). */
  return answer.length <= datagram->length ? COAP_TLS_HELLO_ANSWER : COAP_TLS_HELLO_IGNORE;
}
