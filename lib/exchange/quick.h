/* quick.h -- Q-Block (RFC 9177): what its four roles have in common. Bodies go as NON messages in
 * sets of MAX_PAYLOADS; a set is followed by a pause unless the receiver says that it has it. */
#ifndef COAP_EXCHANGE_QUICK_H_
#define COAP_EXCHANGE_QUICK_H_

#include "exchange/exchange.h"

/* 1 when the context does Q-Block at all (COAP_BLOCK_TRY_Q_BLOCK). */
int coap_quick_is_on(const coap_exchange_t *exchange);

/* RFC 9177 7.2, in ms from the session's parameters. NON_TIMEOUT_RANDOM: between two sets. */
coap_tick_t coap_quick_pause(const coap_session_t *session);

/* How long to wait for blocks before asking for them, when that was done `asked` times already. */
coap_tick_t coap_quick_patience(const coap_session_t *session, unsigned int asked);

/* How long what was sent is kept for a peer that asks for it again: the longest it may wait. */
coap_tick_t coap_quick_linger(const coap_session_t *session);

/* A serial number for tokens, tags and the like; never 0. */
uint64_t coap_quick_serial(coap_exchange_t *exchange);

#endif /* COAP_EXCHANGE_QUICK_H_ */
