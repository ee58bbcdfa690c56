/* raw_message.c -- messages put together byte by byte, independently of lib/wire. */
#include "raw_message.h"

#include <string.h>

enum { HEADER = 4, ONE_BYTE = 13, TWO_BYTES = 14, ONE_BYTE_BASE = 13, TWO_BYTES_BASE = 269 };

raw_message_t
raw_message(int type, int code, uint16_t mid, const char *token) {
  raw_message_t message = {{0}, HEADER, 0};
  size_t length = strlen(token);

  message.bytes[0] = (uint8_t)(0x40 | type << 4 | (int)length);
  message.bytes[1] = (uint8_t)code;
  message.bytes[2] = (uint8_t)(mid >> 8);
  message.bytes[3] = (uint8_t)mid;
  memcpy(message.bytes + HEADER, token, length);
  message.length += length;
  return message;
}

static unsigned int
nibble(size_t value) {
  return value < ONE_BYTE_BASE ? (unsigned int)value : ONE_BYTE;
}

void
raw_option(raw_message_t *message, unsigned int number, const void *value, size_t length) {
  unsigned int delta = number - message->last_option;

  message->bytes[message->length++] = (uint8_t)(nibble(delta) << 4 | nibble(length));
  if (delta >= ONE_BYTE_BASE)
    message->bytes[message->length++] = (uint8_t)(delta - ONE_BYTE_BASE);
  if (length >= ONE_BYTE_BASE)
    message->bytes[message->length++] = (uint8_t)(length - ONE_BYTE_BASE);
  if (length)
    memcpy(message->bytes + message->length, value, length);
  message->length += length;
  message->last_option = number;
}

void
raw_path(raw_message_t *message, const char *segment) {
  raw_option(message, 11, segment, strlen(segment));
}

void
raw_payload(raw_message_t *message, const char *text) {
  size_t length = strlen(text);

  message->bytes[message->length++] = 0xff;
  memcpy(message->bytes + message->length, text, length);
  message->length += length;
}

int
raw_type(const uint8_t *bytes) {
  return bytes[0] >> 4 & 3;
}

int
raw_code(const uint8_t *bytes) {
  return bytes[1];
}

uint16_t
raw_mid(const uint8_t *bytes) {
  return (uint16_t)(bytes[2] << 8 | bytes[3]);
}

/* Reads an extended nibble; advances *at. */
static size_t
extended(const uint8_t *bytes, size_t length, size_t *at, size_t value) {
  if (value == ONE_BYTE && *at < length)
    return (size_t)bytes[(*at)++] + ONE_BYTE_BASE;
  if (value == TWO_BYTES && *at + 1 < length) {
    size_t result = ((size_t)bytes[*at] << 8 | bytes[*at + 1]) + TWO_BYTES_BASE;

    *at += 2;
    return result;
  }
  return value;
}

/* Walks the options; returns the place after them: the payload marker or the end. */
static size_t
walk(const uint8_t *bytes, size_t length, unsigned int wanted, const uint8_t **value,
     size_t *value_length) {
  size_t at = HEADER + (bytes[0] & 0xf);
  size_t number = 0;

  while (at < length && bytes[at] != 0xff) {
    size_t delta = bytes[at] >> 4;
    size_t size = bytes[at] & 0xf;

    at++;
    delta = extended(bytes, length, &at, delta);
    size = extended(bytes, length, &at, size);
    number += delta;
    if (size > length - at)
      return length;
    if (value && number == wanted && !*value) {
      *value = bytes + at;
      *value_length = size;
    }
    at += size;
  }
  return at;
}

const uint8_t *
raw_find_payload(const uint8_t *bytes, size_t length, size_t *payload_length) {
  size_t at = walk(bytes, length, 0, NULL, NULL);

  *payload_length = 0;
  if (at + 1 >= length)
    return NULL;
  *payload_length = length - at - 1;
  return bytes + at + 1;
}

const uint8_t *
raw_find_option(const uint8_t *bytes, size_t length, unsigned int number, size_t *value_length) {
  const uint8_t *value = NULL;

  *value_length = 0;
  walk(bytes, length, number, &value, value_length);
  return value;
}
