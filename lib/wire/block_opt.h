/* block_opt.h -- the value of Block1 and Block2 (RFC 7959 2.2). */
#ifndef COAP_WIRE_BLOCK_OPT_H_
#define COAP_WIRE_BLOCK_OPT_H_

#include <coap3/coap.h>

enum {
  COAP_BLOCK_NUM_MAX = 0xfffff,
  COAP_BLOCK_VALUE_MAX = 3,
  COAP_BLOCK_SZX_BERT = 7,           /* several blocks of 1024 in one message (RFC 8323 6) */
  COAP_BLOCK_BERT_BYTES = 256 * 1024 /* most that we send so, however large messages may be */
};

/* Bytes of one block, by which they are numbered. */
static inline size_t
coap_block_bytes(unsigned int szx) {
  return szx == COAP_BLOCK_SZX_BERT ? 1024 : (size_t)1 << (szx + 4);
}

/* Where a block begins. */
static inline size_t
coap_block_offset(const coap_block_t *block) {
  return block->num * coap_block_bytes(block->szx);
}

/* The largest body that so many blocks as can be numbered hold. */
static inline size_t
coap_block_most_bytes(unsigned int szx) {
  return ((size_t)COAP_BLOCK_NUM_MAX + 1) * coap_block_bytes(szx);
}

/* 1 when so much payload is right for a block that others follow. */
static inline int
coap_block_is_full(unsigned int szx, size_t length) {
  return szx == COAP_BLOCK_SZX_BERT ? length > 0 && length % 1024 == 0
                                    : length == coap_block_bytes(szx);
}

/* Adds option `number` and the piece of `data` at block->num as payload. Blocks become smaller
 * where the message has no room for them. Bytes of the piece; 0 or negative: past the end, no room.
 */
int coap_block_add(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu,
                   const uint8_t *data, size_t length);

/* Reads the option's value. 1, or 0: absent, longer than 3 bytes. SZX 7 is read as it is. */
int coap_block_read(const coap_pdu_t *pdu, coap_option_num_t number, coap_block_t *block);

/* Writes the value, at most 3 bytes; its length. */
unsigned int coap_block_value(uint8_t value[COAP_BLOCK_VALUE_MAX], unsigned int num,
                              unsigned int more, unsigned int szx);

#endif /* COAP_WIRE_BLOCK_OPT_H_ */
