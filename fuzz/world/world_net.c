/* world_net.c -- the wire: every datagram in and out passes here, may be dropped, repeated, delayed
 * or swapped with the next, and is shown to the oracles. */
#include "world/internal.h"

#include "seams/net_sim.h"

#include <errno.h>
#include <string.h>

enum { FAULT_DROP, FAULT_DUPLICATE, FAULT_DELAY, FAULT_SWAP };
enum { DIR_IN, DIR_OUT };

#define IFINDEX      1
#define CLIENT_PORTS 49152U /* from here on they are client sessions' */

struct world_flow *
world_flow(uint64_t local, uint64_t remote) {
  struct world_flow *f;
  unsigned int i;

  for (i = 0; i < world.n_flows; i++) {
    f = &world.flows[i];
    if (f->local == local && f->remote == remote)
      return f;
  }
  /* When there are too many, the last one is taken over. */
  f = &world.flows[world.n_flows < WORLD_FLOWS ? world.n_flows++ : WORLD_FLOWS - 1];
  memset(f, 0, sizeof(*f));
  f->local = local;
  f->remote = remote;
  f->next_mid = 0x7000;
  return f;
}

void
world_flow_remember_token(struct world_flow *f, const struct msg *m) {
  size_t n = m->token_length < 8 ? m->token_length : 8;

  if (!msg_is_request(m->code))
    return;
  memmove(f->tokens + 1, f->tokens, sizeof(f->tokens[0]) * (WORLD_RECENT - 1));
  memmove(f->token_lengths + 1, f->token_lengths, WORLD_RECENT - 1);
  if (n > 0)
    memcpy(f->tokens[0], m->token, n);
  f->token_lengths[0] = (uint8_t)n;
}

/* The library's own messages, for peers to refer to. A repetition is no new message. */
static void
remember_sent(uint64_t local, uint64_t remote, const struct msg *m) {
  struct world_flow *f = world_flow(local, remote);
  unsigned int i;

  if (m->type != TYPE_CON && m->type != TYPE_NON)
    return;
  for (i = 0; i < WORLD_RECENT; i++) {
    if (f->mids[i] == m->mid)
      return;
  }
  memmove(f->mids + 1, f->mids, sizeof(f->mids[0]) * (WORLD_RECENT - 1));
  f->mids[0] = m->mid;
  world_flow_remember_token(f, m);
}

/* A message is there for the library to read. */
void
world_saw_in(const struct place *at, const struct place *from, const uint8_t *data, size_t len) {
  struct obs o = world_obs(OBS_IN);
  struct place endpoint;
  struct place group;
  struct msg m;

  place_group(&group, (int)world.program->ipv6);
  o.remote = place_key(from);
  o.local = place_key(at);
  if (o.local == place_key(&group)) {
    /* The endpoint that joined the group is the one at the default port. */
    place_endpoint(&endpoint, 0, (int)world.program->ipv6);
    o.local = place_key(&endpoint);
    o.flag = 1;
  }
  o.data = data;
  o.length = len;
  o.malformed = msg_parse(&m, data, len);
  /* Without RFC 8974 longer tokens are a format error; with it, too long ones are answered 4.00. */
  if (o.malformed == NULL && m.token_length > COAP_TOKEN_DEFAULT_MAX &&
      world.max_token[at->port >= CLIENT_PORTS] == COAP_TOKEN_DEFAULT_MAX)
    o.malformed = "token longer than 8 bytes (RFC 7252 3)";
  o.msg = &m;
  world_emit(&o);
}

static void
deliver_now(const struct place *from, const struct place *to, const uint8_t *data, size_t len) {
  coap_address_t source;
  coap_address_t target;

  world_to_address(from, &source);
  world_to_address(to, &target);
  trace_packet(&world.trace, world.now, from, to, data, len);
  if (world_is_secure() && place_peer_number(to) >= 0)
    world_dtls_arrived(to, from, data, len);
  if (coap_net_sim_deliver(&source, &target, IFINDEX, data, len) != 0)
    return;
  if (world_is_secure())
    world_dtls_got(from, to, data, len);
  else
    world_saw_in(to, from, data, len);
}

static int
hold(const struct place *from, const struct place *to, const uint8_t *data, size_t len,
     struct world_flight *out, uint64_t due) {
  if (len > sizeof(out->data))
    return 0;
  out->due = due;
  out->from = *from;
  out->to = *to;
  out->length = len;
  if (len > 0)
    memcpy(out->data, data, len);
  return 1;
}

static int
delay(const struct place *from, const struct place *to, const uint8_t *data, size_t len,
      uint32_t ms) {
  if (world.n_flights == WORLD_FLIGHTS ||
      !hold(from, to, data, len, &world.flights[world.n_flights], world.now + ms))
    return 0;
  world.n_flights++;
  return 1;
}

/* From the library to itself through DTLS one at a time: what is in a datagram shows only when
 * those before it have been read. Those that are too many are lost. */
static void
pass_on(int direction, const struct place *from, const struct place *to, const uint8_t *data,
        size_t len) {
  if (direction == DIR_OUT && world_is_secure() && place_peer_number(to) < 0)
    delay(from, to, data, len, 0);
  else
    deliver_now(from, to, data, len);
}

/* Carries one datagram, as the direction's fault says. */
static void
carry(int direction, const struct place *from, const struct place *to, const uint8_t *data,
      size_t len) {
  struct world_fault *f = &world.fault[direction];

  if (f->active) {
    f->active = 0;
    if (f->action == FAULT_DROP)
      return;
    if (f->action == FAULT_DELAY && delay(from, to, data, len, f->ms))
      return;
    if (f->action == FAULT_SWAP && !f->swapping && hold(from, to, data, len, &f->held, 0)) {
      f->swapping = 1;
      return;
    }
    if (f->action == FAULT_DUPLICATE)
      pass_on(direction, from, to, data, len);
  }
  pass_on(direction, from, to, data, len);
  if (f->swapping) {
    f->swapping = 0;
    pass_on(direction, &f->held.from, &f->held.to, f->held.data, f->held.length);
  }
}

void
world_deliver(const struct place *from, const struct place *to, const uint8_t *data, size_t len) {
  carry(DIR_IN, from, to, data, len);
}

void
world_deliver_message(const struct place *from, const struct place *to, const uint8_t *data,
                      size_t len) {
  if (world_is_secure())
    world_dtls_message(from, to, data, len);
  else
    world_deliver(from, to, data, len);
}

void
world_carry_out(const struct place *from, const struct place *to, const uint8_t *data, size_t len) {
  carry(DIR_OUT, from, to, data, len);
}

/* A message of the library's; `result`: its length, or the error with which it was refused. */
void
world_saw_out(const struct place *from, const struct place *to, const uint8_t *data, size_t len,
              long result) {
  struct obs o = world_obs(OBS_OUT);
  struct place group;
  struct msg m;
  unsigned int i;

  place_group(&group, (int)world.program->ipv6);
  o.local = place_key(from);
  o.remote = place_key(to);
  o.flag = o.remote == place_key(&group);
  o.malformed = msg_parse(&m, data, len);
  o.msg = &m;
  o.data = data;
  o.length = len;
  o.value = result;
  world_emit(&o);
  if (result < 0)
    return;
  remember_sent(o.local, o.remote, &m);
  /* Any peer may answer a group request. */
  for (i = 0; o.flag && i < PLACE_PEERS; i++) {
    struct place peer;

    place_peer(&peer, i, (int)world.program->ipv6);
    remember_sent(o.local, place_key(&peer), &m);
  }
}

/* What the socket says to a datagram of that length. */
ssize_t
world_send_result(size_t len) {
  if (world.failing_sends == 0)
    return (ssize_t)len;
  world.failing_sends--;
  return -world.send_error;
}

/* The library sends. */
static ssize_t
tap(void *user, const coap_address_t *from, const coap_address_t *to, const uint8_t *data,
    size_t len) {
  struct place source;
  struct place target;
  ssize_t result;

  (void)user;
  world_to_place(from, &source);
  world_to_place(to, &target);
  if (world_is_secure())
    return world_dtls_sends(&source, &target, data, len);
  result = world_send_result(len);
  world_saw_out(&source, &target, data, len, (long)result);
  if (result >= 0)
    carry(DIR_OUT, &source, &target, data, len);
  return result;
}

void
world_net_due(void) {
  unsigned int i;

  for (i = 0; i < world.n_flights;) {
    if (world.flights[i].due <= world.now) {
      struct world_flight f = world.flights[i];

      world.n_flights--;
      memmove(&world.flights[i], &world.flights[i + 1],
              sizeof(world.flights[0]) * (world.n_flights - i));
      deliver_now(&f.from, &f.to, f.data, f.length);
      if (world_is_secure()) /* what the next one is depends on what comes of this one */
        return;
    } else {
      i++;
    }
  }
}

uint64_t
world_net_next(void) {
  uint64_t next = UINT64_MAX;
  unsigned int i;

  for (i = 0; i < world.n_flights; i++) {
    if (world.flights[i].due < next)
      next = world.flights[i].due;
  }
  return next;
}

void
world_net_reset(void) {
  coap_net_sim_reset();
  coap_net_sim_set_tap(tap, NULL);
}

/* A world with one role takes what is meant for the other: no operation is wasted. */
void
world_target(uint32_t to, struct place *out, uint64_t *local) {
  const struct world_session *s = NULL;
  unsigned int i;

  if (to == 2 && world.context[WORLD_SERVER] != NULL && !world_is_secure()) {
    place_group(out, (int)world.program->ipv6);
    *local = place_key(out);
    return;
  }
  if (to >= 3 || world.context[WORLD_SERVER] == NULL) {
    s = to >= 3 ? world.slot[to - 3] : NULL;
    for (i = 0; (s == NULL || !s->alive || s->dying) && i < WORLD_SLOTS; i++)
      s = world.slot[i];
  }
  if (s != NULL && s->alive && !s->dying) {
    world_to_place(coap_session_get_addr_local(s->session), out);
  } else {
    place_endpoint(out, to == 1, (int)world.program->ipv6);
  }
  *local = place_key(out);
}
