/* oscore_crypto.h -- the algorithms OSCORE stands on: AES-CCM as COSE numbers it (RFC 8152 10.2)
 * and HKDF (RFC 5869). What nettle does; nothing here allocates. */
#ifndef COAP_SECURE_OSCORE_CRYPTO_H_
#define COAP_SECURE_OSCORE_CRYPTO_H_

#include <stddef.h>
#include <stdint.h>

enum { COAP_OSCORE_KEY_MAX = 32, COAP_OSCORE_NONCE_MAX = 13, COAP_OSCORE_TAG_MAX = 16 };

typedef struct coap_oscore_aead_t {
  int id; /* in the COSE registry */
  const char *name;
  uint8_t key_length;
  uint8_t nonce_length;
  uint8_t tag_length;
} coap_oscore_aead_t;

typedef struct coap_oscore_hkdf_t {
  int id; /* in the COSE registry */
  const char *name;
  void (*derive)(const uint8_t *salt, size_t salt_length, const uint8_t *secret,
                 size_t secret_length, const uint8_t *info, size_t info_length, uint8_t *out,
                 size_t length);
} coap_oscore_hkdf_t;

/* By number or by name (of `length` bytes); NULL for what is not here. */
const coap_oscore_aead_t *coap_oscore_aead(int64_t id);
const coap_oscore_aead_t *coap_oscore_aead_named(const char *name, size_t length);
const coap_oscore_hkdf_t *coap_oscore_hkdf(int64_t id);
const coap_oscore_hkdf_t *coap_oscore_hkdf_named(const char *name, size_t length);

/* One key, one nonce, what is authenticated along. */
typedef struct coap_oscore_cipher_t {
  const coap_oscore_aead_t *aead;
  const uint8_t *key;
  const uint8_t *nonce;
  const uint8_t *aad;
  size_t aad_length;
} coap_oscore_cipher_t;

/* Turns the `length` bytes at `data` into ciphertext, in place; the tag follows them. */
void coap_oscore_encrypt(const coap_oscore_cipher_t *cipher, uint8_t *data, size_t length);

/* Turns `length` bytes of ciphertext and tag at `data` into plaintext, in place, tag_length bytes
 * shorter. 1, or 0 when the tag does not fit: `data` is wiped then. */
int coap_oscore_decrypt(const coap_oscore_cipher_t *cipher, uint8_t *data, size_t length);

/* Clears key material so that the compiler keeps it. */
void coap_oscore_wipe(void *data, size_t length);

#endif /* COAP_SECURE_OSCORE_CRYPTO_H_ */
