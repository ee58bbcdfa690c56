/* exchange.h -- requests and responses over a session: dispatch to resources and handlers,
 * observations, bodies larger than a message. One coap_exchange_t per context.
 *
 * Nothing here reads a clock: the time comes with the message or as an argument. */
#ifndef COAP_EXCHANGE_EXCHANGE_H_
#define COAP_EXCHANGE_EXCHANGE_H_

#include "session/core.h"
#include "session/outgoing.h"

#include <coap3/coap.h>

/* Bounds. What is over one is refused in the protocol's own words, never queued. */
enum {
  COAP_EXCHANGE_MAX_BODY = 32 * 1024 * 1024,   /* one body in blocks, either way: else 4.13 */
  COAP_EXCHANGE_MAX_KEPT = 64 * 1024 * 1024,   /* kept response bodies: else made anew */
  COAP_EXCHANGE_MAX_BODIES = 64 * 1024 * 1024, /* all such bodies of a context: else 4.13 */
  COAP_EXCHANGE_SESSION_BODIES = 8,          /* per session and direction; the oldest makes room */
  COAP_EXCHANGE_BODY_TIMEOUT_MS = 30 * 1000, /* without progress, then a partial body is dropped */
  COAP_EXCHANGE_MAX_OBSERVERS = 131072,      /* per resource: then answered without Observe */
  COAP_EXCHANGE_SESSION_OBSERVERS = 64,      /* per session: the same */
  COAP_EXCHANGE_SESSION_ASYNCS = 64,         /* requests to be answered later: then refused */
  COAP_EXCHANGE_MAX_CACHE = 1024,            /* entries of coap_cache(3): then refused */
  COAP_EXCHANGE_MAX_OPTIONS = 64,            /* numbers made known by coap_register_option(3) */
  COAP_EXCHANGE_RESOURCE_BUCKETS = 256
};

typedef struct coap_exchange_counters_t {
  uint64_t rejected;          /* requests and responses refused for their options */
  uint64_t suppressed;        /* responses nobody wanted: No-Response, multicast */
  uint64_t observers_refused; /* a bound was reached */
  uint64_t asyncs_refused;    /* a bound was reached */
  uint64_t cache_refused;     /* a bound was reached */
  uint64_t bodies_refused;    /* a bound was reached */
  uint64_t bodies_expired;    /* partial bodies dropped for want of progress */
} coap_exchange_counters_t;

/* The call-backs of coap_persist_track_funcs(3). */
typedef struct coap_persist_hooks_t {
  coap_observe_added_t observe_added;
  coap_observe_deleted_t observe_deleted;
  coap_track_observe_value_t track_observe_value;
  coap_dyn_resource_added_t dyn_resource_added;
  coap_resource_deleted_t resource_deleted;
  uint32_t save_freq;
  void *user_data;
} coap_persist_hooks_t;

typedef struct coap_exchange_t {
  coap_core_t *core;
  coap_response_handler_t response_handler;
  coap_nack_handler_t nack_handler;
  coap_event_handler_t event_handler;
  coap_ping_handler_t ping_handler;
  coap_pong_handler_t pong_handler;
  coap_resource_release_userdata_handler_t release_userdata;

  coap_resource_t *resources; /* in order of adding */
  coap_resource_t *by_path[COAP_EXCHANGE_RESOURCE_BUCKETS];
  coap_resource_t *unknown; /* takes requests for paths that are not there */
  coap_resource_t *proxy;   /* takes requests for other hosts */
  uint64_t resource_serial;
  uint32_t observe_number; /* the highest of resources that are gone; 0: none */
  coap_persist_hooks_t persist;
  const struct coap_incoming_t *creating; /* the unknown resource's handler runs on it */

  uint16_t known_options[COAP_EXCHANGE_MAX_OPTIONS];
  unsigned int known_option_count;

  coap_cache_entry_t *cache;      /* hash by key */
  unsigned int cache_of_sessions; /* entries of it that go with their session */
  uint16_t cache_ignored[COAP_EXCHANGE_MAX_OPTIONS];
  unsigned int cache_ignored_count;

  uint32_t block_mode;
  size_t body_bytes;     /* held in bodies being put together */
  size_t kept_bytes;     /* of response bodies kept for their later blocks */
  uint64_t quick_serial; /* the last one given out (quick.h) */
  uint32_t request_tag;  /* of the last body sent in blocks (RFC 9175 3); 0: none yet */
  unsigned int mcast_per_resource : 1;
  coap_exchange_counters_t counters;
} coap_exchange_t;

/* Whether a peer knows Q-Block (RFC 9177 4.1). */
typedef enum coap_quick_support_t {
  COAP_QUICK_UNKNOWN,
  COAP_QUICK_SUPPORTED,
  COAP_QUICK_UNSUPPORTED
} coap_quick_support_t;

/* What the layer holds for one session; made when first needed. */
typedef struct coap_peer_exchange_t {
  struct coap_observer_t *observers;   /* of our resources */
  struct coap_upload_t *uploads;       /* request bodies coming in, oldest first */
  struct coap_download_t *downloads;   /* response bodies being fetched from us, oldest first */
  struct coap_large_request_t *unsent; /* bodies of requests that are not sent yet */
  struct coap_quick_upload_t *quick_uploads; /* as above by Q-Block1 and Q-Block2 */
  struct coap_quick_download_t *quick_downloads;
  struct coap_quick_client_t *quick_clients; /* our own requests by these */
  struct coap_quick_probe_t *quick_probe;    /* whether the peer knows them is being asked */
  coap_quick_support_t quick_support;
  struct coap_async_t *asyncs; /* requests to be answered later, oldest first */
  unsigned int async_count;
  unsigned int observer_count;
  unsigned int upload_count;
  unsigned int download_count;
  unsigned int unsent_count;
  unsigned int quick_upload_count;
  unsigned int quick_download_count;
} coap_peer_exchange_t;

/* 1, or 0 when out of memory. */
int coap_exchange_init(coap_exchange_t *exchange, coap_core_t *core);

/* To be called when no session is left. */
void coap_exchange_clear(coap_exchange_t *exchange);

/* Defined in api/context.c: the exchange layer inside a context. */
coap_exchange_t *coap_context_exchange(const coap_context_t *context);

coap_exchange_t *coap_session_exchange(const coap_session_t *session);

/* The largest block size exponent that the application lets us use (COAP_BLOCK_MAX_SIZE_SET()). */
unsigned int coap_exchange_max_szx(const coap_exchange_t *exchange);

/* The same for what goes to this peer: COAP_BLOCK_SZX_BERT where it takes several blocks in one
 * message (RFC 8323 6). */
unsigned int coap_exchange_szx(const coap_session_t *session);

/* 0 when the peer has said in its CSM that it knows no blocks (RFC 8323 5.3.2). */
int coap_exchange_may_block(const coap_session_t *session);

/* The session's part, or NULL when out of memory (counted). */
coap_peer_exchange_t *coap_session_peer_exchange(coap_session_t *session);

/* coap_send(3): registers what has to be followed and sends. Takes `pdu`. */
coap_mid_t coap_exchange_send(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now);

/* The exchange layer's side of coap_core_ops_t; see there. */
void coap_exchange_on_request(coap_session_t *session, const coap_pdu_t *request,
                              const coap_rx_meta_t *meta);
coap_response_t coap_exchange_on_response(coap_session_t *session, coap_outgoing_t *out,
                                          const coap_pdu_t *received, const coap_rx_meta_t *meta);
int coap_exchange_on_stray_response(coap_session_t *session, const coap_pdu_t *received,
                                    const coap_rx_meta_t *meta);
void coap_exchange_on_nack(coap_session_t *session, coap_outgoing_t *out,
                           coap_nack_reason_t reason);
void coap_exchange_outgoing_gone(coap_session_t *session, coap_outgoing_t *out);
void coap_exchange_on_reset(coap_session_t *session, coap_mid_t mid);
void coap_exchange_on_event(coap_session_t *session, coap_event_t event);
void coap_exchange_on_ping(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid);
void coap_exchange_on_pong(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid);
void coap_exchange_session_gone(coap_session_t *session);

#endif /* COAP_EXCHANGE_EXCHANGE_H_ */
