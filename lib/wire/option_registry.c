/* option_registry.c -- options.def as a table, and messages held against it. */
#include "wire/option_registry.h"

static const coap_option_info_t registry[] = {
#define OPTION(number, name, shortest, longest, repeatable, format, where)                         \
  {number,                                                                                         \
   name,                                                                                           \
   shortest,                                                                                       \
   longest,                                                                                        \
   repeatable,                                                                                     \
   COAP_OPTION_FORMAT_##format,                                                                    \
   COAP_OPTION_IN_##where},
#include "wire/options.def"
};

const coap_option_info_t *
coap_option_info(coap_option_num_t number) {
  for (size_t i = 0; i < sizeof(registry) / sizeof(registry[0]); i++) {
    if (registry[i].number == number)
      return &registry[i];
  }
  return NULL;
}

/* RFC 7252 5.4.3. A uint with leading zeros is in range as long as its length is (3.2). */
static int
is_in_range(const coap_option_info_t *info, const coap_opt_t *option) {
  size_t length = coap_opt_length(option);

  return length >= info->shortest && length <= info->longest;
}

int
coap_option_first_bad_critical(const coap_pdu_t *pdu, coap_option_known_t is_known,
                               const void *user) {
  coap_opt_iterator_t oi;
  coap_opt_t *option;
  int previous = -1;

  if (!coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL))
    return -1;
  while ((option = coap_option_next(&oi))) {
    const coap_option_info_t *info = coap_option_info(oi.number);

    if (coap_option_is_critical(oi.number)) {
      if (!info && !(is_known && is_known(user, oi.number)))
        return oi.number;
      if (info && !is_in_range(info, option))
        return oi.number;
      if (info && !info->repeatable && previous == oi.number)
        return oi.number;
    }
    previous = oi.number;
  }
  return -1;
}

coap_opt_t *
coap_option_usable(const coap_pdu_t *pdu, coap_option_num_t number) {
  const coap_option_info_t *info = coap_option_info(number);
  coap_opt_iterator_t oi;
  coap_opt_t *option = coap_check_option(pdu, number, &oi);

  return option && (!info || is_in_range(info, option)) ? option : NULL;
}
