/* digest.c -- SHA-256 by nettle. */
#include "secure/digest.h"

void
coap_digest_start(coap_digest_t *digest) {
  sha256_init(&digest->state);
}

void
coap_digest_add(coap_digest_t *digest, const void *data, size_t length) {
  if (length)
    sha256_update(&digest->state, length, data);
}

void
coap_digest_finish(coap_digest_t *digest, uint8_t out[COAP_DIGEST_SIZE]) {
  sha256_digest(&digest->state, COAP_DIGEST_SIZE, out);
}
