/* incoming.h -- one request on its way through the layer, and the answers to it. */
#ifndef COAP_EXCHANGE_INCOMING_H_
#define COAP_EXCHANGE_INCOMING_H_

#include "exchange/resource.h"

typedef struct coap_incoming_t {
  coap_exchange_t *exchange;
  coap_session_t *session;
  const coap_pdu_t *request;
  coap_rx_meta_t meta;
  coap_resource_t *resource; /* pinned; NULL before it is found and for built-in answers */
  coap_block_t block1;       /* as in the request; valid when has_block1 */
  coap_block_t block2;
  unsigned int has_block1 : 1;
  unsigned int has_block2 : 1;
  coap_block_t quick1; /* Q-Block1, Q-Block2 (RFC 9177) likewise; the first where several are */
  coap_block_t quick2;
  unsigned int has_quick1 : 1;
  unsigned int has_quick2 : 1;
  uint64_t quick_upload;     /* serial of the body by Q-Block1 that is being answered; 0: none */
  unsigned int is_again : 1; /* answered later: the request has had its acknowledgement */
} coap_incoming_t;

/* A response without code: type, message ID and token as the request asks for (RFC 7252 5.2.1,
 * 5.2.3, 5.3.1). NULL when out of memory (counted). */
coap_pdu_t *coap_reply_new(const coap_incoming_t *in);

/* Puts a request to its handler once more, with the whole of its body if it had one; the answer
 * goes out as a message of its own (RFC 7252 5.2.2). */
void coap_request_again(coap_session_t *session, const coap_pdu_t *request, coap_tick_t now);

/* Sends it, at once or after a leisure (RFC 7252 8.2), unless nobody wants it. A code of 0 sends
 * nothing: the message layer acknowledges a CON. Takes `response`. */
void coap_reply_send(const coap_incoming_t *in, coap_pdu_t *response);

/* Answers with `code` and `words` as diagnostic payload (RFC 7252 5.5.2); NULL: the code's own. */
void coap_reply_error(const coap_incoming_t *in, coap_pdu_code_t code, const char *words);

/* To the resource's handler, or to the resource that the request's path names. */
void coap_request_on_resource(coap_incoming_t *in, coap_resource_t *resource);
void coap_request_on_path(coap_incoming_t *in);

/* Answers 4.13 and says how much would be taken (RFC 7252 5.9.2.9, RFC 7959 2.9.3). */
void coap_reply_too_large(const coap_incoming_t *in);

typedef struct coap_body_t coap_body_t; /* body.h */

/* The request that the first `length` bytes of `body` make together, without payload: that is in
 * the body, which is taken. NULL when out of memory (counted): the body stays. */
coap_pdu_t *coap_request_whole(const coap_incoming_t *in, coap_body_t *body, size_t length);

/* Runs the request's handler on a fresh response, which is then sent; observation and block
 * options seen to. `handler` is the resource's for the request's method. */
void coap_request_run(coap_incoming_t *in, coap_method_handler_t handler);

#endif /* COAP_EXCHANGE_INCOMING_H_ */
