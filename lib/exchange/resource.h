/* resource.h -- what a server offers: paths, handlers, link attributes. */
#ifndef COAP_EXCHANGE_RESOURCE_H_
#define COAP_EXCHANGE_RESOURCE_H_

#include "exchange/exchange.h"

enum { COAP_RESOURCE_METHODS = COAP_REQUEST_IPATCH };

struct coap_attr_t {
  coap_attr_t *next;
  coap_str_const_t *name;
  coap_str_const_t *value; /* NULL: an attribute without one */
};

struct coap_resource_t {
  coap_exchange_t *exchange; /* NULL until added */
  coap_str_const_t *path;
  int flags;
  coap_method_handler_t handlers[COAP_RESOURCE_METHODS]; /* by method - 1 */
  coap_attr_t *attributes;
  void *user_data;
  uint64_t serial; /* tells it from a later one with the same path */

  unsigned int observable : 1;
  unsigned int is_unknown : 1; /* takes paths that are not there */
  unsigned int is_proxy : 1;   /* takes requests for other hosts than these: */
  unsigned int is_deleted : 1; /* only its memory is left, until the last pin is gone */
  coap_str_const_t **hosts;    /* own names of a proxy */
  size_t host_count;
  unsigned int pins;
  struct coap_observer_t *observers;
  unsigned int observer_count;
  uint32_t observe_number; /* 24 bits count (RFC 7641 4.4) */
  coap_timer_t notify_timer;
  struct coap_observer_t *notifying;   /* being notified; NULL once it is taken off the list */
  struct coap_observer_t *notify_next; /* the one after it */
  coap_pdu_t *notify_request;          /* of one taken off meanwhile: its handler may still run */

  coap_resource_t *bucket_next;
  coap_resource_t *prev, *next;
};

/* Takes the resource into the table; one with the same path, or the unknown or proxy resource
 * before, is deleted. */
void coap_resource_attach(coap_exchange_t *exchange, coap_resource_t *resource, coap_tick_t now);

/* Takes it out of the table, tells its observers (RFC 7641 4.2), frees it once it is not pinned.
 * One that was never added is freed only. */
void coap_resource_remove(coap_resource_t *resource, coap_tick_t now);

/* Frees all of a context's, telling nobody but the user data handler. */
void coap_resource_free_all(coap_exchange_t *exchange);

coap_resource_t *coap_resource_find(const coap_exchange_t *exchange, const uint8_t *path,
                                    size_t length);

/* Keeps the memory while a handler runs, which may delete the resource. */
void coap_resource_pin(coap_resource_t *resource);
void coap_resource_unpin(coap_resource_t *resource);

/* NULL for methods without a handler and for methods nobody knows. */
coap_method_handler_t coap_resource_handler(const coap_resource_t *resource, int method);

#endif /* COAP_EXCHANGE_RESOURCE_H_ */
