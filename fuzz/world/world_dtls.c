/* world_dtls.c -- DTLS in the simulated world: what peers have of it, operations on it, and the
 * records on the wire. */
#include "world/internal.h"
#include "world/record.h"
#include "world/tls_peer.h"
#include "world/tls_view.h"
#include "world/world_secure.h"

#include "seams/net_sim.h"

#include <string.h>

#define ASSOCIATIONS 24U
#define WAITING      32U /* datagrams from the library that peers have not read */
#define CLIENT_PORTS 49152U

/* A peer's DTLS with one socket of the library's. */
struct association {
  struct place peer, lib;
  struct tls_peer *tls;
  uint64_t due; /* when it goes on by itself */
};

static struct association all[ASSOCIATIONS];
static unsigned int n_all;

static struct waiting {
  struct association *to;
  struct tls_peer *tls; /* at that time */
  size_t length;
  uint8_t data[WORLD_DATAGRAM];
} waiting[WAITING];
static unsigned int next_waiting, n_waiting;

void
world_dtls_reset(void) {
  unsigned int i;

  for (i = 0; i < n_all; i++)
    tls_peer_free(all[i].tls);
  n_all = n_waiting = 0;
}

static void
carry_in(void *user, const uint8_t *data, size_t length) {
  const struct association *a = user;
  const struct tamper *t = world_tamper(WIRE_IN);
  struct place from = a->peer;

  if (t->is_elsewhere)
    place_peer(&from, t->at % PLACE_PEERS, (int)world.program->ipv6);
  world_deliver(&from, &a->lib, data, length);
}

/* What a peer's DTLS has made. */
static void
peer_says(void *user, const uint8_t *data, size_t length) {
  tamper_pass(world_tamper(WIRE_IN), 0, data, length, carry_in, user);
}

static struct association *
find(const struct place *peer, const struct place *lib) {
  unsigned int i;

  for (i = 0; i < n_all; i++) {
    if (place_key(&all[i].peer) == place_key(peer) && place_key(&all[i].lib) == place_key(lib))
      return &all[i];
  }
  return NULL;
}

/* A time-out that is due and does nothing must not be due for ever. */
static void
arm(struct association *a) {
  uint64_t wait = tls_peer_due_in(a->tls);

  a->due = wait == UINT64_MAX ? UINT64_MAX : world.now + (wait > 1 ? wait : 1000);
}

static void
forget(struct association *a) {
  tls_peer_free(a->tls);
  a->tls = NULL;
}

/* A new one in place of what was. NULL: too many. */
static struct association *
begin(const struct place *peer, const struct place *lib, int server) {
  struct association *a = find(peer, lib);
  struct tls_peer_side side = world_manner(place_peer_number(peer));

  if (a == NULL && n_all == ASSOCIATIONS)
    return NULL;
  if (a == NULL)
    a = &all[n_all++];
  else
    forget(a);
  a->peer = *peer;
  a->lib = *lib;
  side.server = server;
  side.datagram = 1;
  side.out = peer_says;
  side.opened = NULL;
  side.user = a;
  a->due = UINT64_MAX;
  a->tls = tls_peer_new(&side);
  return a;
}

static int
is_first_hello(const uint8_t *data, size_t length) {
  return length > RECORD_HEADER && data[0] == RECORD_HANDSHAKE && data[3] == 0 && data[4] == 0 &&
         data[RECORD_HEADER] == 1;
}

void
world_dtls_arrived(const struct place *peer, const struct place *lib, const uint8_t *data,
                   size_t length) {
  struct association *a = find(peer, lib);
  struct waiting *w;

  /* The library's client begins, or begins anew. */
  if (lib->port >= CLIENT_PORTS && is_first_hello(data, length) &&
      (a == NULL || a->tls == NULL || tls_peer_state(a->tls) != TLS_PEER_SHAKING))
    a = begin(peer, lib, 1);
  if (a == NULL || a->tls == NULL || n_waiting == WAITING || length > WORLD_DATAGRAM)
    return;
  w = &waiting[(next_waiting + n_waiting++) % WAITING];
  w->to = a;
  w->tls = a->tls;
  w->length = length;
  memcpy(w->data, data, length);
}

/* One of those that wait is read. 0 when none waits. */
int
world_dtls_pump(void) {
  const struct waiting *w = &waiting[next_waiting];

  if (n_waiting == 0)
    return 0;
  if (w->to->tls == w->tls) {
    tls_peer_input(w->to->tls, w->data, w->length);
    arm(w->to);
  }
  next_waiting = (next_waiting + 1) % WAITING;
  n_waiting--;
  return 1;
}

int
world_dtls_waiting(void) {
  return n_waiting > 0;
}

/* Peers go on with what is due. */
void
world_dtls_due(void) {
  unsigned int i;

  for (i = 0; i < n_all; i++) {
    if (all[i].tls != NULL && all[i].due <= world.now) {
      tls_peer_step(all[i].tls);
      arm(&all[i]);
    }
  }
}

uint64_t
world_dtls_next(void) {
  uint64_t next = UINT64_MAX;
  unsigned int i;

  for (i = 0; i < n_all; i++) {
    if (all[i].tls != NULL && all[i].due < next)
      next = all[i].due;
  }
  return next;
}

void
world_dtls_settle(void) {
  n_waiting = 0;
}

/* Through the peer's DTLS, which begins with the library's server when there is none. */
void
world_dtls_message(const struct place *peer, const struct place *lib, const uint8_t *data,
                   size_t length) {
  struct association *a = find(peer, lib);

  if (lib->port < CLIENT_PORTS &&
      (a == NULL || a->tls == NULL || tls_peer_state(a->tls) == TLS_PEER_OVER)) {
    a = begin(peer, lib, 0);
    if (a == NULL || a->tls == NULL)
      return;
    tls_peer_step(a->tls);
    arm(a);
    world_process();
  }
  if (a != NULL && a->tls != NULL && length > 0)
    tls_peer_send(a->tls, data, length);
}

/* The association of a peer that came last. */
static struct association *
newest(uint32_t peer) {
  struct place place;
  unsigned int i;

  place_peer(&place, peer, (int)world.program->ipv6);
  for (i = n_all; i-- > 0;) {
    if (all[i].tls != NULL && place_key(&all[i].peer) == place_key(&place))
      return &all[i];
  }
  return NULL;
}

int
world_dtls_handshake(const struct prog_op *op) {
  struct association *a;
  struct place from;
  struct place to;
  uint64_t local;

  place_peer(&from, op->v[HANDSHAKE_PEER], (int)world.program->ipv6);
  world_target(op->v[HANDSHAKE_TO], &to, &local);
  if (to.port >= CLIENT_PORTS) /* the library begins: it is for then */
    return 0;
  a = begin(&from, &to, 0);
  if (a == NULL || a->tls == NULL)
    return 1;
  tls_peer_step(a->tls);
  arm(a);
  return 1;
}

static void
do_protected(const struct prog_op *op) {
  struct association *a = newest(op->v[0]);

  if (a != NULL && op->data.n > 0)
    tls_peer_send(a->tls, op->data.p, op->data.n);
}

static void
do_act(const struct prog_op *op) {
  struct association *a = newest(op->v[0]);

  if (a == NULL)
    return;
  tls_peer_act(a->tls, op->v[1], op->v[2]);
  if (op->v[1] == ACT_FORGET)
    forget(a);
}

void
world_dtls_execute(const struct prog_op *op) {
  if (op->kind == PROG_PROTECTED)
    do_protected(op);
  else if (op->kind == PROG_PEER_TLS)
    do_act(op);
}

/* The wire
 * ------------------------------------------------------------------------------------------------
 */

static struct world_session *
session_of(uint64_t local, uint64_t remote) {
  unsigned int i;

  for (i = world.n_sessions; i-- > 0;) {
    struct world_session *s = &world.sessions[i];

    if (s->alive && !s->dying && s->local == local && s->remote == remote)
      return s;
  }
  return NULL;
}

static struct obs
wire_obs(const struct place *local, const struct place *remote, const uint8_t *data, size_t length,
         int sent) {
  struct obs o = world_obs(OBS_WIRE);

  o.local = place_key(local);
  o.remote = place_key(remote);
  o.flag = sent;
  o.value = (long)length;
  o.data = data;
  o.length = length;
  return o;
}

void
world_dtls_got(const struct place *from, const struct place *to, const uint8_t *data,
               size_t length) {
  static uint8_t plain[TLS_VIEW_PLAIN];
  struct obs o = wire_obs(to, from, data, length, 0);
  struct world_session *s = session_of(o.local, o.remote);
  struct record r;

  world_emit(&o);
  while (record_next(&data, &length, &r)) {
    size_t n = 0;

    if (r.epoch == 0 || s == NULL || !tls_view_got(s->session, s->id, &r, plain, &n))
      continue;
    if (r.type == RECORD_DATA &&
        coap_session_get_state(s->session) == COAP_SESSION_STATE_ESTABLISHED)
      world_saw_in(to, from, plain, n);
  }
}

static void
carry_out(void *user, const uint8_t *data, size_t length) {
  const struct place *ends = user;

  world_carry_out(&ends[0], &ends[1], data, length);
}

ssize_t
world_dtls_sends(const struct place *from, const struct place *to, const uint8_t *data,
                 size_t length) {
  static uint8_t plain[TLS_VIEW_PLAIN];
  struct place ends[2] = {*from, *to};
  struct obs o = wire_obs(from, to, data, length, 1);
  struct world_session *s = session_of(o.local, o.remote);
  ssize_t result = world_send_result(length);
  const uint8_t *at = data;
  size_t left = length;
  struct record r;

  o.value = (long)result;
  world_emit(&o);
  while (record_next(&at, &left, &r)) {
    size_t n = 0;

    if (r.epoch > 0 && r.type == RECORD_DATA && s != NULL &&
        tls_view_sent(s->session, s->id, &r, plain, &n))
      world_saw_out(from, to, plain, n, result < 0 ? (long)result : (long)n);
  }
  if (result >= 0)
    tamper_pass(world_tamper(WIRE_OUT), 0, data, length, carry_out, ends);
  return result;
}
