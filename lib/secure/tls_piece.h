/* tls_piece.h -- room for what was read last, as large as it has been needed so far. */
#ifndef COAP_SECURE_TLS_PIECE_H_
#define COAP_SECURE_TLS_PIECE_H_

#include <stddef.h>
#include <stdint.h>

typedef struct coap_tls_piece_t {
  uint8_t *bytes;
  size_t room;
} coap_tls_piece_t;

/* Room for `size` bytes; what was there is lost. 1, or 0 without memory. */
int coap_tls_piece_room(coap_tls_piece_t *piece, size_t size);

/* Overwrites and frees it. */
void coap_tls_piece_free(coap_tls_piece_t *piece);

#endif /* COAP_SECURE_TLS_PIECE_H_ */
