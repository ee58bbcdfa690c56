/* pdu_body.h -- what follows the header is the same in every framing: extended token length, token,
 * options, payload (RFC 7252 3, RFC 8323 3.2, RFC 8974 2.1). */
#ifndef COAP_WIRE_PDU_BODY_H_
#define COAP_WIRE_PDU_BODY_H_

#include "wire/buf.h"
#include "wire/pdu.h"
#include "wire/status.h"

/* A message in the bytes that it came in, borrowed from there. */
typedef struct coap_message_view_t {
  coap_pdu_type_t type;
  coap_pdu_code_t code;
  coap_mid_t mid;
  const uint8_t *bytes; /* behind the header; NULL: there is not even a header */
  size_t length;
  size_t token_offset; /* these as in coap_pdu_t */
  size_t token_length;
  size_t data_offset;
  uint16_t max_opt;
} coap_message_view_t;

/* The token's length from the header's nibble and what follows the header (RFC 8974 2.1); `r` goes
 * bad for a nibble that is reserved or not accepted. Once extended lengths are in use, none of them
 * is a format error: a request whose token is too long gets an error response from above, never a
 * Reset (RFC 8974 2.2.2). */
static inline size_t
coap_read_token_length(coap_reader_t *r, unsigned int nibble, size_t max_token) {
  size_t length = nibble;

  if (nibble == 13)
    length = (size_t)coap_read_u8(r) + 13;
  else if (nibble == 14)
    length = (size_t)coap_read_u16(r) + 269;
  if (nibble == 15 || (length > COAP_TOKEN_DEFAULT_MAX && max_token <= COAP_TOKEN_DEFAULT_MAX))
    r->bad = 1;
  return length;
}

/* Looks at the bytes of `view`, behind a header that has been read. OK, or MALFORMED: then only the
 * header is good, and *why says what was wrong. */
coap_wire_status_t coap_view_body(coap_message_view_t *view, unsigned int nibble, size_t max_token,
                                  const char **why);

/* Makes `pdu` a message like `view`, with room for it whatever `pdu` was to grow to. 1, or 0 when
 * out of memory: it is as before. */
int coap_view_put(const coap_message_view_t *view, coap_pdu_t *pdu);

/* What has been read with `status` as a new message, the caller's: on OK; on MALFORMED only the
 * header of it, or NULL where there was none. Gives `status`, or NO_MEMORY. */
coap_wire_status_t coap_view_copy(const coap_message_view_t *view, coap_wire_status_t status,
                                  coap_pdu_t **pdu_out, const char **why);

#endif /* COAP_WIRE_PDU_BODY_H_ */
