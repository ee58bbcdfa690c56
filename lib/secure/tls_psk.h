/* tls_psk.h -- pre-shared keys (RFC 4279): who is to use which one, as the application says, and
 * what was used, whatever the back end. */
#ifndef COAP_SECURE_TLS_PSK_H_
#define COAP_SECURE_TLS_PSK_H_

#include "secure/tls_setup.h"

/* A value that the application gave while the handshake went on. */
typedef struct coap_tls_kept_t {
  coap_bin_const_t value; /* points at bytes; NULL while there is none */
  uint8_t bytes[COAP_DTLS_HINT_LENGTH];
} coap_tls_kept_t;

/* What one session uses. */
typedef struct coap_tls_psk_t {
  coap_tls_kept_t hint;
  coap_tls_kept_t identity;
  coap_tls_kept_t key;
} coap_tls_psk_t;

/* Each 1, or 0 with what is wrong in the log. */

/* A client's identity and key for the server's hint (NULL: it has none). */
int coap_tls_psk_of_client(coap_tls_psk_t *psk, const coap_tls_setup_t *setup,
                           coap_session_t *session, const char *hint);

/* A server's hint, before a client has said anything. */
void coap_tls_psk_begin_server(coap_tls_psk_t *psk, const coap_tls_setup_t *setup);

/* A server's hint and key for the host name that a client asks for ("": none). *is_new 1 when there
 * is a call-back that has chosen them. */
int coap_tls_psk_for_name(coap_tls_psk_t *psk, const coap_tls_setup_t *setup,
                          coap_session_t *session, const char *name, int *is_new);

/* A server's key for a client's identity. */
int coap_tls_psk_of_server(coap_tls_psk_t *psk, const coap_tls_setup_t *setup,
                           coap_session_t *session, const coap_bin_const_t *identity);

/* `value`, a server's hint, with a zero byte behind it; NULL when there is none or it is longer
 * than COAP_DTLS_HINT_LENGTH. */
const char *coap_tls_psk_hint_text(const coap_bin_const_t *value,
                                   char text[COAP_DTLS_HINT_LENGTH + 1]);

/* Overwrites what was kept. */
void coap_tls_psk_wipe(coap_tls_psk_t *psk);

#endif /* COAP_SECURE_TLS_PSK_H_ */
