/* ws.h -- WebSockets under a session: the HTTP upgrade, frames, closing (RFC 6455, RFC 8323 4). */
#ifndef COAP_SESSION_WS_H_
#define COAP_SESSION_WS_H_

#include "session/bytes.h"
#include "session/session.h"
#include "wire/ws_frame.h"
#include "wire/ws_http.h"

typedef struct coap_ws_t {
  coap_ws_handshake_t handshake;
  coap_ws_reader_t reader;
  coap_bytes_t message; /* payload so far of the data message that comes in */
  uint8_t control[COAP_WS_CONTROL_MAX];
  size_t control_length;
  char host[COAP_WS_HOST_MAX + 1]; /* the client's Host field; empty: the address */
  unsigned int begun : 1;          /* the handshake is under way */
  unsigned int is_up : 1;          /* the handshake is through */
  unsigned int close_sent : 1;
} coap_ws_t;

coap_ws_t *coap_ws_new(void);
void coap_ws_free(coap_ws_t *ws);

/* Begins the upgrade of a new connection: sends the request, or waits for it. 1 or 0. */
int coap_ws_begin(coap_session_t *session);

/* The connection is about to go: says so to the peer when that is possible, and forgets it. */
void coap_ws_end(coap_session_t *session);

/* 1 between the upgrade and the end; 0 for other transports. */
int coap_ws_is_up(const coap_session_t *session);

/* coap_ws_set_host_request(3) */
int coap_ws_set_host(coap_session_t *session, const char *host, size_t length);

/* See framing.h. */
coap_wire_status_t coap_ws_take(coap_session_t *session, coap_pdu_t **pdu, size_t *used,
                                const char **why);
int coap_ws_put(coap_session_t *session, coap_pdu_t *pdu);

#endif /* COAP_SESSION_WS_H_ */
