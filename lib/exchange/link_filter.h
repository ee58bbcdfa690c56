/* link_filter.h -- which links a query asks for (RFC 6690 4.1). */
#ifndef COAP_EXCHANGE_LINK_FILTER_H_
#define COAP_EXCHANGE_LINK_FILTER_H_

#include "exchange/resource.h"

/* 1 when the resource's link passes every Uri-Query option of `request`. */
int coap_link_matches(const coap_resource_t *resource, const coap_pdu_t *request);

#endif /* COAP_EXCHANGE_LINK_FILTER_H_ */
