/* tls_fake.c -- a back end for tests of the session layer: it protects nothing and does as told. */
#include "tls_fake.h"

#include "seams/memory.h"

struct coap_tls_t {
  coap_tls_side_t side;
  const uint8_t *data;
  size_t length;
};

tls_fake_t tls_fake;

void
tls_fake_reset(void) {
  static const tls_fake_t fresh = {
      .handshake = COAP_TLS_AGAIN, .read_end = COAP_TLS_AGAIN, .timeout = 1000};

  tls_fake = fresh;
}

const coap_tls_ability_t *
coap_tls_ability(void) {
  static const coap_tls_ability_t all = {.library = COAP_TLS_LIBRARY_GNUTLS,
                                         .version_text = "fake",
                                         .built_text = "fake",
                                         .dtls = 1,
                                         .tls = 1,
                                         .psk = 1};

  return &all;
}

int
coap_tls_prepare(coap_tls_setup_t *setup, coap_dtls_role_t role) {
  (void)setup;
  (void)role;
  return 1;
}

void
coap_tls_unprepare(void *made) {
  (void)made;
}

coap_tls_t *
coap_tls_open(const coap_tls_setup_t *setup, const coap_tls_side_t *side) {
  coap_tls_t *tls = coap_mem_zalloc(sizeof(*tls));

  (void)setup;
  if (!tls)
    return NULL;
  tls->side = *side;
  tls_fake.live++;
  return tls;
}

void
coap_tls_free(coap_tls_t *tls) {
  tls_fake.live--;
  coap_mem_free(tls);
}

void
coap_tls_feed(coap_tls_t *tls, const uint8_t *data, size_t length) {
  tls->data = data;
  tls->length = length;
  tls_fake.lent = data != NULL;
}

size_t
coap_tls_forget(coap_tls_t *tls) {
  size_t left = tls->data ? tls_fake.left : 0;

  tls->data = NULL;
  tls->length = 0;
  tls_fake.lent = 0;
  return left;
}

coap_tls_status_t
coap_tls_handshake(coap_tls_t *tls, coap_tick_t now) {
  static const uint8_t flight[] = {22, 254, 253};

  (void)now;
  tls_fake.handshakes++;
  tls->side.send(tls->side.user, flight, sizeof(flight));
  if (tls_fake.on_handshake)
    tls_fake.on_handshake(tls->side.session);
  return tls_fake.handshake;
}

uint32_t
coap_tls_timeout(coap_tls_t *tls) {
  (void)tls;
  return tls_fake.timeout;
}

coap_tls_status_t
coap_tls_read(coap_tls_t *tls, coap_bin_const_t *data) {
  data->s = tls->data;
  data->length = tls->length;
  tls->length = 0;
  return data->length ? COAP_TLS_DONE : tls_fake.read_end;
}

int
coap_tls_write(coap_tls_t *tls, const uint8_t *data, size_t length) {
  tls_fake.writes++;
  return tls->side.send(tls->side.user, data, length);
}

void
coap_tls_close(coap_tls_t *tls) {
  (void)tls;
  tls_fake.closes++;
}

void *
coap_tls_native(const coap_tls_t *tls) {
  return (void *)(uintptr_t)tls;
}

const coap_tls_psk_t *
coap_tls_psk(const coap_tls_t *tls) {
  static const coap_tls_psk_t none;

  (void)tls;
  return &none;
}
