/* real_secure.h -- what a secure server and client on real sockets begin with. Every call fails the
 * test that it cannot do its work for. */
#ifndef COAPSPEC_TESTS_REAL_SECURE_H_
#define COAPSPEC_TESTS_REAL_SECURE_H_

#include <coap3/coap.h>

/* /hello, which answers 2.05 with "hello". */
void real_serve_hello(coap_context_t *context);

/* The server's side of real_connect_psk(); without a hint when that is NULL. */
void real_serve_psk(coap_context_t *context, const char *hint);

/* Where it listens: on 127.0.0.1, and a port that the system has chosen. */
coap_address_t real_listen(coap_context_t *context, coap_proto_t proto);

coap_session_t *real_connect_psk(coap_context_t *context, coap_proto_t proto,
                                 const coap_address_t *at);

#endif /* COAPSPEC_TESTS_REAL_SECURE_H_ */
