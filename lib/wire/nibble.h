/* nibble.h -- a number that begins in half a byte: deltas and lengths of options (RFC 7252 3.1),
 * lengths of tokens (RFC 8974 2.1). Up to 12 the nibble is the number; 13 and 14 announce one and
 * two bytes more. */
#ifndef COAP_WIRE_NIBBLE_H_
#define COAP_WIRE_NIBBLE_H_

#include <stddef.h>
#include <stdint.h>

enum { COAP_NIBBLE_1 = 13, COAP_NIBBLE_2 = 269 }; /* from which on one and two bytes more follow */

static inline uint8_t
coap_nibble(size_t n) {
  return (uint8_t)(n < COAP_NIBBLE_1 ? n : n < COAP_NIBBLE_2 ? 13 : 14);
}

/* How many bytes more. */
static inline size_t
coap_nibble_more(size_t n) {
  return n < COAP_NIBBLE_1 ? 0 : n < COAP_NIBBLE_2 ? 1 : 2;
}

/* Writes these, for which there has to be room; gives what is behind them. */
static inline uint8_t *
coap_nibble_put(uint8_t *to, size_t n) {
  if (n < COAP_NIBBLE_1)
    return to;
  if (n < COAP_NIBBLE_2) {
    to[0] = (uint8_t)(n - COAP_NIBBLE_1);
    return to + 1;
  }
  to[0] = (uint8_t)((n - COAP_NIBBLE_2) >> 8);
  to[1] = (uint8_t)(n - COAP_NIBBLE_2);
  return to + 2;
}

#endif /* COAP_WIRE_NIBBLE_H_ */
