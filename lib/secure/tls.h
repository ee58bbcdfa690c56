/* tls.h -- what a (D)TLS back end offers to the layers above; one of tls_*.c is linked in. */
#ifndef COAP_SECURE_TLS_H_
#define COAP_SECURE_TLS_H_

#include <coap3/coap.h>

/* What a back end can do. */
typedef struct coap_tls_ability_t {
  coap_tls_library_t library;
  uint64_t version; /* of the library at run time, as it counts versions itself */
  unsigned int dtls : 1;
  unsigned int tls : 1;
  unsigned int psk : 1;
  unsigned int pki : 1;
  unsigned int pkcs11 : 1;
  unsigned int rpk : 1;
} coap_tls_ability_t;

const coap_tls_ability_t *coap_tls_ability(void);

/* The library's own object for the session, NULL when the session has none. */
void *coap_tls_native(const coap_session_t *session);

/* The server session's identity hint, the client session's identity and the session's key; NULL
 * when there is none. */
const coap_bin_const_t *coap_tls_psk_hint(const coap_session_t *session);
const coap_bin_const_t *coap_tls_psk_identity(const coap_session_t *session);
const coap_bin_const_t *coap_tls_psk_key(const coap_session_t *session);

#endif /* COAP_SECURE_TLS_H_ */
