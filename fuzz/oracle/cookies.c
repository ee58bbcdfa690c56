/* cookies.c -- before a peer has shown a cookie that was sent to it, a DTLS server keeps nothing of
 * it and sends it no more than has come from it (RFC 6347 4.2.1, RFC 7252 11.3). */
#include "oracle/all.h"
#include "oracle/dtls_hello.h"
#include "oracle/omap.h"

#define COOKIES 4U /* the last ones of a peer: a secret may change in between */

enum { TYPE_SERVER = 2 };

static const char name[] = "cookies";

struct peer {
  size_t in, out;
  uint64_t cookies[COOKIES]; /* hashes of those that were sent to it */
  unsigned int n_cookies;
  int verified;
  int ours; /* the library is the client */
};

static struct omap map; /* (local, remote, 0) */
static struct peer peers[OMAP_SIZE];

/* This operation brought hellos without a good cookie, and nothing else has happened. */
static struct {
  int hellos, quiet;
  uint64_t began;
  size_t before; /* bytes held */
} memory;

static void
reset(void) {
  omap_reset(&map);
  memory.hellos = memory.quiet = 0;
  memory.before = 0;
}

static struct peer *
peer_of(const struct obs *o) {
  return omap_record(&map, o->local, o->remote, peers, sizeof(peers[0]));
}

static void
came(const struct obs *o, struct peer *p) {
  const uint8_t *cookie;
  size_t length;
  unsigned int i;

  p->in += o->length;
  if (dtls_hello_read(o->data, o->length, &cookie, &length) == HELLO_CLIENT && length > 0) {
    for (i = 0; i < p->n_cookies && i < COOKIES; i++)
      p->verified |= p->cookies[i] == oracle_hash(cookie, length);
  }
  memory.hellos = 1;
  memory.quiet &= !p->verified && !p->ours;
}

static void
went(const struct obs *o, struct peer *p) {
  const uint8_t *cookie;
  size_t length;
  int kind = dtls_hello_read(o->data, o->length, &cookie, &length);

  p->ours |= kind == HELLO_CLIENT;
  if (kind == HELLO_VERIFY && length > 0)
    p->cookies[p->n_cookies++ % COOKIES] = oracle_hash(cookie, length);
  if (p->verified || p->ours || o->value < 0)
    return;
  p->out += o->length;
  if (p->out > p->in)
    oracle_violated(name, "RFC 7252 11.3", o, "%zu bytes sent for %zu received, and no cookie",
                    p->out, p->in);
}

static void
born(const struct obs *o) {
  const struct peer *p = peer_of(o);

  memory.quiet = 0;
  if (o->value == TYPE_SERVER && p != NULL && !p->verified)
    oracle_violated(name, "RFC 6347 4.2.1", o, "a session for a peer that has shown no cookie");
}

static void
check_memory(const struct obs *o) {
  if (memory.hellos && memory.quiet && memory.began == o->now && o->count > memory.before)
    oracle_violated(name, "RFC 6347 4.2.1", o, "%zu bytes kept of peers that have shown no cookie",
                    o->count - memory.before);
  memory.before = o->count;
}

static void
observe(const struct obs *o) {
  struct peer *p;

  if (!o->secure || o->stream)
    return;
  switch (o->kind) {
  case OBS_OP:
    memory.hellos = 0;
    memory.quiet = 1;
    memory.began = o->now;
    break;
  case OBS_WIRE:
    p = peer_of(o);
    if (p != NULL && o->flag)
      went(o, p);
    else if (p != NULL)
      came(o, p);
    break;
  case OBS_BORN:
    born(o);
    break;
  case OBS_MEMORY:
    check_memory(o);
    break;
  default: /* something else has happened: a notification's request, what proved peers say */
    memory.quiet = 0;
    break;
  }
}

const struct oracle oracle_cookies = {
    name,
    OBS_BIT(OBS_OP) | OBS_BIT(OBS_WIRE) | OBS_BIT(OBS_BORN) | OBS_BIT(OBS_MEMORY) |
        OBS_BIT(OBS_IN) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_REQUEST) | OBS_BIT(OBS_RESPONSE) |
        OBS_BIT(OBS_API) | OBS_BIT(OBS_SEND) | OBS_BIT(OBS_SETTING) | OBS_BIT(OBS_EVENT) |
        OBS_BIT(OBS_NACK) | OBS_BIT(OBS_GONE) | OBS_BIT(OBS_FAULT),
    reset, observe};
