/* net_udp.c -- UDP sockets: opening, sending one datagram, packet information. */
#include "seams/net_posix.h"

#include "seams/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
set_flag(int fd, int level, int option) {
  int on = 1;

  return setsockopt(fd, level, option, &on, sizeof(on));
}

static void
set_options(int fd, int family) {
  int off = 0;

  if (family == AF_INET6) {
    /* Both families on the unspecified address, as CoAP servers are expected to listen. */
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    set_flag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
  }
  /* On a dual-stack socket this one reports IPv4 arrivals; elsewhere it fails harmlessly. */
  set_flag(fd, IPPROTO_IP, IP_PKTINFO);
}

static void
any_address(coap_address_t *address, int family) {
  coap_address_init(address);
  address->addr.sa.sa_family = (sa_family_t)family;
  address->size = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int
open_fd(coap_net_sock_t *sock, const coap_address_t *bind_to, const coap_address_t *peer) {
  int family = bind_to ? bind_to->addr.sa.sa_family : peer->addr.sa.sa_family;
  coap_address_t any;

  any_address(&any, family);
  if (!bind_to)
    bind_to = &any;
  sock->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (sock->fd < 0)
    return -errno;
  set_options(sock->fd, family);
  if (!peer && sock->net->shares_ports)
    set_flag(sock->fd, SOL_SOCKET, SO_REUSEPORT);
  if (bind(sock->fd, &bind_to->addr.sa, bind_to->size) < 0)
    return -errno;
  if (peer && !coap_is_mcast(peer)) {
    if (connect(sock->fd, &peer->addr.sa, peer->size) < 0)
      return -errno;
    sock->connected = 1;
  }
  sock->local.size = sizeof(sock->local.addr);
  if (getsockname(sock->fd, &sock->local.addr.sa, &sock->local.size) < 0)
    return -errno;
  return coap_net_watch(sock);
}

int
coap_net_udp_open(coap_net_t *net, const coap_address_t *bind_to, const coap_address_t *peer,
                  void *owner, coap_net_sock_t **sock_out) {
  coap_net_sock_t *sock;
  int result;

  if (!bind_to && !peer)
    return -EINVAL;
  result = coap_net_batch_open(net);
  if (result < 0)
    return result;
  sock = coap_mem_zalloc(sizeof(*sock));
  if (!sock)
    return -ENOMEM;
  sock->net = net;
  sock->owner = owner;
  result = open_fd(sock, bind_to, peer);
  if (result < 0) {
    if (sock->fd >= 0)
      close(sock->fd);
    coap_mem_free(sock);
    return result;
  }
  *sock_out = sock;
  return 0;
}

const coap_address_t *
coap_net_local(const coap_net_sock_t *sock) {
  return &sock->local;
}

int
coap_net_sock_fd(const coap_net_sock_t *sock) {
  return sock->fd;
}

void
coap_net_put_pktinfo(struct msghdr *msg, const coap_address_t *local, int ifindex,
                     coap_net_pktinfo_room_t *room) {
  struct cmsghdr *cmsg;

  memset(room, 0, sizeof(*room));
  msg->msg_control = room;
  msg->msg_controllen = sizeof(*room);
  cmsg = CMSG_FIRSTHDR(msg);
  if (local->addr.sa.sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&local->addr.sin6.sin6_addr)) {
    struct in6_pktinfo info = {.ipi6_addr = local->addr.sin6.sin6_addr,
                               .ipi6_ifindex = (unsigned int)ifindex};

    cmsg->cmsg_level = IPPROTO_IPV6;
    cmsg->cmsg_type = IPV6_PKTINFO;
    cmsg->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
    msg->msg_controllen = CMSG_SPACE(sizeof(info));
  } else {
    struct in_pktinfo info = {.ipi_ifindex = ifindex};

    if (local->addr.sa.sa_family == AF_INET)
      info.ipi_spec_dst = local->addr.sin.sin_addr;
    else
      memcpy(&info.ipi_spec_dst, &local->addr.sin6.sin6_addr.s6_addr[12], 4);
    cmsg->cmsg_level = IPPROTO_IP;
    cmsg->cmsg_type = IP_PKTINFO;
    cmsg->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
    msg->msg_controllen = CMSG_SPACE(sizeof(info));
  }
}

ssize_t
coap_net_send(coap_net_sock_t *sock, const coap_address_t *local, const coap_address_t *remote,
              int ifindex, const uint8_t *data, size_t len) {
  coap_net_pktinfo_room_t room;
  struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
  struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
  ssize_t sent;

  coap_net_batch_settle(sock);
  if (!sock->connected) {
    msg.msg_name = (void *)(uintptr_t)&remote->addr;
    msg.msg_namelen = remote->size;
    if (local)
      coap_net_put_pktinfo(&msg, local, ifindex, &room);
  }
  sent = sendmsg(sock->fd, &msg, MSG_NOSIGNAL);
  return sent < 0 ? -errno : sent;
}

void
coap_net_take_pktinfo(struct msghdr *msg, coap_net_packet_t *packet) {
  for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
    if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;

      memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
      packet->ifindex = (int)info.ipi6_ifindex;
      packet->local.addr.sin6.sin6_addr = info.ipi6_addr;
    } else if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;

      memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
      packet->ifindex = info.ipi_ifindex;
      if (packet->local.addr.sa.sa_family == AF_INET) {
        packet->local.addr.sin.sin_addr = info.ipi_addr;
      } else {
        memset(&packet->local.addr.sin6.sin6_addr, 0, 10);
        memset(&packet->local.addr.sin6.sin6_addr.s6_addr[10], 0xff, 2);
        memcpy(&packet->local.addr.sin6.sin6_addr.s6_addr[12], &info.ipi_addr, 4);
      }
    }
  }
}

int
coap_net_join(coap_net_sock_t *sock, const coap_address_t *group, const char *ifname) {
  unsigned int ifindex = ifname ? if_nametoindex(ifname) : 0;

  if (ifname && !ifindex)
    return -ENODEV;
  if (group->addr.sa.sa_family == AF_INET6) {
    struct ipv6_mreq mreq = {.ipv6mr_multiaddr = group->addr.sin6.sin6_addr,
                             .ipv6mr_interface =
                                 ifindex ? ifindex : group->addr.sin6.sin6_scope_id};

    return setsockopt(sock->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &mreq, sizeof(mreq)) < 0 ? -errno
                                                                                        : 0;
  } else {
    struct ip_mreqn mreq = {.imr_multiaddr = group->addr.sin.sin_addr, .imr_ifindex = (int)ifindex};

    return setsockopt(sock->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) < 0 ? -errno
                                                                                        : 0;
  }
}

int
coap_net_mcast_hops(coap_net_sock_t *sock, unsigned int hops) {
  int value = (int)hops;
  int level = sock->local.addr.sa.sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  int option = level == IPPROTO_IPV6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL;

  return setsockopt(sock->fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int
coap_net_resolve(const char *host, uint16_t port, int family, int ai_flags, coap_address_t *out,
                 int max) {
  struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = ai_flags};
  struct addrinfo *list = NULL;
  char service[8];
  int count = 0;

  snprintf(service, sizeof(service), "%u", (unsigned int)port);
  if (getaddrinfo(host, service, &hints, &list) != 0)
    return -ENOENT;
  for (struct addrinfo *ai = list; ai && count < max; ai = ai->ai_next) {
    if (ai->ai_addrlen > sizeof(out->addr))
      continue;
    coap_address_init(&out[count]);
    out[count].size = ai->ai_addrlen;
    memcpy(&out[count].addr, ai->ai_addr, ai->ai_addrlen);
    count++;
  }
  freeaddrinfo(list);
  return count;
}
