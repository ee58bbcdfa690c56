/* whole.c -- copies of requests, bodies included. */
#include "exchange/whole.h"

#include "exchange/message_options.h"
#include "seams/memory.h"
#include "wire/pdu.h"

#include <string.h>

static int
copy_body(coap_pdu_t *to, const coap_pdu_t *from) {
  uint8_t *body;

  if (!from->body)
    return 1;
  body = coap_mem_alloc(from->body_length);
  if (!body)
    return 0;
  memcpy(body, from->body, from->body_length);
  to->body = body;
  to->body_length = from->body_length;
  to->body_offset = from->body_offset;
  to->body_total = from->body_total;
  return 1;
}

coap_pdu_t *
coap_whole_copy(const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  /* Behind options the payload takes a marker; an option's delta never grows in a plain copy. */
  coap_pdu_t *copy = coap_options_copy(request, &token, request->used + 3, NULL);

  if (!copy)
    return NULL;
  if ((!request->data_offset || coap_add_data(copy, request->used - request->data_offset,
                                              coap_pdu_bytes(request) + request->data_offset)) &&
      copy_body(copy, request))
    return copy;
  coap_whole_free(copy);
  return NULL;
}

void
coap_whole_free(coap_pdu_t *pdu) {
  if (!pdu)
    return;
  coap_mem_free((void *)(uintptr_t)pdu->body);
  coap_delete_pdu(pdu);
}
