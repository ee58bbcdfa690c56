/* option.c -- the option codec, walks and filters (RFC 7252 3.1). */
#include "wire/pdu.h"

#include "wire/buf.h"
#include "wire/option_head.h"

/* Delta and length share one code: 0..12 direct, 13 and 14 with one and two bytes more, 15 is
 * reserved. */
static size_t
read_nibble(coap_reader_t *r, unsigned int nibble) {
  switch (nibble) {
  case 13:
    return (size_t)coap_read_u8(r) + 13;
  case 14:
    return (size_t)coap_read_u16(r) + 269;
  case 15:
    r->bad = 1;
    return 0;
  default:
    return nibble;
  }
}

size_t
coap_option_read_long(const coap_opt_t *opt, size_t left, coap_option_t *option) {
  coap_reader_t r = coap_reader(opt, left);
  uint8_t head = coap_read_u8(&r);
  size_t delta = read_nibble(&r, head >> 4);
  size_t value_length = read_nibble(&r, head & 0x0f);
  const uint8_t *value = coap_read_bytes(&r, value_length);

  if (r.bad || delta > COAP_MAX_OPT)
    return 0;
  option->delta = (uint16_t)delta;
  option->length = value_length;
  option->value = value;
  return left - r.left;
}

size_t
coap_opt_parse(const coap_opt_t *opt, size_t length, coap_option_t *result) {
  return coap_option_read(opt, length, result);
}

static void
put_head(uint8_t *to, uint16_t delta, size_t length) {
  to[0] = (uint8_t)(coap_nibble(delta) << 4 | coap_nibble(length));
  coap_nibble_put(coap_nibble_put(to + 1, delta), length);
}

size_t
coap_opt_setheader(coap_opt_t *opt, size_t maxlen, uint16_t delta, size_t length) {
  size_t size = 1 + coap_nibble_more(delta) + coap_nibble_more(length);

  if (length > 65535 + 269 || (opt && size > maxlen))
    return 0;
  if (opt)
    put_head(opt, delta, length);
  return size;
}

size_t
coap_opt_encode_size(uint16_t delta, size_t length) {
  return coap_opt_setheader(NULL, 0, delta, length) + length;
}

size_t
coap_opt_encode(coap_opt_t *opt, size_t n, uint16_t delta, const uint8_t *val, size_t length) {
  size_t head = opt ? coap_opt_setheader(opt, n, delta, length) : 0;

  if (!head || length > n - head)
    return 0;
  if (length && val)
    memcpy(opt + head, val, length);
  return head + length;
}

/* An option known to be whole: at most its head is looked at. */
static void
parse_whole(const coap_opt_t *opt, coap_option_t *option) {
  if (!coap_opt_parse(opt, SIZE_MAX / 2, option))
    memset(option, 0, sizeof(*option));
}

uint32_t
coap_opt_length(const coap_opt_t *opt) {
  coap_option_t option;

  parse_whole(opt, &option);
  return (uint32_t)option.length;
}

const uint8_t *
coap_opt_value(const coap_opt_t *opt) {
  coap_option_t option;

  parse_whole(opt, &option);
  return option.value;
}

size_t
coap_opt_size(const coap_opt_t *opt) {
  coap_option_t option;

  return coap_opt_parse(opt, SIZE_MAX / 2, &option);
}

coap_opt_iterator_t *
coap_option_iterator_init(const coap_pdu_t *pdu, coap_opt_iterator_t *oi,
                          const coap_opt_filter_t *filter) {
  size_t start = coap_pdu_options_start(pdu);

  memset(oi, 0, sizeof(*oi));
  oi->length = coap_pdu_options_end(pdu) - start;
  if (!oi->length) {
    oi->bad = 1;
    return NULL;
  }
  oi->next_option = coap_pdu_bytes(pdu) + start;
  if (filter) {
    oi->filter = *filter;
    oi->filtered = 1;
  }
  return oi;
}

coap_opt_t *
coap_option_next(coap_opt_iterator_t *oi) {
  while (!oi->bad && oi->length) {
    coap_opt_t *current = oi->next_option;
    coap_option_t option;
    size_t size = coap_opt_parse(current, oi->length, &option);

    if (!size || option.delta > COAP_MAX_OPT - oi->number) {
      oi->bad = 1;
      break;
    }
    oi->next_option += size;
    oi->length -= size;
    oi->number = (coap_option_num_t)(oi->number + option.delta);
    if (!oi->filtered || coap_option_filter_get(&oi->filter, oi->number))
      return current;
  }
  return NULL;
}

coap_opt_t *
coap_check_option(const coap_pdu_t *pdu, coap_option_num_t number, coap_opt_iterator_t *oi) {
  coap_opt_t *option = NULL;

  /* Most of what is asked for is not there. */
  if (number > pdu->max_opt || !coap_option_iterator_init(pdu, oi, NULL)) {
    memset(oi, 0, sizeof(*oi));
    oi->bad = 1;
    return NULL;
  }
  do {
    option = coap_option_next(oi);
  } while (option && oi->number < number);
  coap_option_filter_set(&oi->filter, number);
  oi->filtered = 1;
  return option && oi->number == number ? option : NULL;
}

void
coap_option_filter_clear(coap_opt_filter_t *filter) {
  memset(filter, 0, sizeof(*filter));
}

/* The places in the mask that a number may have: long ones first, then short ones. */
static int
filter_first(coap_option_num_t number) {
  return number > 255 ? 0 : COAP_OPT_FILTER_LONG;
}

static int
filter_end(coap_option_num_t number) {
  return number > 255 ? COAP_OPT_FILTER_LONG : COAP_OPT_FILTER_LONG + COAP_OPT_FILTER_SHORT;
}

/* Place of `number`; -1 when it is not set. */
static int
filter_find(const coap_opt_filter_t *filter, coap_option_num_t number) {
  int end = filter_end(number);

  for (int i = filter_first(number); i < end && filter->mask >> i; i++) {
    unsigned int value = i < COAP_OPT_FILTER_LONG ? filter->long_opts[i]
                                                  : filter->short_opts[i - COAP_OPT_FILTER_LONG];

    if ((filter->mask & 1U << i) && value == number)
      return i;
  }
  return -1;
}

int
coap_option_filter_set(coap_opt_filter_t *filter, coap_option_num_t number) {
  int end = filter_end(number);

  if (filter_find(filter, number) >= 0)
    return 1;
  for (int i = filter_first(number); i < end; i++) {
    if (filter->mask & 1U << i)
      continue;
    filter->mask = (uint16_t)(filter->mask | 1U << i);
    if (number > 255)
      filter->long_opts[i] = number;
    else
      filter->short_opts[i - COAP_OPT_FILTER_LONG] = (uint8_t)number;
    return 1;
  }
  return 0;
}

int
coap_option_filter_unset(coap_opt_filter_t *filter, coap_option_num_t number) {
  int place = filter_find(filter, number);

  if (place < 0)
    return 0;
  filter->mask = (uint16_t)(filter->mask & ~(1U << place));
  return 1;
}

int
coap_option_filter_get(coap_opt_filter_t *filter, coap_option_num_t number) {
  return filter_find(filter, number) >= 0;
}
