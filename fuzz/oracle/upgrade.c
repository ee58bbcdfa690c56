/* upgrade.c -- no WebSocket connection without the opening handshake: a server switches protocols
 * only for a request that has all it needs, and then with the right answer; it does not refuse one
 * that is plainly right. A client asks rightly and goes on only behind a right answer
 * (RFC 6455 4, RFC 8323 4.1). */
#include "oracle/all.h"
#include "oracle/connections.h"
#include "oracle/upgrade_reader.h"
#include "world/frame_reader.h"

#include <string.h>

enum { HEAD = -1 };

static const char name[] = "upgrade";

static struct state {
  size_t id;
  int asked; /* the library has sent a request */
  int got;   /* the peer's head is complete */
  enum upgrade_verdict verdict;
  char accept[29]; /* demanded by the client's key, whichever side that is */
} states[CONNECTIONS_MAX];

static void
reset(void) {
  connection_states_reset(states, sizeof(states[0]));
}

static void
got_head(const struct obs *o, struct state *s, int client) {
  s->got = 1;
  s->verdict =
      client ? upgrade_answer(o->data, o->length, s->accept) : upgrade_request(o->data, o->length);
  if (!client)
    ws_accept_for(o->data, o->length, s->accept);
}

static void
answered(const struct obs *o, const struct state *s) {
  static const char line[] = "HTTP/1.1 101 ";
  size_t n = sizeof(line) - 1;
  int switches = o->length >= n && memcmp(o->data, line, n) == 0;

  if (switches && (!s->got || s->verdict == UPGRADE_WRONG))
    oracle_violated(name, "RFC 6455 4.2.1", o, "connection %zu upgraded without a right request",
                    s->id);
  if (switches && s->verdict == UPGRADE_RIGHT &&
      upgrade_answer(o->data, o->length, s->accept) != UPGRADE_RIGHT)
    oracle_violated(name, "RFC 6455 4.2.2", o, "connection %zu upgraded with a wrong answer",
                    s->id);
  if (!switches && s->got && s->verdict == UPGRADE_RIGHT && !connections_disturbed())
    oracle_violated(name, "RFC 6455 4.2.2", o, "a right request on connection %zu refused", s->id);
}

static void
asked(const struct obs *o, struct state *s) {
  s->asked = 1;
  if (upgrade_request(o->data, o->length) != UPGRADE_RIGHT)
    oracle_violated(name, "RFC 6455 4.1", o, "connection %zu: a wrong request for an upgrade",
                    s->id);
  ws_accept_for(o->data, o->length, s->accept);
}

static void
observe(const struct obs *o) {
  struct state *s = connection_state(states, sizeof(*s), o->count);
  int client = connection_by_id(o->count)->client;

  if (o->kind == OBS_FRAME && o->value == HEAD && !o->flag)
    got_head(o, s, client);
  else if (o->kind == OBS_FRAME && o->value == HEAD && client)
    asked(o, s);
  else if (o->kind == OBS_FRAME && o->value == HEAD)
    answered(o, s);
  else if ((o->kind == OBS_SENT || o->flag) && s->asked && (!s->got || s->verdict == UPGRADE_WRONG))
    oracle_violated(name, "RFC 6455 4.1", o, "connection %zu used, though not upgraded", s->id);
}

const struct oracle oracle_upgrade = {name, OBS_BIT(OBS_FRAME) | OBS_BIT(OBS_SENT), reset, observe};
