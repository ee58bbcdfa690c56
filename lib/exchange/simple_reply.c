/* simple_reply.c -- answers that applications build from a request: coap_pdu_setup(3). */
#include "wire/block_opt.h"
#include "wire/pdu.h"

#include <coap3/coap.h>

/* Room for the code's words behind what is copied from the request. */
enum { WORDS_ROOM = 64 };

static int
copy_named_options(coap_pdu_t *to, const coap_pdu_t *from, const coap_opt_filter_t *named) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;

  coap_option_iterator_init(from, &oi, named);
  while ((option = coap_option_next(&oi))) {
    if (!coap_add_option(to, oi.number, coap_opt_length(option), coap_opt_value(option)))
      return 0;
  }
  return 1;
}

coap_pdu_t *
coap_new_error_response(const coap_pdu_t *request, coap_pdu_code_t code, coap_opt_filter_t *opts) {
  const char *words = coap_response_phrase((unsigned char)code);
  coap_bin_const_t token;
  coap_pdu_t *response;

  if (!request)
    return NULL;
  token = coap_pdu_get_token(request);
  response = coap_pdu_init(coap_pdu_get_type(request) == COAP_MESSAGE_CON ? COAP_MESSAGE_ACK
                                                                          : COAP_MESSAGE_NON,
                           code, coap_pdu_get_mid(request), request->used + WORDS_ROOM);
  if (response && coap_add_token(response, token.length, token.s) &&
      (!opts || copy_named_options(response, request, opts)) &&
      coap_add_data(response, strlen(words), (const uint8_t *)words))
    return response;
  coap_delete_pdu(response);
  return NULL;
}

static int
add_uint(coap_pdu_t *pdu, coap_option_num_t number, unsigned int number_value) {
  uint8_t value[4];

  return coap_pdu_update_option(pdu, number,
                                coap_encode_var_safe(value, sizeof(value), number_value), value);
}

static int
add_piece(const coap_pdu_t *request, coap_pdu_t *response, size_t length, const uint8_t *data) {
  coap_block_t block;
  int asked = coap_get_block(request, COAP_OPTION_BLOCK2, &block);

  if (!asked && coap_add_data(response, length, data))
    return 1;
  if (!asked)
    block = (coap_block_t){.szx = COAP_MAX_BLOCK_SZX};
  if (((size_t)block.num << (block.szx + 4)) >= length && (block.num || length))
    return 0;
  return coap_write_block_opt(&block, COAP_OPTION_BLOCK2, response, length) > 0 &&
         (length == 0 ||
          coap_add_block(response, length, data, block.num, (unsigned char)block.szx));
}

void
coap_add_data_blocked_response(const coap_pdu_t *request, coap_pdu_t *response, uint16_t media_type,
                               int maxage, size_t length, const uint8_t *data) {
  coap_block_t block;
  int is_block = coap_get_block(request, COAP_OPTION_BLOCK2, &block) && block.num > 0;

  if (add_uint(response, COAP_OPTION_CONTENT_FORMAT, media_type) &&
      (maxage < 0 || add_uint(response, COAP_OPTION_MAXAGE, (unsigned int)maxage)) &&
      (is_block || add_uint(response, COAP_OPTION_SIZE2, (unsigned int)length)) &&
      add_piece(request, response, length, data))
    return;
  coap_pdu_remove_option(response, COAP_OPTION_CONTENT_FORMAT);
  coap_pdu_remove_option(response, COAP_OPTION_MAXAGE);
  coap_pdu_remove_option(response, COAP_OPTION_SIZE2);
  coap_pdu_remove_option(response, COAP_OPTION_BLOCK2);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_BAD_REQUEST); /* RFC 7959 2.4: no such piece */
}
