/* pdu_print.c -- messages for people. */
#include "wire/pdu_print.h"

#include "wire/block_opt.h"
#include "wire/codes.h"
#include "wire/pdu.h"
#include "wire/signal_options.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct text_t {
  char *to;
  size_t size;
  size_t used;
} text_t;

static void
COAP_PRINTF_LIKE(2, 3) add(text_t *t, const char *format, ...) {
  va_list args;
  int n;

  if (t->used + 1 >= t->size)
    return;
  va_start(args, format);
  n = vsnprintf(t->to + t->used, t->size - t->used, format, args);
  va_end(args);
  if (n > 0)
    t->used = (size_t)n < t->size - t->used ? t->used + (size_t)n : t->size - 1;
}

static int
is_printable(const uint8_t *data, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (data[i] < 0x20 || data[i] > 0x7e)
      return 0;
  }
  return 1;
}

static void
add_hex(text_t *t, const uint8_t *data, size_t length) {
  for (size_t i = 0; i < length && t->used + 1 < t->size; i++)
    add(t, "%02x", data[i]);
}

static void
add_value(text_t *t, const uint8_t *data, size_t length) {
  if (is_printable(data, length)) {
    add(t, "'%.*s'", (int)length, (const char *)data);
  } else {
    add(t, "0x");
    add_hex(t, data, length);
  }
}

static void
add_block(text_t *t, const uint8_t *value, size_t length) {
  unsigned int block = coap_decode_var_bytes(value, length);

  add(t, "%u/%c/", block >> 4, block & 8 ? 'M' : '_');
  if ((block & 7) == COAP_BLOCK_SZX_BERT)
    add(t, "BERT");
  else
    add(t, "%u", 1U << ((block & 7) + 4));
}

static void
add_option(text_t *t, const coap_pdu_t *pdu, coap_option_num_t number, const coap_opt_t *option) {
  int signal = COAP_PDU_IS_SIGNALING(pdu);
  const coap_option_info_t *info =
      signal ? coap_signal_option_info(coap_pdu_get_code(pdu), number) : coap_option_info(number);
  const uint8_t *value = coap_opt_value(option);
  size_t length = coap_opt_length(option);

  if (info)
    add(t, "%s:", info->name);
  else
    add(t, "%u:", (unsigned int)number);
  if (!signal && (number == COAP_OPTION_BLOCK1 || number == COAP_OPTION_BLOCK2 ||
                  number == COAP_OPTION_Q_BLOCK1 || number == COAP_OPTION_Q_BLOCK2))
    add_block(t, value, length);
  else if (info && info->format == COAP_OPTION_FORMAT_UINT && length <= 8)
    add(t, "%llu", (unsigned long long)coap_decode_var_bytes8(value, length));
  else if (info && info->format == COAP_OPTION_FORMAT_STRING)
    add_value(t, value, length);
  else
    add_hex(t, value, length);
}

char *
coap_pdu_print(const coap_pdu_t *pdu, char *text, size_t size) {
  text_t t = {text, size, 0};
  char code[8];
  coap_bin_const_t token = coap_pdu_get_token(pdu);
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  const uint8_t *data;
  size_t length;
  const char *comma = "";

  text[0] = '\0';
  if (pdu->transport)
    add(&t, "v:%s c:%s {", pdu->transport, coap_code_name(coap_pdu_get_code(pdu), code));
  else
    add(&t, "v:1 t:%s c:%s i:%04x {", coap_type_name(coap_pdu_get_type(pdu)),
        coap_code_name(coap_pdu_get_code(pdu), code), (unsigned int)coap_pdu_get_mid(pdu));
  add_hex(&t, token.s, token.length);
  add(&t, "} [ ");
  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while ((option = coap_option_next(&oi))) {
    add(&t, "%s", comma);
    add_option(&t, pdu, oi.number, option);
    comma = ", ";
  }
  add(&t, " ]");
  if (coap_get_data(pdu, &length, &data)) {
    add(&t, " :: ");
    add_value(&t, data, length);
  }
  return text;
}
