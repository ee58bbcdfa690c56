/* conn_secure.c -- TLS on connections of the simulated world: what peers say goes through theirs,
 * what the library writes is opened by it, and records are tampered with on the way. */
#include "world/conn.h"
#include "world/world_secure.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_MAX 16000U /* what is said in one record */

/* Of the piece that is being made or read now. */
static struct {
  const uint8_t *data;
  size_t length;
  int changed;
  int first;    /* nothing has come of it yet */
  uint64_t end; /* of the first that has */
} piece;

void
conn_secure_free(struct world_conn *c) {
  tls_peer_free(c->secure.tls);
  free(c->secure.plain.data);
  c->secure.tls = NULL;
  c->secure.plain.data = NULL;
}

/* Protected records keep type and version: whether others are minded differs (RFC 8446 5.1, 5.2).
 */
static void
put(void *user, const uint8_t *data, size_t length) {
  struct world_conn *c = user;
  size_t at = c->wire.length;

  conn_append(&c->wire, data, length);
  c->secure.put += length;
  data = c->wire.data + at;
  if (tls_peer_state(c->secure.tls) == TLS_PEER_UP && length == piece.length && length > 2)
    memcpy(c->wire.data + at, piece.data, 3);
  /* A copy of the record before all else is as good as the record. */
  if (piece.first && (length != piece.length || memcmp(data, piece.data, length) != 0))
    piece.changed = 1;
  if (piece.first)
    piece.end = c->secure.put;
  piece.first = 0;
}

/* The peer's TLS has made a record. */
static void
peer_says(void *user, const uint8_t *data, size_t length) {
  struct world_conn *c = user;

  piece.data = data;
  piece.length = length;
  piece.changed = 0;
  piece.first = 1;
  tamper_pass(world_tamper(WIRE_IN), 1, data, length, put, c);
  piece.changed |= piece.first;
  /* Before it is up nothing depends on it: who fails then never comes to saying anything. */
  c->secure.spoilt |= piece.changed && tls_peer_state(c->secure.tls) == TLS_PEER_UP;
}

static void
peer_reads(void *user, const uint8_t *data, size_t length) {
  conn_read(user, 1, data, length);
}

void
conn_secure_begin(struct world_conn *c) {
  struct tls_peer_side side = world_manner(c->peer);

  side.server = c->client;
  side.datagram = 0;
  side.alpn = world_is_ws() ? "http/1.1" : "coap"; /* RFC 8323 8.2; the upgrade is HTTP's */
  side.out = peer_says;
  side.opened = peer_reads;
  side.user = c;
  c->secure.tls = tls_peer_new(&side);
  if (c->secure.tls != NULL && !c->client)
    tls_peer_step(c->secure.tls);
}

static void
mark(struct conn_secure *s, size_t length) {
  unsigned int i = s->n_marks;

  if (i == CONN_MARKS) /* together with the last one */
    i--;
  else
    s->marks[s->n_marks++].length = 0;
  s->marks[i].end = piece.end;
  s->marks[i].length += length;
}

void
conn_secure_say(struct world_conn *c, const uint8_t *data, size_t length) {
  struct conn_secure *s = &c->secure;

  while (length > 0 && s->tls != NULL && tls_peer_state(s->tls) == TLS_PEER_UP) {
    size_t n = length < RECORD_MAX ? length : RECORD_MAX;
    int before = s->spoilt;

    if (!tls_peer_send(s->tls, data, n))
      return;
    s->spoken += n;
    /* Of one that comes twice, the first is read before the second ends it all. */
    if (!before && !piece.changed) {
      conn_append(&s->plain, data, n);
      mark(s, n);
    }
    data += n;
    length -= n;
  }
}

void
conn_secure_raw(struct world_conn *c, const uint8_t *data, size_t length) {
  if (length == 0)
    return;
  conn_append(&c->wire, data, length);
  c->secure.put += length;
  c->secure.spoilt = 1;
  conn_carry(c);
}

void
conn_secure_passed(struct world_conn *c) {
  struct conn_secure *s = &c->secure;

  while (s->n_marks > 0 && s->marks[0].end <= c->passed) {
    size_t length = s->marks[0].length;

    s->n_marks--;
    memmove(&s->marks[0], &s->marks[1], s->n_marks * sizeof(s->marks[0]));
    conn_read(c, 0, s->plain.data, length);
    conn_drop(&s->plain, length);
  }
}

static void
give(void *user, const uint8_t *data, size_t length) {
  struct world_conn *c = user;

  if (c->secure.tls != NULL)
    tls_peer_input(c->secure.tls, data, length);
}

void
conn_secure_wrote(struct world_conn *c, const uint8_t *data, size_t length) {
  struct obs o = conn_obs(c, OBS_WIRE);

  o.flag = 1;
  o.value = (long)length;
  o.data = data;
  o.length = length;
  world_emit(&o);
  tamper_pass(world_tamper(WIRE_OUT), 1, data, length, give, c);
}

int
conn_secure_handshake(const struct prog_op *op) {
  if (world.context[WORLD_SERVER] == NULL) /* the library begins: it is for then */
    return 0;
  conn_open(op->v[HANDSHAKE_PEER], op->v[HANDSHAKE_TO] == 1);
  return 1;
}

void
conn_secure_execute(const struct prog_op *op) {
  struct world_conn *c = conn_find(op->v[0]);

  if (c == NULL)
    return;
  if (op->kind == PROG_PROTECTED) {
    conn_deliver(c, op->data.p, op->data.n);
  } else if (op->kind == PROG_PEER_TLS && c->secure.tls != NULL) {
    tls_peer_act(c->secure.tls, op->v[1], op->v[2]);
    conn_carry(c);
  }
}
