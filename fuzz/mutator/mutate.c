/* mutate.c -- see mutate.h. What comes out is a program whose fields are in range: as bytes it is
 * what it is. */
#include "mutator/mutate.h"

#include <string.h>

#define CHANGES_MAX 4U
#define SLICE_MAX   8U
#define ARENA_SIZE  16384U

static uint64_t chance;
static uint8_t arena[ARENA_SIZE];
static size_t arena_used;

static uint32_t
draw(uint32_t below) {
  chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return below > 1 ? (uint32_t)(chance >> 33) % below : 0;
}

/* Small and extreme values say more than those between. */
static uint32_t
number(uint32_t max, uint32_t old) {
  uint32_t value;

  switch (draw(6)) {
  case 0:
    return 0;
  case 1:
    return max;
  case 2:
    value = draw(16);
    break;
  case 3:
    value = old + 1 - draw(3);
    break;
  case 4:
    value = old ^ (1U << draw(16));
    break;
  default:
    value = draw(max) + draw(2);
    break;
  }
  return value <= max ? value : max;
}

static uint32_t
code(void) {
  static const uint8_t usual[] = {0, 1, 2, 3, 4, 5, 65, 68, 69, 95, 128, 132, 136, 225, 226, 228};

  return draw(4) == 0 ? draw(256) : usual[draw(sizeof(usual))];
}

static void
change_span(struct prog_span *s, mutate_bytes bytes) {
  size_t room = ARENA_SIZE - arena_used;
  size_t size = s->n;

  if (bytes == NULL || room < 64 || size > room / 2)
    return;
  room = room / 2 < size + 64 ? room / 2 : size + 64;
  if (size > 0)
    memcpy(arena + arena_used, s->p, size);
  size = bytes(arena + arena_used, size, room);
  s->p = arena + arena_used;
  s->n = (uint32_t)size;
  arena_used += size;
}

/* The options of an operation are a row of the program's: to change how many there are, they go
 * where there is room. */
static int
move_options(struct program *p, struct prog_op *op) {
  if (p->n_options + op->n_options + 1 > PROG_OPTIONS_MAX)
    return 0;
  memcpy(&p->options[p->n_options], &p->options[op->first_option],
         op->n_options * sizeof(p->options[0]));
  op->first_option = (uint16_t)p->n_options;
  p->n_options += op->n_options;
  return 1;
}

static void
change_options(struct program *p, struct prog_op *op, mutate_bytes bytes) {
  static const uint16_t usual[] = {1,  3,  4,  5,  6,  7,  8,  9,  11, 12,  14,  15, 16,
                                   17, 19, 23, 27, 28, 31, 35, 39, 60, 252, 258, 292};
  struct prog_option *o;
  uint32_t i = draw(op->n_options);

  if (op->n_options == 0 || (draw(3) == 0 && op->n_options < PROG_MSG_OPTIONS)) {
    if (!move_options(p, op))
      return;
    o = &p->options[p->n_options++];
    memset(o, 0, sizeof(*o));
    op->n_options++;
    o->number = usual[draw(sizeof(usual) / sizeof(usual[0]))];
    change_span(&o->value, bytes);
    return;
  }
  if (!move_options(p, op)) /* at the end of all it can grow shorter */
    return;
  o = &p->options[op->first_option + i];
  switch (draw(4)) {
  case 0:
    memmove(o, o + 1, (op->n_options - i - 1U) * sizeof(*o));
    op->n_options--;
    p->n_options--;
    break;
  case 1:
    o->number = usual[draw(sizeof(usual) / sizeof(usual[0]))];
    break;
  default:
    change_span(&o->value, bytes);
    break;
  }
}

static void
change_field(struct program *p, struct prog_op *op, const struct prog_field *f, uint32_t *v,
             mutate_bytes bytes) {
  switch (f->type) {
  case FIELD_ENUM:
    *v = draw(f->max + 1);
    break;
  case FIELD_NUMBER:
    *v = number(f->max, *v);
    break;
  case FIELD_COUNT:
    *v = draw(16) == 0 ? number(f->max, *v) : draw(PROG_COUNT_FEW);
    break;
  case FIELD_CODE:
    *v = code();
    break;
  case FIELD_MID:
    *v = PROG_MID(draw(PROG_MID_MODES), 0);
    if (PROG_MID_MODE(*v) == PROG_MID_LITERAL)
      *v = PROG_MID(PROG_MID_LITERAL, draw(8));
    break;
  case FIELD_TOKEN:
    *v = draw(PROG_TOKEN_MODES);
    if (*v == PROG_TOKEN_LITERAL)
      change_span(&op->token, bytes);
    else
      memset(&op->token, 0, sizeof(op->token));
    break;
  case FIELD_OPTIONS:
    change_options(p, op, bytes);
    break;
  case FIELD_BYTES:
    change_span(&op->data, bytes);
    break;
  case FIELD_END:
  default:
    break;
  }
}

static void
change_op(struct program *p, struct prog_op *op, mutate_bytes bytes) {
  const struct prog_spec *spec = prog_spec(op->kind);
  unsigned int n = 0;
  uint32_t i;

  while (n < PROG_FIELDS_MAX && spec->fields[n].type != FIELD_END)
    n++;
  if (n == 0)
    return;
  i = draw(n);
  change_field(p, op, &spec->fields[i], &op->v[i], bytes);
}

/* Makes room at `at`; gives the operation there, to be filled. NULL: there is none. */
static struct prog_op *
insert(struct program *p, uint32_t at) {
  if (p->n_ops == PROG_OPS_MAX)
    return NULL;
  memmove(&p->ops[at + 1], &p->ops[at], (p->n_ops - at) * sizeof(p->ops[0]));
  p->n_ops++;
  return &p->ops[at];
}

static void
insert_new(struct program *p, mutate_bytes bytes) {
  struct prog_op *op = insert(p, draw(p->n_ops + 1));
  unsigned int i;

  if (op == NULL)
    return;
  memset(op, 0, sizeof(*op));
  op->first_option = (uint16_t)(p->n_options < PROG_OPTIONS_MAX ? p->n_options : 0);
  op->kind = (uint8_t)draw(PROG_KINDS);
  for (i = draw(4); i > 0; i--)
    change_op(p, op, bytes);
}

static void
copy_one(struct program *p) {
  struct prog_op one = p->ops[draw(p->n_ops)];
  struct prog_op *op;

  if (move_options(p, &one) && (op = insert(p, draw(p->n_ops + 1))) != NULL)
    *op = one;
}

static void
swap_two(struct program *p) {
  uint32_t a = draw(p->n_ops);
  uint32_t b = draw(p->n_ops);
  struct prog_op one = p->ops[a];

  p->ops[a] = p->ops[b];
  p->ops[b] = one;
}

static void
drop_some(struct program *p) {
  uint32_t at = draw(p->n_ops);
  uint32_t n = 1 + draw(3);

  if (n > p->n_ops - at)
    n = p->n_ops - at;
  memmove(&p->ops[at], &p->ops[at + n], (p->n_ops - at - n) * sizeof(p->ops[0]));
  p->n_ops -= n;
}

static void
change_world(struct program *p) {
  switch (draw(3)) {
  case 0:
    p->seed = draw(256);
    break;
  case 1:
    p->roles = draw(PROG_ROLE_BOTH + 1);
    break;
  default:
    p->blocks = draw(PROG_BLOCKS_QUICK + 1);
    break;
  }
}

void
program_mutate(struct program *p, uint32_t seed, mutate_bytes bytes) {
  uint32_t changes;

  chance = seed;
  arena_used = 0;
  for (changes = 1 + draw(CHANGES_MAX); changes > 0; changes--) {
    uint32_t what = p->n_ops > 0 ? draw(16) : 0;

    if (what < 3)
      insert_new(p, bytes);
    else if (what < 10)
      change_op(p, &p->ops[draw(p->n_ops)], bytes);
    else if (what < 12)
      copy_one(p);
    else if (what < 13)
      swap_two(p);
    else if (what < 15)
      drop_some(p);
    else
      change_world(p);
  }
}

void
program_cross(struct program *p, const struct program *from, uint32_t seed) {
  uint32_t first;
  uint32_t n;
  uint32_t at;

  chance = seed;
  if (from->n_ops == 0)
    return;
  first = draw(from->n_ops);
  n = 1 + draw(SLICE_MAX);
  at = draw(p->n_ops + 1);
  for (; n > 0 && first < from->n_ops; n--, first++, at++) {
    const struct prog_op *source = &from->ops[first];
    struct prog_op *op;

    if (p->n_options + source->n_options > PROG_OPTIONS_MAX || (op = insert(p, at)) == NULL)
      return;
    *op = *source;
    memcpy(&p->options[p->n_options], &from->options[source->first_option],
           source->n_options * sizeof(p->options[0]));
    op->first_option = (uint16_t)p->n_options;
    p->n_options += source->n_options;
  }
}
