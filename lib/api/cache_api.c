/* cache_api.c -- coap_cache(3). */
#include "api/context.h"

#include "exchange/cache.h"
#include "exchange/whole.h"
#include "seams/clock.h"
#include "seams/memory.h"

#include <string.h>

static void
key_of(coap_cache_key_t *key, const coap_session_t *session, const coap_pdu_t *pdu,
       coap_cache_session_based_t session_based) {
  const coap_exchange_t *exchange = coap_session_exchange(session);
  coap_cache_ignore_t ignore = {exchange->cache_ignored, exchange->cache_ignored_count};

  coap_cache_key_set(key, session_based == COAP_CACHE_IS_SESSION_BASED ? session : NULL, pdu,
                     &ignore);
}

coap_cache_key_t *
coap_cache_derive_key(const coap_session_t *session, const coap_pdu_t *pdu,
                      coap_cache_session_based_t session_based) {
  const coap_exchange_t *exchange;

  if (!session)
    return NULL;
  exchange = coap_session_exchange(session);
  return coap_cache_derive_key_w_ignore(session, pdu, session_based, exchange->cache_ignored,
                                        exchange->cache_ignored_count);
}

coap_cache_key_t *
coap_cache_derive_key_w_ignore(const coap_session_t *session, const coap_pdu_t *pdu,
                               coap_cache_session_based_t session_based,
                               const uint16_t *ignore_options, size_t ignore_count) {
  coap_cache_ignore_t ignore = {ignore_options, ignore_count};
  coap_cache_key_t *key = session && pdu ? coap_mem_alloc(sizeof(*key)) : NULL;

  if (key)
    coap_cache_key_set(key, session_based == COAP_CACHE_IS_SESSION_BASED ? session : NULL, pdu,
                       &ignore);
  return key;
}

void
coap_delete_cache_key(coap_cache_key_t *cache_key) {
  coap_mem_free(cache_key);
}

int
coap_cache_ignore_options(coap_context_t *context, const uint16_t *options, size_t count) {
  coap_exchange_t *exchange;

  if (!context || count > COAP_EXCHANGE_MAX_OPTIONS || (count && !options))
    return 0;
  exchange = coap_context_exchange(context);
  exchange->cache_ignored_count = (unsigned int)count;
  if (count)
    memcpy(exchange->cache_ignored, options, count * sizeof(*options));
  return 1;
}

coap_cache_entry_t *
coap_new_cache_entry(coap_session_t *session, const coap_pdu_t *pdu,
                     coap_cache_record_pdu_t record_pdu, coap_cache_session_based_t session_based,
                     unsigned int idle_time) {
  coap_cache_key_t key;
  coap_pdu_t *copy = NULL;
  coap_cache_entry_t *entry;

  if (!session || !pdu)
    return NULL;
  if (record_pdu == COAP_CACHE_RECORD_PDU) {
    copy = coap_whole_copy(pdu);
    if (!copy)
      return NULL;
  }
  key_of(&key, session, pdu, session_based);
  entry = coap_cache_add(coap_session_exchange(session), &key,
                         session_based == COAP_CACHE_IS_SESSION_BASED ? session : NULL,
                         coap_clock_now(), (coap_tick_t)idle_time * COAP_TICKS_PER_SECOND);
  if (!entry) {
    coap_whole_free(copy);
    return NULL;
  }
  entry->pdu = copy;
  if (!session->core->context->processing)
    coap_context_rearm(session->core->context);
  return entry;
}

void
coap_delete_cache_entry(coap_context_t *context, coap_cache_entry_t *cache_entry) {
  (void)context;
  if (cache_entry)
    coap_cache_remove(cache_entry);
}

coap_cache_entry_t *
coap_cache_get_by_key(coap_context_t *context, const coap_cache_key_t *cache_key) {
  if (!context || !cache_key)
    return NULL;
  return coap_cache_find(coap_context_exchange(context), cache_key, coap_clock_now());
}

coap_cache_entry_t *
coap_cache_get_by_pdu(coap_session_t *session, const coap_pdu_t *pdu,
                      coap_cache_session_based_t session_based) {
  coap_cache_key_t key;

  if (!session || !pdu)
    return NULL;
  key_of(&key, session, pdu, session_based);
  return coap_cache_get_by_key(session->core->context, &key);
}

const coap_pdu_t *
coap_cache_get_pdu(const coap_cache_entry_t *cache_entry) {
  return cache_entry ? cache_entry->pdu : NULL;
}

void
coap_cache_set_app_data(coap_cache_entry_t *cache_entry, void *data,
                        coap_cache_app_data_free_callback_t callback) {
  if (!cache_entry)
    return;
  cache_entry->app_data = data;
  cache_entry->free_app_data = callback;
}

void *
coap_cache_get_app_data(const coap_cache_entry_t *cache_entry) {
  return cache_entry ? cache_entry->app_data : NULL;
}
