/* program_write.c -- programs as text: one operation per line, fields that are zero left out. */
#include "world/program.h"

#include <inttypes.h>

static int
printable(const struct prog_span *s) {
  uint32_t i;

  for (i = 0; i < s->n; i++) {
    if (s->p[i] < 0x20 || s->p[i] > 0x7e)
      return 0;
  }
  return 1;
}

static void
write_bytes(const struct prog_span *s, FILE *out) {
  uint32_t i;

  if (!printable(s)) {
    for (i = 0; i < s->n; i++)
      fprintf(out, "%02x", s->p[i]);
    return;
  }
  fputc('"', out);
  for (i = 0; i < s->n; i++) {
    if (s->p[i] == '"' || s->p[i] == '\\')
      fputc('\\', out);
    fputc(s->p[i], out);
  }
  fputc('"', out);
}

static void
write_mid(uint32_t v, FILE *out) {
  uint32_t mode = PROG_MID_MODE(v);

  if (mode == PROG_MID_LITERAL)
    fprintf(out, "0x%04x", PROG_MID_VALUE(v));
  else if (mode == PROG_MID_NEXT)
    fputs("next", out);
  else if (mode == PROG_MID_LAST)
    fputs("last", out);
  else
    fprintf(out, "last-%" PRIu32, mode - PROG_MID_LAST);
}

static void
write_token(uint32_t mode, const struct prog_span *token, FILE *out) {
  if (mode == PROG_TOKEN_LITERAL)
    write_bytes(token, out);
  else if (mode == PROG_TOKEN_OWN)
    fputs("own", out);
  else if (mode == PROG_TOKEN_NEW)
    fputs("new", out);
  else if (mode == PROG_TOKEN_LAST)
    fputs("last", out);
  else
    fprintf(out, "last-%" PRIu32, mode - PROG_TOKEN_LAST);
}

static void
write_options(const struct program *p, const struct prog_op *op, FILE *out) {
  unsigned int i;

  for (i = 0; i < op->n_options; i++) {
    const struct prog_option *o = &p->options[op->first_option + i];
    const char *name = prog_option_name(o->number);

    if (name != NULL)
      fprintf(out, " %s=", name);
    else
      fprintf(out, " opt=%u:", o->number);
    write_bytes(&o->value, out);
  }
}

static void
write_field(const struct program *p, const struct prog_op *op, const struct prog_field *f,
            uint32_t v, FILE *out) {
  switch (f->type) {
  case FIELD_ENUM:
    if (v != 0)
      fprintf(out, " %s=%s", f->name, f->names[v]);
    break;
  case FIELD_NUMBER:
  case FIELD_COUNT:
    if (v != 0)
      fprintf(out, " %s=%" PRIu32, f->name, v);
    break;
  case FIELD_CODE:
    if (v != 0)
      fprintf(out, " %s=%" PRIu32 ".%02" PRIu32, f->name, v >> 5, v & 31U);
    break;
  case FIELD_MID:
    if (v != 0) {
      fprintf(out, " %s=", f->name);
      write_mid(v, out);
    }
    break;
  case FIELD_TOKEN:
    if (v != PROG_TOKEN_LITERAL || op->token.n > 0) {
      fprintf(out, " %s=", f->name);
      write_token(v, &op->token, out);
    }
    break;
  case FIELD_OPTIONS:
    write_options(p, op, out);
    break;
  case FIELD_BYTES:
    if (op->data.n > 0) {
      fprintf(out, " %s=", f->name);
      write_bytes(&op->data, out);
    }
    break;
  case FIELD_END:
  default:
    break;
  }
}

void
prog_write_op(const struct program *p, const struct prog_op *op, FILE *out) {
  const struct prog_spec *spec = prog_spec(op->kind);
  unsigned int i;

  fputs(spec->name, out);
  for (i = 0; spec->fields[i].type != FIELD_END; i++)
    write_field(p, op, &spec->fields[i], op->v[i], out);
  fputc('\n', out);
}

void
prog_write_text(const struct program *p, FILE *out) {
  const struct prog_field *f = prog_world_spec.fields;
  unsigned int i;

  fprintf(out, "world %s=%s %s=%s %s=%" PRIu32, f[0].name, f[0].names[p->roles], f[1].name,
          f[1].names[p->ipv6], f[2].name, p->seed);
  if (p->proto != PROG_UDP)
    fprintf(out, " %s=%s", f[3].name, f[3].names[p->proto]);
  if (p->blocks != PROG_BLOCKS_NO)
    fprintf(out, " %s=%s", f[4].name, f[4].names[p->blocks]);
  fputc('\n', out);
  for (i = 0; i < p->n_ops; i++)
    prog_write_op(p, &p->ops[i], out);
}
