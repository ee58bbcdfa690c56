/* world_session.c -- the sessions that exist, who holds how many references, and which of them a
 * program can name. */
#include "world/internal.h"
#include "world/stack.h"

#include <string.h>

enum { REMOTE_SERVER = 8, REMOTE_GROUP = 9 };

static int
is_usable(const struct world_session *s) {
  return s != NULL && s->alive && !s->dying;
}

struct world_session *
world_session_find(const coap_session_t *session) {
  unsigned int i;

  for (i = world.n_sessions; session != NULL && i-- > 0;) {
    if (world.sessions[i].alive && world.sessions[i].session == session)
      return &world.sessions[i];
  }
  return NULL;
}

/* The address may be the group's, to which the last datagram went; the wire knows the endpoint's.
 */
static void
local_of(const coap_session_t *session, struct place *local) {
  struct place group;

  world_to_place(coap_session_get_addr_local(session), local);
  place_group(&group, local->ipv6);
  if (place_key(local) == place_key(&group))
    place_endpoint(local, 0, local->ipv6);
}

/* By the port: a stack may connect anew from another one. */
static int
endpoint_of(const struct place *local) {
  struct place endpoint;
  unsigned int i;

  for (i = 0; i < PLACE_ENDPOINTS; i++) {
    place_endpoint(&endpoint, i, (int)world.program->ipv6);
    if (endpoint.port == local->port)
      return (int)i;
  }
  return -1;
}

/* One that was given back, or was perhaps kept, is gone when another has its ends: no handler of
 * the one before runs any more. */
static void
end_predecessor(const struct world_session *of) {
  unsigned int i;

  for (i = 0; i < world.n_sessions; i++) {
    struct world_session *s = &world.sessions[i];

    if (s != of && s->alive && s->dying && s->local == of->local && s->remote == of->remote)
      world_session_gone(s, OBS_GONE_RELEASED);
  }
}

struct world_session *
world_session_born(coap_session_t *session, int announced, int context) {
  struct world_session *s = world_session_find(session);
  struct place local;
  struct obs o;

  /* The memory of one that was given back may be used again: whether it is must not be seen, so the
   * end of that one is told when the operation ends, as always. */
  if (s != NULL && s->dying)
    s->session = NULL;
  else if (s != NULL)
    world_session_gone(s, OBS_GONE_RELEASED);
  if (world.n_sessions == WORLD_SESSIONS)
    return NULL;
  s = &world.sessions[world.n_sessions++];
  memset(s, 0, sizeof(*s));
  s->session = session;
  s->id = world.n_sessions;
  s->context = context;
  s->alive = 1;
  s->client = coap_session_get_type(session) == COAP_SESSION_TYPE_CLIENT;
  s->held = s->client;
  s->mcast = coap_session_get_addr_mcast(session) != NULL;
  local_of(session, &local);
  s->local = place_key(&local);
  s->remote = world_key(coap_session_get_addr_remote(session));
  s->endpoint = context == WORLD_SERVER ? endpoint_of(&local) : -1;
  end_predecessor(s);
  o = world_session_obs(OBS_BORN, s);
  o.value = (long)coap_session_get_type(session);
  o.extra = (long)coap_session_get_state(session);
  o.flag = s->mcast;
  o.count = announced != 0;
  world_emit(&o);
  return s;
}

void
world_session_refresh(struct world_session *s) {
  if (!world_is_stream() || !s->alive || s->dying)
    return;
  s->local = world_key(coap_session_get_addr_local(s->session));
  if (world.led_elsewhere && s->client)
    s->remote = world_key(coap_session_get_addr_remote(s->session));
}

void
world_session_gone(struct world_session *s, enum obs_gone how) {
  struct obs o = world_session_obs(OBS_GONE, s);
  unsigned int i;

  o.value = how;
  world_emit(&o);
  s->alive = 0;
  s->held = s->kept = 0;
  for (i = 0; i < WORLD_SLOTS; i++) {
    if (world.slot[i] == s)
      world.slot[i] = NULL;
  }
  for (i = 0; i < world.n_deferred;) {
    if (world.deferred[i].owner == s)
      world.deferred[i] = world.deferred[--world.n_deferred];
    else
      i++;
  }
  world_async_session_gone(s);
}

static void
end_dying(int kept_too) {
  unsigned int i;

  for (i = 0; i < world.n_sessions; i++) {
    struct world_session *s = &world.sessions[i];

    if (s->alive && s->dying && (kept_too || !s->client || s->session == NULL))
      world_session_gone(s, OBS_GONE_RELEASED);
  }
}

/* After an operation: no handler runs any more, so what was given back is really gone. When the
 * stack may have kept it nobody knows whether it is, and nothing is said; its name is free. */
void
world_sessions_reap(void) {
  unsigned int i;

  for (i = 0; i < WORLD_SLOTS; i++) {
    if (world.slot[i] != NULL && world.slot[i]->dying)
      world.slot[i] = NULL;
  }
  end_dying(!world_stack.keeps_released_sessions);
}

void
world_sessions_forget(void) {
  end_dying(1);
}

static int
is_elsewhere(const struct world_session *s) {
  if (s->mcast && world_stack.follows_responders)
    return 0;
  return (coap_session_get_addr_mcast(s->session) != NULL) != s->mcast ||
         (!s->mcast && world_key(coap_session_get_addr_remote(s->session)) != s->remote);
}

void
world_sessions_snapshot(void) {
  unsigned int i;

  for (i = 0; i < world.n_sessions; i++) {
    struct world_session *s = &world.sessions[i];
    struct obs o;

    if (!is_usable(s))
      continue;
    world_session_refresh(s);
    o = world_session_obs(OBS_STATE, s);
    o.value = (long)coap_session_get_state(s->session);
    o.extra = (long)coap_session_get_type(s->session);
    o.count = (size_t)s->held;
    if (coap_session_get_proto(s->session) != world_proto() ||
        coap_session_get_context(s->session) != world.context[s->context] || is_elsewhere(s))
      oracle_violated("getters", "coap_session(3)", &o, "session %u changed its identity", s->id);
    world_emit(&o);
  }
}

struct world_session *
world_slot(uint32_t index) {
  return is_usable(world.slot[index]) ? world.slot[index] : NULL;
}

static void
emit_api(const struct world_session *s, enum obs_api what, size_t count) {
  struct obs o = world_session_obs(OBS_API, s);

  o.value = what;
  o.extra = s->held;
  o.count = count;
  o.flag = s->client;
  world_emit(&o);
}

void
world_reference(struct world_session *s) {
  if (!is_usable(s))
    return;
  s->held++;
  emit_api(s, OBS_API_REFERENCE, 0);
  if (coap_session_reference(s->session) != s->session) {
    struct obs o = world_session_obs(OBS_API, s);

    oracle_violated("getters", "coap_session(3)", &o, "reference() gave another session");
  }
}

void
world_release(struct world_session *s) {
  if (!is_usable(s) || s->held == 0 || (s->client && s->held == 1 && world_async_holds(s)))
    return;
  s->held--;
  emit_api(s, OBS_API_RELEASE, 0);
  if (s->held == 0 && s->client)
    s->dying = 1; /* the pointer is dead but for handlers that the library is about to call */
  coap_session_release(s->session);
}

void
world_disconnect(struct world_session *s, uint32_t reason) {
  static const coap_nack_reason_t reasons[] = {
      COAP_NACK_TOO_MANY_RETRIES, COAP_NACK_NOT_DELIVERABLE, COAP_NACK_RST,
      COAP_NACK_TLS_FAILED,       COAP_NACK_ICMP_ISSUE,      COAP_NACK_BAD_RESPONSE};

  if (!is_usable(s))
    return;
  emit_api(s, OBS_API_DISCONNECT, reasons[reason]);
  coap_session_disconnected(s->session, reasons[reason]);
}

void
world_set_type_client(struct world_session *s) {
  coap_session_type_t before;

  if (!is_usable(s))
    return;
  before = coap_session_get_type(s->session);
  if (coap_session_set_type_client(s->session) == 1) {
    s->held++;
    s->client = 1;
    emit_api(s, OBS_API_SET_TYPE_CLIENT, 0);
  } else if (before == COAP_SESSION_TYPE_SERVER && !world.short_of_memory) {
    struct obs o = world_session_obs(OBS_API, s);

    oracle_violated("getters", "coap_session(3)", &o, "set_type_client() refused a server session");
  }
}

void
world_open_client(uint32_t slot, uint32_t to) {
  struct place place;
  coap_address_t remote;
  coap_session_t *session;
  unsigned int first;

  if (!world_open_context(WORLD_CLIENT) || world.n_sessions + 2 > WORLD_SESSIONS)
    return;
  if (world.slot[slot] != NULL) /* the name is used again: its references go back first */
    return;
  if (to == REMOTE_GROUP && world.program->proto != PROG_UDP)
    to = 0;
  if (to == REMOTE_SERVER)
    place_endpoint(&place, 0, (int)world.program->ipv6);
  else if (to == REMOTE_GROUP)
    place_group(&place, (int)world.program->ipv6);
  else
    place_peer(&place, to, (int)world.program->ipv6);
  world_to_address(&place, &remote);
  first = world.n_sessions;
  world.opening = 1;
  if (world_calls_protects())
    session = world_calls_connect(&remote);
  else if (world_is_secure())
    session = world_keys_connect(&remote);
  else
    session = coap_new_client_session(world.context[WORLD_CLIENT], NULL, &remote, world_proto());
  world.opening = 0;
  if (session != NULL && first == world.n_sessions)
    world_session_born(session, 1, WORLD_CLIENT);
  if (first == world.n_sessions)
    return;
  if (session == world.sessions[first].session)
    world.slot[slot] = &world.sessions[first];
  else /* it came to nothing, of which handlers were told */
    world_session_gone(&world.sessions[first], OBS_GONE_RELEASED);
}

void
world_hold(uint32_t slot, uint32_t peer) {
  struct world_session *s = NULL;
  struct place place;
  coap_address_t remote;
  coap_session_t *session;

  if (world.context[WORLD_SERVER] == NULL || world.slot[slot] != NULL)
    return;
  world_stream_peer(peer, &place);
  world_to_address(&place, &remote);
  /* Datagrams come by interface 1; of a connection none is known. */
  session = coap_session_get_by_peer(world.context[WORLD_SERVER], &remote, !world_is_stream());
  if (session != NULL)
    s = world_session_find(session);
  if (!is_usable(s))
    return;
  world_reference(s);
  world.slot[slot] = s;
}

void
world_release_all(void) {
  unsigned int i;

  world_async_drop_all();
  world_drop_deferred();
  for (i = 0; i < world.n_sessions; i++) {
    while (is_usable(&world.sessions[i]) && world.sessions[i].held > 0)
      world_release(&world.sessions[i]);
  }
}
