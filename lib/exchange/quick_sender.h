/* quick_sender.h -- which block of a body goes next (RFC 9177 7.2): sets of MAX_PAYLOADS one after
 * the other, and in between what the receiver says it has not got. No time, no messages. */
#ifndef COAP_EXCHANGE_QUICK_SENDER_H_
#define COAP_EXCHANGE_QUICK_SENDER_H_

#include "exchange/exchange.h"

/* Most blocks that are named or asked for again at a time; a larger MAX_PAYLOADS makes no more. */
enum { COAP_QUICK_NAMED_MAX = 32 };

typedef struct coap_quick_sender_t {
  size_t length; /* of the body */
  unsigned int szx;
  uint32_t count;                       /* blocks of the body */
  uint32_t per_set;                     /* MAX_PAYLOADS */
  uint32_t next;                        /* the first block that was not sent yet */
  uint32_t stop;                        /* where the set under way ends */
  uint32_t named[COAP_QUICK_NAMED_MAX]; /* to be sent again, first */
  unsigned int named_count;
  unsigned int named_sent;
} coap_quick_sender_t;

/* From block `first` on, the first set under way. */
void coap_quick_sender_begin(coap_quick_sender_t *sender, size_t length, unsigned int szx,
                             uint32_t per_set, uint32_t first);

/* The next block of the set under way. 1, or 0: pause; *again says that it was sent before. */
int coap_quick_sender_next(coap_quick_sender_t *sender, uint32_t *num, int *again);

/* The pause is over. 1, or 0 when every block has been sent. */
int coap_quick_sender_resume(coap_quick_sender_t *sender);

/* The receiver has all blocks before `num`. 1 when that ends the pause. */
int coap_quick_sender_continue(coap_quick_sender_t *sender, uint32_t num);

/* The receiver wants this block again; beyond the bound it has to ask once more. */
void coap_quick_sender_name(coap_quick_sender_t *sender, uint32_t num);

int coap_quick_sender_is_done(const coap_quick_sender_t *sender);

#endif /* COAP_EXCHANGE_QUICK_SENDER_H_ */
