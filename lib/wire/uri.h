/* uri.h -- what the parts of a URI stand for when they are not there. */
#ifndef COAP_WIRE_URI_H_
#define COAP_WIRE_URI_H_

#include <coap3/coap.h>

/* RFC 7252 6.1, 6.2, RFC 8323 8. */
uint16_t coap_uri_default_port(coap_uri_scheme_t scheme);

/* As URIs write it, without "://". */
const char *coap_uri_scheme_name(coap_uri_scheme_t scheme);

#endif /* COAP_WIRE_URI_H_ */
