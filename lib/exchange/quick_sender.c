/* quick_sender.c -- sets of blocks. */
#include "exchange/quick_sender.h"

static uint32_t
set_end(const coap_quick_sender_t *sender, uint32_t num) {
  uint32_t end = (num / sender->per_set + 1) * sender->per_set;

  return end < sender->count ? end : sender->count;
}

void
coap_quick_sender_begin(coap_quick_sender_t *sender, size_t length, unsigned int szx,
                        uint32_t per_set, uint32_t first) {
  memset(sender, 0, sizeof(*sender));
  sender->length = length;
  sender->szx = szx;
  sender->count = (uint32_t)((length + ((size_t)1 << (szx + 4)) - 1) >> (szx + 4));
  sender->per_set = per_set ? per_set : 1;
  sender->next = first;
  sender->stop = set_end(sender, first);
}

int
coap_quick_sender_next(coap_quick_sender_t *sender, uint32_t *num, int *again) {
  *again = sender->named_sent < sender->named_count;
  if (*again) {
    *num = sender->named[sender->named_sent++];
    return 1;
  }
  sender->named_sent = sender->named_count = 0;
  if (sender->next >= sender->stop)
    return 0;
  *num = sender->next++;
  return 1;
}

int
coap_quick_sender_is_done(const coap_quick_sender_t *sender) {
  return sender->next >= sender->count;
}

int
coap_quick_sender_resume(coap_quick_sender_t *sender) {
  if (coap_quick_sender_is_done(sender))
    return 0;
  if (sender->next >= sender->stop)
    sender->stop = set_end(sender, sender->next);
  return 1;
}

int
coap_quick_sender_continue(coap_quick_sender_t *sender, uint32_t num) {
  /* About a set before the one under way: that pause is over. */
  if (num < sender->next || num > sender->count || sender->next < sender->stop)
    return 0;
  sender->next = num;
  return coap_quick_sender_resume(sender);
}

void
coap_quick_sender_name(coap_quick_sender_t *sender, uint32_t num) {
  /* What has its turn in the set under way anyway is not sent twice. */
  if (num >= sender->count || (num >= sender->next && num < sender->stop))
    return;
  for (unsigned int i = sender->named_sent; i < sender->named_count; i++) {
    if (sender->named[i] == num)
      return;
  }
  if (sender->named_sent == sender->named_count)
    sender->named_sent = sender->named_count = 0;
  if (sender->named_count < COAP_QUICK_NAMED_MAX)
    sender->named[sender->named_count++] = num;
}
