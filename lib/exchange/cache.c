/* cache.c -- Cache-Keys, and the table of entries under them. */
#include "seams/memory.h"

/* uthash asks for memory through these; a failure leaves the item out of the table. */
#define uthash_malloc(size)       coap_mem_alloc(size)
#define uthash_free(block, size)  coap_mem_free(block)
#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(item) ((item)->hh.tbl = NULL)
#include "exchange/cache.h"

#include "exchange/whole.h"
#include "session/session.h"

#include <stddef.h>

/* RFC 7252 5.4.6: these bits of a number say that the option is no part of the key; RFC 7641 2 says
 * so of Observe. */
static int
is_outside_key(coap_option_num_t number, const coap_cache_ignore_t *ignore) {
  enum { NO_CACHE_KEY_MASK = 0x1e, NO_CACHE_KEY = 0x1c };

  if ((number & NO_CACHE_KEY_MASK) == NO_CACHE_KEY || number == COAP_OPTION_OBSERVE)
    return 1;
  for (size_t i = 0; i < ignore->count; i++) {
    if (ignore->numbers[i] == number)
      return 1;
  }
  return 0;
}

/* With its length before it, so that no two lists of fields give the same bytes. */
static void
add_field(coap_digest_t *digest, unsigned int number, const uint8_t *value, size_t length) {
  uint32_t head[2] = {number, (uint32_t)length};

  coap_digest_add(digest, head, sizeof(head));
  coap_digest_add(digest, value, length);
}

void
coap_cache_key_set(coap_cache_key_t *key, const coap_session_t *session, const coap_pdu_t *pdu,
                   const coap_cache_ignore_t *ignore) {
  enum { METHOD_FIELD = 0x10000, PAYLOAD_FIELD };
  uint8_t code = (uint8_t)coap_pdu_get_code(pdu);
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  coap_digest_t digest;
  size_t length;
  size_t offset;
  size_t total;
  const uint8_t *data;

  coap_digest_start(&digest);
  coap_digest_add(&digest, &session, sizeof(session));
  add_field(&digest, METHOD_FIELD, &code, sizeof(code));
  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    if (!is_outside_key(oi.number, ignore))
      add_field(&digest, oi.number, coap_opt_value(option), coap_opt_length(option));
  }
  if (code == COAP_REQUEST_FETCH && coap_get_data_large(pdu, &length, &data, &offset, &total))
    add_field(&digest, PAYLOAD_FIELD, data, length);
  coap_digest_finish(&digest, key->digest);
}

void
coap_cache_remove(coap_cache_entry_t *entry) {
  coap_exchange_t *exchange = entry->exchange;

  HASH_DELETE(hh, exchange->cache, entry);
  exchange->cache_of_sessions -= entry->session != NULL;
  coap_timer_cancel(&exchange->core->timers, &entry->timer);
  if (entry->free_app_data)
    entry->free_app_data(entry->app_data);
  coap_whole_free(entry->pdu);
  coap_mem_free(entry);
}

static void
entry_expire(coap_timer_t *timer, uint64_t now) {
  (void)now;
  coap_cache_remove(
      (coap_cache_entry_t *)(void *)((char *)timer - offsetof(coap_cache_entry_t, timer)));
}

static coap_cache_entry_t *
entry_of(const coap_exchange_t *exchange, const coap_cache_key_t *key) {
  coap_cache_entry_t *entry = NULL;

  HASH_FIND(hh, exchange->cache, key, sizeof(*key), entry);
  return entry;
}

/* 1 unless the table could not grow: uthash says so by leaving `hh.tbl` unset. */
static int
insert(coap_exchange_t *exchange, coap_cache_entry_t *entry) {
  HASH_ADD(hh, exchange->cache, key, sizeof(entry->key), entry);
  return entry->hh.tbl != NULL;
}

coap_cache_entry_t *
coap_cache_add(coap_exchange_t *exchange, const coap_cache_key_t *key,
               const coap_session_t *session, coap_tick_t now, coap_tick_t idle_ms) {
  coap_cache_entry_t *before = entry_of(exchange, key);
  coap_cache_entry_t *entry;

  if (before)
    coap_cache_remove(before);
  if (HASH_COUNT(exchange->cache) >= COAP_EXCHANGE_MAX_CACHE) {
    exchange->counters.cache_refused++;
    return NULL;
  }
  entry = coap_mem_zalloc(sizeof(*entry));
  if (entry) {
    entry->exchange = exchange;
    entry->key = *key;
    entry->session = session;
    entry->idle_ms = idle_ms;
    entry->timer.fire = entry_expire;
    if (insert(exchange, entry)) {
      exchange->cache_of_sessions += session != NULL;
      if (!idle_ms || coap_timer_arm(&exchange->core->timers, &entry->timer, now + idle_ms))
        return entry;
      coap_cache_remove(entry);
    } else {
      coap_mem_free(entry);
    }
  }
  exchange->core->counters.no_memory++;
  return NULL;
}

coap_cache_entry_t *
coap_cache_find(coap_exchange_t *exchange, const coap_cache_key_t *key, coap_tick_t now) {
  coap_cache_entry_t *entry = entry_of(exchange, key);

  /* An armed timer's place is there: this cannot fail. */
  if (entry && entry->idle_ms)
    coap_timer_arm(&exchange->core->timers, &entry->timer, now + entry->idle_ms);
  return entry;
}

void
coap_cache_session_gone(const coap_session_t *session) {
  coap_exchange_t *exchange = coap_session_exchange(session);
  coap_cache_entry_t *entry = exchange->cache_of_sessions ? exchange->cache : NULL;

  while (entry) {
    coap_cache_entry_t *next = entry->hh.next;

    if (entry->session == session)
      coap_cache_remove(entry);
    entry = next;
  }
}

void
coap_cache_clear(coap_exchange_t *exchange) {
  while (exchange->cache)
    coap_cache_remove(exchange->cache);
}
