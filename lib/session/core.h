/* core.h -- what all sessions of one context share: timers, look-up table, idle pool, limits,
 * counters, and the calls that leave the session layer. */
#ifndef COAP_SESSION_CORE_H_
#define COAP_SESSION_CORE_H_

#include "secure/tls_past.h"
#include "session/timer.h"

#include <coap3/coap.h>

#include <sys/types.h>

struct coap_local_t;
struct coap_outgoing_t;
struct coap_session_turn_t;
struct coap_tls_link_t;

/* How a message came in. */
typedef struct coap_rx_meta_t {
  coap_tick_t now;
  int multicast; /* it was sent to a group address */
  int secured;   /* it came protected by the session's guard */
} coap_rx_meta_t;

/* Calls out of the session layer; all set, by the layers above (request, response, ...) and the one
 * below (transmit). None may free the session: it is pinned while they run. */
typedef struct coap_core_ops_t {
  /* One datagram to the session's peer. 0, or a negative errno value. */
  int (*transmit)(coap_session_t *session, const uint8_t *data, size_t length);

  /* Sessions with a guard only: what goes out in place of `pdu`, asked once for each message. Gives
   * *sealed, or leaves it NULL when the message goes as it is. 0, or a negative errno value: then
   * it does not go at all. */
  int (*seal)(coap_session_t *session, const coap_pdu_t *pdu, coap_pdu_t **sealed);

  /* The way back for what answers the sealed request `out`. 1: the response is *opened, or (left
   * NULL) `received` itself; 0: it is as if it had not come. */
  int (*open)(coap_session_t *session, struct coap_outgoing_t *out, const coap_pdu_t *received,
              coap_pdu_t **opened);

  /* A new CON or NON request (duplicates are dealt with before). Answers go through
   * coap_message_send(); a CON that got none when this returns is acknowledged empty. */
  void (*request)(coap_session_t *session, const coap_pdu_t *request, const coap_rx_meta_t *meta);

  /* A response whose token matches `out`. Sets out->answered once the application has been given
   * it; COAP_RESPONSE_FAIL rejects it (RST for a CON), and without out->answered the request then
   * ends as BAD_RESPONSE. Setting out->keep keeps the record for further responses (observation,
   * group request). */
  coap_response_t (*response)(coap_session_t *session, struct coap_outgoing_t *out,
                              const coap_pdu_t *received, const coap_rx_meta_t *meta);

  /* A response that matches no record; 1 when the layer above takes it as its own (then it is
   * acknowledged), 0 to have it rejected. */
  int (*stray_response)(coap_session_t *session, const coap_pdu_t *received,
                        const coap_rx_meta_t *meta);

  /* `out` has ended without (another) response; called once for each record that ends so. */
  void (*nack)(coap_session_t *session, struct coap_outgoing_t *out, coap_nack_reason_t reason);

  /* A record is about to be freed, however it ended: give back what out->extra owns. */
  void (*outgoing_gone)(coap_session_t *session, struct coap_outgoing_t *out);

  /* Reset for a message of ours that is not kept (a NON notification, say). */
  void (*reset)(coap_session_t *session, coap_mid_t mid);

  void (*event)(coap_session_t *session, coap_event_t event);
  void (*ping)(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid);
  void (*pong)(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid);

  /* Disconnected or being freed: drop everything the layers above hold for it. Called once or
   * twice in a session's life end. */
  void (*gone)(coap_session_t *session);

  /* Close its transport if it has one of its own: it is being freed, or its connection ends. */
  void (*close)(coap_session_t *session);

  /* Connections only. Begin to connect to the session's peer: 0 or a negative errno; how it went is
   * told through stream.h. */
  int (*connect)(coap_session_t *session);

  /* Bytes taken by the connection, or a negative errno: -EAGAIN until it is writable. */
  ssize_t (*write)(coap_session_t *session, const uint8_t *data, size_t length);

  /* What to tell of the connection: that it can be written to, that there is something to read. */
  void (*want)(coap_session_t *session, int writable, int readable);

  /* One random byte for the retransmission time-out (RFC 7252 4.2). */
  uint8_t (*jitter)(coap_session_t *session);
} coap_core_ops_t;

/* Events that need no caller's attention, counted for tests, oracles and reports. */
typedef struct coap_core_counters_t {
  uint64_t rx_ignored;        /* too short or unknown version: RFC 7252 section 3 */
  uint64_t rx_malformed;      /* message format error */
  uint64_t rx_rejected;       /* well-formed but not acceptable: RFC 7252 4.2, 4.3 */
  uint64_t rx_duplicate;      /* RFC 7252 4.5 */
  uint64_t rx_refused;        /* new peer, no session to be had */
  uint64_t tx_lost;           /* the socket took a datagram no more (EAGAIN) */
  uint64_t tx_failed;         /* the socket refused a datagram */
  uint64_t tx_refused;        /* a queue was full: coap_send() failed */
  uint64_t fsm_ignored;       /* IGNORE rows taken */
  uint64_t fsm_impossible;    /* IMPOSSIBLE rows taken: a bug in this library */
  uint64_t tls_evicted;       /* handshakes of silent peers, to make room for others */
  uint64_t half_open_evicted; /* connections not gone on with, to make room for others */
  uint64_t accept_failed;     /* no descriptor or memory for a connection: it waits */
  uint64_t no_memory;         /* something was given up for want of memory */
} coap_core_counters_t;

/* Bounds. Each queue has one, with what happens when it is reached. */
enum {
  COAP_CORE_MAX_SESSIONS = 65536, /* sessions of one context; the oldest idle one makes room */
  COAP_CORE_MAX_HALF_OPEN = 512,  /* connections of peers that are not established (half_open.h) */
  COAP_CORE_MAX_OUTGOING = 256,   /* records per session; then coap_send() fails */
  COAP_CORE_MAX_SEEN = 32,        /* message IDs remembered per session; the oldest is forgotten */
  COAP_CORE_MAX_SEEN_BYTES = 8192 /* their cached replies; the oldest are forgotten */
};

/* Server sessions by peer (session_table.h). */
typedef struct coap_session_table_t {
  coap_session_t **places;
  size_t room;  /* that there is memory for, a power of two */
  size_t used;  /* places */
  size_t low;   /* the power of two that `used` has reached last */
  size_t count; /* sessions */
  uint64_t seed;
} coap_session_table_t;

typedef struct coap_core_t {
  const coap_core_ops_t *ops;
  coap_context_t *context; /* opaque here, for the public API */
  coap_timers_t timers;
  coap_session_table_t by_peer;
  struct coap_local_t *locals; /* addresses that server sessions share (local.h) */
  coap_session_t *sessions;    /* all; first server sessions nobody uses, the longest idle first */
  coap_session_t *idle_last;   /* the last one of these, or NULL */
  coap_timer_t idle_timer;     /* of the first one */
  struct coap_session_turn_t *turns; /* of sessions that an action runs of (session.c) */
  unsigned int session_count;
  unsigned int idle_count;
  unsigned int max_idle;          /* 0: no bound of its own */
  unsigned int max_sessions;      /* COAP_CORE_MAX_SESSIONS, or max_idle where that is more */
  unsigned int session_timeout_s; /* idle server sessions are freed after this */
  unsigned int keepalive_s;       /* 0: no pings */
  uint32_t csm_timeout_ms;        /* to wait for the peer's CSM */
  int csm_optional;               /* without it the session goes on with the base values */
  uint32_t csm_max_message;       /* our Max-Message-Size (RFC 8323 5.3.1) */
  /* Of peers, under way: the longest silent first (handshakes.h). */
  struct coap_tls_link_t *handshaking;
  unsigned int handshakes;
  unsigned int max_handshakes;
  struct coap_stream_t *half_open; /* of peers, the one accepted first comes first (half_open.h) */
  unsigned int half_open_count;
  unsigned int max_half_open;
  struct coap_tls_setup_t *tls_setup; /* a server's keys, NULL while there are none; owned */
  coap_tls_past_t tls_past;           /* of clients */
  size_t max_token;                   /* accepted token length, 8 or more (RFC 8974) */
  coap_core_counters_t counters;
} coap_core_t;

void coap_core_init(coap_core_t *core, coap_context_t *context, const coap_core_ops_t *ops);

/* Tears down what is left: every session goes through TEARDOWN. */
void coap_core_clear(coap_core_t *core);

/* Session time-outs, retransmissions, keep-alive: fires what is due. */
void coap_core_expire(coap_core_t *core, coap_tick_t now);

/* When coap_core_expire() has to be called next, or COAP_TIMER_NEVER. */
coap_tick_t coap_core_next_deadline(const coap_core_t *core);

/* Defined in api/context.c: the core inside a context. */
coap_core_t *coap_context_core(const coap_context_t *context);

#endif /* COAP_SESSION_CORE_H_ */
