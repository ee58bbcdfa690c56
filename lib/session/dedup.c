/* dedup.c -- a ring of message IDs, oldest first. It grows by doubling up to COAP_CORE_MAX_SEEN;
 * only at that size does it wrap. */
#include "session/dedup.h"

#include "seams/memory.h"

#include <netinet/in.h>
#include <string.h>

typedef struct seen_entry_t {
  coap_tick_t expires;
  uint8_t *reply;
  uint32_t source; /* who sent it, where that may be several */
  uint16_t reply_length;
  uint16_t mid;
  uint8_t replied; /* kept apart: a reply too long or without memory is not cached */
} seen_entry_t;

struct coap_seen_t {
  size_t bytes; /* of all replies */
  uint16_t room;
  uint16_t first;
  uint16_t count;
  seen_entry_t entry[];
};

static seen_entry_t *
seen_at(coap_seen_t *seen, unsigned int i) {
  return &seen->entry[(seen->first + i) % seen->room];
}

/* Members of a group choose their message IDs independently (RFC 7252 4.4): a session towards a
 * group tells them apart. FNV-1a of address and port; 0 for the one peer of other sessions. */
static uint32_t
source_of(const coap_session_t *session) {
  const coap_address_t *from = &session->addr_remote;
  int is_v6 = from->addr.sa.sa_family == AF_INET6;
  const uint8_t *bytes = is_v6 ? (const uint8_t *)&from->addr.sin6.sin6_addr
                               : (const uint8_t *)&from->addr.sin.sin_addr;
  size_t length = is_v6 ? sizeof(from->addr.sin6.sin6_addr) : sizeof(from->addr.sin.sin_addr);
  uint32_t hash = 2166136261U ^ coap_address_get_port(from);

  if (!session->is_mcast)
    return 0;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 16777619U;
  return hash;
}

static seen_entry_t *
seen_find(const coap_session_t *session, coap_mid_t mid) {
  coap_seen_t *seen = session->seen;
  uint32_t source = source_of(session);

  /* Newest first: duplicates mostly follow their original closely. */
  for (unsigned int i = seen ? seen->count : 0; i-- > 0;) {
    seen_entry_t *entry = seen_at(seen, i);

    if (entry->mid == (uint16_t)mid && entry->source == source)
      return entry;
  }
  return NULL;
}

static void
seen_forget_oldest(coap_seen_t *seen) {
  seen_entry_t *entry = seen_at(seen, 0);

  seen->bytes -= entry->reply_length;
  coap_mem_free(entry->reply);
  seen->first = (uint16_t)((seen->first + 1) % seen->room);
  if (--seen->count == 0)
    seen->first = 0;
}

static int
seen_grow(coap_session_t *session) {
  coap_seen_t *seen = session->seen;
  size_t room = seen ? (size_t)seen->room * 2 : 2;
  coap_seen_t *bigger;

  /* Straight order first, so that the copy below keeps it. */
  if (seen && seen->first)
    return 0;
  bigger = coap_mem_realloc(seen, sizeof(*seen) + room * sizeof(seen->entry[0]));
  if (!bigger)
    return 0;
  if (!seen) {
    bigger->bytes = 0;
    bigger->first = bigger->count = 0;
  }
  bigger->room = (uint16_t)room;
  session->seen = bigger;
  return 1;
}

/* Room for one more entry: a free place, a bigger ring, or the oldest one's. */
static int
seen_make_room(coap_session_t *session) {
  coap_seen_t *seen = session->seen;

  if (seen && seen->count < seen->room)
    return 1;
  if ((!seen || seen->room < COAP_CORE_MAX_SEEN) && seen_grow(session))
    return 1;
  if (!session->seen)
    return 0;
  seen_forget_oldest(session->seen);
  return 1;
}

coap_dedup_result_t
coap_dedup_check(coap_session_t *session, coap_mid_t mid, coap_tick_t now, coap_tick_t lifetime_ms,
                 coap_bin_const_t *reply) {
  seen_entry_t *entry;

  while (session->seen && session->seen->count && seen_at(session->seen, 0)->expires <= now)
    seen_forget_oldest(session->seen);
  entry = seen_find(session, mid);
  if (entry && entry->expires > now) {
    reply->s = entry->reply;
    reply->length = entry->reply_length;
    return COAP_DEDUP_DUPLICATE;
  }
  if (entry) {
    /* Expired behind a younger one with a longer life: the message ID starts anew. */
    session->seen->bytes -= entry->reply_length;
    coap_mem_free(entry->reply);
  } else {
    if (!seen_make_room(session))
      return COAP_DEDUP_NO_MEMORY;
    entry = seen_at(session->seen, session->seen->count++);
    entry->mid = (uint16_t)mid;
    entry->source = source_of(session);
  }
  entry->expires = now + lifetime_ms;
  entry->reply = NULL;
  entry->reply_length = 0;
  entry->replied = 0;
  return COAP_DEDUP_NEW;
}

void
coap_dedup_reply(coap_session_t *session, coap_mid_t mid, const uint8_t *data, size_t length) {
  seen_entry_t *entry = seen_find(session, mid);
  uint8_t *copy;

  if (!entry || entry->replied)
    return;
  entry->replied = 1;
  if (length > COAP_CORE_MAX_SEEN_BYTES)
    return;
  copy = coap_mem_alloc(length);
  if (!copy) {
    session->core->counters.no_memory++;
    return;
  }
  memcpy(copy, data, length);
  entry->reply = copy;
  entry->reply_length = (uint16_t)length;
  session->seen->bytes += length;
  while (session->seen->bytes > COAP_CORE_MAX_SEEN_BYTES && seen_at(session->seen, 0) != entry)
    seen_forget_oldest(session->seen);
}

int
coap_dedup_replied(const coap_session_t *session, coap_mid_t mid) {
  const seen_entry_t *entry = seen_find(session, mid);

  return entry && entry->replied;
}

void
coap_dedup_clear(coap_session_t *session) {
  while (session->seen && session->seen->count)
    seen_forget_oldest(session->seen);
  coap_mem_free(session->seen);
  session->seen = NULL;
}
