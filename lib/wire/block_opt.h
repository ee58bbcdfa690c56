/* block_opt.h -- the value of Block1 and Block2 (RFC 7959 2.2). */
#ifndef COAP_WIRE_BLOCK_OPT_H_
#define COAP_WIRE_BLOCK_OPT_H_

#include <coap3/coap.h>

enum { COAP_BLOCK_NUM_MAX = 0xfffff, COAP_BLOCK_VALUE_MAX = 3 };

/* Bytes of one block. */
static inline size_t
coap_block_bytes(unsigned int szx) {
  return (size_t)1 << (szx + 4);
}

/* The largest body that so many blocks as can be numbered hold. */
static inline size_t
coap_block_most_bytes(unsigned int szx) {
  return ((size_t)COAP_BLOCK_NUM_MAX + 1) << (szx + 4);
}

/* Reads the option's value. 1, or 0: absent, longer than 3 bytes. SZX 7 is read as it is. */
int coap_block_read(const coap_pdu_t *pdu, coap_option_num_t number, coap_block_t *block);

/* Writes the value, at most 3 bytes; its length. */
unsigned int coap_block_value(uint8_t value[COAP_BLOCK_VALUE_MAX], unsigned int num,
                              unsigned int more, unsigned int szx);

#endif /* COAP_WIRE_BLOCK_OPT_H_ */
