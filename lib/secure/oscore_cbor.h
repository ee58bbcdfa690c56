/* oscore_cbor.h -- the little CBOR that OSCORE writes (RFC 8949 3.1): heads of up to 32 bits, into
 * a bounded writer. */
#ifndef COAP_SECURE_OSCORE_CBOR_H_
#define COAP_SECURE_OSCORE_CBOR_H_

#include "wire/buf.h"

enum {
  COAP_CBOR_UINT = 0,
  COAP_CBOR_NEGATIVE = 1,
  COAP_CBOR_BYTES = 2,
  COAP_CBOR_TEXT = 3,
  COAP_CBOR_ARRAY = 4
};

/* A head of major type `major` with `value`, in the shortest form. */
static inline void
coap_cbor_head(coap_writer_t *w, unsigned int major, uint32_t value) {
  uint8_t type = (uint8_t)(major << 5);

  if (value < 24) {
    coap_write_u8(w, (uint8_t)(type | value));
  } else if (value <= UINT8_MAX) {
    coap_write_u8(w, type | 24);
    coap_write_u8(w, (uint8_t)value);
  } else if (value <= UINT16_MAX) {
    coap_write_u8(w, type | 25);
    coap_write_u16(w, (uint16_t)value);
  } else {
    coap_write_u8(w, type | 26);
    coap_write_u16(w, (uint16_t)(value >> 16));
    coap_write_u16(w, (uint16_t)value);
  }
}

static inline void
coap_cbor_int(coap_writer_t *w, int32_t value) {
  if (value >= 0)
    coap_cbor_head(w, COAP_CBOR_UINT, (uint32_t)value);
  else
    coap_cbor_head(w, COAP_CBOR_NEGATIVE, (uint32_t)(-1 - value));
}

static inline void
coap_cbor_bytes(coap_writer_t *w, const uint8_t *data, size_t length) {
  coap_cbor_head(w, COAP_CBOR_BYTES, (uint32_t)length);
  coap_write_bytes(w, data, length);
}

static inline void
coap_cbor_text(coap_writer_t *w, const char *text) {
  coap_cbor_head(w, COAP_CBOR_TEXT, (uint32_t)strlen(text));
  coap_write_bytes(w, text, strlen(text));
}

static inline void
coap_cbor_nil(coap_writer_t *w) {
  coap_write_u8(w, 0xf6);
}

#endif /* COAP_SECURE_OSCORE_CBOR_H_ */
