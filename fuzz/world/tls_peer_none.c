/* tls_peer_none.c -- no (D)TLS in this build: nothing secured is ever opened. */
#include "world/tls_peer.h"
#include "world/tls_view.h"

int
tls_peer_exists(void) {
  return 0;
}

void
tls_peer_begin_run(uint32_t seed) {
  (void)seed;
}

struct tls_peer *
tls_peer_new(const struct tls_peer_side *side) {
  (void)side;
  return NULL;
}

void
tls_peer_free(struct tls_peer *p) {
  (void)p;
}

void
tls_peer_step(struct tls_peer *p) {
  (void)p;
}

uint64_t
tls_peer_due_in(struct tls_peer *p) {
  (void)p;
  return UINT64_MAX;
}

void
tls_peer_input(struct tls_peer *p, const uint8_t *data, size_t length) {
  (void)p, (void)data, (void)length;
}

enum tls_peer_state
tls_peer_state(const struct tls_peer *p) {
  (void)p;
  return TLS_PEER_OVER;
}

int
tls_peer_send(struct tls_peer *p, const uint8_t *data, size_t length) {
  (void)p, (void)data, (void)length;
  return 0;
}

void
tls_peer_act(struct tls_peer *p, uint32_t act, uint32_t value) {
  (void)p, (void)act, (void)value;
}

void
tls_view_reset(void) {
}

int
tls_view_sent(const coap_session_t *session, unsigned int id, const struct record *r,
              uint8_t *plain, size_t *length) {
  (void)session, (void)id, (void)r, (void)plain, (void)length;
  return 0;
}

int
tls_view_got(const coap_session_t *session, unsigned int id, const struct record *r, uint8_t *plain,
             size_t *length) {
  (void)session, (void)id, (void)r, (void)plain, (void)length;
  return 0;
}
