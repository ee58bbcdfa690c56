/* record.c -- see record.h. */
#include "world/record.h"

#include <string.h>

enum { STREAM_HEADER = 5 }; /* RFC 5246 6.2.1: no epoch, no sequence number */

static uint64_t
number(const uint8_t *p, unsigned int bytes) {
  uint64_t value = 0;

  while (bytes-- > 0)
    value = value << 8 | *p++;
  return value;
}

static void
put(uint8_t *p, unsigned int bytes, uint64_t value) {
  while (bytes-- > 0) {
    p[bytes] = (uint8_t)value;
    value >>= 8;
  }
}

int
record_next(const uint8_t **data, size_t *left, struct record *out) {
  const uint8_t *p = *data;

  if (*left < RECORD_HEADER)
    return 0;
  out->type = p[0];
  out->version = (uint16_t)number(p + 1, 2);
  out->epoch = (uint16_t)number(p + 3, 2);
  out->sequence = number(p + 5, 6);
  out->length = (size_t)number(p + 11, 2);
  out->header = p;
  out->body = p + RECORD_HEADER;
  if (out->length > *left - RECORD_HEADER)
    return 0;
  *data += RECORD_HEADER + out->length;
  *left -= RECORD_HEADER + out->length;
  return 1;
}

void
tamper_arm(struct tamper *t, uint32_t what, uint32_t skip, uint32_t at, uint32_t value) {
  t->active = 1;
  t->what = what;
  t->skip = skip;
  t->at = at;
  t->value = value;
}

/* Where a field of the first record's header lies; 0 when there is no such field. */
static unsigned int
field_of(uint32_t what, int stream, unsigned int *size) {
  *size = what == TAMPER_TYPE ? 1 : what == TAMPER_SEQUENCE ? 6 : 2;
  switch (what) {
  case TAMPER_TYPE:
    return 0;
  case TAMPER_VERSION:
    return 1;
  case TAMPER_EPOCH:
    return stream ? 1 : 3;
  case TAMPER_SEQUENCE:
    *size = stream ? 2 : 6;
    return stream ? 3 : 5;
  default: /* TAMPER_LENGTH */
    return stream ? 3 : 11;
  }
}

static void
change_header(const struct tamper *t, int stream, const uint8_t *data, size_t length,
              tamper_out out, void *user) {
  static uint8_t changed[65536];
  unsigned int size;
  unsigned int at = field_of(t->what, stream, &size);

  if (length < (stream ? (size_t)STREAM_HEADER : RECORD_HEADER) || length > sizeof(changed)) {
    out(user, data, length);
    return;
  }
  memcpy(changed, data, length);
  put(changed + at, size, t->value);
  out(user, changed, length);
}

static void
change_byte(const struct tamper *t, const uint8_t *data, size_t length, tamper_out out,
            void *user) {
  static uint8_t changed[65536];
  size_t at = length > 0 ? t->at % length : 0;
  size_t more = t->what == TAMPER_INSERT;

  if (length == 0 || length + more > sizeof(changed)) {
    out(user, data, length);
    return;
  }
  memcpy(changed, data, at);
  memcpy(changed + at + more, data + at, length - at);
  if (more)
    changed[at] = (uint8_t)t->value;
  else
    changed[at] ^= (uint8_t)(t->value % 255 + 1);
  out(user, changed, length + more);
}

static void
split(const uint8_t *data, size_t length, tamper_out out, void *user) {
  struct record r;

  while (record_next(&data, &length, &r))
    out(user, r.header, RECORD_HEADER + r.length);
  if (length > 0)
    out(user, data, length);
}

/* Records of the handshake and what follows it stay apart: which of the latter count is only known
 * once the former have been read. */
static int
may_join(const struct tamper *t, const uint8_t *data, size_t length) {
  return t->held_length + length <= sizeof(t->held) && length > 0 &&
         (t->held_length == 0 || (t->held[0] == RECORD_DATA) == (data[0] == RECORD_DATA));
}

static void
apply(struct tamper *t, int stream, const uint8_t *data, size_t length, tamper_out out,
      void *user) {
  switch (t->what) {
  case TAMPER_FLIP:
  case TAMPER_INSERT:
    change_byte(t, data, length, out, user);
    break;
  case TAMPER_CUT:
    out(user, data, length - (length > 0 ? t->at % length : 0));
    break;
  case TAMPER_REPEAT:
    out(user, data, length);
    out(user, data, length);
    break;
  case TAMPER_SPLIT:
    if (stream)
      out(user, data, length);
    else
      split(data, length, out, user);
    break;
  case TAMPER_JOIN:
    if (stream || !may_join(t, data, length)) {
      out(user, data, length);
      break;
    }
    memcpy(t->held, data, length);
    t->held_length = length;
    break;
  case TAMPER_ELSEWHERE:
    out(user, data, length);
    if (stream)
      break;
    t->is_elsewhere = 1;
    out(user, data, length);
    t->is_elsewhere = 0;
    break;
  case TAMPER_DROP:
    break;
  default:
    change_header(t, stream, data, length, out, user);
    break;
  }
}

void
tamper_pass(struct tamper *t, int stream, const uint8_t *data, size_t length, tamper_out out,
            void *user) {
  if (t->held_length > 0) {
    size_t held = t->held_length;

    if (may_join(t, data, length)) {
      memcpy(t->held + held, data, length);
      held += length;
      length = 0;
    }
    t->held_length = 0;
    out(user, t->held, held);
    if (length == 0)
      return;
  }
  if (t->active && t->skip > 0) {
    t->skip--;
  } else if (t->active) {
    t->active = 0;
    apply(t, stream, data, length, out, user);
    return;
  }
  out(user, data, length);
}
