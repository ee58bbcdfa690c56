/* program_codec.c -- programs as bytes. Reading past the end gives zeros, values out of range are
 * taken modulo the range, so that every byte string decodes; encoding is canonical. */
#include "world/program.h"

#include <string.h>

#define OPCODE_MASK 0x3fU /* wider than the table, so that new operations move no old ones */

/* PROTOS: the plain ones; the secured ones came later and follow all of these. */
enum { ROLES = 3, PROTOS = 3, BLOCKS = 4, PLAIN = ROLES * PROTOS * BLOCKS };

/* A count: a byte that says how few, or that the next one says how many. */
enum { COUNT_MANY = 252 };

struct reader {
  const uint8_t *p;
  const uint8_t *end;
};

struct writer {
  uint8_t *out;
  size_t size;
  size_t length; /* goes on counting when `out` is full */
};

static uint32_t
take_u8(struct reader *r) {
  return r->p < r->end ? *r->p++ : 0;
}

static uint32_t
take_varint(struct reader *r) {
  uint32_t value = 0;
  unsigned int shift;

  for (shift = 0; shift < 28; shift += 7) {
    uint32_t byte = take_u8(r);

    value |= (byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0)
      break;
  }
  return value;
}

static uint32_t
take_limited(struct reader *r, uint32_t max) {
  uint32_t value = take_varint(r);

  return value <= max ? value : value % (max + 1);
}

/* Most bytes are a few: what comes of bytes by chance is to be quick to run. */
static uint32_t
take_count(struct reader *r, uint32_t max) {
  uint32_t byte = take_u8(r);

  return byte < COUNT_MANY ? byte % PROG_COUNT_FEW : take_u8(r) % (max + 1);
}

static void
take_span(struct reader *r, struct prog_span *out) {
  uint32_t n = take_varint(r);
  size_t left = (size_t)(r->end - r->p);

  out->n = n < left ? n : (uint32_t)left;
  out->p = r->p;
  r->p += out->n;
}

static void
take_options(struct reader *r, struct program *p, struct prog_op *op) {
  uint32_t count = take_u8(r) % (PROG_MSG_OPTIONS + 1);
  uint32_t i;

  for (i = 0; i < count && r->p < r->end; i++) {
    uint16_t number = (uint16_t)(take_varint(r) & 0xffffU);
    struct prog_span value;

    take_span(r, &value);
    if (!prog_add_option(p, op, number, value.p, value.n))
      break;
  }
}

static void
take_field(struct reader *r, struct program *p, struct prog_op *op, const struct prog_field *f,
           uint32_t *v) {
  switch (f->type) {
  case FIELD_ENUM:
    *v = take_u8(r) % (f->max + 1);
    break;
  case FIELD_NUMBER:
    *v = take_limited(r, f->max);
    break;
  case FIELD_COUNT:
    *v = take_count(r, f->max);
    break;
  case FIELD_CODE:
    *v = take_u8(r);
    break;
  case FIELD_MID: {
    uint32_t mode = take_u8(r) % PROG_MID_MODES;
    uint32_t value = 0;

    if (mode == PROG_MID_LITERAL) {
      value = take_u8(r) << 8;
      value |= take_u8(r);
    }
    *v = PROG_MID(mode, value);
    break;
  }
  case FIELD_TOKEN:
    *v = take_u8(r) % PROG_TOKEN_MODES;
    if (*v == PROG_TOKEN_LITERAL)
      take_span(r, &op->token);
    break;
  case FIELD_OPTIONS:
    take_options(r, p, op);
    break;
  case FIELD_BYTES:
    take_span(r, &op->data);
    break;
  case FIELD_END:
  default:
    break;
  }
}

/* Roles, protocol and blocks in one byte. */
static void
take_shared(struct reader *r, struct program *p) {
  uint32_t byte = take_u8(r) % (2 * PLAIN);
  uint32_t plain = byte % PLAIN;

  p->roles = plain % ROLES;
  p->proto = plain / ROLES % PROTOS + (byte / PLAIN) * PROTOS;
  p->blocks = plain / (ROLES * PROTOS);
}

void
prog_decode(struct program *p, const uint8_t *bytes, size_t len) {
  struct reader r = {bytes, len > 0 ? bytes + len : bytes};
  unsigned int i;

  p->n_ops = 0;
  p->n_options = 0;
  p->free_hand = 0;
  take_shared(&r, p);
  p->ipv6 = take_u8(&r) % (prog_world_spec.fields[1].max + 1);
  p->seed = take_limited(&r, prog_world_spec.fields[2].max);
  while (r.p < r.end && p->n_ops < PROG_OPS_MAX) {
    uint32_t kind = take_u8(&r) & OPCODE_MASK;
    const struct prog_spec *spec;
    struct prog_op *op;

    if (prog_spec(kind) == NULL)
      kind = PROG_DATAGRAM;
    spec = prog_spec(kind);
    op = prog_append(p, (enum prog_kind)kind);
    for (i = 0; spec->fields[i].type != FIELD_END; i++)
      take_field(&r, p, op, &spec->fields[i], &op->v[i]);
  }
}

static void
put_u8(struct writer *w, uint32_t value) {
  if (w->length < w->size)
    w->out[w->length] = (uint8_t)value;
  w->length++;
}

static void
put_varint(struct writer *w, uint32_t value) {
  while (value >= 0x80U) {
    put_u8(w, (value & 0x7fU) | 0x80U);
    value >>= 7;
  }
  put_u8(w, value);
}

static void
put_span(struct writer *w, const struct prog_span *s) {
  put_varint(w, s->n);
  if (s->n > 0 && w->length <= w->size && w->size - w->length >= s->n)
    memcpy(w->out + w->length, s->p, s->n);
  w->length += s->n;
}

static void
put_field(struct writer *w, const struct program *p, const struct prog_op *op,
          const struct prog_field *f, uint32_t v) {
  unsigned int i;

  switch (f->type) {
  case FIELD_ENUM:
  case FIELD_CODE:
    put_u8(w, v);
    break;
  case FIELD_NUMBER:
    put_varint(w, v);
    break;
  case FIELD_COUNT:
    if (v >= PROG_COUNT_FEW)
      put_u8(w, COUNT_MANY);
    put_u8(w, v);
    break;
  case FIELD_MID:
    put_u8(w, PROG_MID_MODE(v));
    if (PROG_MID_MODE(v) == PROG_MID_LITERAL) {
      put_u8(w, PROG_MID_VALUE(v) >> 8);
      put_u8(w, PROG_MID_VALUE(v) & 0xffU);
    }
    break;
  case FIELD_TOKEN:
    put_u8(w, v);
    if (v == PROG_TOKEN_LITERAL)
      put_span(w, &op->token);
    break;
  case FIELD_OPTIONS:
    put_u8(w, op->n_options);
    for (i = 0; i < op->n_options; i++) {
      put_varint(w, p->options[op->first_option + i].number);
      put_span(w, &p->options[op->first_option + i].value);
    }
    break;
  case FIELD_BYTES:
    put_span(w, &op->data);
    break;
  case FIELD_END:
  default:
    break;
  }
}

size_t
prog_encode(const struct program *p, uint8_t *out, size_t size) {
  struct writer w = {out, size, 0};
  unsigned int i;
  unsigned int k;

  put_u8(&w,
         p->roles + ROLES * (p->proto % PROTOS + PROTOS * p->blocks) + p->proto / PROTOS * PLAIN);
  put_u8(&w, p->ipv6);
  put_varint(&w, p->seed);
  for (k = 0; k < p->n_ops; k++) {
    const struct prog_op *op = &p->ops[k];
    const struct prog_spec *spec = prog_spec(op->kind);

    put_u8(&w, op->kind);
    for (i = 0; spec->fields[i].type != FIELD_END; i++)
      put_field(&w, p, op, &spec->fields[i], op->v[i]);
  }
  return w.length;
}

static int
span_equal(const struct prog_span *a, const struct prog_span *b) {
  return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

static int
op_equal(const struct program *a, const struct program *b, unsigned int index) {
  const struct prog_op *x = &a->ops[index];
  const struct prog_op *y = &b->ops[index];
  unsigned int i;

  if (x->kind != y->kind || x->n_options != y->n_options || memcmp(x->v, y->v, sizeof(x->v)) != 0 ||
      !span_equal(&x->token, &y->token) || !span_equal(&x->data, &y->data))
    return 0;
  for (i = 0; i < x->n_options; i++) {
    const struct prog_option *o = &a->options[x->first_option + i];
    const struct prog_option *q = &b->options[y->first_option + i];

    if (o->number != q->number || !span_equal(&o->value, &q->value))
      return 0;
  }
  return 1;
}

int
prog_equal(const struct program *a, const struct program *b) {
  unsigned int i;

  if (a->roles != b->roles || a->ipv6 != b->ipv6 || a->seed != b->seed || a->proto != b->proto ||
      a->blocks != b->blocks || a->n_ops != b->n_ops)
    return 0;
  for (i = 0; i < a->n_ops; i++) {
    if (!op_equal(a, b, i))
      return 0;
  }
  return 1;
}
