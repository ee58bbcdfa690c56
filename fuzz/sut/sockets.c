/* sockets.c -- sockets(7), UDP and TCP, on the simulated network. */
#include "sut/descriptors.h"
#include "sut/posix.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static void
take_address(coap_address_t *to, const struct sockaddr *from, socklen_t length) {
  memset(to, 0, sizeof(*to));
  to->size = length < sizeof(to->addr) ? length : (socklen_t)sizeof(to->addr);
  memcpy(&to->addr, from, to->size);
}

static int
give_address(struct sockaddr *to, socklen_t *length, const coap_address_t *from) {
  if (to != NULL && length != NULL) {
    memcpy(to, &from->addr, from->size < *length ? from->size : *length);
    *length = from->size;
  }
  return 0;
}

int
sut_socket(int family, int type, int protocol) {
  struct sut_descriptor *d = sut_new(SUT_SOCKET);

  (void)protocol;
  if (d == NULL)
    return -1;
  d->family = family;
  d->is_stream = (type & 0xf) == SOCK_STREAM;
  d->net = coap_net_new();
  d->owns_net = d->net != NULL;
  if (d->net != NULL)
    return sut_number(d);
  sut_delete(d);
  errno = ENOMEM;
  return -1;
}

static int
open_datagrams(struct sut_descriptor *d, const coap_address_t *bound, const coap_address_t *peer) {
  return (int)sut_result(coap_net_udp_open(d->net, bound, peer, d, &d->sock));
}

/* One that sends without having been bound is bound then. */
static int
has_socket(struct sut_descriptor *d) {
  coap_address_t any;

  if (d->sock != NULL)
    return 1;
  if (d->is_stream) {
    errno = ENOTCONN;
    return 0;
  }
  memset(&any, 0, sizeof(any));
  any.size = d->family == AF_INET6 ? sizeof(any.addr.sin6) : sizeof(any.addr.sin);
  any.addr.sa.sa_family = (sa_family_t)d->family;
  return open_datagrams(d, &any, NULL) == 0;
}

int
sut_bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);

  if (d == NULL)
    return -1;
  take_address(&d->bound, address, length);
  return d->is_stream ? 0 : open_datagrams(d, &d->bound, NULL);
}

int
sut_listen(int fd, int backlog) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);

  (void)backlog;
  return d == NULL ? -1 : (int)sut_result(coap_net_tcp_listen(d->net, &d->bound, d, &d->sock));
}

int
sut_connect(int fd, const struct sockaddr *address, socklen_t length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);
  const coap_address_t *bound;

  if (d == NULL)
    return -1;
  take_address(&d->peer, address, length);
  bound = d->bound.size != 0 ? &d->bound : NULL;
  if (!d->is_stream) {
    coap_net_close(d->sock); /* bound before: opened anew */
    d->sock = NULL;
    return open_datagrams(d, bound, &d->peer);
  }
  if (sut_result(coap_net_tcp_connect(d->net, bound, &d->peer, d, &d->sock)) < 0)
    return -1;
  return (int)sut_result(coap_net_tcp_connected(d->sock));
}

int
sut_accept(int fd, struct sockaddr *address, socklen_t *length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);
  struct sut_descriptor *accepted;
  coap_net_sock_t *sock;
  coap_address_t remote;

  if (d == NULL || d->sock == NULL)
    return -1;
  if (sut_result(coap_net_tcp_accept(d->sock, &sock, &remote)) < 0)
    return -1;
  accepted = sut_new(SUT_SOCKET);
  if (accepted == NULL) {
    coap_net_close(sock);
    return -1;
  }
  accepted->family = d->family;
  accepted->is_stream = 1;
  accepted->net = d->net;
  accepted->sock = sock;
  coap_net_set_owner(sock, accepted);
  accepted->peer = remote;
  give_address(address, length, &remote);
  return sut_number(accepted);
}

int
sut_getsockname(int fd, struct sockaddr *address, socklen_t *length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);

  if (d == NULL)
    return -1;
  return give_address(address, length, d->sock != NULL ? coap_net_local(d->sock) : &d->bound);
}

int
sut_getpeername(int fd, struct sockaddr *address, socklen_t *length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);

  if (d == NULL || d->peer.size == 0) {
    errno = ENOTCONN;
    return -1;
  }
  return give_address(address, length, &d->peer);
}

int
sut_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);
  int result = 0;

  if (d == NULL)
    return -1;
  if (level == SOL_SOCKET && name == SO_ERROR && d->is_stream && d->sock != NULL)
    result = -coap_net_tcp_connected(d->sock);
  if (*length >= sizeof(result))
    memcpy(value, &result, sizeof(result));
  return 0;
}

/* Groups matter, and how far messages to them go is nobody's concern here. */
int
sut_setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);
  coap_address_t group;

  if (d == NULL)
    return -1;
  memset(&group, 0, sizeof(group));
  if (level == IPPROTO_IP && name == IP_ADD_MEMBERSHIP && length >= sizeof(struct ip_mreq)) {
    group.size = sizeof(group.addr.sin);
    group.addr.sin.sin_family = AF_INET;
    memcpy(&group.addr.sin.sin_addr, &((const struct ip_mreq *)value)->imr_multiaddr,
           sizeof(group.addr.sin.sin_addr));
  } else if (level == IPPROTO_IPV6 && name == IPV6_JOIN_GROUP &&
             length >= sizeof(struct ipv6_mreq)) {
    group.size = sizeof(group.addr.sin6);
    group.addr.sin6.sin6_family = AF_INET6;
    memcpy(&group.addr.sin6.sin6_addr, &((const struct ipv6_mreq *)value)->ipv6mr_multiaddr,
           sizeof(group.addr.sin6.sin6_addr));
  } else {
    return 0;
  }
  return has_socket(d) ? (int)sut_result(coap_net_join(d->sock, &group, NULL)) : -1;
}

int
sut_ioctl(int fd, unsigned long request, ...) {
  (void)request; /* FIONBIO: they never block */
  return sut_of(fd, SUT_SOCKET) != NULL ? 0 : -1;
}

ssize_t
sut_send(int fd, const void *data, size_t length, int flags) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);

  (void)flags;
  if (d == NULL || !has_socket(d))
    return -1;
  if (d->is_stream)
    return sut_result(coap_net_stream_send(d->sock, data, length));
  return sut_result(coap_net_send(d->sock, NULL, &d->peer, 0, data, length));
}

ssize_t
sut_sendmsg(int fd, const struct msghdr *message, int flags) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);
  coap_address_t to;

  (void)flags;
  if (d == NULL || !has_socket(d))
    return -1;
  if (message->msg_iovlen != 1) { /* no stack has needed more */
    errno = EMSGSIZE;
    return -1;
  }
  if (message->msg_name == NULL)
    return sut_send(fd, message->msg_iov->iov_base, message->msg_iov->iov_len, flags);
  take_address(&to, message->msg_name, message->msg_namelen);
  return sut_result(
      coap_net_send(d->sock, NULL, &to, 0, message->msg_iov->iov_base, message->msg_iov->iov_len));
}

static ssize_t
receive(struct sut_descriptor *d, void *buffer, size_t size, coap_net_packet_t *packet) {
  if (d == NULL || !has_socket(d))
    return -1;
  if (d->is_stream)
    return sut_result(coap_net_stream_recv(d->sock, buffer, size));
  if (d->next_packet == d->n_packets) {
    d->next_packet = 0;
    d->n_packets = (int)sut_result(coap_net_recv(d->sock, d->packets));
    if (d->n_packets < 0) {
      d->n_packets = 0;
      return -1;
    }
  }
  *packet = d->packets[d->next_packet++];
  if (packet->data == NULL) /* too long for anybody: nothing of it is left */
    packet->length = 0;
  else if (packet->length > size)
    packet->length = size;
  if (packet->length > 0)
    memcpy(buffer, packet->data, packet->length);
  return (ssize_t)packet->length;
}

ssize_t
sut_recv(int fd, void *buffer, size_t size, int flags) {
  coap_net_packet_t packet;

  (void)flags;
  return receive(sut_of(fd, SUT_SOCKET), buffer, size, &packet);
}

ssize_t
sut_read(int fd, void *buffer, size_t size) {
  struct sut_descriptor *timer = sut_of(fd, SUT_TIMER);

  if (timer == NULL)
    return sut_recv(fd, buffer, size, 0);
  timer->due = UINT64_MAX;
  memset(buffer, 0, size);
  if (size > 0)
    *(unsigned char *)buffer = 1; /* expired once */
  return (ssize_t)size;
}

/* Where a datagram was sent to, as IP_PKTINFO and IPV6_RECVPKTINFO tell it. */
static void
put_destination(struct msghdr *message, const coap_net_packet_t *packet) {
  struct cmsghdr *head = CMSG_FIRSTHDR(message);

  if (packet->local.addr.sa.sa_family == AF_INET6) {
    struct in6_pktinfo info = {packet->local.addr.sin6.sin6_addr, (unsigned int)packet->ifindex};

    if (head == NULL || message->msg_controllen < CMSG_SPACE(sizeof(info)))
      return;
    head->cmsg_level = IPPROTO_IPV6;
    head->cmsg_type = IPV6_PKTINFO;
    head->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(head), &info, sizeof(info));
    message->msg_controllen = CMSG_SPACE(sizeof(info));
  } else {
    struct in_pktinfo info = {packet->ifindex, packet->local.addr.sin.sin_addr,
                              packet->local.addr.sin.sin_addr};

    if (head == NULL || message->msg_controllen < CMSG_SPACE(sizeof(info)))
      return;
    head->cmsg_level = IPPROTO_IP;
    head->cmsg_type = IP_PKTINFO;
    head->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(head), &info, sizeof(info));
    message->msg_controllen = CMSG_SPACE(sizeof(info));
  }
}

ssize_t
sut_recvmsg(int fd, struct msghdr *message, int flags) {
  struct sut_descriptor *d = sut_of(fd, SUT_SOCKET);
  coap_net_packet_t packet;
  ssize_t length;

  (void)flags;
  memset(&packet, 0, sizeof(packet));
  length = receive(d, message->msg_iov->iov_base, message->msg_iov->iov_len, &packet);
  if (length < 0 || d->is_stream)
    return length;
  if (message->msg_name != NULL) {
    socklen_t room = message->msg_namelen;

    give_address(message->msg_name, &room, &packet.remote);
    message->msg_namelen = room;
  }
  put_destination(message, &packet);
  return length;
}
