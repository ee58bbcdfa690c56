/* block_opt.c -- block options of single messages. */
#include "wire/block_opt.h"

#include "wire/pdu.h"

unsigned int
coap_opt_block_num(const coap_opt_t *block_opt) {
  size_t length = coap_opt_length(block_opt);

  return length > COAP_BLOCK_VALUE_MAX
             ? 0
             : coap_decode_var_bytes(coap_opt_value(block_opt), length) >> 4;
}

int
coap_block_read(const coap_pdu_t *pdu, coap_option_num_t number, coap_block_t *block) {
  coap_opt_iterator_t oi;
  coap_opt_t *option = coap_check_option(pdu, number, &oi);
  unsigned int value;

  memset(block, 0, sizeof(*block));
  if (!option || coap_opt_length(option) > COAP_BLOCK_VALUE_MAX)
    return 0;
  value = coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
  block->num = value >> 4;
  block->m = value >> 3 & 1;
  block->szx = value & 7;
  return 1;
}

unsigned int
coap_block_value(uint8_t value[COAP_BLOCK_VALUE_MAX], unsigned int num, unsigned int more,
                 unsigned int szx) {
  return coap_encode_var_safe(value, COAP_BLOCK_VALUE_MAX,
                              num << 4 | (more ? 8U : 0U) | (szx & 7U));
}

int
coap_get_block(const coap_pdu_t *pdu, coap_option_num_t number, coap_block_t *block) {
  coap_block_t read;

  /* RFC 7959 2.2: 7 is reserved, but over reliable transports (RFC 8323 6). */
  if (!pdu || !coap_block_read(pdu, number, &read) || read.szx > COAP_MAX_BLOCK_SZX)
    return 0;
  *block = read;
  return 1;
}

/* What of `left` goes into one message with so much room. */
static size_t
chunk_of(unsigned int szx, size_t left, size_t room) {
  size_t most = coap_block_bytes(szx);

  if (szx == COAP_BLOCK_SZX_BERT) {
    most = room < COAP_BLOCK_BERT_BYTES ? room : COAP_BLOCK_BERT_BYTES;
    most = most < left ? most / 1024 * 1024 : most;
  }
  return left < most ? left : most;
}

/* Adds the option; the bytes of the piece, which fits then, or as coap_write_block_opt(). */
static int
write_option(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu, size_t data_length,
             size_t *chunk) {
  size_t marker_and_option = 1 + 4 + 1; /* payload marker, longest option, its delta's byte */
  size_t room = pdu->max_size > pdu->used + marker_and_option
                    ? pdu->max_size - pdu->used - marker_and_option
                    : 0;
  size_t start = coap_block_offset(block);
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  unsigned int length;

  if (block->num > COAP_BLOCK_NUM_MAX || (start > 0 && start >= data_length))
    return -2;
  *chunk = chunk_of(block->szx, data_length - start, room);
  /* Smaller blocks until one fits; the number then counts in smaller ones (RFC 7959 2.4). */
  while (*chunk > room || (*chunk == 0 && data_length > start)) {
    if (block->szx == 0)
      return -3;
    if (block->szx-- != COAP_BLOCK_SZX_BERT)
      block->num <<= 1;
    *chunk = chunk_of(block->szx, data_length - start, room);
  }
  if (block->num > COAP_BLOCK_NUM_MAX)
    return -2;
  block->m = start + *chunk < data_length;
  length = coap_block_value(value, block->num, block->m, block->szx);
  return coap_pdu_update_option(pdu, number, length, value);
}

int
coap_write_block_opt(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu,
                     size_t data_length) {
  size_t chunk;

  return block->szx > COAP_MAX_BLOCK_SZX ? -3
                                         : write_option(block, number, pdu, data_length, &chunk);
}

int
coap_block_add(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu, const uint8_t *data,
               size_t length) {
  size_t chunk = 0;
  int result = write_option(block, number, pdu, length, &chunk);

  if (result <= 0)
    return result;
  return chunk && coap_add_data(pdu, chunk, data + coap_block_offset(block)) ? (int)chunk : 0;
}

int
coap_add_block(coap_pdu_t *pdu, size_t len, const uint8_t *data, unsigned int block_num,
               unsigned char block_szx) {
  coap_block_t block = {.num = block_num, .szx = block_szx & 7};
  size_t start = coap_block_offset(&block);

  if (block_szx > COAP_MAX_BLOCK_SZX || block_num > COAP_BLOCK_NUM_MAX || start >= len)
    return 0;
  return coap_add_data(pdu, chunk_of(block_szx, len - start, SIZE_MAX), data + start);
}
