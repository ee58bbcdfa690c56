/* net_posix.h -- between the two files of the real socket back end. */
#ifndef COAP_SEAMS_NET_POSIX_H_
#define COAP_SEAMS_NET_POSIX_H_

#include "seams/net.h"

struct coap_net_t {
  coap_net_sock_t *socks;
  int epoll_fd;
  int timer_fd;
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

/* Starts reporting a socket. 0 or -errno. */
int coap_net_watch(coap_net_sock_t *sock);

#endif /* COAP_SEAMS_NET_POSIX_H_ */
