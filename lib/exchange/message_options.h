/* message_options.h -- a message's options held against the rules of RFC 7252 5.4, and what tells
 * one transfer's messages from another's. */
#ifndef COAP_EXCHANGE_MESSAGE_OPTIONS_H_
#define COAP_EXCHANGE_MESSAGE_OPTIONS_H_

#include "exchange/exchange.h"

/* The first critical option that must not be overlooked: unknown here, not defined for requests or
 * responses (whichever `pdu` is), out of range, or repeated; -1 when there is none. */
int coap_options_first_bad(const coap_exchange_t *exchange, const coap_pdu_t *pdu);

/* 1 when elective options are out of range or repeated against the rules. */
int coap_options_are_untidy(const coap_pdu_t *pdu);

/* A copy without those (RFC 7252 5.4.3, 5.4.5: as if they were not there), or NULL when out of
 * memory. */
coap_pdu_t *coap_options_tidied(const coap_pdu_t *pdu);

/* A copy of head, token and options, with room for `room` bytes in all; the options that `drop`
 * says yes to (may be NULL) and the payload stay behind. NULL when out of memory. */
typedef int (*coap_option_drop_t)(coap_option_num_t number);
coap_pdu_t *coap_options_copy(const coap_pdu_t *pdu, const coap_bin_const_t *token, size_t room,
                              coap_option_drop_t drop);

/* Method and options that the blocks of one body have in common (RFC 7959 2.4, 2.5; RFC 9175 3.3),
 * as bytes to compare. NULL when out of memory. */
coap_binary_t *coap_options_transfer_key(const coap_pdu_t *request);

/* The value of the first option `number` as an unsigned integer, or `missing`. */
uint32_t coap_options_uint(const coap_pdu_t *pdu, coap_option_num_t number, uint32_t missing);

#endif /* COAP_EXCHANGE_MESSAGE_OPTIONS_H_ */
