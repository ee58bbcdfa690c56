/* tls_parts.h -- certificates and keys on their way from where the application has them to a back
 * end: bytes in memory, of a file, or a URI of a token. */
#ifndef COAP_SECURE_TLS_PARTS_H_
#define COAP_SECURE_TLS_PARTS_H_

#include <coap3/coap.h>

typedef struct coap_tls_part_t {
  const char *what; /* in words, for the log */
  const uint8_t *bytes;
  size_t length;
  uint8_t *owned;   /* the bytes, when they are a file's */
  const char *name; /* of the file or URI; NULL: memory */
  unsigned int is_uri : 1;
  unsigned int is_der : 1; /* else PEM */
} coap_tls_part_t;

typedef struct coap_tls_parts_t {
  coap_tls_part_t ca;
  coap_tls_part_t certificate;
  coap_tls_part_t key;
  const char *pin; /* of the token, or NULL */
} coap_tls_parts_t;

/* Finds all three, those given, and reads their files. 1, or 0 with what is wrong in the log. To be
 * freed in either case. */
int coap_tls_parts_find(coap_tls_parts_t *parts, const coap_dtls_key_t *from);
void coap_tls_parts_free(coap_tls_parts_t *parts);

/* A file of PEM text, or a URI; `name` NULL: nothing is given. 1 or 0 as above. */
int coap_tls_part_file(coap_tls_part_t *part, const char *what, const char *name);
void coap_tls_part_free(coap_tls_part_t *part);

int coap_tls_part_is_given(const coap_tls_part_t *part);

/* Raw public keys and tokens are asked for, and this back end has none of them; or a server has no
 * certificate. 0 then, with that in the log; else 1. */
int coap_tls_parts_are_plain(const coap_tls_parts_t *parts, const coap_dtls_pki_t *pki,
                             coap_dtls_role_t role);

/* *key is what goes with the certificate: a file may hold both. NULL: neither is given. 1, or 0
 * when there is a key alone, with that in the log. */
int coap_tls_parts_pair(const coap_tls_parts_t *parts, const coap_tls_part_t **key);

/* Says in the log that key and certificate do not go together. 0. */
int coap_tls_parts_differ(const coap_tls_parts_t *parts);

/* Says in the log what is wrong with a part. 0. */
int coap_tls_part_complain(const coap_tls_part_t *part, const char *why);

#endif /* COAP_SECURE_TLS_PARTS_H_ */
