/* message.c -- the harness's own CoAP reader and writer. */
#include "world/message.h"

#include <string.h>

struct cursor {
  const uint8_t *p;
  const uint8_t *end;
};

/* An option delta, an option length or a token length: a nibble with 0, 1 or 2 more bytes
 * (RFC 7252 3.1, RFC 8974 2.1). -1 when the bytes are missing or the nibble is 15. */
static long
extended(struct cursor *c, unsigned int nibble) {
  long value;

  if (nibble < 13)
    return (long)nibble;
  if (nibble == 13) {
    if (c->end - c->p < 1)
      return -1;
    return 13 + (long)*c->p++;
  }
  if (nibble == 15 || c->end - c->p < 2)
    return -1;
  value = 269 + (((long)c->p[0] << 8) | c->p[1]);
  c->p += 2;
  return value;
}

static const char *
parse_options(struct msg *m, struct cursor *c) {
  unsigned long number = 0;

  while (c->p < c->end && *c->p != 0xff) {
    unsigned int first = *c->p++;
    long delta = extended(c, first >> 4);
    long length = delta < 0 ? -1 : extended(c, first & 0xfU);

    if (delta < 0)
      return "bad option delta (RFC 7252 3.1)";
    if (length < 0)
      return "bad option length (RFC 7252 3.1)";
    if (c->end - c->p < length)
      return "option value runs past the end (RFC 7252 3.1)";
    number += (unsigned long)delta;
    if (number > 65535)
      return "option number above 65535 (RFC 7252 3.1)";
    if (m->n_options < MSG_OPTIONS_MAX) {
      struct msg_option *o = &m->options[m->n_options++];

      o->number = (uint16_t)number;
      o->length = (uint16_t)length;
      o->value = c->p;
    }
    c->p += length;
  }
  return NULL;
}

static void
clear(struct msg *m) {
  m->version = m->type = m->code = 0;
  m->mid = 0;
  m->token = NULL;
  m->token_length = 0;
  m->n_options = 0;
  m->payload = NULL;
  m->payload_length = 0;
}

/* Token, options and payload, up to the end. */
static const char *
parse_rest(struct msg *m, struct cursor *c, unsigned int nibble) {
  long token_length = extended(c, nibble);
  const char *wrong;

  if (token_length < 0)
    return "bad token length (RFC 7252 3, RFC 8974 2.1)";
  if (c->end - c->p < token_length)
    return "token runs past the end (RFC 7252 3)";
  m->token = c->p;
  m->token_length = (uint32_t)token_length;
  c->p += token_length;
  wrong = parse_options(m, c);
  if (wrong != NULL)
    return wrong;
  if (c->p < c->end) {
    c->p++;
    if (c->p == c->end)
      return "payload marker without payload (RFC 7252 3)";
    m->payload = c->p;
    m->payload_length = (size_t)(c->end - c->p);
  }
  return NULL;
}

const char *
msg_parse(struct msg *m, const uint8_t *data, size_t len) {
  struct cursor c;

  clear(m);
  if (len < MSG_HEADER_SIZE)
    return "shorter than a header (RFC 7252 3)";
  c.p = data;
  c.end = data + len;
  m->version = data[0] >> 6;
  m->type = (data[0] >> 4) & 3U;
  m->code = data[1];
  m->mid = (uint16_t)((data[2] << 8) | data[3]);
  if (m->version != 1)
    return "version is not 1 (RFC 7252 3)";
  c.p += MSG_HEADER_SIZE;
  if (m->code == 0 && len > MSG_HEADER_SIZE)
    return "Empty message with more than a header (RFC 7252 4.1)";
  if (m->code == 0 && (data[0] & 0xfU) != 0)
    return "Empty message with a token length (RFC 7252 4.1)";
  return parse_rest(m, &c, data[0] & 0xfU);
}

int
msg_tcp_size(const uint8_t *data, size_t len, uint64_t *total) {
  static const unsigned int more[] = {1, 2, 4};
  static const uint64_t base[] = {13, 269, 65805};
  unsigned int nibble = len > 0 ? data[0] >> 4 : 0;
  unsigned int tkl = len > 0 ? data[0] & 0xfU : 0;
  size_t at = 1;
  uint64_t length = 0;
  struct cursor c;
  long token;
  unsigned int i;

  if (tkl == 15)
    return -1;
  if (nibble >= 13) {
    for (i = 0; i < more[nibble - 13] && at < len; i++)
      length = length << 8 | data[at++];
    if (i < more[nibble - 13])
      return 0;
    length += base[nibble - 13];
  } else {
    length = nibble;
  }
  if (at >= len)
    return 0;
  c.p = data + at + 1;
  c.end = data + len;
  token = extended(&c, tkl);
  if (token < 0)
    return 0;
  *total = (uint64_t)(c.p - data) + (uint64_t)token + length;
  return 1;
}

const char *
msg_parse_tcp(struct msg *m, const uint8_t *data, size_t len) {
  static const size_t code_at[] = {2, 3, 5};
  uint64_t total = 0;
  struct cursor c;

  clear(m);
  if (msg_tcp_size(data, len, &total) != 1 || total != len)
    return "length is not what the header says (RFC 8323 3.2)";
  c.p = data + (data[0] >> 4 < 13 ? 1 : code_at[(data[0] >> 4) - 13]);
  c.end = data + len;
  m->code = *c.p++;
  return parse_rest(m, &c, data[0] & 0xfU);
}

const char *
msg_parse_ws(struct msg *m, const uint8_t *data, size_t len) {
  struct cursor c;

  clear(m);
  if (len < 2)
    return "shorter than a header (RFC 8323 4.2)";
  m->code = data[1];
  if (data[0] >> 4 != 0)
    return "Len is not 0 (RFC 8323 4.2)";
  c.p = data + 2;
  c.end = data + len;
  return parse_rest(m, &c, data[0] & 0xfU);
}

struct sink {
  uint8_t *out;
  size_t size;
  size_t length;
};

static void
put(struct sink *s, const uint8_t *data, size_t len) {
  if (len > 0 && s->length <= s->size && s->size - s->length >= len)
    memcpy(s->out + s->length, data, len);
  s->length += len;
}

static void
put_byte(struct sink *s, unsigned int value) {
  uint8_t byte = (uint8_t)value;

  put(s, &byte, 1);
}

static unsigned int
nibble_of(uint32_t value) {
  return value < 13 ? value : value < 269 ? 13 : 14;
}

static void
put_extension(struct sink *s, uint32_t value) {
  if (value >= 269) {
    put_byte(s, (value - 269) >> 8);
    put_byte(s, (value - 269) & 0xffU);
  } else if (value >= 13) {
    put_byte(s, value - 13);
  }
}

static void
put_options(struct sink *s, const struct msg *m) {
  uint8_t order[MSG_OPTIONS_MAX];
  uint32_t previous = 0;
  unsigned int i;
  unsigned int k;

  for (i = 0; i < m->n_options; i++) {
    for (k = i; k > 0 && m->options[order[k - 1]].number > m->options[i].number; k--)
      order[k] = order[k - 1];
    order[k] = (uint8_t)i;
  }
  for (i = 0; i < m->n_options; i++) {
    const struct msg_option *o = &m->options[order[i]];
    uint32_t delta = o->number - previous;

    put_byte(s, (nibble_of(delta) << 4) | nibble_of(o->length));
    put_extension(s, delta);
    put_extension(s, o->length);
    put(s, o->value, o->length);
    previous = o->number;
  }
}

static void
put_rest(struct sink *s, const struct msg *m, uint32_t token_length) {
  put_extension(s, token_length);
  put(s, m->token, token_length);
  put_options(s, m);
  if (m->payload_length > 0) {
    put_byte(s, 0xff);
    put(s, m->payload, m->payload_length);
  }
}

static uint32_t
token_length_of(const struct msg *m) {
  return m->token_length < MSG_TOKEN_MAX ? m->token_length : MSG_TOKEN_MAX;
}

size_t
msg_write(const struct msg *m, uint8_t *out, size_t size) {
  struct sink s = {out, size, 0};
  uint32_t token_length = token_length_of(m);

  put_byte(&s, ((m->version & 3U) << 6) | ((m->type & 3U) << 4) | nibble_of(token_length));
  put_byte(&s, m->code);
  put_byte(&s, m->mid >> 8);
  put_byte(&s, m->mid & 0xffU);
  put_rest(&s, m, token_length);
  return s.length;
}

size_t
msg_write_tcp(const struct msg *m, uint32_t longer, uint8_t *out, size_t size) {
  struct sink s = {out, size, 0};
  struct sink measure = {NULL, 0, 0};
  uint32_t token_length = token_length_of(m);
  unsigned int tkl = nibble_of(token_length);
  uint64_t length;

  put_options(&measure, m);
  length = measure.length + (m->payload_length > 0 ? m->payload_length + 1 : 0) + longer;
  if (length < 13) {
    put_byte(&s, (unsigned int)(length << 4) | tkl);
  } else if (length < 269) {
    put_byte(&s, 0xd0U | tkl);
    put_byte(&s, (unsigned int)(length - 13));
  } else if (length < 65805) {
    put_byte(&s, 0xe0U | tkl);
    put_byte(&s, (unsigned int)((length - 269) >> 8));
    put_byte(&s, (unsigned int)(length - 269) & 0xffU);
  } else {
    put_byte(&s, 0xf0U | tkl);
    put_byte(&s, (unsigned int)((length - 65805) >> 24) & 0xffU);
    put_byte(&s, (unsigned int)((length - 65805) >> 16) & 0xffU);
    put_byte(&s, (unsigned int)((length - 65805) >> 8) & 0xffU);
    put_byte(&s, (unsigned int)(length - 65805) & 0xffU);
  }
  put_byte(&s, m->code);
  put_rest(&s, m, token_length);
  return s.length;
}

size_t
msg_write_ws(const struct msg *m, uint8_t *out, size_t size) {
  struct sink s = {out, size, 0};
  uint32_t token_length = token_length_of(m);

  put_byte(&s, nibble_of(token_length));
  put_byte(&s, m->code);
  put_rest(&s, m, token_length);
  return s.length;
}

const struct msg_option *
msg_option(const struct msg *m, uint16_t number) {
  unsigned int i;

  for (i = 0; i < m->n_options && m->options[i].number <= number; i++) {
    if (m->options[i].number == number)
      return &m->options[i];
  }
  return NULL;
}
