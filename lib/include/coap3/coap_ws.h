/* coap_ws.h -- CoAP over WebSockets (RFC 8323 4, RFC 6455). */
#ifndef COAP_WS_H_
#define COAP_WS_H_

#include <coap3/coap_session.h>

COAP_BEGIN_DECLS

#define COAP_WS_DEFAULT_PORT  80
#define COAP_WSS_DEFAULT_PORT 443

/* What a client's HTTP request says as Host, `ws_host` being copied; without it the address and
 * port it connects to. To be called before the connection is up. 1; 0 when the session is none over
 * WebSockets, its request is sent already, the text is no host, or there is no memory. */
int coap_ws_set_host_request(coap_session_t *session, coap_str_const_t *ws_host);

COAP_END_DECLS

#endif /* COAP_WS_H_ */
