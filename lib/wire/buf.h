/* buf.h -- bounds-checked reading and writing of bytes. A reader that ran past the end stays bad
 * and gives zeros: check once, after the last read. */
#ifndef COAP_WIRE_BUF_H_
#define COAP_WIRE_BUF_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct coap_reader_t {
  const uint8_t *at;
  size_t left;
  int bad;
} coap_reader_t;

static inline coap_reader_t
coap_reader(const uint8_t *data, size_t length) {
  coap_reader_t r = {data, length, 0};

  return r;
}

/* The next `n` bytes, or NULL. */
static inline const uint8_t *
coap_read_bytes(coap_reader_t *r, size_t n) {
  const uint8_t *from = r->at;

  if (r->bad || n > r->left) {
    r->bad = 1;
    return NULL;
  }
  if (n)
    r->at += n;
  r->left -= n;
  return from;
}

static inline uint8_t
coap_read_u8(coap_reader_t *r) {
  const uint8_t *p = coap_read_bytes(r, 1);

  return p ? p[0] : 0;
}

static inline uint16_t
coap_read_u16(coap_reader_t *r) {
  const uint8_t *p = coap_read_bytes(r, 2);

  return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t
coap_read_u24(coap_reader_t *r) {
  uint32_t high = coap_read_u8(r);

  return high << 16 | coap_read_u16(r);
}

static inline uint32_t
coap_read_u32(coap_reader_t *r) {
  uint32_t high = coap_read_u16(r);

  return high << 16 | coap_read_u16(r);
}

static inline uint64_t
coap_read_u64(coap_reader_t *r) {
  uint64_t high = coap_read_u32(r);

  return high << 32 | coap_read_u32(r);
}

/* A writer that ran out of room stays bad and writes nothing more; `used` then counts what would
 * have been needed. */
typedef struct coap_writer_t {
  uint8_t *to;
  size_t room;
  size_t used;
  int bad;
} coap_writer_t;

static inline coap_writer_t
coap_writer(uint8_t *to, size_t room) {
  coap_writer_t w = {to, room, 0, 0};

  return w;
}

static inline void
coap_write_bytes(coap_writer_t *w, const void *data, size_t n) {
  if (w->bad || n > w->room - w->used)
    w->bad = 1;
  else if (n)
    memcpy(w->to + w->used, data, n);
  w->used += n;
}

static inline void
coap_write_u8(coap_writer_t *w, uint8_t value) {
  coap_write_bytes(w, &value, 1);
}

static inline void
coap_write_u16(coap_writer_t *w, uint16_t value) {
  uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

  coap_write_bytes(w, bytes, 2);
}

static inline void
coap_write_u32(coap_writer_t *w, uint32_t value) {
  uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                      (uint8_t)value};

  coap_write_bytes(w, bytes, 4);
}

static inline void
coap_write_u64(coap_writer_t *w, uint64_t value) {
  coap_write_u32(w, (uint32_t)(value >> 32));
  coap_write_u32(w, (uint32_t)value);
}

#endif /* COAP_WIRE_BUF_H_ */
