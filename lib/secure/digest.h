/* digest.h -- SHA-256 over bytes that come piece by piece. */
#ifndef COAP_SECURE_DIGEST_H_
#define COAP_SECURE_DIGEST_H_

#include <nettle/sha2.h>

#include <stddef.h>
#include <stdint.h>

enum { COAP_DIGEST_SIZE = SHA256_DIGEST_SIZE };

typedef struct coap_digest_t {
  struct sha256_ctx state;
} coap_digest_t;

void coap_digest_start(coap_digest_t *digest);
void coap_digest_add(coap_digest_t *digest, const void *data, size_t length);
void coap_digest_finish(coap_digest_t *digest, uint8_t out[COAP_DIGEST_SIZE]);

#endif /* COAP_SECURE_DIGEST_H_ */
