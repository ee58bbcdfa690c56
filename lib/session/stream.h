/* stream.h -- the connection under a session on a reliable transport: its life, what has come in
 * and is no whole message yet, what is to go out and has not been taken yet (RFC 8323 section 3).
 */
#ifndef COAP_SESSION_STREAM_H_
#define COAP_SESSION_STREAM_H_

#include "session/bytes.h"
#include "session/session.h"

enum {
  /* Bytes waiting to be sent: with as many, coap_send() fails, and a server reads no more from the
   * peer, so that one who does not read our answers gets no more of them. One message may go over
   * it. */
  COAP_STREAM_MAX_OUT = 1024 * 1024,
  COAP_STREAM_GATHERED = 16 * 1024,           /* bytes that wait for more to go with them */
  COAP_STREAM_CONNECT_TIMEOUT_MS = 30 * 1000, /* connect; each of the layers then has csm_timeout */
  /* What the peer takes until its CSM says otherwise (RFC 8323 5.3.1, RFC 8974 2.2.1). */
  COAP_STREAM_BASE_MESSAGE = 1152
};

typedef struct coap_stream_t {
  struct coap_stream_t *prev, *next; /* in core->half_open, while is_half_open */
  coap_tick_t accepted;
  coap_bytes_t in;
  coap_bytes_t out;
  struct coap_ws_t *ws; /* of WebSockets, else NULL: ws.h */
  coap_timer_t timer;   /* connect, handshake, upgrade and CSM time-outs */
  coap_session_t *session;
  coap_tick_t now;            /* of the call that is being served */
  coap_tick_t hold_off;       /* no new connection before (RFC 8323 5.5) */
  coap_address_t alternative; /* where the next connection goes: alternative.h */
  coap_address_t home;        /* the peer's address before the first of those */
  unsigned int epoch;         /* counts connections, so that a loop sees that its own has ended */
  uint16_t rx_mid;            /* last given to a request that came in */
  uint32_t peer_max_message;  /* RFC 8323 5.3.1 */
  size_t peer_max_token;      /* RFC 8974 2.2.1 */
  unsigned int peer_blockwise : 1; /* RFC 8323 5.3.2 */
  unsigned int connected : 1;      /* the transport is up: its end is TCP_CLOSED */
  unsigned int is_wanting : 1;     /* asks to be told when it can write */
  unsigned int is_paused : 1;      /* does not read */
  unsigned int processing : 1;     /* messages are being taken out of `in` */
  unsigned int gathers : 1;        /* what is written waits until the input is dealt with */
  unsigned int ping_waits : 1;     /* a keep-alive Ping is unanswered */
  unsigned int finished : 1;       /* the peer sends no more */
  unsigned int has_alternative : 1;
  unsigned int is_away : 1;    /* the peer's address is an alternative one */
  unsigned int is_settled : 1; /* the last connection opened was established */
  unsigned int is_half_open : 1;
} coap_stream_t;

/* The stream of a new session on a reliable transport; NULL when out of memory. */
coap_stream_t *coap_stream_new(coap_session_t *session);
void coap_stream_free(coap_session_t *session);

/* From below. The session is pinned by the caller where it looks at it afterwards. `error`: why the
 * connect failed or the connection broke, a positive errno. */
void coap_stream_accepted(coap_session_t *session, coap_tick_t now);
void coap_stream_connected(coap_session_t *session, coap_tick_t now);
void coap_stream_connect_failed(coap_session_t *session, int error, coap_tick_t now);
void coap_stream_input(coap_session_t *session, const uint8_t *data, size_t length,
                       coap_tick_t now);
void coap_stream_end(coap_session_t *session, coap_tick_t now);
void coap_stream_lost(coap_session_t *session, int error, coap_tick_t now);
void coap_stream_writable(coap_session_t *session, coap_tick_t now);

/* The peer has not gone on in time with what comes next. */
void coap_stream_give_up(coap_session_t *session, coap_tick_t now);

/* 1 while nothing is to be read from the peer. */
int coap_stream_is_paused(const coap_session_t *session);

/* Actions of the transition table; each does nothing when the state has moved on. */
void coap_stream_dial(coap_session_t *session);
void coap_stream_begin_upgrade(coap_session_t *session);
void coap_stream_begin_csm(coap_session_t *session);
void coap_stream_start(coap_session_t *session);
void coap_stream_hang_up(coap_session_t *session);

/* Closes the connection without a word. */
void coap_stream_drop(coap_session_t *session);

/* Arms the connection's time-out. Without memory for it the connection is given up. */
void coap_stream_arm(coap_session_t *session, coap_tick_t delay_ms);

/* What has come in and is not used yet. */
const uint8_t *coap_stream_received(const coap_session_t *session, size_t *length);

/* Sends, or queues what is not taken at once. 0 or a negative errno: nothing is queued then. The
 * raw one sends as it is what TLS has protected. */
int coap_stream_write(coap_session_t *session, const uint8_t *data, size_t length);
int coap_stream_write_raw(coap_session_t *session, const uint8_t *data, size_t length);

/* Takes the messages out of what has come in. */
void coap_stream_process(coap_session_t *session);

/* 1 when the send queue holds COAP_STREAM_MAX_OUT bytes. */
int coap_stream_is_full(const coap_session_t *session);

/* 1 when nothing waits to be sent; of a datagram session, too. */
int coap_stream_is_flushed(const coap_session_t *session);

#endif /* COAP_SESSION_STREAM_H_ */
