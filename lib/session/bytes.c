/* bytes.c -- a queue of bytes that grows as they come. */
#include "session/bytes.h"

#include "seams/memory.h"

#include <string.h>

enum { BYTES_FIRST_ROOM = 512 };

void
coap_bytes_clear(coap_bytes_t *bytes) {
  coap_mem_free(bytes->data);
  memset(bytes, 0, sizeof(*bytes));
}

size_t
coap_bytes_left(const coap_bytes_t *bytes) {
  return bytes->end - bytes->at;
}

/* Room for `extra` more bytes, what has been used making way first. */
static int
bytes_reserve(coap_bytes_t *bytes, size_t extra) {
  size_t left = coap_bytes_left(bytes);
  size_t room = bytes->room ? bytes->room : BYTES_FIRST_ROOM;
  uint8_t *data;

  if (bytes->at) {
    memmove(bytes->data, bytes->data + bytes->at, left);
    bytes->at = 0;
    bytes->end = left;
  }
  if (extra <= bytes->room - left)
    return 1;
  while (room < left + extra)
    room *= 2;
  data = coap_mem_realloc(bytes->data, room);
  if (!data)
    return 0;
  bytes->data = data;
  bytes->room = room;
  return 1;
}

int
coap_bytes_add(coap_bytes_t *bytes, const uint8_t *data, size_t length) {
  if (!length)
    return 1;
  if (!bytes_reserve(bytes, length))
    return 0;
  memcpy(bytes->data + bytes->end, data, length);
  bytes->end += length;
  return 1;
}

void
coap_bytes_use(coap_bytes_t *bytes, size_t length) {
  bytes->at += length;
  if (bytes->at == bytes->end)
    coap_bytes_clear(bytes);
}
