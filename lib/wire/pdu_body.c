/* pdu_body.c -- token, options and payload: what every framing has in common. */
#include "wire/pdu_body.h"

uint8_t
coap_token_nibble(size_t length) {
  return (uint8_t)(length < 13 ? length : length < 269 ? 13 : 14);
}

size_t
coap_read_token_length(coap_reader_t *r, unsigned int nibble, size_t max_token) {
  size_t length = nibble;

  if (nibble == 13)
    length = (size_t)coap_read_u8(r) + 13;
  else if (nibble == 14)
    length = (size_t)coap_read_u16(r) + 269;
  if (nibble == 15 || (length > COAP_TOKEN_DEFAULT_MAX && max_token <= COAP_TOKEN_DEFAULT_MAX))
    r->bad = 1;
  return length;
}

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
    size = coap_opt_parse(r.at, r.left, &option);
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

/* Puts what follows the header into `pdu`. NULL, or what is wrong with it; "" for want of memory.
 */
static const char *
take_body(coap_pdu_t *pdu, coap_reader_t r, unsigned int token_nibble_value, size_t max_token) {
  const uint8_t *start = r.at;
  size_t total = r.left;
  size_t token_length = coap_read_token_length(&r, token_nibble_value, max_token);
  size_t token_offset = total - r.left;
  size_t payload_at;
  const char *why;

  if (r.bad)
    return "token length is reserved or not accepted";
  if (!coap_read_bytes(&r, token_length))
    return "token runs past the end";
  why = check_options(r, &payload_at, &pdu->max_opt);
  if (why)
    return why;
  if (!coap_pdu_reserve(pdu, total))
    return "";
  if (total)
    memcpy(coap_pdu_bytes(pdu), start, total);
  pdu->used = total;
  pdu->token_offset = token_offset;
  pdu->token_length = token_length;
  pdu->data_offset = payload_at ? token_offset + token_length + payload_at : 0;
  return NULL;
}

coap_wire_status_t
coap_pdu_take_body(coap_pdu_t *pdu, coap_reader_t r, unsigned int nibble, size_t max_token,
                   coap_pdu_t **pdu_out, const char **why) {
  *why = pdu ? take_body(pdu, r, nibble, max_token) : "";
  *pdu_out = NULL;
  if (*why && !**why) {
    coap_delete_pdu(pdu);
    return COAP_WIRE_NO_MEMORY;
  }
  *pdu_out = pdu;
  if (!*why)
    return COAP_WIRE_OK;
  coap_pdu_clear(pdu);
  return COAP_WIRE_MALFORMED;
}
