/* tls_piece.c -- room for what was read last. */
#include "secure/tls_piece.h"

#include "seams/memory.h"
#include "secure/tls_setup.h"

int
coap_tls_piece_room(coap_tls_piece_t *piece, size_t size) {
  uint8_t *bytes;

  if (size <= piece->room)
    return 1;
  bytes = coap_mem_alloc(size);
  if (!bytes)
    return 0;
  coap_tls_piece_free(piece);
  piece->bytes = bytes;
  piece->room = size;
  return 1;
}

void
coap_tls_piece_free(coap_tls_piece_t *piece) {
  if (piece->bytes)
    coap_tls_wipe(piece->bytes, piece->room);
  coap_mem_free(piece->bytes);
}
