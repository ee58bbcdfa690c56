/* websocket.c -- RFC 6455 as seen on the wire: frames are well formed and masked by clients only,
 * each Pong answers a Ping with its payload, a Close is answered, nothing follows one. */
#include "oracle/all.h"
#include "oracle/connections.h"

#include <string.h>

#define PINGS_MAX 32U

enum { HEAD = -1, CLOSE = 8, PING = 9, PONG = 10 };

static const char name[] = "websocket";

static struct state {
  size_t id;
  int close_sent;
  int close_got;
  int lost_count;
  unsigned int n_pings;
  uint64_t pings[PINGS_MAX]; /* payloads */
} states[CONNECTIONS_MAX];

static void
reset(void) {
  connection_states_reset(states, sizeof(states[0]));
}

static void
got(const struct obs *o, struct state *s) {
  if (o->malformed != NULL)
    return;
  if (o->value == CLOSE)
    s->close_got = 1;
  if (o->value != PING)
    return;
  if (s->n_pings < PINGS_MAX)
    s->pings[s->n_pings++] = oracle_hash(o->data, o->length);
  else
    s->lost_count = 1;
}

/* RFC 6455 5.5.3: of several Pings the last one may be answered alone. */
static void
pong(const struct obs *o, struct state *s) {
  uint64_t payload = oracle_hash(o->data, o->length);
  unsigned int i = 0;

  while (i < s->n_pings && s->pings[i] != payload)
    i++;
  if (i == s->n_pings) {
    if (!s->lost_count)
      oracle_violated(name, "RFC 6455 5.5.3", o, "a Pong that answers no Ping");
    return;
  }
  s->n_pings -= i + 1;
  memmove(s->pings, s->pings + i + 1, s->n_pings * sizeof(s->pings[0]));
}

static void
sent(const struct obs *o, struct state *s) {
  if (o->malformed != NULL) {
    oracle_violated(name, "RFC 6455 5", o, "sent a wrong frame: %s", o->malformed);
    return;
  }
  if (s->close_sent)
    oracle_violated(name, "RFC 6455 5.5.1", o, "something after a Close frame");
  if (o->kind != OBS_FRAME)
    return;
  s->close_sent = o->value == CLOSE;
  if (o->value == PONG)
    pong(o, s);
}

static void
settled(const struct obs *o) {
  size_t i;

  for (i = 0; i < CONNECTIONS_MAX; i++) {
    const struct connection *c = connection_by_id(states[i].id);

    if (c->id == 0 || !c->open || c->finished || connections_disturbed())
      continue;
    if (states[i].close_got && !states[i].close_sent)
      oracle_violated(name, "RFC 6455 5.5.1", o, "a Close frame on connection %zu unanswered",
                      c->id);
    if (states[i].n_pings > 0 && !c->spoiled)
      oracle_violated(name, "RFC 6455 5.5.2", o, "a Ping frame on connection %zu without Pong",
                      c->id);
  }
}

static void
observe(const struct obs *o) {
  struct state *s;

  if (o->kind == OBS_SETTLED) {
    settled(o);
    return;
  }
  s = connection_state(states, sizeof(*s), o->count);
  if (o->kind == OBS_FRAME && !o->flag)
    got(o, s);
  else
    sent(o, s);
}

const struct oracle oracle_websocket = {
    name, OBS_BIT(OBS_FRAME) | OBS_BIT(OBS_SENT) | OBS_BIT(OBS_SETTLED), reset, observe};
