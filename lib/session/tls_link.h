/* tls_link.h -- (D)TLS under a session: its handshake, what it protects on the way out and opens on
 * the way in, its end. One link for each connection or DTLS association; another one follows when
 * the session is opened again. */
#ifndef COAP_SESSION_TLS_LINK_H_
#define COAP_SESSION_TLS_LINK_H_

#include "secure/tls.h"
#include "secure/tls_fragments.h"
#include "session/session.h"

enum {
  /* A DTLS handshake has so long in all: its messages are sent again after 1, 2, 4, 8, 16 and 32 s
   * (RFC 6347 4.2.4.1). One over a connection has csm_timeout, as each layer there. */
  COAP_TLS_LINK_TIMEOUT_MS = 63 * 1000,
  /* How often one that only waits for its peer is looked at. */
  COAP_TLS_LINK_LOOK_MS = 1000,
  /* Handshake messages are cut to fit a datagram; below this there is no room for headers and a
   * piece, and GnuTLS writes past its buffer. */
  COAP_TLS_LINK_MTU_MIN = 256,
  /* What a record adds to a datagram: header, explicit nonce, tag (RFC 6347 4.1, RFC 5288 3). */
  COAP_TLS_LINK_OVERHEAD = 13 + 8 + 16
};

typedef struct coap_tls_link_t {
  coap_session_t *session;
  coap_tls_t *tls;
  coap_tls_setup_t *setup; /* its own reference: a server's may be replaced meanwhile */
  coap_timer_t timer;      /* DTLS: handshake messages to be sent again */
  coap_tick_t now;         /* of the call that is being served */
  coap_tick_t give_up;
  coap_tick_t heard;            /* when the peer has sent something last */
  struct coap_tls_link_t *prev; /* in core->handshaking, */
  struct coap_tls_link_t *next; /* while is_counted */
  int send_error;               /* of the last bytes sent, 0 or a negative errno */
  unsigned int is_up : 1;       /* the handshake is through */
  unsigned int is_ended : 1;    /* the session has done with it; whoever is busy with it frees it */
  unsigned int is_counted : 1;
  unsigned int is_broken : 1;     /* what came before that is dealt with, and answered no more */
  unsigned int busy;              /* calls into the back end under way */
  coap_tls_fragments_t fragments; /* DTLS */
} coap_tls_link_t;

/* Action of the transition table: begins the handshake over a connection, or a client's. */
void coap_tls_link_begin(coap_session_t *session);

/* Begins the handshake of a DTLS server whose peer has shown its cookie. */
void coap_tls_link_accept(coap_session_t *session, const coap_tls_hello_t *hello, coap_tick_t now);

/* What has come: a datagram, or bytes of a connection. The session is pinned by the caller. */
void coap_tls_link_input(coap_session_t *session, const uint8_t *data, size_t length,
                         coap_tick_t now);

/* Protects and sends a message, or bytes of a connection. 0 or a negative errno. */
int coap_tls_link_write(coap_session_t *session, const uint8_t *data, size_t length);

/* Ends it, with a word to the peer where that is possible. 1 when it had been up. */
int coap_tls_link_end(coap_session_t *session);

/* What there is of (D)TLS, or NULL. */
const coap_tls_t *coap_tls_link_tls(const coap_session_t *session);

#endif /* COAP_SESSION_TLS_LINK_H_ */
