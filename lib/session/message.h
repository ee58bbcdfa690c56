/* message.h -- the message layer between its own files (RFC 7252 section 4). */
#ifndef COAP_SESSION_MESSAGE_H_
#define COAP_SESSION_MESSAGE_H_

#include "session/outgoing.h"

/* New record at the end of the session's list, stage QUEUED, or NULL. Takes `pdu` on success. */
coap_outgoing_t *coap_outgoing_new(coap_session_t *session, coap_pdu_t *pdu);

/* Changes the stage and keeps the count of CONs in flight right. */
void coap_outgoing_set_stage(coap_outgoing_t *out, coap_outgoing_stage_t stage);

/* Retransmission, waiting and leisure deadlines. */
void coap_message_timer_fire(coap_timer_t *timer, uint64_t now);

/* One datagram that (D)TLS has opened. What is malformed is rejected as RFC 7252 4.2, 4.3 say. */
void coap_message_datagram(coap_session_t *session, const uint8_t *data, size_t length,
                           const coap_rx_meta_t *meta);

/* Hands a matching response up and settles the record. */
coap_response_t coap_message_deliver(coap_outgoing_t *out, const coap_pdu_t *pdu,
                                     const coap_rx_meta_t *meta);

/* What goes out in place of `pdu`: *sealed, or NULL when that is the message itself. To be asked
 * once for each message. 0, or a negative errno: it does not go at all. */
int coap_message_seal(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed);

/* Encodes and sends; 0 or a negative errno. A full socket counts as a lost datagram. */
int coap_message_transmit(coap_session_t *session, coap_pdu_t *pdu);

/* Sends the cached reply to a duplicate again. 1 or 0. */
int coap_message_repeat_reply(coap_session_t *session, const coap_bin_const_t *reply);

/* The CON was acknowledged and its response comes apart, or a NON request goes out: waits for what
 * comes. 0 where no memory is left for the timer; one that is armed or has just fired needs none.
 */
int coap_message_await(coap_outgoing_t *out, coap_tick_t now);

#endif /* COAP_SESSION_MESSAGE_H_ */
