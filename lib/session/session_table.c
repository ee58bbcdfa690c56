/* session_table.c -- look-up by peer and the idle pool. */
#include "seams/memory.h"

/* uthash asks for memory through these; a failure leaves the item out of the table. */
#define uthash_malloc(size)       coap_mem_alloc(size)
#define uthash_free(block, size)  coap_mem_free(block)
#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(item) ((item)->hh.tbl = NULL)

#include "session/session_table.h"

#include <utlist.h>

#include <netinet/in.h>
#include <string.h>

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

int
coap_session_table_add(coap_core_t *core, coap_session_t *session) {
  HASH_ADD(hh, core->by_peer, key, sizeof(session->key), session);
  return session->hh.tbl != NULL;
}

void
coap_session_table_remove(coap_core_t *core, coap_session_t *session) {
  if (session->hh.tbl)
    HASH_DELETE(hh, core->by_peer, session);
  session->hh.tbl = NULL;
}

coap_session_t *
coap_session_table_find(const coap_core_t *core, const coap_session_key_t *key) {
  coap_session_t *session = NULL;

  HASH_FIND(hh, core->by_peer, key, sizeof(*key), session);
  return session;
}

void
coap_session_pool_put(coap_core_t *core, coap_session_t *session) {
  DL_APPEND2(core->idle, session, idle_prev, idle_next);
  core->idle_count++;
}

void
coap_session_pool_take(coap_core_t *core, coap_session_t *session) {
  if (!session->idle_prev)
    return;
  DL_DELETE2(core->idle, session, idle_prev, idle_next);
  session->idle_prev = session->idle_next = NULL;
  core->idle_count--;
}

int
coap_session_make_room(coap_core_t *core) {
  int full = core->session_count >= core->max_sessions;

  if (!full && (!core->max_idle || core->idle_count < core->max_idle))
    return 1;
  if (core->idle) {
    coap_session_event(core->idle, COAP_FSM_EV_EVICT, COAP_NACK_NOT_DELIVERABLE);
    return 1;
  }
  return !full;
}
