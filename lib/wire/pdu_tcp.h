/* pdu_tcp.h -- the framings for reliable transports: a message tells its own length on a byte
 * stream (RFC 8323 3.2), and leaves that to the frame on WebSockets (4.2). Neither has type nor
 * message ID: messages read come out as CON with 0. */
#ifndef COAP_WIRE_PDU_TCP_H_
#define COAP_WIRE_PDU_TCP_H_

#include "wire/pdu_body.h"

/* How long the first message in the stream is. OK: *total is its bytes, header and all; it may be
 * more than `length`, which is for the caller to wait for or to refuse. MORE: too few bytes to
 * tell. MALFORMED: token length 15, or 9 to 14 when `max_token` is 8; no message boundary can be
 * found after it. */
coap_wire_status_t coap_wire_tcp_size(const uint8_t *data, size_t length, size_t max_token,
                                      uint64_t *total);

/* Reads exactly one whole message, as far as MALFORMED tells the code. */
coap_wire_status_t coap_wire_view_tcp(const uint8_t *data, size_t length, size_t max_token,
                                      coap_message_view_t *view, const char **why);
coap_wire_status_t coap_wire_view_ws(const uint8_t *data, size_t length, size_t max_token,
                                     coap_message_view_t *view, const char **why);

/* Reads exactly one whole message into a new one. On OK *pdu_out is it; on MALFORMED one with only
 * its code, or NULL when not even that was there; the caller owns it. *why says in words what was
 * wrong. `max_token` as in coap_wire_parse_udp(). An Empty message may carry anything: it will be
 * ignored (RFC 8323 3.4). */
coap_wire_status_t coap_wire_parse_tcp(const uint8_t *data, size_t length, size_t max_token,
                                       coap_pdu_t **pdu_out, const char **why);

/* Writes the header in front of the message's bytes. The message, *length bytes, is borrowed from
 * the PDU and lasts until that changes. */
const uint8_t *coap_wire_encode_tcp(coap_pdu_t *pdu, size_t *length);

/* The same for the payload of one WebSocket message; the Len nibble is 0 (RFC 8323 4.2), and a
 * message with another is MALFORMED. */
coap_wire_status_t coap_wire_parse_ws(const uint8_t *data, size_t length, size_t max_token,
                                      coap_pdu_t **pdu_out, const char **why);
const uint8_t *coap_wire_encode_ws(coap_pdu_t *pdu, size_t *length);

#endif /* COAP_WIRE_PDU_TCP_H_ */
