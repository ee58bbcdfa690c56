/* tls_seams_gnutls.c -- randomness and time of GnuTLS in the simulated world. The harness's
 * gnutls_rnd() stands before the library's own, whoever calls it: the library, a peer, or GnuTLS
 * within itself. Linked into harnesses only. */
#include "world/tls_seams.h"

#include "seams/clock.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <string.h>
#include <time.h>

/* Exported for tests by GnuTLS, declared in no header of it. */
void _gnutls_global_set_gettime_function(void (*function)(struct timespec *));

static uint64_t state;

int
gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t len) {
  uint8_t *out = data;
  size_t i;

  (void)level;
  for (i = 0; i < len; i++) {
    if (i % 7 == 0)
      state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    /* Padding has to have no zero bytes; that none is ever drawn harms nothing here. */
    out[i] = (uint8_t)(state >> (8 + i % 7 * 8) & 0xff);
    if (level == GNUTLS_RND_NONCE && out[i] == 0)
      out[i] = 1;
  }
  return 0;
}

/* 2100-01-01. GnuTLS asks time(2) itself whether the last flight may still be sent again: it has to
 * be before this, whenever that is. */
#define EPOCH_S 4102444800

static void
tell_time(struct timespec *now) {
  uint64_t ms = coap_clock_now();

  now->tv_sec = (time_t)(EPOCH_S + ms / 1000);
  now->tv_nsec = (long)(ms % 1000) * 1000000;
}

static time_t
tell_seconds(time_t *out) {
  time_t now = (time_t)(EPOCH_S + coap_clock_now() / 1000);

  if (out != NULL)
    *out = now;
  return now;
}

void
tls_seams_begin(uint32_t seed) {
  static int installed;

  if (!installed) {
    _gnutls_global_set_gettime_function(tell_time);
    gnutls_global_set_time_function(tell_seconds);
    installed = 1;
  }
  state = UINT64_C(0x9e3779b97f4a7c15) ^ seed;
}
