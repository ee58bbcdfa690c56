/* context.h -- a context from the inside: the layers' states side by side, and its sockets. */
#ifndef COAP_API_CONTEXT_H_
#define COAP_API_CONTEXT_H_

#include "exchange/exchange.h"
#include "seams/net.h"
#include "secure/tls.h"
#include "session/core.h"
#include "session/session.h"
#include "session/timer.h"

/* Read from a connection at once; chunks read or connections taken for one event. */
enum { COAP_CONTEXT_RX_SIZE = 65535, COAP_CONTEXT_EVENTS = 64, COAP_CONTEXT_RX_BATCH = 64 };

/* What a socket belongs to: the owner handed to the net seam. */
typedef struct coap_source_t {
  coap_net_sock_t *sock;
  coap_socket_t shown;       /* to programs that wait themselves (coap_io_prepare_io(3)) */
  coap_endpoint_t *endpoint; /* a server's socket */
  coap_session_t *session;   /* a session's own: a client's, or a connection's */
} coap_source_t;

struct coap_endpoint_t {
  coap_context_t *context;
  coap_source_t source;
  coap_address_t bind_addr;
  coap_proto_t proto;
  unsigned int default_mtu;
  coap_timer_t rest; /* until connections are accepted again */
  void *app_data;
  coap_endpoint_t *prev, *next;
};

struct coap_context_t {
  coap_core_t core;
  coap_exchange_t exchange;
  coap_net_t *net;
  coap_endpoint_t *endpoints;
  struct coap_oscore_context_t *oscore; /* for requests that come in; the next one in ->next */
  void *app_data;
  struct coap_persist_t *persist; /* coap_persist_startup(3), or NULL */
  coap_tls_cookies_t cookies;     /* of DTLS endpoints */
  unsigned int mcast_per_resource : 1;
  unsigned int processing : 1; /* inside coap_io_process() */
  int event_count;             /* events fetched and not yet dealt with */
  coap_source_t *reading;      /* the source being read; NULL once it has been closed */
  coap_net_event_t events[COAP_CONTEXT_EVENTS];
  uint8_t rx[COAP_CONTEXT_RX_SIZE];
};

/* Reads what the source's socket holds, at most COAP_NET_BATCH datagrams or COAP_CONTEXT_RX_BATCH
 * chunks. The source may be gone afterwards. */
void coap_source_read(coap_context_t *context, coap_source_t *source);

/* A datagram for a DTLS endpoint or session (source_dtls.c). */
void coap_source_dtls(coap_context_t *context, coap_source_t *source,
                      const coap_net_packet_t *packet);

/* A client session with `setup`'s keys (NULL: none of its own); takes the reference. */
coap_session_t *coap_client_open(coap_context_t *context, const coap_address_t *local_if,
                                 const coap_address_t *server, coap_proto_t proto,
                                 coap_tls_setup_t *setup);

/* An endpoint's session, not opened yet. NULL: no room, no memory, or no endpoint any more: told of
 * the session that had to make room, the application may have closed it. */
coap_session_t *coap_endpoint_new_session(coap_endpoint_t *endpoint, const coap_address_t *local,
                                          const coap_address_t *remote, int ifindex);

/* The same of a datagram endpoint, with its MTU. */
coap_session_t *coap_source_new_session(coap_endpoint_t *endpoint, const coap_address_t *local,
                                        const coap_address_t *remote, int ifindex);

/* Closes a source's socket and forgets events already fetched for it. */
void coap_source_close(coap_context_t *context, coap_source_t *source);

/* The same of a connection, or a listener's connections accepted (source_stream.c). */
void coap_source_read_stream(coap_context_t *context, coap_source_t *source);

/* An endpoint's `rest` is over. */
void coap_source_accept_again(coap_timer_t *timer, uint64_t now);

/* A connection is through, has failed, or takes bytes again. The source may be gone afterwards. */
void coap_source_writable(coap_source_t *source);

/* A source with a connection to `peer` under way; see coap_net_tcp_connect(). 0 or -errno. */
int coap_source_dial(coap_context_t *context, const coap_address_t *local,
                     const coap_address_t *peer, coap_source_t **source_out);

/* A session's connection: ops->connect, write, want. */
int coap_source_connect(coap_session_t *session);
ssize_t coap_source_write(coap_session_t *session, const uint8_t *data, size_t length);
void coap_source_want(coap_session_t *session, int writable, int readable);

/* Sends to the session's peer over its own or its endpoint's socket (ops->transmit). */
int coap_source_transmit(coap_session_t *session, const uint8_t *data, size_t length);

/* Sends what coap_source_transmit() and others have left to go together. */
void coap_source_flush(coap_context_t *context);

/* Closes a client session's own socket (ops->close). */
void coap_source_session_close(coap_session_t *session);

/* Deals with the events fetched. */
void coap_context_dispatch(coap_context_t *context);

/* Fires what is due, and sends what that and the events before have left. */
void coap_context_settle(coap_context_t *context, coap_tick_t now);

/* Sets the wake-up of the context's descriptor to the next deadline. */
void coap_context_rearm(coap_context_t *context);

#endif /* COAP_API_CONTEXT_H_ */
