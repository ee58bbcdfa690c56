/* track.h -- telling who keeps observations over a restart (coap_persist(3)) what changes. */
#ifndef COAP_EXCHANGE_TRACK_H_
#define COAP_EXCHANGE_TRACK_H_

#include "exchange/observe.h"

void coap_track_observer_added(coap_observer_t *observer);
void coap_track_observer_removed(coap_observer_t *observer);

/* The resource's Observe number went up. */
void coap_track_number(coap_resource_t *resource);

/* The resource came into the table: from within a handler of the unknown resource, it is one that a
 * client made. */
void coap_track_resource_added(coap_resource_t *resource);
void coap_track_resource_deleted(coap_resource_t *resource);

/* Defined in api/context.c: where the session's endpoint listens, NULL without one. */
const coap_address_t *coap_session_listen_address(const coap_session_t *session);

#endif /* COAP_EXCHANGE_TRACK_H_ */
