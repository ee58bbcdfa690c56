/* tls_none.c -- the back end of a build without (D)TLS: it says so, and no session ever asks it for
 * more, since no secure transport is to be had. */
#include "secure/tls.h"

#include <errno.h>

const coap_tls_ability_t *
coap_tls_ability(void) {
  static const coap_tls_ability_t none = {.library = COAP_TLS_LIBRARY_NOTLS};

  return &none;
}

int
coap_tls_prepare(coap_tls_setup_t *setup, coap_dtls_role_t role) {
  (void)setup;
  (void)role;
  return 0;
}

void
coap_tls_unprepare(void *made) {
  (void)made;
}

coap_tls_t *
coap_tls_open(const coap_tls_setup_t *setup, const coap_tls_side_t *side) {
  (void)setup;
  (void)side;
  return NULL;
}

void
coap_tls_free(coap_tls_t *tls) {
  (void)tls;
}

void
coap_tls_feed(coap_tls_t *tls, const uint8_t *data, size_t length) {
  (void)tls;
  (void)data;
  (void)length;
}

size_t
coap_tls_forget(coap_tls_t *tls) {
  (void)tls;
  return 0;
}

coap_tls_status_t
coap_tls_handshake(coap_tls_t *tls, coap_tick_t now) {
  (void)tls;
  (void)now;
  return COAP_TLS_FAILED;
}

uint32_t
coap_tls_timeout(coap_tls_t *tls) {
  (void)tls;
  return 0;
}

coap_tls_status_t
coap_tls_read(coap_tls_t *tls, coap_bin_const_t *data) {
  (void)tls;
  (void)data;
  return COAP_TLS_FAILED;
}

int
coap_tls_write(coap_tls_t *tls, const uint8_t *data, size_t length) {
  (void)tls;
  (void)data;
  (void)length;
  return -ENOTCONN;
}

void
coap_tls_close(coap_tls_t *tls) {
  (void)tls;
}

void *
coap_tls_native(const coap_tls_t *tls) {
  (void)tls;
  return NULL;
}

const coap_tls_psk_t *
coap_tls_psk(const coap_tls_t *tls) {
  static const coap_tls_psk_t none;

  (void)tls;
  return &none;
}
