/* oscore_option.h -- the value of the OSCORE option (RFC 8613 6.1). */
#ifndef COAP_SECURE_OSCORE_OPTION_H_
#define COAP_SECURE_OSCORE_OPTION_H_

#include <coap3/coap.h>

enum {
  COAP_OSCORE_PIV_MAX = 5,      /* bytes of a Partial IV: below 2^40 */
  COAP_OSCORE_ID_MAX = 7,       /* bytes of a kid that an AEAD with 13 bytes of nonce takes */
  COAP_OSCORE_CONTEXT_MAX = 241 /* bytes of a kid context, so that the option stays below 256 */
};

/* Lent by what was read, or by the writer's caller. A `s` of NULL: not there. */
typedef struct coap_oscore_option_t {
  coap_bin_const_t piv;
  coap_bin_const_t kid_context;
  coap_bin_const_t kid;
} coap_oscore_option_t;

/* Takes the value apart. 1, or 0: reserved bits or lengths, cut off, something behind the end. */
int coap_oscore_option_read(const uint8_t *value, size_t length, coap_oscore_option_t *option);

/* Writes the value to `to`, at most 255 bytes; its length. */
size_t coap_oscore_option_write(const coap_oscore_option_t *option, uint8_t to[255]);

/* A sequence number as Partial IV: without leading zeros, but one byte for 0 (RFC 8613 5). */
size_t coap_oscore_piv_write(uint64_t number, uint8_t to[COAP_OSCORE_PIV_MAX]);
uint64_t coap_oscore_piv_read(const coap_bin_const_t *piv);

#endif /* COAP_SECURE_OSCORE_OPTION_H_ */
