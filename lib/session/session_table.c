/* session_table.c -- look-up by peer and the idle pool. */
#include "session/session_table.h"

#include "seams/memory.h"

#include <utlist.h>

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

enum { TABLE_FIRST = 16 };

void
coap_session_key_set(coap_session_key_t *key, const coap_address_t *local,
                     const coap_address_t *remote, coap_proto_t proto) {
  memset(key, 0, sizeof(*key));
  key->family = remote->addr.sa.sa_family;
  key->proto = (uint16_t)proto;
  key->remote_port = coap_address_get_port(remote);
  key->local_port = coap_address_get_port(local);
  if (remote->addr.sa.sa_family == AF_INET6) {
    memcpy(key->address, &remote->addr.sin6.sin6_addr, 16);
    /* A link-local peer is another one on another link. */
    if (IN6_IS_ADDR_LINKLOCAL(&remote->addr.sin6.sin6_addr))
      key->scope = remote->addr.sin6.sin6_scope_id;
  } else {
    memcpy(key->address, &remote->addr.sin.sin_addr, 4);
  }
}

/* Mixes well enough that nobody who does not know the seed gathers many peers in one place. */
static uint64_t
key_hash(const coap_session_table_t *table, const coap_session_key_t *key) {
  uint64_t words[sizeof(*key) / sizeof(uint64_t)];
  uint64_t hash = table->seed;

  memcpy(words, key, sizeof(words));
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
  }
  return hash * UINT64_C(0xd6e8feb86659fd93) >> 16;
}

static void
key_of(const coap_session_t *session, coap_session_key_t *key) {
  coap_session_key_set(key, session->addr_local, &session->addr_remote, session->proto);
}

/* The table grows by one place for each session, whose sessions come from one other (linear
 * hashing): there is no moment at which all are moved. */
static coap_session_t **
table_place(const coap_session_table_t *table, const coap_session_key_t *key) {
  uint64_t hash = key_hash(table, key);
  size_t low = table->low;
  size_t place = (size_t)hash & (2 * low - 1);

  return &table->places[place < table->used ? place : place & (low - 1)];
}

/* More memory for places. 1 or 0. */
static int
table_reserve(coap_session_table_t *table) {
  size_t room = table->room ? table->room * 2 : TABLE_FIRST;
  coap_session_t **places = coap_mem_realloc(table->places, room * sizeof(places[0]));

  if (!places)
    return 0;
  table->places = places;
  table->room = room;
  return 1;
}

/* One place more, with what belongs there now. */
static void
table_split(coap_session_table_t *table) {
  coap_session_t *next;
  coap_session_t *session;
  size_t from;

  if (table->used == table->room && !table_reserve(table))
    return; /* places hold more sessions each, then */
  if (table->used == 2 * table->low)
    table->low *= 2;
  from = table->used - table->low;
  session = table->places[from];
  table->places[from] = NULL;
  table->places[table->used++] = NULL;
  for (; session; session = next) {
    coap_session_key_t key;
    coap_session_t **place;

    next = session->peer_next;
    key_of(session, &key);
    place = table_place(table, &key);
    LL_PREPEND2(*place, session, peer_next);
  }
}

int
coap_session_table_add(coap_core_t *core, coap_session_t *session) {
  coap_session_table_t *table = &core->by_peer;
  coap_session_key_t key;
  coap_session_t **place;

  if (!table->room) {
    if (!table_reserve(table))
      return 0;
    table->used = table->low = table->room;
    memset(table->places, 0, table->used * sizeof(table->places[0]));
  }
  if (table->count >= table->used)
    table_split(table);
  key_of(session, &key);
  place = table_place(table, &key);
  LL_PREPEND2(*place, session, peer_next);
  session->is_listed = 1;
  table->count++;
  return 1;
}

void
coap_session_table_remove(coap_core_t *core, coap_session_t *session) {
  coap_session_key_t key;
  coap_session_t **place;

  if (!session->is_listed)
    return;
  key_of(session, &key);
  place = table_place(&core->by_peer, &key);
  LL_DELETE2(*place, session, peer_next);
  session->is_listed = 0;
  core->by_peer.count--;
}

coap_session_t *
coap_session_table_find(const coap_core_t *core, const coap_session_key_t *key) {
  coap_session_t *session;
  coap_session_key_t other;

  if (!core->by_peer.count)
    return NULL;
  for (session = *table_place(&core->by_peer, key); session; session = session->peer_next) {
    key_of(session, &other);
    if (memcmp(&other, key, sizeof(other)) == 0)
      return session;
  }
  return NULL;
}

/* When the one that has been idle longest goes. */
static coap_tick_t
idle_until(const coap_core_t *core) {
  const coap_session_t *session = core->sessions;

  return session->last_used + (coap_tick_t)core->session_timeout_s * COAP_TICKS_PER_SECOND;
}

int
coap_session_pool_arm(coap_core_t *core) {
  if (core->idle_count)
    return coap_timer_arm(&core->timers, &core->idle_timer, idle_until(core));
  coap_timer_cancel(&core->timers, &core->idle_timer);
  return 1;
}

/* One at a time: the next one's deadline may have passed, too, and then fires next. */
static void
idle_fire(coap_timer_t *timer, uint64_t now) {
  coap_core_t *core = (coap_core_t *)(void *)((char *)timer - offsetof(coap_core_t, idle_timer));

  if (core->idle_count && idle_until(core) <= now)
    coap_session_event(core->sessions, COAP_FSM_EV_IDLE_TIMEOUT, COAP_NACK_NOT_DELIVERABLE);
  if (!coap_session_pool_arm(core))
    core->counters.no_memory++;
}

void
coap_session_table_init(coap_core_t *core) {
  core->idle_timer.fire = idle_fire;
}

void
coap_session_table_clear(coap_core_t *core) {
  coap_mem_free(core->by_peer.places);
  core->by_peer.places = NULL;
  core->by_peer.room = 0;
}

int
coap_session_pool_put(coap_core_t *core, coap_session_t *session) {
  DL_DELETE(core->sessions, session);
  if (core->idle_last)
    DL_APPEND_ELEM(core->sessions, core->idle_last, session);
  else
    DL_PREPEND(core->sessions, session);
  core->idle_last = session;
  core->idle_count++;
  session->is_idle = 1;
  return core->idle_timer.place || coap_session_pool_arm(core);
}

void
coap_session_pool_take(coap_core_t *core, coap_session_t *session) {
  int was_first = session == core->sessions;

  if (!session->is_idle)
    return;
  if (core->idle_last == session)
    core->idle_last = was_first ? NULL : session->prev;
  DL_DELETE(core->sessions, session);
  DL_APPEND(core->sessions, session);
  core->idle_count--;
  session->is_idle = 0;
  if (was_first && !coap_session_pool_arm(core))
    core->counters.no_memory++; /* as soon as another one becomes idle, then */
}

int
coap_session_make_room(coap_core_t *core) {
  int full = core->session_count >= core->max_sessions;

  if (!full && (!core->max_idle || core->idle_count < core->max_idle))
    return 1;
  if (core->idle_count) {
    coap_session_event(core->sessions, COAP_FSM_EV_EVICT, COAP_NACK_NOT_DELIVERABLE);
    return 1;
  }
  return !full;
}
