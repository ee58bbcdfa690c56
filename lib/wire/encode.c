/* encode.c -- unsigned integers of variable length (RFC 7252 3.2). */
#include <coap3/coap.h>

int
coap_fls(unsigned int i) {
  int n = 0;

  for (; i; i >>= 1)
    n++;
  return n;
}

int
coap_flsll(long long i) {
  int n = 0;

  for (uint64_t u = (uint64_t)i; u; u >>= 1)
    n++;
  return n;
}

uint64_t
coap_decode_var_bytes8(const uint8_t *buf, size_t length) {
  uint64_t value = 0;

  for (size_t i = 0; i < length; i++)
    value = value << 8 | buf[i];
  return value;
}

unsigned int
coap_decode_var_bytes(const uint8_t *buf, size_t length) {
  return (unsigned int)coap_decode_var_bytes8(buf, length);
}

unsigned int
coap_encode_var_safe8(uint8_t *buf, size_t length, uint64_t value) {
  unsigned int n = 0;

  for (uint64_t v = value; v; v >>= 8)
    n++;
  if (n > length)
    return 0;
  for (unsigned int i = n; i-- > 0; value >>= 8)
    buf[i] = (uint8_t)value;
  return n;
}

unsigned int
coap_encode_var_safe(uint8_t *buf, size_t length, unsigned int value) {
  return coap_encode_var_safe8(buf, length, value);
}
