/* uri_agreement.h -- what coap_uri(3) makes of a text against the harness's own reading of it, and
 * against what the library makes of its own output. */
#ifndef FUZZ_ORACLE_URI_AGREEMENT_H_
#define FUZZ_ORACLE_URI_AGREEMENT_H_

#include <coap3/coap.h>

#include <stddef.h>
#include <stdint.h>

/* How a URI is made into options. */
struct uri_use {
  int with_host;        /* Uri-Host and Uri-Port are wanted */
  unsigned int dst;     /* 0: destination unknown, 1: 127.0.0.1:5683, 2: [::1]:61616 */
  unsigned int failing; /* allocation that fails, counted from 1; 0: none */
};

/* Takes `text` for a URI. Returns 1 when it is one. `for_proxy`: as coap_split_proxy_uri(3). */
int uri_agreement(const uint8_t *text, size_t len, int for_proxy, const struct uri_use *use);

/* Takes it for a path without its first slash, for a query. */
void uri_agreement_path(const uint8_t *text, size_t len);
void uri_agreement_query(const uint8_t *text, size_t len);

/* Takes it for the values of options, each behind a byte with its length: they are written as text
 * and read again. */
void uri_agreement_options(const uint8_t *text, size_t len, int is_query);

/* A request takes the options of `chain`; its path and its query are written as text and read
 * again. `has_query`: there is one. */
void uri_agreement_request(coap_optlist_t **chain, int has_query);

#endif /* FUZZ_ORACLE_URI_AGREEMENT_H_ */
