/* program_parse.c -- programs from text. Blank lines and '#' comments are skipped; the first line
 * is the world line. An error names line, column and what was expected. */
#include "world/program.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct parser {
  const char *text;
  size_t len;
  size_t at;
  size_t line_start;
  unsigned int line;
  uint8_t *arena;
  struct program *program;
  struct prog_error *error;
};

struct word {
  const char *p;
  size_t n;
};

static int __attribute__((format(printf, 2, 3))) fail(struct parser *s, const char *format, ...) {
  va_list args;

  s->error->line = s->line;
  s->error->column = (unsigned int)(s->at - s->line_start) + 1;
  va_start(args, format);
  vsnprintf(s->error->message, sizeof(s->error->message), format, args);
  va_end(args);
  return 0;
}

static int
peek(const struct parser *s) {
  return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static void
skip_blanks(struct parser *s) {
  while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\r')
    s->at++;
}

static int
at_line_end(const struct parser *s) {
  return peek(s) == -1 || peek(s) == '\n' || peek(s) == '#';
}

static void
next_line(struct parser *s) {
  while (peek(s) != -1 && peek(s) != '\n')
    s->at++;
  if (peek(s) == '\n') {
    s->at++;
    s->line++;
    s->line_start = s->at;
  }
}

/* Moves to the next line that says something; 0 at the end of the text. */
static int
next_content(struct parser *s) {
  for (;;) {
    skip_blanks(s);
    if (peek(s) == -1)
      return 0;
    if (!at_line_end(s))
      return 1;
    next_line(s);
  }
}

static struct word
take_word(struct parser *s) {
  struct word w = {s->text + s->at, 0};

  while (peek(s) != -1 && (isalnum(peek(s)) || peek(s) == '-' || peek(s) == '.'))
    s->at++;
  w.n = (size_t)(s->text + s->at - w.p);
  return w;
}

static int
word_is(const struct word *w, const char *text) {
  return strlen(text) == w->n && memcmp(w->p, text, w->n) == 0;
}

static int
hex_value(int c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = tolower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
take_number(struct parser *s, uint32_t max, const char *name, uint32_t *out) {
  size_t start = s->at;
  struct word w = take_word(s);
  char copy[16];
  char *end;
  unsigned long value;

  if (w.n > 0 && w.n < sizeof(copy) && isdigit((unsigned char)w.p[0])) {
    memcpy(copy, w.p, w.n);
    copy[w.n] = '\0';
    value = strtoul(copy, &end, 0);
    if (*end == '\0' && value <= max) {
      *out = (uint32_t)value;
      return 1;
    }
  }
  s->at = start;
  return fail(s, "expected a number 0..%lu for '%s', found '%.*s'", (unsigned long)max, name,
              (int)w.n, w.p);
}

static int
take_quoted(struct parser *s, struct prog_span *out) {
  uint8_t *start = s->arena;

  s->at++;
  while (peek(s) != '"') {
    int c = peek(s);

    if (c == -1 || c == '\n')
      return fail(s, "expected '\"' to end the quoted bytes");
    s->at++;
    if (c == '\\') {
      c = peek(s);
      if (c == 'x') {
        int high = s->at + 1 < s->len ? hex_value((unsigned char)s->text[s->at + 1]) : -1;
        int low = s->at + 2 < s->len ? hex_value((unsigned char)s->text[s->at + 2]) : -1;

        if (high < 0 || low < 0)
          return fail(s, "expected two hex digits after '\\x'");
        c = high * 16 + low;
        s->at += 2;
      } else if (c != '"' && c != '\\') {
        return fail(s, "expected '\\\"', '\\\\' or '\\xHH' after a backslash");
      }
      s->at++;
    }
    *s->arena++ = (uint8_t)c;
  }
  s->at++;
  out->p = start;
  out->n = (uint32_t)(s->arena - start);
  return 1;
}

static int
take_bytes(struct parser *s, struct prog_span *out) {
  uint8_t *start = s->arena;

  if (peek(s) == '"')
    return take_quoted(s, out);
  while (peek(s) != -1 && !isspace(peek(s)) && peek(s) != '#') {
    int high = hex_value(peek(s));
    int low = s->at + 1 < s->len ? hex_value((unsigned char)s->text[s->at + 1]) : -1;

    if (high < 0 || low < 0)
      return fail(s, "expected pairs of hex digits or \"quoted\" bytes");
    *s->arena++ = (uint8_t)(high * 16 + low);
    s->at += 2;
  }
  out->p = start;
  out->n = (uint32_t)(s->arena - start);
  return 1;
}

/* "last", "last-1" .. "last-3": 0..3; anything else -1. */
static int
last_index(const struct word *w) {
  if (word_is(w, "last"))
    return 0;
  if (w->n == 6 && memcmp(w->p, "last-", 5) == 0 && w->p[5] >= '1' && w->p[5] <= '3')
    return w->p[5] - '0';
  return -1;
}

static int
take_mid(struct parser *s, uint32_t *v) {
  size_t start = s->at;
  struct word w = take_word(s);
  int index = last_index(&w);
  uint32_t value = 0;

  if (index >= 0) {
    *v = PROG_MID(PROG_MID_LAST + index, 0);
    return 1;
  }
  if (word_is(&w, "next")) {
    *v = PROG_MID(PROG_MID_NEXT, 0);
    return 1;
  }
  s->at = start;
  if (w.n == 0 || !isdigit((unsigned char)w.p[0]))
    return fail(s, "expected a message ID: 0..65535, 'next', 'last' or 'last-1' to 'last-3'");
  if (!take_number(s, 65535, "mid", &value))
    return 0;
  *v = PROG_MID(PROG_MID_LITERAL, value);
  return 1;
}

static int
take_token(struct parser *s, struct prog_op *op, uint32_t *v) {
  size_t start = s->at;
  struct word w = {NULL, 0};
  int index;

  if (peek(s) != '"')
    w = take_word(s);
  index = last_index(&w);
  if (index >= 0)
    *v = (uint32_t)(PROG_TOKEN_LAST + index);
  else if (word_is(&w, "own"))
    *v = PROG_TOKEN_OWN;
  else if (word_is(&w, "new"))
    *v = PROG_TOKEN_NEW;
  else {
    *v = PROG_TOKEN_LITERAL;
    s->at = start;
    return take_bytes(s, &op->token);
  }
  return 1;
}

static int
take_code(struct parser *s, uint32_t *v) {
  static const char *const methods[] = {"get", "post", "put", "delete", "fetch", "patch", "ipatch"};
  size_t start = s->at;
  struct word w = take_word(s);
  unsigned int i;

  for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
    if (word_is(&w, methods[i])) {
      *v = i + 1;
      return 1;
    }
  }
  if (w.n == 4 && w.p[0] >= '0' && w.p[0] <= '7' && w.p[1] == '.' &&
      isdigit((unsigned char)w.p[2]) && isdigit((unsigned char)w.p[3])) {
    uint32_t detail = (uint32_t)((w.p[2] - '0') * 10 + (w.p[3] - '0'));

    if (detail < 32) {
      *v = ((uint32_t)(w.p[0] - '0') << 5) | detail;
      return 1;
    }
  }
  s->at = start;
  return fail(s, "expected a code such as 0.01 or 2.05, or a method name, found '%.*s'", (int)w.n,
              w.p);
}

static int
take_enum(struct parser *s, const struct prog_field *f, uint32_t *v) {
  size_t start = s->at;
  struct word w = take_word(s);
  char choices[120] = "";
  uint32_t i;

  for (i = 0; i <= f->max; i++) {
    if (word_is(&w, f->names[i])) {
      *v = i;
      return 1;
    }
    if (strlen(choices) + strlen(f->names[i]) + 2 < sizeof(choices)) {
      strcat(choices, i == 0 ? "" : " ");
      strcat(choices, f->names[i]);
    }
  }
  s->at = start;
  return fail(s, "expected one of (%s) for '%s', found '%.*s'", choices, f->name, (int)w.n, w.p);
}

static int
take_option(struct parser *s, struct prog_op *op, uint32_t number) {
  struct prog_span value = {NULL, 0};

  if (!take_bytes(s, &value))
    return 0;
  if (!prog_add_option(s->program, op, (uint16_t)number, value.p, value.n))
    return fail(s, "expected at most %u options in a message", PROG_MSG_OPTIONS);
  return 1;
}

static int
take_value(struct parser *s, struct prog_op *op, const struct prog_field *f, uint32_t *v) {
  uint32_t number = 0;

  switch (f->type) {
  case FIELD_ENUM:
    return take_enum(s, f, v);
  case FIELD_NUMBER:
  case FIELD_COUNT:
    return take_number(s, f->max, f->name, v);
  case FIELD_CODE:
    return take_code(s, v);
  case FIELD_MID:
    return take_mid(s, v);
  case FIELD_TOKEN:
    return take_token(s, op, v);
  case FIELD_BYTES:
    return take_bytes(s, &op->data);
  case FIELD_OPTIONS:
    if (!take_number(s, 65535, "opt", &number))
      return 0;
    if (peek(s) != ':')
      return fail(s, "expected ':' and the option's value after its number");
    s->at++;
    return take_option(s, op, number);
  case FIELD_END:
  default:
    return fail(s, "expected no value here");
  }
}

/* One "name=value" of the current line. */
static int
take_assignment(struct parser *s, const struct prog_spec *spec, struct prog_op *op) {
  size_t start = s->at;
  struct word name = take_word(s);
  int has_options = 0;
  int number;
  unsigned int i;

  if (name.n == 0)
    return fail(s, "expected a field name of '%s'", spec->name);
  if (peek(s) != '=')
    return fail(s, "expected '=' after '%.*s'", (int)name.n, name.p);
  s->at++;
  for (i = 0; spec->fields[i].type != FIELD_END; i++) {
    if (word_is(&name, spec->fields[i].name))
      return take_value(s, op, &spec->fields[i], &op->v[i]);
    has_options |= spec->fields[i].type == FIELD_OPTIONS;
  }
  number = has_options ? prog_option_number(name.p, name.n) : -1;
  if (number >= 0)
    return take_option(s, op, (uint32_t)number);
  s->at = start;
  return fail(s, "expected a field of '%s', found '%.*s'", spec->name, (int)name.n, name.p);
}

static int
take_fields(struct parser *s, const struct prog_spec *spec, struct prog_op *op) {
  for (;;) {
    size_t before = s->at;

    skip_blanks(s);
    if (at_line_end(s))
      return 1;
    if (s->at == before)
      return fail(s, "expected a blank or the end of the line");
    if (!take_assignment(s, spec, op))
      return 0;
  }
}

static const struct prog_spec *
find_spec(const struct word *w, unsigned int *kind) {
  for (*kind = 0; *kind < PROG_KINDS; (*kind)++) {
    const struct prog_spec *spec = prog_spec(*kind);

    if (spec != NULL && word_is(w, spec->name))
      return spec;
  }
  return NULL;
}

static int
take_world(struct parser *s) {
  struct prog_op fields;
  struct word w;

  memset(&fields, 0, sizeof(fields));
  if (!next_content(s))
    return fail(s, "expected a line starting with 'world', found the end of the text");
  w = take_word(s);
  if (!word_is(&w, prog_world_spec.name)) {
    s->at -= w.n;
    return fail(s, "expected a line starting with 'world', found '%.*s'", (int)w.n, w.p);
  }
  if (!take_fields(s, &prog_world_spec, &fields))
    return 0;
  s->program->roles = fields.v[0];
  s->program->ipv6 = fields.v[1];
  s->program->seed = fields.v[2];
  s->program->proto = fields.v[3];
  s->program->blocks = fields.v[4];
  return 1;
}

int
prog_parse_text(struct program *p, const char *text, size_t len, uint8_t *arena,
                struct prog_error *error) {
  struct parser s = {text, len, 0, 0, 1, arena, p, error};

  p->n_ops = 0;
  p->n_options = 0;
  if (!take_world(&s))
    return 0;
  while (next_content(&s)) {
    struct word w = take_word(&s);
    unsigned int kind = 0;
    const struct prog_spec *spec = find_spec(&w, &kind);
    struct prog_op *op;

    if (spec == NULL) {
      s.at -= w.n;
      return fail(&s, "expected an operation, found '%.*s'", w.n > 0 ? (int)w.n : 1, s.text + s.at);
    }
    op = prog_append(p, (enum prog_kind)kind);
    if (op == NULL)
      return fail(&s, "expected at most %u operations", PROG_OPS_MAX);
    if (!take_fields(&s, spec, op))
      return 0;
  }
  return 1;
}
