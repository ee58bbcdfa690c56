/* oscore_conf.h -- what an OSCORE security context is made from (RFC 8613 3.2), as
 * coap_new_oscore_conf(3) reads it. */
#ifndef COAP_SECURE_OSCORE_CONF_H_
#define COAP_SECURE_OSCORE_CONF_H_

#include "secure/oscore_crypto.h"
#include "secure/oscore_option.h"

#include <coap3/coap.h>

enum {
  COAP_OSCORE_SECRET_MAX = 256,     /* bytes of a master secret or salt */
  COAP_OSCORE_MAX_RECIPIENTS = 1024 /* of one context */
};

/* A Sender or Recipient ID; 0 bytes is one too. */
typedef struct coap_oscore_id_t {
  uint8_t length;
  uint8_t s[COAP_OSCORE_ID_MAX];
} coap_oscore_id_t;

/* A byte string of a configuration. */
typedef struct coap_oscore_blob_t {
  size_t length;
  uint8_t s[COAP_OSCORE_SECRET_MAX];
} coap_oscore_blob_t;

typedef struct coap_oscore_named_t {
  coap_oscore_id_t id;
  struct coap_oscore_named_t *next;
} coap_oscore_named_t;

struct coap_oscore_conf_t {
  coap_oscore_blob_t master_secret;
  coap_oscore_blob_t master_salt;
  coap_oscore_blob_t id_context;
  coap_oscore_id_t sender_id;
  coap_oscore_named_t *recipients; /* in the order of the text */
  unsigned int recipient_count;
  const coap_oscore_aead_t *aead;
  const coap_oscore_hkdf_t *hkdf;
  unsigned int replay_window;
  uint32_t ssn_freq;
  uint64_t start_number;
  coap_oscore_save_seq_num_t save;
  void *save_param;
  unsigned int has_master_secret : 1;
  unsigned int has_id_context : 1;
  unsigned int has_sender_id : 1;
  unsigned int echo_after_start : 1; /* rfc8613_b_1_2 */
  unsigned int break_sender_key : 1;
  unsigned int break_recipient_key : 1;
};

/* With every default in it, or NULL. */
coap_oscore_conf_t *coap_oscore_conf_new(void);

/* Appends a recipient. 1, or 0: too long, there already, too many, out of memory. */
int coap_oscore_conf_add_recipient(coap_oscore_conf_t *conf, const uint8_t *id, size_t length);

#endif /* COAP_SECURE_OSCORE_CONF_H_ */
