/* quick_receiver.c -- a bit for each block. */
#include "exchange/quick_receiver.h"

#include "seams/memory.h"
#include "wire/block_opt.h"

void
coap_quick_receiver_init(coap_quick_receiver_t *receiver, coap_exchange_t *exchange,
                         uint32_t per_set) {
  memset(receiver, 0, sizeof(*receiver));
  coap_body_init(&receiver->body, exchange);
  receiver->per_set = per_set ? per_set : 1;
}

void
coap_quick_receiver_clear(coap_quick_receiver_t *receiver) {
  coap_mem_free(receiver->have);
  coap_body_clear(&receiver->body);
  coap_quick_receiver_init(receiver, receiver->body.exchange, receiver->per_set);
}

static int
has(const coap_quick_receiver_t *receiver, uint32_t num) {
  return receiver->have[num / 8] >> (num % 8) & 1;
}

static int
begin(coap_quick_receiver_t *receiver, unsigned int szx, size_t total) {
  size_t count = (total + coap_block_bytes(szx) - 1) >> (szx + 4);

  if (total > COAP_EXCHANGE_MAX_BODY || total > coap_block_most_bytes(szx))
    return 0;
  receiver->have = coap_mem_zalloc(count / 8 + 1);
  if (!receiver->have)
    return 0;
  receiver->total = total;
  receiver->szx = szx;
  receiver->count = (uint32_t)count;
  return 1;
}

/* Place, length and M bit as the size of the whole has them. */
static int
fits(const coap_quick_receiver_t *receiver, const coap_block_t *block, size_t total,
     size_t length) {
  size_t offset = (size_t)block->num << (block->szx + 4);
  size_t left = total > offset ? total - offset : 0;
  size_t full = coap_block_bytes(block->szx);

  if (block->szx > COAP_MAX_BLOCK_SZX || left == 0 || length != (left < full ? left : full) ||
      block->m != (left > full))
    return 0;
  return !receiver->have || (block->szx == receiver->szx && total == receiver->total);
}

coap_quick_took_t
coap_quick_receiver_take(coap_quick_receiver_t *receiver, const coap_block_t *block, size_t total,
                         const uint8_t *data, size_t length) {
  size_t offset = (size_t)block->num << (block->szx + 4);

  if (!fits(receiver, block, total, length))
    return COAP_QUICK_BAD;
  if (!receiver->have && !begin(receiver, block->szx, total))
    return COAP_QUICK_NO_ROOM;
  if (has(receiver, block->num))
    return COAP_QUICK_SEEN;
  if (!coap_body_put(&receiver->body, offset, data, length))
    return COAP_QUICK_NO_ROOM;
  receiver->have[block->num / 8] |= (uint8_t)(1U << (block->num % 8));
  receiver->got++;
  receiver->asked = 0;
  if (block->num >= receiver->end)
    receiver->end = block->num + 1;
  while (receiver->lowest < receiver->count && has(receiver, receiver->lowest))
    receiver->lowest++;
  return COAP_QUICK_NEW;
}

int
coap_quick_receiver_is_whole(const coap_quick_receiver_t *receiver) {
  return receiver->have && receiver->got == receiver->count;
}

uint32_t
coap_quick_receiver_confirm(coap_quick_receiver_t *receiver) {
  uint32_t full = receiver->lowest - receiver->lowest % receiver->per_set;

  if (full <= receiver->confirmed || coap_quick_receiver_is_whole(receiver))
    return 0;
  receiver->confirmed = full;
  return full;
}

int
coap_quick_receiver_jumped(const coap_quick_receiver_t *receiver, uint32_t end_before) {
  uint32_t set_before = end_before ? (end_before - 1) / receiver->per_set : 0;
  uint32_t set = (receiver->end - 1) / receiver->per_set;

  return set > set_before && receiver->lowest / receiver->per_set < set;
}

unsigned int
coap_quick_receiver_missing(const coap_quick_receiver_t *receiver, int is_under_way,
                            uint32_t *numbers, unsigned int max) {
  uint32_t from = receiver->lowest;
  uint32_t last = receiver->end > from ? receiver->end - 1 : from;
  uint32_t stop = (last / receiver->per_set + !is_under_way) * receiver->per_set;
  unsigned int count = 0;

  if (stop > receiver->count)
    stop = receiver->count;
  if (max > receiver->per_set)
    max = receiver->per_set;
  for (; from < stop && count < max; from++) {
    if (!has(receiver, from))
      numbers[count++] = from;
  }
  return count;
}
