/* pdu_body.h -- what follows the header is the same in every framing: extended token length, token,
 * options, payload (RFC 7252 3, RFC 8323 3.2, RFC 8974 2.1). */
#ifndef COAP_WIRE_PDU_BODY_H_
#define COAP_WIRE_PDU_BODY_H_

#include "wire/buf.h"
#include "wire/pdu.h"
#include "wire/status.h"

/* The TKL nibble that announces a token of `length` bytes. */
uint8_t coap_token_nibble(size_t length);

/* The token's length from the header's nibble and what follows the header (RFC 8974 2.1); `r` goes
 * bad for a nibble that is reserved or not accepted. Once extended lengths are in use, none of them
 * is a format error: a request whose token is too long gets an error response from above, never a
 * Reset (RFC 8974 2.2.2). */
size_t coap_read_token_length(coap_reader_t *r, unsigned int nibble, size_t max_token);

/* Puts all that is left in `r` into `pdu`, which it takes (NULL: there was no memory for it). On OK
 * and MALFORMED *pdu_out is it, the caller's; empty but for its header when MALFORMED, and *why
 * says what was wrong. */
coap_wire_status_t coap_pdu_take_body(coap_pdu_t *pdu, coap_reader_t r, unsigned int nibble,
                                      size_t max_token, coap_pdu_t **pdu_out, const char **why);

#endif /* COAP_WIRE_PDU_BODY_H_ */
