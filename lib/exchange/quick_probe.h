/* quick_probe.h -- asking a peer once whether it knows Q-Block, and the requests that wait for the
 * answer (RFC 9177 4.1: by a CON, so that an answer is certain). */
#ifndef COAP_EXCHANGE_QUICK_PROBE_H_
#define COAP_EXCHANGE_QUICK_PROBE_H_

#include "exchange/transfer.h"

struct coap_quick_probe_t;

/* Holds the request until the peer has said; asks it unless that is under way. Takes `pdu` and
 * `transfer` (may be NULL). The request's message ID, or COAP_INVALID_MID. */
coap_mid_t coap_quick_probe_hold(coap_session_t *session, coap_pdu_t *pdu,
                                 coap_transfer_t *transfer, coap_tick_t now);

/* The peer has said: sends what is held one way or the other. As coap_core_ops_t.response. */
coap_response_t coap_quick_probe_response(coap_outgoing_t *out, const coap_pdu_t *received,
                                          coap_tick_t now);

/* No answer, or a Reset, which is one: the held requests end with the same reason, or go. */
void coap_quick_probe_failed(struct coap_quick_probe_t *probe, coap_nack_reason_t reason);

/* NULL is allowed. */
void coap_quick_probe_free(struct coap_quick_probe_t *probe);

#endif /* COAP_EXCHANGE_QUICK_PROBE_H_ */
