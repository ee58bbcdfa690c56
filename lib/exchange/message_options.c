/* message_options.c -- which options make a message unacceptable, and copies without some. */
#include "exchange/message_options.h"

#include "exchange/quick.h"
#include "wire/option_registry.h"
#include "wire/pdu.h"

/* Named in the registry, but what they ask for is not built in: to be treated as unknown. */
static int
is_unsupported(const coap_exchange_t *exchange, coap_option_num_t number) {
  if (number == COAP_OPTION_Q_BLOCK1 || number == COAP_OPTION_Q_BLOCK2)
    return !coap_quick_is_on(exchange);
  return number == COAP_OPTION_OSCORE;
}

static int
is_registered(const coap_exchange_t *exchange, coap_option_num_t number) {
  for (unsigned int i = 0; i < exchange->known_option_count; i++) {
    if (exchange->known_options[i] == number)
      return 1;
  }
  return 0;
}

static int
is_in_range(const coap_option_info_t *info, const coap_opt_t *option) {
  size_t length = coap_opt_length(option);

  return length >= info->shortest && length <= info->longest;
}

static int
is_defined_for(const coap_option_info_t *info, const coap_pdu_t *pdu) {
  return info->where & (COAP_PDU_IS_REQUEST(pdu) ? COAP_OPTION_IN_REQ : COAP_OPTION_IN_RSP);
}

int
coap_options_first_bad(const coap_exchange_t *exchange, const coap_pdu_t *pdu) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int previous = -1;

  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    const coap_option_info_t *info = coap_option_info(oi.number);
    int repeated = previous == oi.number;

    previous = oi.number;
    if (!coap_option_is_critical(oi.number) || is_registered(exchange, oi.number))
      continue;
    if (!info || is_unsupported(exchange, oi.number) ||
        !is_defined_for(info, pdu)) /* RFC 7252 5.4, 5.4.1 */
      return oi.number;
    if (!is_in_range(info, option)) /* RFC 7252 5.4.3 */
      return oi.number;
    if (repeated && !info->repeatable) /* RFC 7252 5.4.5 */
      return oi.number;
  }
  return -1;
}

static int
is_untidy(coap_option_num_t number, const coap_opt_t *option, int repeated) {
  const coap_option_info_t *info = coap_option_info(number);

  return info && !coap_option_is_critical(number) &&
         (!is_in_range(info, option) || (repeated && !info->repeatable));
}

int
coap_options_are_untidy(const coap_pdu_t *pdu) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int previous = -1;

  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    if (is_untidy(oi.number, option, previous == oi.number))
      return 1;
    previous = oi.number;
  }
  return 0;
}

static int
copy_tidy(coap_pdu_t *to, const coap_pdu_t *from) {
  coap_bin_const_t token = coap_pdu_get_token(from);
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int previous = -1;
  size_t length;
  const uint8_t *data;

  if (!coap_add_token(to, token.length, token.s))
    return 0;
  coap_option_iterator_init(from, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    int drop = is_untidy(oi.number, option, previous == oi.number);

    previous = oi.number;
    if (!drop && !coap_add_option(to, oi.number, coap_opt_length(option), coap_opt_value(option)))
      return 0;
  }
  return !coap_get_data(from, &length, &data) || coap_add_data(to, length, data);
}

coap_pdu_t *
coap_options_tidied(const coap_pdu_t *pdu) {
  /* Dropping one option can lengthen the next one's delta, by two bytes at most. */
  coap_pdu_t *copy = coap_pdu_init(pdu->type, pdu->code, pdu->mid, pdu->used + 2);

  if (copy && copy_tidy(copy, pdu))
    return copy;
  coap_delete_pdu(copy);
  return NULL;
}

coap_pdu_t *
coap_options_copy(const coap_pdu_t *pdu, const coap_bin_const_t *token, size_t room,
                  coap_option_drop_t drop) {
  coap_pdu_t *copy = coap_pdu_init(pdu->type, pdu->code, pdu->mid, room);
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int ok = copy && coap_add_token(copy, token->length, token->s);

  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while (ok && (option = coap_option_next(&oi))) {
    if (!drop || !drop(oi.number))
      ok = coap_add_option(copy, oi.number, coap_opt_length(option), coap_opt_value(option)) > 0;
  }
  if (ok)
    return copy;
  coap_delete_pdu(copy);
  return NULL;
}

/* These may differ between the messages of one transfer. Content-Format is compared apart. */
static int
is_outside_key(coap_option_num_t number) {
  switch (number) {
  case COAP_OPTION_ETAG:
  case COAP_OPTION_IF_NONE_MATCH: /* RFC 7959 2.10: with the first block only */
  case COAP_OPTION_OBSERVE:
  case COAP_OPTION_CONTENT_FORMAT:
  case COAP_OPTION_MAXAGE:
  case COAP_OPTION_HOP_LIMIT:
  case COAP_OPTION_BLOCK1:
  case COAP_OPTION_BLOCK2:
  case COAP_OPTION_Q_BLOCK1:
  case COAP_OPTION_Q_BLOCK2:
  case COAP_OPTION_SIZE1:
  case COAP_OPTION_SIZE2:
  case COAP_OPTION_ECHO:
  case COAP_OPTION_NORESPONSE:
    return 1;
  default:
    return 0;
  }
}

coap_binary_t *
coap_options_transfer_key(const coap_pdu_t *request) {
  static const coap_bin_const_t no_token = {0, NULL};
  coap_pdu_t *copy = coap_options_copy(request, &no_token, request->used + 2, is_outside_key);
  coap_binary_t *key = copy ? coap_new_binary(copy->used + 1) : NULL;

  if (key) {
    key->s[0] = (uint8_t)request->code;
    memcpy(key->s + 1, coap_pdu_bytes(copy), copy->used);
  }
  coap_delete_pdu(copy);
  return key;
}

uint32_t
coap_options_uint(const coap_pdu_t *pdu, coap_option_num_t number, uint32_t missing) {
  coap_opt_iterator_t oi;
  coap_opt_t *option = coap_check_option(pdu, number, &oi);

  return option ? coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) : missing;
}
