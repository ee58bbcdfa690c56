/* pdu_body.c -- token, options and payload: what every framing has in common. */
#include "wire/pdu_body.h"

#include "wire/option_head.h"

/* Walks the options; returns the offset of the payload from `r`'s start, 0 for none. What is wrong
 * is in *why. */
static const char *
check_options(coap_reader_t r, size_t *payload_at, uint16_t *max_opt) {
  size_t total = r.left;
  unsigned int number = 0;

  *payload_at = 0;
  while (r.left) {
    coap_option_t option;
    size_t size;

    if (*r.at == 0xff) {
      if (r.left == 1)
        return "payload marker without payload";
      *payload_at = total - r.left + 1;
      break;
    }
    size = coap_option_read(r.at, r.left, &option);
    if (!size)
      return "option head or length is wrong";
    number += option.delta;
    if (number > COAP_MAX_OPT)
      return "option number past 65535";
    coap_read_bytes(&r, size);
  }
  *max_opt = (uint16_t)number;
  return NULL;
}

static coap_wire_status_t
malformed(const char **why, const char *what) {
  *why = what;
  return COAP_WIRE_MALFORMED;
}

coap_wire_status_t
coap_view_body(coap_message_view_t *view, unsigned int nibble, size_t max_token, const char **why) {
  coap_reader_t r = coap_reader(view->bytes, view->length);
  size_t payload_at;

  view->token_length = coap_read_token_length(&r, nibble, max_token);
  view->token_offset = view->length - r.left;
  if (r.bad)
    return malformed(why, "token length is reserved or not accepted");
  if (!coap_read_bytes(&r, view->token_length))
    return malformed(why, "token runs past the end");
  *why = check_options(r, &payload_at, &view->max_opt);
  if (*why)
    return COAP_WIRE_MALFORMED;
  view->data_offset = payload_at ? view->token_offset + view->token_length + payload_at : 0;
  return COAP_WIRE_OK;
}

int
coap_view_put(const coap_message_view_t *view, coap_pdu_t *pdu) {
  uint32_t max_size = pdu->max_size;

  if (view->length > COAP_PDU_ABSOLUTE_MAX)
    return 0;
  if (view->length > max_size)
    pdu->max_size = (uint32_t)view->length;
  if (view->length > pdu->room && !coap_pdu_grow(pdu, view->length)) {
    pdu->max_size = max_size;
    return 0;
  }
  pdu->type = view->type;
  pdu->code = view->code;
  pdu->mid = view->mid;
  pdu->used = (uint32_t)view->length;
  pdu->token_offset = (uint32_t)view->token_offset;
  pdu->token_length = (uint32_t)view->token_length;
  pdu->data_offset = (uint32_t)view->data_offset;
  pdu->max_opt = view->max_opt;
  pdu->transport = NULL;
  pdu->body = NULL;
  if (view->length)
    memcpy(coap_pdu_bytes(pdu), view->bytes, view->length);
  return 1;
}

coap_wire_status_t
coap_view_copy(const coap_message_view_t *view, coap_wire_status_t status, coap_pdu_t **pdu_out,
               const char **why) {
  coap_pdu_t *pdu;

  *pdu_out = NULL;
  if ((status != COAP_WIRE_OK && status != COAP_WIRE_MALFORMED) || !view->bytes)
    return status;
  pdu = coap_pdu_init(view->type, view->code, view->mid, view->length);
  if (!pdu || (status == COAP_WIRE_OK && !coap_view_put(view, pdu))) {
    coap_delete_pdu(pdu);
    *why = "";
    return COAP_WIRE_NO_MEMORY;
  }
  *pdu_out = pdu;
  return status;
}
