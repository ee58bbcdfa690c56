/* optlist.c -- options gathered before there is a PDU. */
#include <coap3/coap.h>

#include "seams/memory.h"

#include <utlist.h>

coap_optlist_t *
coap_new_optlist(uint16_t number, size_t length, const uint8_t *data) {
  coap_optlist_t *item;

  if (length > 65535)
    return NULL;
  item = coap_mem_alloc(sizeof(*item) + length);
  if (!item)
    return NULL;
  item->next = NULL;
  item->number = number;
  item->length = length;
  item->data = (uint8_t *)(item + 1);
  if (length)
    memcpy(item->data, data, length);
  return item;
}

int
coap_insert_optlist(coap_optlist_t **optlist_chain, coap_optlist_t *optlist) {
  if (!optlist_chain || !optlist)
    return 0;
  LL_APPEND(*optlist_chain, optlist);
  return 1;
}

static int
by_number(const coap_optlist_t *a, const coap_optlist_t *b) {
  return (int)a->number - (int)b->number;
}

int
coap_add_optlist_pdu(coap_pdu_t *pdu, coap_optlist_t **optlist_chain) {
  coap_optlist_t *item;

  if (!pdu || !optlist_chain)
    return 0;
  /* utlist's merge sort is stable. */
  LL_SORT(*optlist_chain, by_number);
  LL_FOREACH(*optlist_chain, item) {
    if (!coap_add_option(pdu, item->number, item->length, item->data))
      return 0;
  }
  return 1;
}

void
coap_delete_optlist(coap_optlist_t *optlist_chain) {
  while (optlist_chain) {
    coap_optlist_t *next = optlist_chain->next;

    coap_mem_free(optlist_chain);
    optlist_chain = next;
  }
}
