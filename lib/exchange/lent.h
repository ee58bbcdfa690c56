/* lent.h -- a body that the application lends the library while it is sent in pieces. */
#ifndef COAP_EXCHANGE_LENT_H_
#define COAP_EXCHANGE_LENT_H_

#include "exchange/exchange.h"

typedef struct coap_lent_t {
  const uint8_t *data;
  size_t length;
  coap_release_large_data_t release; /* gives it back, once */
  void *app_ptr;
} coap_lent_t;

/* A body that comes without `release` may be gone once its owner returns: it is copied. 1, or 0
 * when out of memory; *lent is then as before. */
int coap_lent_keep(coap_lent_t *lent);

/* Gives it back and forgets it. */
void coap_lent_return(coap_lent_t *lent, coap_session_t *session);

/* Most payload that still fits `pdu` as one message of the session's: RFC 7252 4.6 wants no more
 * than 1024 bytes where the path is not known better. */
size_t coap_lent_room(const coap_session_t *session, const coap_pdu_t *pdu);

/* Most of it that goes without blocks: a block that the mode allows, or what fits a message. */
size_t coap_lent_one_message(const coap_session_t *session, const coap_pdu_t *pdu);

#endif /* COAP_EXCHANGE_LENT_H_ */
