/* dedup.h -- message IDs seen from a peer and the replies they got (RFC 7252 4.5). Bounded per
 * session; when it is full the oldest is forgotten. */
#ifndef COAP_SESSION_DEDUP_H_
#define COAP_SESSION_DEDUP_H_

#include "session/session.h"

typedef enum coap_dedup_result_t {
  COAP_DEDUP_NEW,       /* not seen; remembered now */
  COAP_DEDUP_DUPLICATE, /* seen: *reply is what it was answered with, length 0 for nothing */
  COAP_DEDUP_NO_MEMORY  /* not seen and not remembered either */
} coap_dedup_result_t;

/* `lifetime_ms`: how long this message ID counts as used. */
coap_dedup_result_t coap_dedup_check(coap_session_t *session, coap_mid_t mid, coap_tick_t now,
                                     coap_tick_t lifetime_ms, coap_bin_const_t *reply);

/* Remembers (copies) the reply to `mid`. The first one stays: a message is acknowledged or reset
 * once. A message ID that is not remembered is left alone. */
void coap_dedup_reply(coap_session_t *session, coap_mid_t mid, const uint8_t *data, size_t length);

/* 1 when `mid` is remembered and has a reply. */
int coap_dedup_replied(const coap_session_t *session, coap_mid_t mid);

void coap_dedup_clear(coap_session_t *session);

#endif /* COAP_SESSION_DEDUP_H_ */
