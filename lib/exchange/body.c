/* body.c -- growing a body block by block. */
#include "exchange/body.h"

#include "seams/memory.h"

#include <string.h>

enum { BODY_FIRST_ROOM = 4096 };

void
coap_body_init(coap_body_t *body, coap_exchange_t *exchange) {
  memset(body, 0, sizeof(*body));
  body->exchange = exchange;
}

void
coap_body_clear(coap_body_t *body) {
  coap_mem_free(coap_body_take(body));
}

uint8_t *
coap_body_take(coap_body_t *body) {
  uint8_t *data = body->data;

  body->exchange->body_bytes -= body->room;
  coap_body_init(body, body->exchange);
  return data;
}

static int
body_reserve(coap_body_t *body, size_t need) {
  size_t room = body->room ? body->room : BODY_FIRST_ROOM;
  uint8_t *data;

  if (need > COAP_EXCHANGE_MAX_BODY)
    return 0;
  while (room < need)
    room *= 2;
  if (room == body->room)
    return 1;
  if (body->exchange->body_bytes - body->room + room > COAP_EXCHANGE_MAX_BODIES)
    return 0;
  data = coap_mem_realloc(body->data, room);
  if (!data)
    return 0;
  body->exchange->body_bytes += room - body->room;
  body->data = data;
  body->room = room;
  return 1;
}

int
coap_body_put(coap_body_t *body, size_t offset, const uint8_t *data, size_t length) {
  if (length > COAP_EXCHANGE_MAX_BODY || offset > COAP_EXCHANGE_MAX_BODY ||
      !body_reserve(body, offset + length))
    return 0;
  if (length)
    memcpy(body->data + offset, data, length);
  if (body->length < offset + length)
    body->length = offset + length;
  return 1;
}

int
coap_body_append(coap_body_t *body, const uint8_t *data, size_t length) {
  return coap_body_put(body, body->length, data, length);
}
