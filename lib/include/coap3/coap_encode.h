/* coap_encode.h -- unsigned integers as options carry them (RFC 7252 3.2). */
#ifndef COAP_ENCODE_H_
#define COAP_ENCODE_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

/* Position of the highest bit set, counted from 1; 0 for 0. */
int coap_fls(unsigned int i);
int coap_flsll(long long i);

/* The value of `length` bytes in network order; 0 for length 0. At most 4 and 8 bytes count: of
 * more, the last ones. */
unsigned int coap_decode_var_bytes(const uint8_t *buf, size_t length);
uint64_t coap_decode_var_bytes8(const uint8_t *buf, size_t length);

/* Writes `value` in the fewest bytes (none for 0) and returns their number; 0 when `length` is too
 * small, nothing written then. */
unsigned int coap_encode_var_safe(uint8_t *buf, size_t length, unsigned int value);
unsigned int coap_encode_var_safe8(uint8_t *buf, size_t length, uint64_t value);

COAP_END_DECLS

#endif /* COAP_ENCODE_H_ */
