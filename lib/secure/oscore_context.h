/* oscore_context.h -- a security context (RFC 8613 3.1): keys derived from a configuration,
 * sequence numbers, recipients with their replay windows. Counted by reference. */
#ifndef COAP_SECURE_OSCORE_CONTEXT_H_
#define COAP_SECURE_OSCORE_CONTEXT_H_

#include "secure/oscore_conf.h"
#include "secure/oscore_replay.h"

/* RFC 8613 7.2.1: sequence numbers stay below this. */
#define COAP_OSCORE_NUMBER_LIMIT (UINT64_C(1) << 40)

enum { COAP_OSCORE_ECHO_SIZE = 8 };

typedef struct coap_oscore_recipient_t {
  coap_oscore_id_t id;
  uint8_t key[COAP_OSCORE_KEY_MAX];
  coap_oscore_replay_t window;
  /* Numbers from before this program's start may be replayed: an Echo shows the request is new
   * (RFC 8613 B.1.2). */
  unsigned int unsure : 1;
  unsigned int challenged : 1; /* `echo` has been sent */
  uint8_t echo[COAP_OSCORE_ECHO_SIZE];
  struct coap_oscore_recipient_t *next;
} coap_oscore_recipient_t;

typedef struct coap_oscore_context_t {
  coap_oscore_conf_t *conf; /* owned */
  uint8_t common_iv[COAP_OSCORE_NONCE_MAX];
  uint8_t sender_key[COAP_OSCORE_KEY_MAX];
  uint64_t next_number;  /* Sender Sequence Number */
  uint64_t saved_number; /* numbers below are covered by what was saved */
  coap_oscore_recipient_t *recipients;
  unsigned int refs;
  struct coap_oscore_context_t *next; /* for whoever keeps several */
} coap_oscore_context_t;

/* Derives everything, with one reference. Takes `conf` on success; NULL when an ID is too long for
 * the AEAD or memory is out. */
coap_oscore_context_t *coap_oscore_context_new(coap_oscore_conf_t *conf);

coap_oscore_context_t *coap_oscore_context_ref(coap_oscore_context_t *context);

/* The last one wipes the keys. NULL is allowed. */
void coap_oscore_context_unref(coap_oscore_context_t *context);

/* Adds one more recipient. 1 or 0 (too long, there already, too many, no memory). */
int coap_oscore_context_add_recipient(coap_oscore_context_t *context, const coap_bin_const_t *id);

/* 1 when there was one. */
int coap_oscore_context_remove_recipient(coap_oscore_context_t *context,
                                         const coap_bin_const_t *id);

/* NULL for an ID without recipient, or a kid context that is not this context's (`kid_context->s`
 * NULL: the message has none). */
coap_oscore_recipient_t *coap_oscore_context_recipient(const coap_oscore_context_t *context,
                                                       const coap_bin_const_t *kid,
                                                       const coap_bin_const_t *kid_context);

/* Draws the next Sender Sequence Number, saved beforehand when the configuration asks for it. 1, or
 * 0: no number is left, or it could not be saved. */
int coap_oscore_context_number(coap_oscore_context_t *context, uint64_t *number);

/* The AEAD nonce of (ID, Partial IV) (RFC 8613 5.2). */
void coap_oscore_context_nonce(const coap_oscore_context_t *context, const coap_bin_const_t *id,
                               const coap_bin_const_t *piv, uint8_t nonce[COAP_OSCORE_NONCE_MAX]);

/* The HKDF's info for an output of `length` bytes; its own length, 0 when `room` is too small
 * (RFC 8613 3.2.1). */
size_t coap_oscore_context_info(const coap_oscore_conf_t *conf, const coap_oscore_id_t *id,
                                const char *type, size_t length, uint8_t *to, size_t room);

#endif /* COAP_SECURE_OSCORE_CONTEXT_H_ */
