/* local.h -- the addresses that peers of datagram endpoints have sent to: few, shared by many
 * sessions. */
#ifndef COAP_SESSION_LOCAL_H_
#define COAP_SESSION_LOCAL_H_

#include "session/core.h"

/* An equal address that stays until it is given back; NULL when out of memory. */
const coap_address_t *coap_local_take(coap_core_t *core, const coap_address_t *address);

void coap_local_give(coap_core_t *core, const coap_address_t *address);

#endif /* COAP_SESSION_LOCAL_H_ */
