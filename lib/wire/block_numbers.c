/* block_numbers.c -- unsigned integers in CBOR, as many as are wanted. */
#include "wire/block_numbers.h"

#include "wire/block_opt.h"
#include "wire/buf.h"

/* RFC 8949 3: the initial byte is the value, or says how many bytes of it follow. */
enum { DIRECT_MAX = 23, ONE_BYTE = 24, TWO_BYTES = 25, FOUR_BYTES = 26, EIGHT_BYTES = 27 };

static void
write_number(coap_writer_t *w, uint32_t number) {
  if (number <= DIRECT_MAX) {
    coap_write_u8(w, (uint8_t)number);
  } else if (number <= UINT8_MAX) {
    coap_write_u8(w, ONE_BYTE);
    coap_write_u8(w, (uint8_t)number);
  } else if (number <= UINT16_MAX) {
    coap_write_u8(w, TWO_BYTES);
    coap_write_u16(w, (uint16_t)number);
  } else {
    coap_write_u8(w, FOUR_BYTES);
    coap_write_u16(w, (uint16_t)(number >> 16));
    coap_write_u16(w, (uint16_t)number);
  }
}

size_t
coap_block_numbers_write(uint8_t *to, size_t room, const uint32_t *numbers, size_t count) {
  size_t used = 0;

  for (size_t i = 0; i < count; i++) {
    coap_writer_t w = coap_writer(to + used, room - used);

    write_number(&w, numbers[i]);
    if (w.bad)
      break;
    used += w.used;
  }
  return used;
}

static uint64_t
read_number(coap_reader_t *r) {
  uint8_t first = coap_read_u8(r);
  uint64_t value = 0;
  unsigned int bytes;

  if (first <= DIRECT_MAX)
    return first;
  if (first > EIGHT_BYTES) {
    r->bad = 1;
    return 0;
  }
  for (bytes = 1U << (first - ONE_BYTE); bytes > 0; bytes--)
    value = value << 8 | coap_read_u8(r);
  return value;
}

int
coap_block_numbers_read(const uint8_t *data, size_t length, uint32_t *numbers, size_t max) {
  coap_reader_t r = coap_reader(data, length);
  uint64_t previous = 0;
  size_t count = 0;

  for (size_t i = 0; r.left > 0; i++) {
    uint64_t number = read_number(&r);

    if (r.bad || number > COAP_BLOCK_NUM_MAX || (i > 0 && number <= previous))
      return -1;
    previous = number;
    if (count < max)
      numbers[count++] = (uint32_t)number;
  }
  return length > 0 ? (int)count : -1;
}
