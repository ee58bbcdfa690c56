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

int
coap_get_block_b(const coap_session_t *session, const coap_pdu_t *pdu, coap_option_num_t number,
                 coap_block_b_t *block) {
  coap_block_t read;

  (void)session;
  memset(block, 0, sizeof(*block));
  if (!coap_get_block(pdu, number, &read))
    return 0;
  block->num = read.num;
  block->m = read.m;
  block->szx = block->aszx = read.szx;
  block->chunk_size = (uint32_t)coap_block_bytes(read.szx);
  block->defined = 1;
  return 1;
}

int
coap_write_block_opt(coap_block_t *block, coap_option_num_t number, coap_pdu_t *pdu,
                     size_t data_length) {
  size_t start;
  size_t marker_and_option = 1 + 4 + 1; /* payload marker, longest option, its delta's byte */
  size_t room = pdu->max_size > pdu->used + marker_and_option
                    ? pdu->max_size - pdu->used - marker_and_option
                    : 0;
  size_t want;
  uint8_t value[COAP_BLOCK_VALUE_MAX];
  unsigned int length;

  if (block->szx > COAP_MAX_BLOCK_SZX)
    return -3;
  if (block->num > COAP_BLOCK_NUM_MAX)
    return -2;
  start = (size_t)block->num << (block->szx + 4);
  if (start > 0 && start >= data_length)
    return -2;
  want = data_length - start;
  if (want > coap_block_bytes(block->szx))
    want = coap_block_bytes(block->szx);
  /* Smaller blocks until one fits; the number then counts in smaller ones (RFC 7959 2.4). */
  while (want > room) {
    if (block->szx == 0)
      return -3;
    block->szx--;
    block->num <<= 1;
    if (want > coap_block_bytes(block->szx))
      want = coap_block_bytes(block->szx);
  }
  if (block->num > COAP_BLOCK_NUM_MAX)
    return -2;
  block->m = start + coap_block_bytes(block->szx) < data_length;
  length = coap_block_value(value, block->num, block->m, block->szx);
  return coap_pdu_update_option(pdu, number, length, value);
}

int
coap_write_block_b_opt(coap_session_t *session, coap_block_b_t *block, coap_option_num_t number,
                       coap_pdu_t *pdu, size_t data_length) {
  coap_block_t plain = {.num = block->num, .szx = block->szx};
  int result = coap_write_block_opt(&plain, number, pdu, data_length);

  (void)session;
  if (result <= 0)
    return result;
  block->num = plain.num;
  block->m = plain.m;
  block->szx = block->aszx = plain.szx;
  block->chunk_size = (uint32_t)coap_block_bytes(plain.szx);
  block->bert = 0;
  return result;
}

int
coap_add_block_b_data(coap_pdu_t *pdu, size_t len, const uint8_t *data, coap_block_b_t *block) {
  return coap_add_block(pdu, len, data, block->num, (unsigned char)block->szx);
}

int
coap_add_block(coap_pdu_t *pdu, size_t len, const uint8_t *data, unsigned int block_num,
               unsigned char block_szx) {
  size_t start;
  size_t want;

  if (block_szx > COAP_MAX_BLOCK_SZX || block_num > COAP_BLOCK_NUM_MAX)
    return 0;
  start = (size_t)block_num << (block_szx + 4);
  if (start >= len)
    return 0;
  want = len - start;
  return coap_add_data(pdu, want < coap_block_bytes(block_szx) ? want : coap_block_bytes(block_szx),
                       data + start);
}
