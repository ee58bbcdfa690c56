/* oscore_option.c -- the compressed COSE object's head. */
#include "secure/oscore_option.h"

#include "wire/buf.h"

enum { PIV_LENGTH = 0x07, KID_FLAG = 0x08, KID_CONTEXT_FLAG = 0x10, RESERVED_FLAGS = 0xe0 };

static coap_bin_const_t
take(coap_reader_t *r, size_t length) {
  coap_bin_const_t taken = {length, coap_read_bytes(r, length)};

  return taken;
}

int
coap_oscore_option_read(const uint8_t *value, size_t length, coap_oscore_option_t *option) {
  coap_reader_t r = coap_reader(value, length);
  uint8_t flags;

  memset(option, 0, sizeof(*option));
  if (!length)
    return 1;
  flags = coap_read_u8(&r);
  /* All bits zero is written as nothing at all (RFC 8613 2). */
  if (!flags || (flags & RESERVED_FLAGS) || (flags & PIV_LENGTH) > COAP_OSCORE_PIV_MAX)
    return 0;
  if (flags & PIV_LENGTH)
    option->piv = take(&r, flags & PIV_LENGTH);
  if (flags & KID_CONTEXT_FLAG)
    option->kid_context = take(&r, coap_read_u8(&r));
  if (flags & KID_FLAG)
    option->kid = take(&r, r.left);
  return !r.bad && !r.left;
}

size_t
coap_oscore_option_write(const coap_oscore_option_t *option, uint8_t to[255]) {
  coap_writer_t w = coap_writer(to, 255);
  uint8_t flags =
      (uint8_t)((option->piv.s ? option->piv.length : 0) |
                (option->kid_context.s ? KID_CONTEXT_FLAG : 0) | (option->kid.s ? KID_FLAG : 0));

  if (!flags)
    return 0;
  coap_write_u8(&w, flags);
  if (option->piv.s)
    coap_write_bytes(&w, option->piv.s, option->piv.length);
  if (option->kid_context.s) {
    coap_write_u8(&w, (uint8_t)option->kid_context.length);
    coap_write_bytes(&w, option->kid_context.s, option->kid_context.length);
  }
  if (option->kid.s)
    coap_write_bytes(&w, option->kid.s, option->kid.length);
  return w.used;
}

size_t
coap_oscore_piv_write(uint64_t number, uint8_t to[COAP_OSCORE_PIV_MAX]) {
  size_t length = 1;

  while (length < COAP_OSCORE_PIV_MAX && number >> (8 * length))
    length++;
  for (size_t i = 0; i < length; i++)
    to[i] = (uint8_t)(number >> (8 * (length - 1 - i)));
  return length;
}

uint64_t
coap_oscore_piv_read(const coap_bin_const_t *piv) {
  uint64_t number = 0;

  for (size_t i = 0; i < piv->length; i++)
    number = number << 8 | piv->s[i];
  return number;
}
