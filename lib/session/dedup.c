/* dedup.c -- message IDs and replies in one block of memory per session, oldest first: as long as
 * it has to be for one message, doubled for more. */
#include "session/dedup.h"

#include "seams/memory.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* In front of its reply; in a session towards a group the sender comes first behind it. */
typedef struct seen_record_t {
  uint32_t expires_low; /* 48 bits of a time in ms */
  uint16_t expires_high;
  uint16_t mid;
  uint16_t reply_length;
  uint16_t replied; /* kept apart: a reply too long or without memory is not cached */
} seen_record_t;

enum {
  SEEN_FIRST = 32,       /* room for a message and a short reply */
  SEEN_NONE = UINT16_MAX /* no offset: the bounds of core.h keep them far below */
};

struct coap_seen_t {
  uint16_t room;
  uint16_t used;
  uint16_t newest; /* offset of the last record added, where that is known */
  uint16_t count;
  _Alignas(seen_record_t) uint8_t bytes[];
};

static seen_record_t *
record_at(coap_seen_t *seen, size_t offset) {
  return (seen_record_t *)(void *)(seen->bytes + offset);
}

/* Members of a group choose their message IDs independently (RFC 7252 4.4): a session towards a
 * group tells them apart. FNV-1a of address and port. */
static uint32_t
source_of(const coap_session_t *session) {
  const coap_address_t *from = &session->addr_remote;
  int is_v6 = from->addr.sa.sa_family == AF_INET6;
  const uint8_t *bytes = is_v6 ? (const uint8_t *)&from->addr.sin6.sin6_addr
                               : (const uint8_t *)&from->addr.sin.sin_addr;
  size_t length = is_v6 ? sizeof(from->addr.sin6.sin6_addr) : sizeof(from->addr.sin.sin_addr);
  uint32_t hash = 2166136261U ^ coap_address_get_port(from);

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 16777619U;
  return hash;
}

static size_t
head_size(const coap_session_t *session) {
  return sizeof(seen_record_t) + (session->is_mcast ? sizeof(uint32_t) : 0);
}

/* Records stay aligned. */
static size_t
padded(size_t length) {
  return (length + _Alignof(seen_record_t) - 1) / _Alignof(seen_record_t) * _Alignof(seen_record_t);
}

static size_t
record_size(const coap_session_t *session, const seen_record_t *record) {
  return head_size(session) + padded(record->reply_length);
}

static int
is_from_peer(const coap_session_t *session, const seen_record_t *record) {
  uint32_t source;

  if (!session->is_mcast)
    return 1;
  memcpy(&source, record + 1, sizeof(source));
  return source == source_of(session);
}

static coap_tick_t
expires(const seen_record_t *record) {
  return (coap_tick_t)record->expires_high << 32 | record->expires_low;
}

/* Offset of the record of `mid`, or SEEN_NONE. */
static size_t
seen_find(const coap_session_t *session, coap_mid_t mid) {
  coap_seen_t *seen = session->seen;
  size_t head;
  size_t at;

  if (!seen)
    return SEEN_NONE;
  /* Mostly it is the one that is being answered. */
  if (seen->newest != SEEN_NONE && record_at(seen, seen->newest)->mid == (uint16_t)mid &&
      is_from_peer(session, record_at(seen, seen->newest)))
    return seen->newest;
  head = head_size(session);
  for (at = 0; at < seen->used; at += head + padded(record_at(seen, at)->reply_length)) {
    if (record_at(seen, at)->mid == (uint16_t)mid && is_from_peer(session, record_at(seen, at)))
      return at;
  }
  return SEEN_NONE;
}

static void
seen_forget(coap_session_t *session, size_t at) {
  coap_seen_t *seen = session->seen;
  size_t size = record_size(session, record_at(seen, at));

  seen->used = (uint16_t)(seen->used - size);
  memmove(seen->bytes + at, seen->bytes + at + size, seen->used - at);
  seen->count--;
  if (seen->newest == at)
    seen->newest = SEEN_NONE;
  else if (seen->newest != SEEN_NONE && seen->newest > at)
    seen->newest = (uint16_t)(seen->newest - size);
}

/* Room for so many more bytes. 1, or 0 when out of memory. */
static int
seen_reserve(coap_session_t *session, size_t more) {
  coap_seen_t *seen = session->seen;
  size_t need = (seen ? seen->used : 0) + more;
  size_t room = seen && seen->count > 1 ? (size_t)seen->room * 2 : SEEN_FIRST;

  if (seen && need <= seen->room)
    return 1;
  room = room < need ? need : room;
  seen = coap_mem_realloc(session->seen, sizeof(*seen) + room);
  if (!seen)
    return 0;
  if (!session->seen) {
    seen->used = seen->count = 0;
    seen->newest = SEEN_NONE;
  }
  seen->room = (uint16_t)room;
  session->seen = seen;
  return 1;
}

/* Room for one more record: free, new, or the oldest ones'. */
static int
seen_make_room(coap_session_t *session) {
  size_t size = head_size(session);

  if (session->seen && session->seen->count == COAP_CORE_MAX_SEEN)
    seen_forget(session, 0);
  if (seen_reserve(session, size))
    return 1;
  while (session->seen && session->seen->count) {
    seen_forget(session, 0);
    if (session->seen->used + size <= session->seen->room)
      return 1;
  }
  return 0;
}

static void
seen_add(coap_session_t *session, coap_mid_t mid, coap_tick_t until) {
  coap_seen_t *seen = session->seen;
  seen_record_t *record = record_at(seen, seen->used);

  record->expires_low = (uint32_t)until;
  record->expires_high = (uint16_t)(until >> 32);
  record->mid = (uint16_t)mid;
  record->reply_length = 0;
  record->replied = 0;
  if (session->is_mcast) {
    uint32_t source = source_of(session);

    memcpy(record + 1, &source, sizeof(source));
  }
  seen->newest = seen->used;
  seen->used = (uint16_t)(seen->used + head_size(session));
  seen->count++;
}

coap_dedup_result_t
coap_dedup_check(coap_session_t *session, coap_mid_t mid, coap_tick_t now, coap_tick_t lifetime_ms,
                 coap_bin_const_t *reply) {
  size_t at;

  while (session->seen && session->seen->count && expires(record_at(session->seen, 0)) <= now)
    seen_forget(session, 0);
  at = seen_find(session, mid);
  if (at != SEEN_NONE) {
    const seen_record_t *record = record_at(session->seen, at);

    if (expires(record) > now) {
      reply->s = session->seen->bytes + at + head_size(session);
      reply->length = record->reply_length;
      return COAP_DEDUP_DUPLICATE;
    }
    /* Expired behind a younger one with a longer life: the message ID starts anew. */
    seen_forget(session, at);
  }
  if (!seen_make_room(session))
    return COAP_DEDUP_NO_MEMORY;
  seen_add(session, mid, now + lifetime_ms);
  return COAP_DEDUP_NEW;
}

/* Bytes of all replies. */
static size_t
reply_bytes(const coap_session_t *session) {
  return session->seen->used - session->seen->count * head_size(session);
}

/* Puts the reply behind the record at `at`, which has none; there is room. */
static void
seen_put(coap_session_t *session, size_t at, const uint8_t *data, size_t length) {
  coap_seen_t *seen = session->seen;
  uint8_t *to = seen->bytes + at + head_size(session);
  size_t behind = seen->used - at - head_size(session);

  memmove(to + padded(length), to, behind);
  memcpy(to, data, length);
  record_at(seen, at)->reply_length = (uint16_t)length;
  seen->used = (uint16_t)(seen->used + padded(length));
  if (seen->newest != SEEN_NONE && seen->newest > at)
    seen->newest = (uint16_t)(seen->newest + padded(length));
}

void
coap_dedup_reply(coap_session_t *session, coap_mid_t mid, const uint8_t *data, size_t length) {
  size_t at = seen_find(session, mid);

  if (at == SEEN_NONE || record_at(session->seen, at)->replied)
    return;
  record_at(session->seen, at)->replied = 1;
  if (length > COAP_CORE_MAX_SEEN_BYTES)
    return;
  while (at && reply_bytes(session) + padded(length) > COAP_CORE_MAX_SEEN_BYTES) {
    at -= record_size(session, record_at(session->seen, 0));
    seen_forget(session, 0);
  }
  if (seen_reserve(session, padded(length)))
    seen_put(session, at, data, length);
  else
    session->core->counters.no_memory++;
}

int
coap_dedup_replied(const coap_session_t *session, coap_mid_t mid) {
  size_t at = seen_find(session, mid);

  return at != SEEN_NONE && record_at(session->seen, at)->replied;
}

void
coap_dedup_clear(coap_session_t *session) {
  coap_mem_free(session->seen);
  session->seen = NULL;
}
