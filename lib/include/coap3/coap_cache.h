/* coap_cache.h -- coap_cache(3): what a server keeps by request, known again by its Cache-Key
 * (RFC 7252 5.6). */
#ifndef COAP_CACHE_H_
#define COAP_CACHE_H_

#include <coap3/coap_pdu.h>

COAP_BEGIN_DECLS

/* Whether the same request of another client has the same key. */
typedef enum coap_cache_session_based_t {
  COAP_CACHE_NOT_SESSION_BASED,
  COAP_CACHE_IS_SESSION_BASED
} coap_cache_session_based_t;

/* Whether an entry keeps a copy of its PDU. */
typedef enum coap_cache_record_pdu_t {
  COAP_CACHE_NOT_RECORD_PDU,
  COAP_CACHE_RECORD_PDU
} coap_cache_record_pdu_t;

typedef void (*coap_cache_app_data_free_callback_t)(void *data);

/* The key of `pdu`: a digest of its method, its options but for those that are no part of it by
 * number (NoCacheKey), Observe and the ones named, and FETCH's payload (RFC 8132 2). Ignored are
 * those of coap_cache_ignore_options() or, of the second, the `ignore_count` numbers at
 * `ignore_options`. Gives a key for coap_delete_cache_key(); NULL when out of memory. */
coap_cache_key_t *coap_cache_derive_key(const coap_session_t *session, const coap_pdu_t *pdu,
                                        coap_cache_session_based_t session_based);
coap_cache_key_t *coap_cache_derive_key_w_ignore(const coap_session_t *session,
                                                 const coap_pdu_t *pdu,
                                                 coap_cache_session_based_t session_based,
                                                 const uint16_t *ignore_options,
                                                 size_t ignore_count);
void coap_delete_cache_key(coap_cache_key_t *cache_key);

/* From now on keys leave these `count` option numbers out, and no others. 1; 0: more than 64, no
 * context. */
int coap_cache_ignore_options(coap_context_t *context, const uint16_t *options, size_t count);

/* An entry under the key of `pdu`; one that is there makes room. It goes after `idle_time` seconds
 * without a look-up (0: never), with the context, and with its session when it is that one's. NULL:
 * the context holds as many as it may (1024), out of memory. */
coap_cache_entry_t *coap_new_cache_entry(coap_session_t *session, const coap_pdu_t *pdu,
                                         coap_cache_record_pdu_t record_pdu,
                                         coap_cache_session_based_t session_based,
                                         unsigned int idle_time);
void coap_delete_cache_entry(coap_context_t *context, coap_cache_entry_t *cache_entry);

/* The entry, or NULL. Its idle time begins anew. */
coap_cache_entry_t *coap_cache_get_by_key(coap_context_t *context,
                                          const coap_cache_key_t *cache_key);
coap_cache_entry_t *coap_cache_get_by_pdu(coap_session_t *session, const coap_pdu_t *pdu,
                                          coap_cache_session_based_t session_based);

/* Borrowed: the copy that the entry keeps, NULL when it keeps none. */
const coap_pdu_t *coap_cache_get_pdu(const coap_cache_entry_t *cache_entry);

/* `callback` (may be NULL) is called with `data` when the entry goes. */
void coap_cache_set_app_data(coap_cache_entry_t *cache_entry, void *data,
                             coap_cache_app_data_free_callback_t callback);
void *coap_cache_get_app_data(const coap_cache_entry_t *cache_entry);

COAP_END_DECLS

#endif /* COAP_CACHE_H_ */
