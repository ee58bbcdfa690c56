/* connections.c -- see connections.h. */
#include "oracle/connections.h"

#include <string.h>

enum { CODE_CSM = 225, CODE_RELEASE = 228, CODE_ABORT = 229, OPCODE_CLOSE = 8 };

static struct connection all[CONNECTIONS_MAX];
static const struct connection none;
static size_t highest; /* id that anything was kept of in this run */
static int disturbed;

/* Records that this run has touched: most have few connections, or none. */
static size_t
touched(void) {
  return highest < CONNECTIONS_MAX ? highest + 1 : CONNECTIONS_MAX;
}

/* After those oracles that keep states, so that they still know how many. */
static void
reset(void) {
  size_t i;

  for (i = 0; i < touched(); i++)
    all[i] = none;
  highest = 0;
  disturbed = 0;
}

const struct connection *
connection_by_id(size_t id) {
  const struct connection *c = &all[id % CONNECTIONS_MAX];

  return c->id == id ? c : &none;
}

const struct connection *
connection_of(uint64_t local, uint64_t remote) {
  size_t id;

  for (id = highest; id > 0 && highest - id < CONNECTIONS_MAX; id--) {
    const struct connection *c = connection_by_id(id);

    if (c->id != 0 && c->local == local && c->remote == remote)
      return c;
  }
  return &none;
}

void
connection_states_reset(void *states, size_t size) {
  size_t i;

  for (i = 0; i < touched(); i++)
    *(size_t *)(void *)((char *)states + i * size) = 0;
}

void *
connection_state(void *states, size_t size, size_t id) {
  size_t *state = (size_t *)(void *)((char *)states + id % CONNECTIONS_MAX * size);

  if (*state != id) {
    memset(state, 0, size);
    *state = id;
    highest = id > highest ? id : highest;
  }
  return state;
}

int
connections_disturbed(void) {
  return disturbed;
}

static void
changed(const struct obs *o) {
  struct connection *c = &all[o->count % CONNECTIONS_MAX];

  if (o->value == OBS_CONN_OPEN) {
    *c = (struct connection){
        .id = o->count, .local = o->local, .remote = o->remote, .client = o->flag, .open = 1};
    highest = o->count > highest ? o->count : highest;
  } else if (c->id == o->count) {
    c->open &= o->value != OBS_CONN_CLOSED;
    c->finished = 1;
  }
}

/* A critical option in signalling is none that the library can know (RFC 8323 5.2). */
static int
has_critical(const struct msg *m) {
  unsigned int i;

  for (i = 0; i < m->n_options; i++) {
    if (m->options[i].number & 1U)
      return 1;
  }
  return 0;
}

static void
got(const struct obs *o, struct connection *c) {
  if (o->malformed != NULL) {
    c->spoiled = 1;
    return;
  }
  if (o->msg->code == CODE_CSM && !c->spoiled)
    c->csm_got = 1;
  if ((o->msg->code != 0 && !c->csm_got) || o->msg->code == CODE_RELEASE ||
      o->msg->code == CODE_ABORT || (msg_is_signal(o->msg->code) && has_critical(o->msg)))
    c->spoiled = 1;
}

static void
observe(const struct obs *o) {
  struct connection *c = &all[o->count % CONNECTIONS_MAX];

  if (o->kind == OBS_FAULT)
    disturbed = 1;
  if (o->kind == OBS_CONN)
    changed(o);
  if (c->id != o->count)
    return;
  if (o->kind == OBS_ROOM)
    c->limited |= o->flag;
  if (o->kind == OBS_CHUNK_IN)
    c->late |= o->flag;
  if (o->kind == OBS_GOT)
    got(o, c);
  if (o->kind == OBS_FRAME && !o->flag && (o->malformed != NULL || o->value == OPCODE_CLOSE))
    c->spoiled = 1;
}

const struct oracle connections_tracker = {"connections",
                                           OBS_BIT(OBS_FAULT) | OBS_BIT(OBS_CONN) |
                                               OBS_BIT(OBS_ROOM) | OBS_BIT(OBS_CHUNK_IN) |
                                               OBS_BIT(OBS_GOT) | OBS_BIT(OBS_FRAME),
                                           reset, observe};
