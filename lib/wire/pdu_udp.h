/* pdu_udp.h -- the datagram framing (RFC 7252 section 3, RFC 8974 section 2). */
#ifndef COAP_WIRE_PDU_UDP_H_
#define COAP_WIRE_PDU_UDP_H_

#include "wire/pdu_body.h"

/* Reads one datagram, as far as MALFORMED tells the header. */
coap_wire_status_t coap_wire_view_udp(const uint8_t *data, size_t length, size_t max_token,
                                      coap_message_view_t *view, const char **why);

/* Reads one datagram into a new message. On OK *pdu_out is the message; on MALFORMED one with only
 * type, code and message ID, for the message layer to reject; the caller owns it. *why says in
 * words what was wrong. `max_token`: longest token wanted; with 8 the lengths 9 to 14 are format
 * errors, above it RFC 8974 is in force and longer ones are read all the same, for an error
 * response. */
coap_wire_status_t coap_wire_parse_udp(const uint8_t *data, size_t length, size_t max_token,
                                       coap_pdu_t **pdu_out, const char **why);

/* Writes the header in front of the message's bytes. The datagram, *length bytes, is borrowed from
 * the PDU and lasts until that changes. */
const uint8_t *coap_wire_encode_udp(coap_pdu_t *pdu, size_t *length);

/* An Empty message (RFC 7252 4.1). */
void coap_wire_empty_udp(uint8_t datagram[4], coap_pdu_type_t type, coap_mid_t mid);

#endif /* COAP_WIRE_PDU_UDP_H_ */
