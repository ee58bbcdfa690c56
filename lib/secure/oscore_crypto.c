/* oscore_crypto.c -- AES-CCM and HKDF by nettle. */
#include "secure/oscore_crypto.h"

#include <nettle/ccm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include <string.h>

static const coap_oscore_aead_t aeads[] = {
    {10, "AES-CCM-16-64-128", 16, 13, 8},   {11, "AES-CCM-16-64-256", 32, 13, 8},
    {12, "AES-CCM-64-64-128", 16, 7, 8},    {13, "AES-CCM-64-64-256", 32, 7, 8},
    {30, "AES-CCM-16-128-128", 16, 13, 16}, {31, "AES-CCM-16-128-256", 32, 13, 16},
    {32, "AES-CCM-64-128-128", 16, 7, 16},  {33, "AES-CCM-64-128-256", 32, 7, 16},
};

static void
hkdf_sha256(const uint8_t *salt, size_t salt_length, const uint8_t *secret, size_t secret_length,
            const uint8_t *info, size_t info_length, uint8_t *out, size_t length) {
  struct hmac_sha256_ctx ctx;
  uint8_t prk[SHA256_DIGEST_SIZE];

  hmac_sha256_set_key(&ctx, salt_length, salt);
  hkdf_extract(&ctx, (nettle_hash_update_func *)hmac_sha256_update,
               (nettle_hash_digest_func *)hmac_sha256_digest, sizeof(prk), secret_length, secret,
               prk);
  hmac_sha256_set_key(&ctx, sizeof(prk), prk);
  hkdf_expand(&ctx, (nettle_hash_update_func *)hmac_sha256_update,
              (nettle_hash_digest_func *)hmac_sha256_digest, sizeof(prk), info_length, info, length,
              out);
  coap_oscore_wipe(prk, sizeof(prk));
  coap_oscore_wipe(&ctx, sizeof(ctx));
}

static void
hkdf_sha512(const uint8_t *salt, size_t salt_length, const uint8_t *secret, size_t secret_length,
            const uint8_t *info, size_t info_length, uint8_t *out, size_t length) {
  struct hmac_sha512_ctx ctx;
  uint8_t prk[SHA512_DIGEST_SIZE];

  hmac_sha512_set_key(&ctx, salt_length, salt);
  hkdf_extract(&ctx, (nettle_hash_update_func *)hmac_sha512_update,
               (nettle_hash_digest_func *)hmac_sha512_digest, sizeof(prk), secret_length, secret,
               prk);
  hmac_sha512_set_key(&ctx, sizeof(prk), prk);
  hkdf_expand(&ctx, (nettle_hash_update_func *)hmac_sha512_update,
              (nettle_hash_digest_func *)hmac_sha512_digest, sizeof(prk), info_length, info, length,
              out);
  coap_oscore_wipe(prk, sizeof(prk));
  coap_oscore_wipe(&ctx, sizeof(ctx));
}

static const coap_oscore_hkdf_t hkdfs[] = {
    {-10, "direct+HKDF-SHA-256", hkdf_sha256},
    {-11, "direct+HKDF-SHA-512", hkdf_sha512},
};

static int
is_named(const char *own, const char *name, size_t length) {
  return strlen(own) == length && memcmp(own, name, length) == 0;
}

const coap_oscore_aead_t *
coap_oscore_aead(int64_t id) {
  for (size_t i = 0; i < sizeof(aeads) / sizeof(aeads[0]); i++) {
    if (aeads[i].id == id)
      return &aeads[i];
  }
  return NULL;
}

const coap_oscore_aead_t *
coap_oscore_aead_named(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof(aeads) / sizeof(aeads[0]); i++) {
    if (is_named(aeads[i].name, name, length))
      return &aeads[i];
  }
  return NULL;
}

const coap_oscore_hkdf_t *
coap_oscore_hkdf(int64_t id) {
  for (size_t i = 0; i < sizeof(hkdfs) / sizeof(hkdfs[0]); i++) {
    if (hkdfs[i].id == id)
      return &hkdfs[i];
  }
  return NULL;
}

const coap_oscore_hkdf_t *
coap_oscore_hkdf_named(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof(hkdfs) / sizeof(hkdfs[0]); i++) {
    if (is_named(hkdfs[i].name, name, length))
      return &hkdfs[i];
  }
  return NULL;
}

/* The block cipher with its key set, of either key size. */
typedef struct block_cipher_t {
  union {
    struct aes128_ctx aes128;
    struct aes256_ctx aes256;
  } ctx;
  nettle_cipher_func *encrypt;
} block_cipher_t;

static void
set_key(block_cipher_t *block, const coap_oscore_cipher_t *cipher) {
  if (cipher->aead->key_length == AES128_KEY_SIZE) {
    aes128_set_encrypt_key(&block->ctx.aes128, cipher->key);
    block->encrypt = (nettle_cipher_func *)aes128_encrypt;
  } else {
    aes256_set_encrypt_key(&block->ctx.aes256, cipher->key);
    block->encrypt = (nettle_cipher_func *)aes256_encrypt;
  }
}

void
coap_oscore_encrypt(const coap_oscore_cipher_t *cipher, uint8_t *data, size_t length) {
  const coap_oscore_aead_t *aead = cipher->aead;
  block_cipher_t block;

  set_key(&block, cipher);
  ccm_encrypt_message(&block.ctx, block.encrypt, aead->nonce_length, cipher->nonce,
                      cipher->aad_length, cipher->aad, aead->tag_length, length + aead->tag_length,
                      data, data);
  coap_oscore_wipe(&block, sizeof(block));
}

int
coap_oscore_decrypt(const coap_oscore_cipher_t *cipher, uint8_t *data, size_t length) {
  const coap_oscore_aead_t *aead = cipher->aead;
  block_cipher_t block;
  int fits;

  if (length < aead->tag_length)
    return 0;
  set_key(&block, cipher);
  fits = ccm_decrypt_message(&block.ctx, block.encrypt, aead->nonce_length, cipher->nonce,
                             cipher->aad_length, cipher->aad, aead->tag_length,
                             length - aead->tag_length, data, data);
  coap_oscore_wipe(&block, sizeof(block));
  if (!fits)
    coap_oscore_wipe(data, length);
  return fits;
}

void
coap_oscore_wipe(void *data, size_t length) {
  explicit_bzero(data, length);
}
