/* proxy.h -- requests that are for somebody else (RFC 7252 5.7.2, 5.10.2; RFC 8768). */
#ifndef COAP_EXCHANGE_PROXY_H_
#define COAP_EXCHANGE_PROXY_H_

#include "exchange/incoming.h"

/* 1 when the request has Proxy-Uri or Proxy-Scheme. */
int coap_proxy_is_asked(const coap_pdu_t *request);

/* Such a request, where a resource for them exists: to that resource, with one hop less to go, or,
 * when it names this server, to the resource that it is for. */
void coap_proxy_dispatch(coap_incoming_t *in);

/* Frees the names of a proxy resource. */
void coap_proxy_names_free(coap_resource_t *resource);

#endif /* COAP_EXCHANGE_PROXY_H_ */
