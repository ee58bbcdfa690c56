/* tls_mbedtls_open.c -- what one peer's (D)TLS by Mbed TLS is to be: where its bytes, its time, its
 * randomness and its keys come from. */
#include "secure/tls_mbedtls.h"

#include "seams/memory.h"
#include "seams/random.h"

#include <mbedtls/net_sockets.h>

#include <string.h>

/* RFC 6347 4.2.4.1 */
enum { RETRANSMIT_MS = 1000, RETRANSMIT_MAX_MS = 60 * 1000 };

static int
give_bytes(void *user, const unsigned char *data, size_t length) {
  coap_tls_t *tls = user;

  return tls->side.send(tls->side.user, data, length) == 0 ? (int)length
                                                           : MBEDTLS_ERR_NET_SEND_FAILED;
}

/* Of a datagram one record: trailing bytes that are none are an internal error to Mbed TLS, and
 * anybody can send them. */
static int
take_bytes(void *user, unsigned char *data, size_t length) {
  coap_tls_t *tls = user;
  size_t taken = coap_tls_input_take(&tls->input, tls->side.is_datagram, data, length);

  return taken ? (int)taken : MBEDTLS_ERR_SSL_WANT_READ;
}

static int
random_bytes(void *user, unsigned char *to, size_t length) {
  (void)user;
  return coap_random_fill(to, length) ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static void
set_timer(void *user, uint32_t intermediate, uint32_t final) {
  coap_tls_t *tls = user;

  tls->has_timer = final != 0;
  tls->intermediate = tls->now + intermediate;
  tls->final = tls->now + final;
}

/* As Mbed TLS counts: how many of the two times have passed, -1 when nobody waits. */
static int
get_timer(void *user) {
  const coap_tls_t *tls = user;

  if (!tls->has_timer)
    return -1;
  return (tls->now >= tls->intermediate) + (tls->now >= tls->final);
}

/* There are none: HelloVerifyRequests are tls_hello.c's affair, and so are the cookies they bring.
 */
static int
write_no_cookie(void *user, unsigned char **at, unsigned char *end, const unsigned char *peer,
                size_t length) {
  (void)user;
  (void)at;
  (void)end;
  (void)peer;
  (void)length;
  return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int
cookie_is_good(void *user, const unsigned char *cookie, size_t length, const unsigned char *peer,
               size_t peer_length) {
  (void)user;
  (void)cookie;
  (void)length;
  (void)peer;
  (void)peer_length;
  return 0;
}

/* The host name that a client asks for decides what a server shows it (RFC 6066 3). */
static int
choose_by_name(coap_tls_t *tls, const char *name) {
  int is_new;

  if (tls->is_named)
    return 0;
  tls->is_named = 1;
  if (!coap_tls_psk_for_name(&tls->psk, tls->setup, tls->side.session, name, &is_new))
    return MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO;
  return coap_tls_mbedtls_pki_for_name(tls, name);
}

static int
on_name(void *user, mbedtls_ssl_context *native, const unsigned char *bytes, size_t length) {
  char name[256];

  (void)native;
  if (length >= sizeof(name) || memchr(bytes, 0, length))
    return MBEDTLS_ERR_SSL_BAD_HS_CLIENT_HELLO;
  memcpy(name, bytes, length);
  name[length] = '\0';
  return choose_by_name(user, name);
}

/* A server's key for the client's identity; it may not have named a host. */
static int
on_identity(void *user, mbedtls_ssl_context *native, const unsigned char *bytes, size_t length) {
  coap_tls_t *tls = user;
  coap_bin_const_t identity = {length, bytes};
  int is_new;

  if (!tls->is_named &&
      !coap_tls_psk_for_name(&tls->psk, tls->setup, tls->side.session, "", &is_new))
    return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
  tls->is_named = 1;
  if (!coap_tls_psk_of_server(&tls->psk, tls->setup, tls->side.session, &identity))
    return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
  return mbedtls_ssl_set_hs_psk(native, tls->psk.key.value.s, tls->psk.key.value.length);
}

static void
set_up_datagrams(coap_tls_t *tls) {
  mbedtls_ssl_conf_handshake_timeout(&tls->config, RETRANSMIT_MS, RETRANSMIT_MAX_MS);
  mbedtls_ssl_set_mtu(&tls->native, (uint16_t)tls->side.mtu);
  /* Several records in one datagram are right (RFC 6347 4.1.1), but libcoap with GnuTLS reads one
   * of each datagram: when the first is of the epoch before, it lags behind for good. */
  mbedtls_ssl_set_datagram_packing(&tls->native, 0);
  mbedtls_ssl_set_timer_cb(&tls->native, tls, set_timer, get_timer);
  if (tls->side.hello)
    mbedtls_ssl_conf_dtls_cookies(&tls->config, write_no_cookie, cookie_is_good, NULL);
}

static int
set_up_server(coap_tls_t *tls) {
  static const unsigned char somebody[] = "?"; /* its address, for cookies */

  coap_tls_psk_begin_server(&tls->psk, tls->setup);
  mbedtls_ssl_conf_sni(&tls->config, on_name, tls);
  if (tls->setup->spsk)
    mbedtls_ssl_conf_psk_cb(&tls->config, on_identity, tls);
  if (!tls->side.hello)
    return 0;
  return mbedtls_ssl_set_client_transport_id(&tls->native, somebody, sizeof(somebody));
}

/* The library does not heed a server's hint: the call-back for it is asked before. */
static int
set_up_client(coap_tls_t *tls) {
  const coap_bin_const_t *key = &tls->psk.key.value;
  const coap_bin_const_t *identity = &tls->psk.identity.value;
  int result;

  result = mbedtls_ssl_set_hostname(&tls->native, coap_tls_setup_host(tls->setup));
  if (result != 0 || !tls->setup->cpsk)
    return result;
  if (!coap_tls_psk_of_client(&tls->psk, tls->setup, tls->side.session, NULL))
    return MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY;
  return mbedtls_ssl_conf_psk(&tls->config, key->s, key->length, identity->s, identity->length);
}

static int
set_up_versions(coap_tls_t *tls) {
  const coap_tls_made_t *made = tls->setup->made;
  int is_server = tls->side.role == COAP_DTLS_ROLE_SERVER;
  int result = mbedtls_ssl_config_defaults(
      &tls->config, is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
      tls->side.is_datagram ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM,
      MBEDTLS_SSL_PRESET_DEFAULT);

  if (result != 0)
    return result;
  mbedtls_ssl_conf_min_version(&tls->config, MBEDTLS_SSL_MAJOR_VERSION_3,
                               MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_ciphersuites(&tls->config, made->suites);
  mbedtls_ssl_conf_rng(&tls->config, random_bytes, NULL);
  mbedtls_ssl_conf_session_tickets(&tls->config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
  tls->alpn[0] = tls->side.alpn;
  return tls->side.alpn ? mbedtls_ssl_conf_alpn_protocols(&tls->config, tls->alpn) : 0;
}

static int
set_up(coap_tls_t *tls) {
  coap_dtls_pki_t *pki = (coap_dtls_pki_t *)(uintptr_t)tls->setup->pki;
  int result = set_up_versions(tls);

  mbedtls_ssl_set_bio(&tls->native, tls, give_bytes, take_bytes, NULL);
  if (tls->side.is_datagram)
    set_up_datagrams(tls);
  if (result == 0 && pki)
    result = coap_tls_mbedtls_use_own(tls);
  if (result == 0)
    result = mbedtls_ssl_setup(&tls->native, &tls->config);
  if (result == 0)
    result = tls->side.role == COAP_DTLS_ROLE_SERVER ? set_up_server(tls) : set_up_client(tls);
  if (result == 0 && pki && pki->additional_tls_setup_call_back &&
      !pki->additional_tls_setup_call_back(&tls->native, pki))
    result = MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  return result;
}

coap_tls_t *
coap_tls_open(const coap_tls_setup_t *setup, const coap_tls_side_t *side) {
  coap_tls_t *tls = setup->made ? coap_mem_zalloc(sizeof(*tls)) : NULL;
  char text[COAP_TLS_WHY_MAX];
  int result;

  if (!tls)
    return NULL;
  tls->side = *side;
  tls->setup = setup;
  mbedtls_ssl_init(&tls->native);
  mbedtls_ssl_config_init(&tls->config);
  result = set_up(tls);
  if (result == 0)
    return tls;
  coap_log_warn("Mbed TLS: %s\n", coap_tls_mbedtls_why(result, text));
  coap_tls_free(tls);
  return NULL;
}

void
coap_tls_free(coap_tls_t *tls) {
  mbedtls_ssl_free(&tls->native);
  mbedtls_ssl_config_free(&tls->config);
  if (tls->named)
    coap_tls_mbedtls_own_free(tls->named);
  coap_mem_free(tls->named);
  coap_tls_psk_wipe(&tls->psk);
  coap_tls_piece_free(&tls->piece);
  coap_mem_free(tls);
}
