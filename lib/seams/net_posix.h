/* net_posix.h -- between the files of the real socket back end. */
#ifndef COAP_SEAMS_NET_POSIX_H_
#define COAP_SEAMS_NET_POSIX_H_

#include "seams/net.h"

#include <netinet/in.h>

struct coap_net_batch_t; /* net_batch.c */

struct coap_net_t {
  struct coap_net_batch_t *batch; /* once there is a UDP socket */
  coap_net_sock_t *socks;
  int epoll_fd;
  int timer_fd;
  uint64_t armed; /* what timer_fd is set to, UINT64_MAX for nothing */
  int shares_ports;
};

struct coap_net_sock_t {
  coap_net_t *net;
  void *owner;
  coap_address_t local;
  int fd;
  int connected;
  coap_net_sock_t *prev, *next;
};

/* Room for one packet-information message of either family. */
typedef struct coap_net_pktinfo_room_t {
  _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
} coap_net_pktinfo_room_t;

/* Starts reporting a socket. 0 or -errno. */
int coap_net_watch(coap_net_sock_t *sock);

/* Asks for the source address and interface, where they can be asked for. */
void coap_net_put_pktinfo(struct msghdr *msg, const coap_address_t *local, int ifindex,
                          coap_net_pktinfo_room_t *room);

/* Where it was sent to, from the packet information. */
void coap_net_take_pktinfo(struct msghdr *msg, coap_net_packet_t *packet);

/* The set's inbox and outbox. 0 or -ENOMEM. */
int coap_net_batch_open(coap_net_t *net);
void coap_net_batch_free(coap_net_t *net);

/* Sends what waits for this socket. */
void coap_net_batch_settle(const coap_net_sock_t *sock);

#endif /* COAP_SEAMS_NET_POSIX_H_ */
