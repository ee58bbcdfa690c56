/* session.h -- a session from the inside: what libcoap's coap_session_t hides. */
#ifndef COAP_SESSION_SESSION_H_
#define COAP_SESSION_SESSION_H_

#include "session/core.h"
#include "session/fsm.h"
#include "session/timer.h"
#include "wire/status.h"

#include <coap3/coap.h>

/* Server sessions are told apart by these (coap_session(3)); compared and hashed as bytes, without
 * gaps. */
typedef struct coap_session_key_t {
  uint8_t address[16];
  uint32_t scope;
  uint16_t family;
  uint16_t remote_port;
  uint16_t local_port;
  uint16_t proto;
  uint32_t unused;
} coap_session_key_t;

/* Transmission parameters (RFC 7252 4.8, RFC 9177 7.2; coap_recovery(3)). */
typedef struct coap_recovery_t {
  coap_fixed_point_t ack_timeout;
  coap_fixed_point_t ack_random_factor;
  coap_fixed_point_t default_leisure;
  coap_fixed_point_t non_timeout;
  coap_fixed_point_t non_receive_timeout;
  uint32_t probing_rate;
  uint16_t max_retransmit;
  uint16_t nstart;
  uint16_t max_payloads;
  uint16_t non_max_retransmit;
} coap_recovery_t;

extern const coap_recovery_t coap_recovery_defaults;

typedef struct coap_seen_t coap_seen_t;         /* dedup.c */
typedef struct coap_framing_t coap_framing_t;   /* framing.h */
struct coap_stream_t;                           /* stream.h */
struct coap_tls_link_t;                         /* tls_link.h */
typedef struct coap_outgoing_t coap_outgoing_t; /* outgoing.h */

/* State of the layers above for one session (exchange/): observers, bodies being transferred. */
struct coap_peer_exchange_t;

/* What protects the session's messages one by one (OSCORE), opaque here; freed in ops->gone once
 * the session is: a connection may come and go under it. */
struct coap_guard_t;

/* What sessions other than a server's over UDP need from the beginning, and those seldom. */
typedef struct coap_session_more_t {
  coap_session_t *session;
  void *transport;                    /* the session's own socket; opaque here */
  struct coap_stream_t *stream;       /* the connection; NULL for datagrams */
  struct coap_tls_link_t *link;       /* (D)TLS, while there is any */
  struct coap_tls_setup_t *tls_setup; /* a client's keys, owned; NULL: the context's count */
  struct coap_guard_t *guard;         /* NULL: messages go as they are */
  unsigned int guard_growth;          /* bytes that the guard may add to a message */
  coap_timer_t timer;                 /* keep-alive */
  coap_tick_t last_rx;                /* for it */
  uint64_t tx_token;                  /* last used */
  unsigned int has_token : 1;         /* tx_token has begun somewhere */
  coap_recovery_t recovery;
  coap_address_t addr_local; /* of the session's own socket */
  coap_address_t addr_mcast; /* valid when is_mcast */
} coap_session_more_t;

/* There may be a million of them, most of them idle: each byte counts. */
struct coap_session_t {
  coap_core_t *core;
  coap_endpoint_t *endpoint; /* accepted ones: where they came in, if that is still; opaque here */
  void *app_data;
  coap_session_more_t *more; /* NULL until needed */
  struct coap_peer_exchange_t *exchange;
  coap_outgoing_t *outgoing; /* in order of sending */
  coap_seen_t *seen;         /* remembered message IDs, NULL until needed */
  const coap_address_t *addr_local;
  coap_address_t addr_remote;
  int ifindex;

  unsigned int refs;     /* the application's and observations' references */
  coap_tick_t last_used; /* when it has sent or received something */
  uint16_t tx_mid;       /* last used */
  uint16_t outgoing_count;
  uint16_t con_active; /* CONs in flight, at most nstart */
  uint16_t pins;       /* the library's own while it works on the session */
  unsigned int mtu;
  coap_session_type_t type : 8;
  coap_proto_t proto : 8;
  coap_fsm_state_t state : 8;   /* assigned by coap_session_event() alone */
  unsigned int is_idle : 1;     /* among the first of core->sessions */
  unsigned int is_listed : 1;   /* in core->by_peer */
  unsigned int is_mcast : 1;    /* opened towards a group */
  unsigned int is_accepted : 1; /* the peer has opened it, whatever type it has since been given */
  unsigned int no_observe_cancel : 1;
  coap_session_t *peer_next;   /* in core->by_peer, of those in one place */
  coap_session_t *prev, *next; /* core->sessions */
};

/* New session in INIT, type CLIENT with one reference or SERVER with none; random message ID and
 * token start come from the caller. NULL: no memory, protocol not built in, or (server) no room
 * (counted rx_refused). */
coap_session_t *coap_session_create(coap_core_t *core, coap_session_type_t type, coap_proto_t proto,
                                    const coap_address_t *local, const coap_address_t *remote,
                                    int ifindex, uint16_t mid_start, uint64_t token_start);

/* The session's part that few need; NULL when out of memory (counted) or when it is freed already,
 * since what came into being then would never go. */
coap_session_more_t *coap_session_more(coap_session_t *session);

static inline void *
coap_session_transport(const coap_session_t *session) {
  return session->more ? session->more->transport : NULL;
}

static inline struct coap_stream_t *
coap_session_stream(const coap_session_t *session) {
  return session->more ? session->more->stream : NULL;
}

static inline struct coap_tls_link_t *
coap_session_link(const coap_session_t *session) {
  return session->more ? session->more->link : NULL;
}

static inline struct coap_guard_t *
coap_session_guard(const coap_session_t *session) {
  return session->more ? session->more->guard : NULL;
}

/* The defaults, until one of them is changed. */
static inline const coap_recovery_t *
coap_session_recovery(const coap_session_t *session) {
  return session->more ? &session->more->recovery : &coap_recovery_defaults;
}

/* Something has come from the peer. */
static inline void
coap_session_heard(coap_session_t *session, coap_tick_t now) {
  session->last_used = now;
  if (session->more)
    session->more->last_rx = now;
}

/* The next token follows `last`. */
static inline void
coap_session_more_token(coap_session_more_t *more, uint64_t last) {
  more->tx_token = last;
  more->has_token = 1;
}

/* The server session of a peer, or NULL. One hash probe. */
coap_session_t *coap_session_find(const coap_core_t *core, const coap_address_t *local,
                                  const coap_address_t *remote, coap_proto_t proto);

/* Takes the table's row for (state, event): the one place that assigns a state. Its action runs
 * before this returns, unless one of this session's is running already: then after that one. The
 * session must be pinned or referenced by the caller if it looks at it afterwards. `reason` is
 * used by rows whose NACK is CALLER. Returns the row taken. */
const coap_fsm_row_t *coap_session_event(coap_session_t *session, coap_fsm_event_t event,
                                         coap_nack_reason_t reason);

/* A pin keeps the memory, whatever handlers do to the session. When the last one goes, a server
 * session nobody uses becomes idle and a freed one goes. */
void coap_session_pin(coap_session_t *session);
void coap_session_unpin(coap_session_t *session);

/* References held by the library for somebody else (an observation); as the public calls, which
 * are built on them. */
void coap_session_ref(coap_session_t *session);
void coap_session_unref(coap_session_t *session);

/* 1 while messages may be exchanged (ESTABLISHED or IDLE). */
int coap_session_is_open(const coap_session_t *session);

/* 1 on TCP and WebSockets: no message is lost, doubled or late (RFC 8323 3.1). */
int coap_session_is_reliable(const coap_session_t *session);

coap_fsm_role_t coap_session_role(const coap_session_t *session);

/* Reads one datagram and counts what is wrong with it. OK and MALFORMED leave a *pdu; of the latter
 * type and message ID are good. */
coap_wire_status_t coap_session_parse(coap_core_t *core, const uint8_t *data, size_t length,
                                      coap_pdu_t **pdu);

/* One datagram, parsed, from this session's peer. Takes `pdu`. */
void coap_session_input(coap_session_t *session, coap_pdu_t *pdu, const coap_rx_meta_t *meta);

/* The peer is unreachable. */
void coap_session_icmp(coap_session_t *session);

/* Arms the keep-alive timer of a client's session where its state asks for it, counted from
 * `since`. Without memory for it there is none (counted). */
void coap_session_arm(coap_session_t *session, coap_tick_t since);

/* RFC 7252 4.8.2, in ms, from the session's parameters. */
coap_tick_t coap_session_exchange_lifetime(const coap_session_t *session);
coap_tick_t coap_session_non_lifetime(const coap_session_t *session);

#endif /* COAP_SESSION_SESSION_H_ */
