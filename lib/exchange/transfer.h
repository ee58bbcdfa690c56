/* transfer.h -- a client's bodies in blocks, both ways (RFC 7959). One transfer moves from the
 * record of one block's request to that of the next. */
#ifndef COAP_EXCHANGE_TRANSFER_H_
#define COAP_EXCHANGE_TRANSFER_H_

#include "exchange/body.h"
#include "exchange/client.h"
#include "exchange/lent.h"

typedef struct coap_transfer_t {
  coap_pdu_t *request;         /* the application's, what its handlers are shown; own copy */
  unsigned int is_sending : 1; /* the request's body is under way (Block1) */
  unsigned int szx : 3;
  size_t offset;    /* of the block in flight (Block1) */
  size_t in_flight; /* its bytes */
  coap_lent_t lent;

  coap_body_t body;  /* of the response */
  coap_pdu_t *first; /* its first block's head */
  unsigned int restarts;
} coap_transfer_t;

/* Copies `request`, payload included if `with_payload`. NULL when out of memory (counted). */
coap_transfer_t *coap_transfer_new(coap_session_t *session, const coap_pdu_t *request,
                                   int with_payload);
void coap_transfer_free(coap_transfer_t *transfer, coap_session_t *session);

/* 1 when the response is the first block of a body that the library is to fetch. */
int coap_transfer_begins(const coap_outgoing_t *out, const coap_pdu_t *received);

/* Begins with that block. As coap_core_ops_t.response. */
coap_response_t coap_transfer_start(coap_outgoing_t *out, const coap_pdu_t *received,
                                    coap_tick_t now);

/* A response to a record that has a transfer. As above. */
coap_response_t coap_transfer_response(coap_outgoing_t *out, const coap_pdu_t *received,
                                       coap_tick_t now);

/* The response's part of it (fetch.c): the blocks of the response body from the first on. */
coap_response_t coap_fetch_response(coap_outgoing_t *out, coap_transfer_t *transfer,
                                    const coap_pdu_t *received, coap_tick_t now);

/* Shows the application `head` with the body's bytes from `offset` on, as the answer; type and
 * message ID are those of `received`. */
coap_response_t coap_fetch_deliver(coap_outgoing_t *out, const coap_transfer_t *transfer,
                                   const coap_pdu_t *head, const coap_pdu_t *received,
                                   const coap_lent_t *part, size_t offset, size_t total);

/* Gives `received` to the application as the answer to the transfer's request. */
coap_response_t coap_transfer_deliver(coap_outgoing_t *out, const coap_transfer_t *transfer,
                                      const coap_pdu_t *received);

/* Head of the next request: the application's options without those of single blocks, a fresh
 * token and message ID. NULL when out of memory (counted). */
coap_pdu_t *coap_transfer_next_request(coap_session_t *session, const coap_transfer_t *transfer);

/* Sends it (takes it) and moves the transfer from `out`, whose end is then silent. 1 or 0. */
int coap_transfer_send(coap_outgoing_t *out, coap_pdu_t *pdu, coap_tick_t now);

/* Sends a request that goes by Q-Block in no way; `transfer` is that of its body or NULL. Takes
 * both. As coap_send(3). */
coap_mid_t coap_exchange_send_plain(coap_session_t *session, coap_pdu_t *pdu,
                                    coap_transfer_t *transfer, coap_tick_t now);

/* Ends, without a word, the transfer that fetches the body of the observation with `token`. */
void coap_transfer_abandon(coap_session_t *session, const coap_bin_const_t *token);

#endif /* COAP_EXCHANGE_TRANSFER_H_ */
