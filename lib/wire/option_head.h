/* option_head.h -- what is before an option's value: one byte in which delta and length begin, then
 * what these need more (RFC 7252 3.1). Nearly all are short: this one byte and no more. */
#ifndef COAP_WIRE_OPTION_HEAD_H_
#define COAP_WIRE_OPTION_HEAD_H_

#include "wire/nibble.h"

#include <coap3/coap.h>

static inline int
coap_option_head_is_short(size_t delta, size_t length) {
  return delta < COAP_NIBBLE_1 && length < COAP_NIBBLE_1;
}

static inline uint8_t
coap_option_head_short(size_t delta, size_t length) {
  return (uint8_t)(delta << 4 | length);
}

/* coap_opt_parse() of any head. */
size_t coap_option_read_long(const coap_opt_t *opt, size_t left, coap_option_t *option);

/* coap_opt_parse(), inline as far as the head is short. */
static inline size_t
coap_option_read(const coap_opt_t *opt, size_t left, coap_option_t *option) {
  size_t delta = left ? opt[0] >> 4 : 0;
  size_t length = left ? opt[0] & 0x0fU : 0;

  if (!coap_option_head_is_short(delta, length))
    return coap_option_read_long(opt, left, option);
  if (length >= left)
    return 0;
  option->delta = (uint16_t)delta;
  option->length = length;
  option->value = opt + 1;
  return length + 1;
}

#endif /* COAP_WIRE_OPTION_HEAD_H_ */
