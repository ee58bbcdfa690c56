/* coap_option.h -- options: reading them from a PDU (coap_pdu_access(3)), lists to build one. */
#ifndef COAP_OPTION_H_
#define COAP_OPTION_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

/* An option number, 0..65535. */
typedef uint16_t coap_option_num_t;

/* An encoded option inside a PDU: its first byte (RFC 7252 3.1). */
typedef uint8_t coap_opt_t;
#define PCOAP_OPT(pdu) ((coap_opt_t *)(pdu))

/* An option taken apart by coap_opt_parse(). */
typedef struct {
  uint16_t delta;
  size_t length;
  const uint8_t *value;
} coap_option_t;

/* Which option numbers a walk stops at. */
#define COAP_OPT_FILTER_SHORT 6
#define COAP_OPT_FILTER_LONG  2
typedef struct coap_opt_filter_t {
  uint16_t mask; /* which places are in use: long ones first */
  uint16_t long_opts[COAP_OPT_FILTER_LONG];
  uint8_t short_opts[COAP_OPT_FILTER_SHORT];
} coap_opt_filter_t;

#define COAP_OPT_ALL NULL

void coap_option_filter_clear(coap_opt_filter_t *filter);

/* 1, or 0 when the filter is full (two numbers above 255, six below). */
int coap_option_filter_set(coap_opt_filter_t *filter, coap_option_num_t number);

/* 1 when it was there. */
int coap_option_filter_unset(coap_opt_filter_t *filter, coap_option_num_t number);

/* 1 when `number` is set, 0 when not. */
int coap_option_filter_get(coap_opt_filter_t *filter, coap_option_num_t number);

/* A walk over a PDU's options; borrows the PDU, which must not change meanwhile. */
typedef struct {
  size_t length;            /* bytes left */
  coap_option_num_t number; /* of the option returned last */
  unsigned int bad : 1;     /* ended by an encoding error */
  unsigned int filtered : 1;
  coap_opt_t *next_option;
  coap_opt_filter_t filter;
} coap_opt_iterator_t;

/* Starts a walk over the options that `filter` names (COAP_OPT_ALL: all). Gives `oi`, or NULL when
 * the PDU has no options. */
coap_opt_iterator_t *coap_option_iterator_init(const coap_pdu_t *pdu, coap_opt_iterator_t *oi,
                                               const coap_opt_filter_t *filter);

/* The next option, its number in oi->number; NULL at the end. */
coap_opt_t *coap_option_next(coap_opt_iterator_t *oi);

/* The first option `number` of the PDU, or NULL. coap_option_next() on `oi` then gives the further
 * ones of that number, and no others. */
coap_opt_t *coap_check_option(const coap_pdu_t *pdu, coap_option_num_t number,
                              coap_opt_iterator_t *oi);

/* Of an encoded option that is known to be whole (from the functions above). */
uint32_t coap_opt_length(const coap_opt_t *opt);
const uint8_t *coap_opt_value(const coap_opt_t *opt);
size_t coap_opt_size(const coap_opt_t *opt);

/* Reads one option from at most `length` bytes. Bytes consumed, 0 when it is malformed or cut. */
size_t coap_opt_parse(const coap_opt_t *opt, size_t length, coap_option_t *result);

/* Writes option head, or head and value. Bytes written, 0 when `maxlen` is too small. With `opt`
 * NULL coap_opt_setheader() only counts. */
size_t coap_opt_setheader(coap_opt_t *opt, size_t maxlen, uint16_t delta, size_t length);
size_t coap_opt_encode_size(uint16_t delta, size_t length);
size_t coap_opt_encode(coap_opt_t *opt, size_t n, uint16_t delta, const uint8_t *val,
                       size_t length);

/* An option waiting to go into a PDU; `data` is owned. */
typedef struct coap_optlist_t {
  struct coap_optlist_t *next;
  uint16_t number;
  size_t length;
  uint8_t *data;
} coap_optlist_t;

/* Copies the value. NULL when out of memory. */
coap_optlist_t *coap_new_optlist(uint16_t number, size_t length, const uint8_t *data);

/* Appends `optlist` (takes it); 0 when it is NULL, else 1. */
int coap_insert_optlist(coap_optlist_t **optlist_chain, coap_optlist_t *optlist);

/* Sorts the chain by number, keeping the order of equal ones, and adds all to the PDU. 1 or 0. */
int coap_add_optlist_pdu(coap_pdu_t *pdu, coap_optlist_t **optlist_chain);

/* Frees a chain; NULL is allowed. */
void coap_delete_optlist(coap_optlist_t *optlist_chain);

COAP_END_DECLS

#endif /* COAP_OPTION_H_ */
