/* ws_key.h -- Sec-WebSocket-Key and the answer to it (RFC 6455 4.1, 4.2.2). */
#ifndef COAP_WIRE_WS_KEY_H_
#define COAP_WIRE_WS_KEY_H_

#include <stddef.h>
#include <stdint.h>

enum {
  COAP_WS_NONCE_SIZE = 16,
  COAP_WS_KEY_TEXT = 24,   /* characters of a key */
  COAP_WS_ACCEPT_TEXT = 28 /* and of its answer */
};

/* The key, and a NUL, for 16 random bytes. */
void coap_ws_make_key(const uint8_t nonce[COAP_WS_NONCE_SIZE], char key[COAP_WS_KEY_TEXT + 1]);

/* Whether the text is 16 bytes in base64, in the one right form. */
int coap_ws_key_is_valid(const char *text, size_t length);

/* The answer to a key, and a NUL. */
void coap_ws_make_accept(const char key[COAP_WS_KEY_TEXT], char accept[COAP_WS_ACCEPT_TEXT + 1]);

#endif /* COAP_WIRE_WS_KEY_H_ */
