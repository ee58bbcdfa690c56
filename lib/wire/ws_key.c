/* ws_key.c -- SHA-1 and base64 as the opening handshake wants them; here they protect nothing but
 * against peers that do not speak WebSocket. */
#include "wire/ws_key.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

void
coap_ws_make_key(const uint8_t nonce[COAP_WS_NONCE_SIZE], char key[COAP_WS_KEY_TEXT + 1]) {
  base64_encode_raw(key, COAP_WS_NONCE_SIZE, nonce);
  key[COAP_WS_KEY_TEXT] = '\0';
}

int
coap_ws_key_is_valid(const char *text, size_t length) {
  struct base64_decode_ctx ctx;
  uint8_t nonce[BASE64_DECODE_LENGTH(COAP_WS_KEY_TEXT)];
  size_t size = sizeof(nonce);
  char again[COAP_WS_KEY_TEXT + 1];

  if (length != COAP_WS_KEY_TEXT)
    return 0;
  base64_decode_init(&ctx);
  if (!base64_decode_update(&ctx, &size, nonce, length, text) || !base64_decode_final(&ctx) ||
      size != COAP_WS_NONCE_SIZE)
    return 0;
  /* White space, which the decoder passes over, and stray bits in the last character show here. */
  coap_ws_make_key(nonce, again);
  return memcmp(again, text, COAP_WS_KEY_TEXT) == 0;
}

void
coap_ws_make_accept(const char key[COAP_WS_KEY_TEXT], char accept[COAP_WS_ACCEPT_TEXT + 1]) {
  struct sha1_ctx ctx;
  uint8_t digest[SHA1_DIGEST_SIZE];

  sha1_init(&ctx);
  sha1_update(&ctx, COAP_WS_KEY_TEXT, (const uint8_t *)key);
  sha1_update(&ctx, sizeof(guid) - 1, (const uint8_t *)guid);
  sha1_digest(&ctx, sizeof(digest), digest);
  base64_encode_raw(accept, sizeof(digest), digest);
  accept[COAP_WS_ACCEPT_TEXT] = '\0';
}
