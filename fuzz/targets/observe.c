/* observe.c -- resources that change, and many who observe them, over every transport.
 *
 * Aims at: exchange/observe and observe_notify (registration, bounds, the order of notifications,
 * CON ones among them, the ways to end it), the client's side in exchange/client, resources that go
 * away, sessions that end while they observe. What would end the run early is left out: programs
 * of this target have `observe`, `notify` and the operations on sessions and time. */
#include "targets/target.h"

static int
is_beside_the_point(uint8_t kind) {
  return kind == PROG_DATAGRAM || kind == PROG_CLOSE || kind == PROG_STREAM || kind == PROG_FRAME;
}

/* Raw bytes become more of what this is about. */
static void
adjust(struct program *p) {
  uint32_t i;

  fuzz_in_plain(p);
  p->blocks = PROG_BLOCKS_NO;
  for (i = 0; i < p->n_ops; i++) {
    struct prog_op *op = &p->ops[i];
    struct prog_op old = *op;

    if (!is_beside_the_point(old.kind))
      continue;
    *op = (struct prog_op){.first_option = old.first_option};
    op->kind = old.kind == PROG_DATAGRAM ? PROG_OBSERVE : PROG_NOTIFY;
    if (op->kind == PROG_NOTIFY) {
      op->v[0] = old.v[0] % 2 ? 7 : 1;
      continue;
    }
    op->v[OBSERVE_PEER] = old.v[0];
    op->v[OBSERVE_DO] = old.v[1] % 4;
    op->v[OBSERVE_RESOURCE] = old.data.n % 2 ? 7 : 1;
    op->v[OBSERVE_COUNT] = old.data.n > 1 ? old.data.p[1] & 127U : 0;
    op->v[OBSERVE_FIRST] = old.data.n > 0 ? old.data.p[0] : 0;
  }
}

const struct fuzz_target fuzz_target = {"observe", adjust};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  return fuzz_program(data, size);
}
