/* quick_client.h -- requests of ours whose bodies, either way, go by Q-Block (RFC 9177). The record
 * of the application's request stays until the exchange ends; the messages in between have tokens
 * by which they are known, and no records. */
#ifndef COAP_EXCHANGE_QUICK_CLIENT_H_
#define COAP_EXCHANGE_QUICK_CLIENT_H_

#include "exchange/quick_receiver.h"
#include "exchange/quick_sender.h"
#include "exchange/transfer.h"

typedef struct coap_quick_client_t {
  coap_timer_t timer;
  coap_session_t *session;
  coap_outgoing_t *out; /* the application's request, which owns this; NULL until it is sent */
  uint32_t id;          /* first half of our tokens (RFC 9177 6) */
  uint32_t requests;    /* second half of the last one */
  unsigned int is_sending : 1; /* the request's body is under way */
  unsigned int is_begun : 1;   /* its first set has been sent */
  unsigned int is_listed : 1;  /* in the session's list */
  coap_quick_sender_t sender;
  coap_quick_receiver_t receiver;
  unsigned int asked;   /* times the answer to the whole request body was asked for */
  coap_mid_t first_mid; /* of the last set of messages */
  coap_mid_t last_mid;
  struct coap_quick_client_t *prev, *next;
} coap_quick_client_t;

/* 1 when the request is to go by Q-Block: the context has it on, the request is a NON whose blocks
 * are not the application's business, and the peer is not known to have no Q-Block. `transfer` is
 * that of its body or NULL. */
int coap_quick_client_wants(const coap_session_t *session, const coap_pdu_t *pdu,
                            const coap_transfer_t *transfer);

/* Sends it, or first asks the peer whether it knows Q-Block. Takes `pdu` and `transfer`. As
 * coap_send(3). */
coap_mid_t coap_quick_client_send(coap_session_t *session, coap_pdu_t *pdu,
                                  coap_transfer_t *transfer, coap_tick_t now);

/* The same to a peer that does. */
coap_mid_t coap_quick_client_start(coap_session_t *session, coap_pdu_t *pdu,
                                   coap_transfer_t *transfer, coap_tick_t now);

/* A response for the record `out`, which has a quick client. As coap_core_ops_t.response. */
coap_response_t coap_quick_client_response(coap_outgoing_t *out, const coap_pdu_t *received,
                                           coap_tick_t now);

/* A response that no record waits for. 1 when it was for one of these. */
int coap_quick_client_stray(coap_session_t *session, const coap_pdu_t *received,
                            const coap_rx_meta_t *meta);

/* The peer rejects the message with `mid`. */
void coap_quick_client_reset(coap_session_t *session, coap_mid_t mid);

/* What the session holds of these goes; each ends with its record. */
void coap_quick_client_session_gone(coap_session_t *session);

/* NULL is allowed. */
void coap_quick_client_free(coap_quick_client_t *quick);

/* Head of the next message of the exchange, with a token of ours. NULL: out of memory (counted). */
coap_pdu_t *coap_quick_client_message(coap_quick_client_t *quick);

/* Sends it; takes `pdu`. The record may have ended when this returns: out->ended tells, and the
 * caller has set out->busy. */
void coap_quick_client_transmit(coap_quick_client_t *quick, coap_pdu_t *pdu, coap_tick_t now);

/* The two directions (quick_put.c, quick_get.c): what a response means, and what is done when the
 * timer is due; 0 then ends the exchange without an answer. */
coap_response_t coap_quick_put_response(coap_outgoing_t *out, const coap_pdu_t *received,
                                        coap_tick_t now);
int coap_quick_put_due(coap_quick_client_t *quick, coap_tick_t now);
coap_response_t coap_quick_get_response(coap_outgoing_t *out, const coap_pdu_t *received,
                                        coap_tick_t now);
int coap_quick_get_due(coap_quick_client_t *quick, coap_tick_t now);

/* Block `num` of the request's body into `pdu` (RFC 9177 4.3). 1 or 0. */
int coap_quick_put_block(const coap_quick_client_t *quick, const coap_transfer_t *transfer,
                         coap_pdu_t *pdu, uint32_t num);

/* The transfer of the same record: request, body, first response. */
coap_transfer_t *coap_quick_client_transfer(const coap_quick_client_t *quick);

#endif /* COAP_EXCHANGE_QUICK_CLIENT_H_ */
