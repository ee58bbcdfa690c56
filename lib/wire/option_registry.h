/* option_registry.h -- what is known of each option number, and whether a message keeps to it
 * (RFC 7252 5.4). */
#ifndef COAP_WIRE_OPTION_REGISTRY_H_
#define COAP_WIRE_OPTION_REGISTRY_H_

#include <coap3/coap.h>

typedef enum coap_option_format_t {
  COAP_OPTION_FORMAT_EMPTY,
  COAP_OPTION_FORMAT_OPAQUE,
  COAP_OPTION_FORMAT_UINT,
  COAP_OPTION_FORMAT_STRING
} coap_option_format_t;

enum { COAP_OPTION_IN_REQ = 1, COAP_OPTION_IN_RSP = 2, COAP_OPTION_IN_BOTH = 3 };

typedef struct coap_option_info_t {
  uint16_t number;
  const char *name;
  size_t shortest;
  size_t longest;
  int repeatable;
  coap_option_format_t format;
  int where;
} coap_option_info_t;

/* NULL for a number without a name here. */
const coap_option_info_t *coap_option_info(coap_option_num_t number);

/* RFC 7252 5.4.1, 5.4.2: properties that the number itself tells. */
static inline int
coap_option_is_critical(coap_option_num_t number) {
  return number & 1;
}

static inline int
coap_option_is_unsafe(coap_option_num_t number) {
  return number & 2;
}

/* 1 when a number without a name here is known to the application. */
typedef int (*coap_option_known_t)(const void *user, coap_option_num_t number);

/* The first option of `pdu` that must not be overlooked: critical and unknown, of a length out of
 * range, or repeated though it must not be (RFC 7252 5.4.1, 5.4.3, 5.4.5); its number, or -1 when
 * there is none. Elective ones with such faults are for the reader to ignore:
 * coap_option_usable(). `is_known` may be NULL. */
int coap_option_first_bad_critical(const coap_pdu_t *pdu, coap_option_known_t is_known,
                                   const void *user);

/* The first option `number` when its length is in range, else NULL (RFC 7252 5.4.3: an elective
 * option out of range is as if not there). */
coap_opt_t *coap_option_usable(const coap_pdu_t *pdu, coap_option_num_t number);

#endif /* COAP_WIRE_OPTION_REGISTRY_H_ */
