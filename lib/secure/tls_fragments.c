/* tls_fragments.c -- see tls_fragments.h. */
#include "secure/tls_fragments.h"

#include "wire/buf.h"

enum { HANDSHAKE = 22 };

static int
is_as_long(coap_tls_fragments_t *fragments, uint8_t type, uint32_t length) {
  for (uint8_t i = 0; i < fragments->count; i++) {
    if (fragments->types[i] == type)
      return fragments->lengths[i] == length;
  }
  if (fragments->count == COAP_TLS_FRAGMENTS_TYPES)
    return 0;
  fragments->types[fragments->count] = type;
  fragments->lengths[fragments->count++] = length;
  return 1;
}

/* One record may hold several messages, or the piece of one. */
static int
messages_fit(coap_tls_fragments_t *fragments, const uint8_t *data, size_t length) {
  coap_reader_t r = coap_reader(data, length);

  do {
    uint8_t type = coap_read_u8(&r);
    uint32_t whole = coap_read_u24(&r);
    uint32_t offset, piece;

    coap_read_u16(&r); /* message_seq */
    offset = coap_read_u24(&r);
    piece = coap_read_u24(&r);
    coap_read_bytes(&r, piece);
    if (r.bad || offset > whole || piece > whole - offset || (piece == 0 && whole != 0) ||
        !is_as_long(fragments, type, whole))
      return 0;
  } while (r.left);
  return 1;
}

int
coap_tls_fragments_fit(coap_tls_fragments_t *fragments, const uint8_t *data, size_t length) {
  coap_reader_t r = coap_reader(data, length);

  while (r.left) {
    uint8_t content = coap_read_u8(&r);
    uint16_t epoch, size;
    const uint8_t *body;

    coap_read_u16(&r); /* version */
    epoch = coap_read_u16(&r);
    coap_read_bytes(&r, 6); /* sequence_number */
    size = coap_read_u16(&r);
    body = coap_read_bytes(&r, size);
    if (r.bad)
      return 1; /* no record: the back end drops it */
    if (content == HANDSHAKE && epoch == 0 && !messages_fit(fragments, body, size))
      return 0;
  }
  return 1;
}
