/* hex.h -- bytes of samples, written as people read them. */
#ifndef COAP_TESTS_HEX_H_
#define COAP_TESTS_HEX_H_

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* "40 01" or "4001" into `to`, which has room; gives the number of bytes. */
static inline size_t
from_hex(const char *hex, uint8_t *to) {
  size_t n = 0;

  while (*hex) {
    char digits[3] = {hex[0], hex[1], '\0'};

    if (*hex == ' ') {
      hex++;
      continue;
    }
    to[n++] = (uint8_t)strtoul(digits, NULL, 16);
    hex += hex[1] ? 2 : 1;
  }
  return n;
}

#endif /* COAP_TESTS_HEX_H_ */
