/* client_request.h -- the URI's target and the request for it. */
#ifndef COAPSPEC_EXAMPLES_CLIENT_REQUEST_H_
#define COAPSPEC_EXAMPLES_CLIENT_REQUEST_H_

#include "client_options.h"

/* Splits the URI and resolves its host; *proto is its scheme's. 1; or 0, said on stderr, with
 * `*exit_code` set. */
int target_resolve(const client_options_t *options, coap_uri_t *uri, coap_address_t *server,
                   coap_proto_t *proto, int *exit_code);

/* A session to `server` from the address and port that the options name, protected when `conf` is
 * not NULL, which it takes. NULL: said on stderr. */
coap_session_t *target_connect(const client_options_t *options, coap_context_t *context,
                               const coap_address_t *server, coap_proto_t proto,
                               const coap_uri_t *uri, coap_oscore_conf_t *conf);

/* The request, ready for coap_send(). `payload` is borrowed until the exchange is over. NULL: said
 * on stderr. */
coap_pdu_t *request_build(const client_options_t *options, coap_session_t *session,
                          const coap_uri_t *uri, const uint8_t *payload, size_t length);

#endif /* COAPSPEC_EXAMPLES_CLIENT_REQUEST_H_ */
