/* ws_close.h -- the payload of Close frames (RFC 6455 5.5.1, 7.4). */
#ifndef COAP_WIRE_WS_CLOSE_H_
#define COAP_WIRE_WS_CLOSE_H_

#include "wire/ws_frame.h"

/* Whether an endpoint may put `code` into a Close frame (RFC 6455 7.4.2 and the codes registered
 * since). */
int coap_ws_close_code_is_valid(unsigned int code);

/* Whether the bytes are UTF-8 (RFC 3629): shortest forms, no surrogates, nothing past U+10FFFF. */
int coap_utf8_is_valid(const uint8_t *text, size_t length);

/* The payload of a Close frame that came. NONE: fine, *code is the peer's (NO_CODE when it gave
 * none); else the code to close with: PROTOCOL for a payload of one byte or a code that must not be
 * sent, BAD_DATA for a reason that is not UTF-8. */
coap_ws_close_code_t coap_ws_check_close(const uint8_t *payload, size_t length, unsigned int *code);

#endif /* COAP_WIRE_WS_CLOSE_H_ */
