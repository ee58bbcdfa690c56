/* tls_past.h -- what a client keeps of (D)TLS sessions that were, to resume them (RFC 5246 F.1.4,
 * RFC 5077, RFC 8446 2.2): a bounded number, each for one peer and the keys used with it. */
#ifndef COAP_SECURE_TLS_PAST_H_
#define COAP_SECURE_TLS_PAST_H_

#include "secure/tls_setup.h"

#include <coap3/coap.h>

enum {
  COAP_TLS_PAST_MAX = 32, /* sessions; the one kept longest makes room */
  COAP_TLS_PAST_BYTES_MAX = 16 * 1024,
  COAP_TLS_PAST_PEER_MAX = 64
};

typedef struct coap_tls_past_t {
  struct coap_tls_past_entry_t *entries; /* the one kept longest first */
  unsigned int count;
} coap_tls_past_t;

/* Whose session it was: the keys, which bring the host name, and bytes that tell peers apart. */
typedef struct coap_tls_past_key_t {
  coap_tls_setup_t *setup;
  coap_bin_const_t peer; /* at most COAP_TLS_PAST_PEER_MAX bytes */
} coap_tls_past_key_t;

/* Copies `data` in place of what there is for `key`; NULL, too long or no memory: there is nothing
 * then. Takes a reference to the keys. */
void coap_tls_past_keep(coap_tls_past_t *past, const coap_tls_past_key_t *key,
                        const coap_bin_const_t *data);

/* What is kept for `key`, until the next call; NULL: nothing. */
const coap_bin_const_t *coap_tls_past_find(const coap_tls_past_t *past,
                                           const coap_tls_past_key_t *key);

/* Wipes all of it. */
void coap_tls_past_clear(coap_tls_past_t *past);

#endif /* COAP_SECURE_TLS_PAST_H_ */
