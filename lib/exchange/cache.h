/* cache.h -- entries that an application keeps by Cache-Key (coap_cache(3); RFC 7252 5.6). */
#ifndef COAP_EXCHANGE_CACHE_H_
#define COAP_EXCHANGE_CACHE_H_

#include "exchange/exchange.h"
#include "secure/digest.h"

#include <uthash.h>

struct coap_cache_key_t {
  uint8_t digest[COAP_DIGEST_SIZE];
};

struct coap_cache_entry_t {
  coap_cache_key_t key;
  coap_exchange_t *exchange;
  const coap_session_t *session; /* whose entry it is; NULL: anybody's */
  coap_pdu_t *pdu;               /* own copy, or NULL */
  coap_timer_t timer;
  coap_tick_t idle_ms; /* 0: never expires */
  void *app_data;
  coap_cache_app_data_free_callback_t free_app_data;
  UT_hash_handle hh;
};

/* Option numbers that keys leave out. */
typedef struct coap_cache_ignore_t {
  const uint16_t *numbers;
  size_t count;
} coap_cache_ignore_t;

/* `session` NULL: anybody's. */
void coap_cache_key_set(coap_cache_key_t *key, const coap_session_t *session, const coap_pdu_t *pdu,
                        const coap_cache_ignore_t *ignore);

/* Adds an entry under `key` of `session` (NULL: anybody's), of idle time `idle_ms`. NULL: a bound
 * is reached, out of memory. */
coap_cache_entry_t *coap_cache_add(coap_exchange_t *exchange, const coap_cache_key_t *key,
                                   const coap_session_t *session, coap_tick_t now,
                                   coap_tick_t idle_ms);

coap_cache_entry_t *coap_cache_find(coap_exchange_t *exchange, const coap_cache_key_t *key,
                                    coap_tick_t now);

void coap_cache_remove(coap_cache_entry_t *entry);

void coap_cache_session_gone(const coap_session_t *session);
void coap_cache_clear(coap_exchange_t *exchange);

#endif /* COAP_EXCHANGE_CACHE_H_ */
