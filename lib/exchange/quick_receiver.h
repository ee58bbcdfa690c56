/* quick_receiver.h -- a body whose blocks come in any order (RFC 9177): what is there, what is
 * missing. No time, no messages. */
#ifndef COAP_EXCHANGE_QUICK_RECEIVER_H_
#define COAP_EXCHANGE_QUICK_RECEIVER_H_

#include "exchange/body.h"

typedef struct coap_quick_receiver_t {
  coap_body_t body;
  uint8_t *have; /* a bit for each block; NULL before the first */
  size_t total;  /* bytes of the whole (Size1, Size2: RFC 9177 4.6) */
  unsigned int szx;
  uint32_t count;     /* blocks of the whole */
  uint32_t per_set;   /* MAX_PAYLOADS */
  uint32_t got;       /* blocks that are there */
  uint32_t lowest;    /* the first that is not; `count` when all are there */
  uint32_t end;       /* behind the highest that is there */
  uint32_t confirmed; /* the sender has been told that all before this are there */
  unsigned int asked; /* times that missing ones were asked for since the last new one */
} coap_quick_receiver_t;

typedef enum coap_quick_took_t {
  COAP_QUICK_NEW,
  COAP_QUICK_SEEN,   /* there already: its payload is ignored (RFC 9177 4.3, 4.4) */
  COAP_QUICK_BAD,    /* does not fit the body that was begun */
  COAP_QUICK_NO_ROOM /* a bound is reached, or no memory */
} coap_quick_took_t;

void coap_quick_receiver_init(coap_quick_receiver_t *receiver, coap_exchange_t *exchange,
                              uint32_t per_set);
void coap_quick_receiver_clear(coap_quick_receiver_t *receiver);

/* Takes a block; the first one begins the body of `total` bytes. */
coap_quick_took_t coap_quick_receiver_take(coap_quick_receiver_t *receiver,
                                           const coap_block_t *block, size_t total,
                                           const uint8_t *data, size_t length);

int coap_quick_receiver_is_whole(const coap_quick_receiver_t *receiver);

/* The number of blocks in full sets (MAX_PAYLOADS) from the first on, when the sender has not been
 * told of them yet; else 0. A whole body needs no such word. */
uint32_t coap_quick_receiver_confirm(coap_quick_receiver_t *receiver);

/* 1 when the block was the first of its set and blocks of sets before are missing: `end_before` is
 * receiver->end before it was taken. */
int coap_quick_receiver_jumped(const coap_quick_receiver_t *receiver, uint32_t end_before);

/* The first missing blocks, at most `max`, of the sets begun so far; of the next set when these are
 * full. With `is_under_way` the newest set is left out: it is still coming. Their count. */
unsigned int coap_quick_receiver_missing(const coap_quick_receiver_t *receiver, int is_under_way,
                                         uint32_t *numbers, unsigned int max);

#endif /* COAP_EXCHANGE_QUICK_RECEIVER_H_ */
