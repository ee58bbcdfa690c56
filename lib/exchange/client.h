/* client.h -- requests we have sent: their responses, observations, bodies in blocks. */
#ifndef COAP_EXCHANGE_CLIENT_H_
#define COAP_EXCHANGE_CLIENT_H_

#include "exchange/exchange.h"

/* What a request's record carries (out->extra). */
typedef struct coap_client_extra_t {
  struct coap_transfer_t *transfer;  /* owned: the body this request is a part of, or NULL */
  struct coap_quick_client_t *quick; /* owned: the same by Q-Block, or NULL */
  struct coap_quick_probe_t *probe;  /* owned: asks whether the peer knows Q-Block, or NULL */
  unsigned int is_observing : 1;
  uint32_t observe_number; /* of the newest notification (RFC 7641 3.4) */
  coap_tick_t observed_at;
} coap_client_extra_t;

/* The record's extra, made when there is none; NULL when out of memory (counted). */
coap_client_extra_t *coap_client_extra(coap_outgoing_t *out);

/* Gives a response to the application as the answer to `sent` and marks the record answered. */
coap_response_t coap_client_deliver(coap_outgoing_t *out, const coap_pdu_t *sent,
                                    const coap_pdu_t *received);

/* A request about to be sent: one that registers once more under the same token takes the place of
 * the observation so far (RFC 7641 3.1). */
void coap_client_before_send(coap_session_t *session, const coap_pdu_t *pdu);

/* Ends the observation that a request with `token` began: deregisters with a message of `type`
 * (RFC 7641 3.6). 1, or 0 when there is none or nothing could be sent. */
int coap_client_cancel_observe(coap_session_t *session, const coap_bin_const_t *token,
                               coap_pdu_type_t type, coap_tick_t now);

/* Tells the server that nothing is observed any more (RFC 7641 3.6), by NON messages whose answers
 * nobody waits for. */
void coap_client_leave_observations(coap_session_t *session, coap_tick_t now);

#endif /* COAP_EXCHANGE_CLIENT_H_ */
