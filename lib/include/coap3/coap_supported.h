/* coap_supported.h -- what this build can do; each 1 or 0. */
#ifndef COAP_SUPPORTED_H_
#define COAP_SUPPORTED_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

int coap_tcp_is_supported(void);
int coap_ws_is_supported(void);
int coap_wss_is_supported(void);
int coap_oscore_is_supported(void);

COAP_END_DECLS

#endif /* COAP_SUPPORTED_H_ */
