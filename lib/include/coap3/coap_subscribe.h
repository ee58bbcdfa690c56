/* coap_subscribe.h -- coap_observe(3): observing resources (RFC 7641). */
#ifndef COAP_SUBSCRIBE_H_
#define COAP_SUBSCRIBE_H_

#include <coap3/coap_pdu.h>
#include <coap3/coap_resource.h>

COAP_BEGIN_DECLS

/* Whether GET (and FETCH) with Observe registers: `mode` 1 or 0. */
void coap_resource_set_get_observable(coap_resource_t *resource, int mode);

/* The resource has changed: its observers will be sent notifications. `query` is not used. 1 when
 * there is an observer, else 0. */
int coap_resource_notify_observers(coap_resource_t *resource, const coap_string_t *query);

/* Ends the observation that the request with `token` began: sends the deregistration (RFC 7641 3.6)
 * as a message of `message_type`. 1, or 0 when there is no such observation. */
int coap_cancel_observe(coap_session_t *session, coap_binary_t *token,
                        coap_pdu_type_t message_type);

COAP_END_DECLS

#endif /* COAP_SUBSCRIBE_H_ */
