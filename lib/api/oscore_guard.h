/* oscore_guard.h -- OSCORE at a session: between the message layer and the exchange layer, by the
 * calls that leave the session layer (coap_core_ops_t). A session has a guard when its requests are
 * protected, or when it serves requests that may be.
 *
 * On a guarded session a response goes out in the form its request came in, or not at all. */
#ifndef COAP_API_OSCORE_GUARD_H_
#define COAP_API_OSCORE_GUARD_H_

#include "secure/oscore_message.h"
#include "session/core.h"
#include "session/outgoing.h"

/* Requests remembered per session for their responses (RFC 8613 8: token and security context). The
 * oldest answered one makes room, then the oldest that is not observed. */
enum { COAP_OSCORE_MAX_REQUESTS = 128 };

/* A request that came in. */
typedef struct coap_oscore_request_t {
  coap_oscore_context_t *context; /* counted; NULL: it came unprotected */
  coap_oscore_binding_t binding;
  unsigned int own_number : 1; /* the request's nonce must not be used again */
  unsigned int answered : 1;
  unsigned int observing : 1;
  struct coap_oscore_request_t *prev, *next;
  size_t token_length;
  uint8_t token[];
} coap_oscore_request_t;

typedef struct coap_guard_t {
  coap_oscore_context_t *context;  /* counted; for our requests, NULL: they are not protected */
  coap_oscore_request_t *requests; /* oldest first */
  unsigned int request_count;
  const coap_pdu_t *clear; /* the error response that goes out unprotected */
} coap_guard_t;

/* The session's guard, made when there is none; NULL when out of memory (counted). */
coap_guard_t *coap_oscore_guard(coap_session_t *session);

/* Has the session's requests protected from now on; keeps a reference of its own. 1 or 0. */
int coap_oscore_guard_requests(coap_session_t *session, coap_oscore_context_t *context);

/* Room that messages of this session need for what protection adds. */
void coap_oscore_guard_reserve(coap_session_t *session, const coap_oscore_context_t *context);

/* The request with that token, or NULL. */
coap_oscore_request_t *coap_oscore_guard_find(const coap_guard_t *guard,
                                              const coap_bin_const_t *token);

/* Puts a request on record in place of one with the same token. NULL when that one still waits for
 * its response and is not from the same peer in the same context, or when out of memory. `binding`
 * belongs to `context`; both NULL: it came unprotected. */
coap_oscore_request_t *coap_oscore_guard_record(coap_session_t *session,
                                                const coap_bin_const_t *token,
                                                coap_oscore_context_t *context,
                                                const coap_oscore_binding_t *binding);

/* The calls of coap_core_ops_t. */
void coap_oscore_on_request(coap_session_t *session, const coap_pdu_t *request,
                            const coap_rx_meta_t *meta);
int coap_oscore_seal(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed);
int coap_oscore_open(coap_session_t *session, coap_outgoing_t *out, const coap_pdu_t *received,
                     coap_pdu_t **opened);
void coap_oscore_session_gone(coap_session_t *session);

/* Tells the event handler. */
void coap_oscore_event(coap_session_t *session, coap_oscore_status_t status);

#endif /* COAP_API_OSCORE_GUARD_H_ */
