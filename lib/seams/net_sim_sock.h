/* net_sim_sock.h -- sockets of the simulated network, between its own files. */
#ifndef COAP_SEAMS_NET_SIM_SOCK_H_
#define COAP_SEAMS_NET_SIM_SOCK_H_

#include "seams/net_sim.h"

enum { SIM_GROUPS_MAX = 8 };

typedef enum sim_sock_kind_t { SIM_SOCK_UDP, SIM_SOCK_LISTENER, SIM_SOCK_STREAM } sim_sock_kind_t;

struct coap_net_sock_t {
  coap_net_t *net;
  void *owner;
  sim_sock_kind_t kind;
  struct sim_conn_t *conn; /* a stream's; the first one waiting for a listener */
  coap_net_sock_t *port_next;
  coap_net_sock_t **port_link; /* NULL for an accepted stream: it shares its listener's */
  coap_net_sock_t *ready_next;
  coap_net_sock_t **ready_link; /* NULL while not on the ready list */
  coap_net_sock_t *net_next;
  coap_net_sock_t **net_link;
  struct sim_datagram_t *head;
  struct sim_datagram_t **tail;
  unsigned int queued;
  int recv_error;
  int connected;
  unsigned int want; /* COAP_NET_* bits */
  coap_address_t local;
  coap_address_t peer;
  coap_address_t groups[SIM_GROUPS_MAX];
  unsigned int group_count;
};

struct coap_net_t {
  coap_net_sock_t *socks;
  coap_net_sock_t *ready;
  coap_net_sock_t **ready_tail;
  struct sim_datagram_t *taken; /* by the last coap_net_recv(): the library reads their bytes */
};

/* A new socket in `net`, found by its port unless it is an accepted stream. NULL: no memory. */
coap_net_sock_t *sim_sock_new(coap_net_t *net, sim_sock_kind_t kind, const coap_address_t *local,
                              void *owner, int by_port);

/* The local address of a socket to be opened; see coap_net_udp_open(). 0 or -errno. */
int sim_sock_bind(sim_sock_kind_t kind, coap_address_t *local, const coap_address_t *bind_to,
                  const coap_address_t *peer);

/* The UDP socket or listener that takes what is sent to `to`, or NULL. */
coap_net_sock_t *sim_sock_at(sim_sock_kind_t kind, const coap_address_t *to);

/* Puts the socket on its net's ready list or takes it off, as its flags ask. */
void sim_sock_update(coap_net_sock_t *sock);

/* net_sim_stream.c: COAP_NET_* bits of a listener or stream; its end; and the end of all. */
unsigned int sim_stream_flags(const coap_net_sock_t *sock);
void sim_stream_closed(coap_net_sock_t *sock);
void sim_stream_reset(void);

#endif /* COAP_SEAMS_NET_SIM_SOCK_H_ */
