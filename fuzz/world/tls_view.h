/* tls_view.h -- what is in the records of a library's DTLS session, in both directions, opened with
 * the keys that its own TLS object shows (coap_session_get_tls(3)): the oracles judge CoAP,
 * whatever protects it. */
#ifndef FUZZ_WORLD_TLS_VIEW_H_
#define FUZZ_WORLD_TLS_VIEW_H_

#include "world/record.h"

#include <coap3/coap.h>

#define TLS_VIEW_PLAIN 17000U /* the longest record, and more */

/* Forgets all sessions. */
void tls_view_reset(void);

/* A record that session number `id` sends. 1 with what is in it, when that shows. */
int tls_view_sent(const coap_session_t *session, unsigned int id, const struct record *r,
                  uint8_t *plain, size_t *length);

/* A record that is about to be read by it. 1 with what is in it when it will be taken: its tag is
 * right and it has not come before (RFC 6347 4.1.2.6). To be asked of each record, in order. */
int tls_view_got(const coap_session_t *session, unsigned int id, const struct record *r,
                 uint8_t *plain, size_t *length);

#endif /* FUZZ_WORLD_TLS_VIEW_H_ */
