/* ws_http.h -- the opening handshake (RFC 6455 4, RFC 8323 8.2): one request, one answer. */
#ifndef COAP_WIRE_WS_HTTP_H_
#define COAP_WIRE_WS_HTTP_H_

#include "wire/http_head.h"
#include "wire/ws_key.h"

enum {
  COAP_WS_REQUEST_MAX = 512, /* room that a request needs */
  COAP_WS_RESPONSE_MAX = 256,
  COAP_WS_HOST_MAX = 270 /* characters of a Host field, port and all */
};

#define COAP_WS_PATH        "/.well-known/coap"
#define COAP_WS_SUBPROTOCOL "coap"

typedef struct coap_ws_handshake_t {
  coap_http_head_t head;
  int is_server;   /* reads a request, else an answer */
  unsigned int at; /* lines read */
  unsigned int seen;
  unsigned int wrong; /* fields there, but not as they must be */
  char accept[COAP_WS_ACCEPT_TEXT + 1];
  /* How it ended: 101, or for a server the status to answer with (400, 404, 426), for a client that
   * of the answer, 0 when it was no HTTP. */
  int status;
  const char *why; /* in words, when that is not 101 */
} coap_ws_handshake_t;

/* A server waits for a request. */
void coap_ws_handshake_server(coap_ws_handshake_t *handshake);

/* A client, having sent one with the key of `nonce`, waits for the answer. */
void coap_ws_handshake_client(coap_ws_handshake_t *handshake,
                              const uint8_t nonce[COAP_WS_NONCE_SIZE]);

/* Gives back the memory; the result stays. */
void coap_ws_handshake_clear(coap_ws_handshake_t *handshake);

/* Reads on; *used bytes are taken, those behind the head are frames. OK: the connection is open;
 * MORE; MALFORMED: `status` and `why` tell; NO_MEMORY. */
coap_wire_status_t coap_ws_handshake_read(coap_ws_handshake_t *handshake, const uint8_t *data,
                                          size_t length, size_t *used);

/* Writes the request of a client. `host` is the Host field's value, NUL-terminated. Gives the size,
 * 0 when the host is too long, empty or has what no host has. */
size_t coap_ws_write_request(char to[COAP_WS_REQUEST_MAX], const char *host,
                             const uint8_t nonce[COAP_WS_NONCE_SIZE]);

/* Writes a server's answer, by the handshake's status; the connection is to be closed behind any
 * but 101. Gives the size. */
size_t coap_ws_write_response(char to[COAP_WS_RESPONSE_MAX], const coap_ws_handshake_t *handshake);

#endif /* COAP_WIRE_WS_HTTP_H_ */
