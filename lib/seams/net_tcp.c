/* net_tcp.c -- TCP sockets, never blocking. */
#include "seams/net_posix.h"

#include "seams/memory.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* Takes `fd`. NULL: errno says why, here as below. */
static coap_net_sock_t *
sock_new(coap_net_t *net, void *owner, int fd) {
  coap_net_sock_t *sock = coap_mem_zalloc(sizeof(*sock));

  if (!sock) {
    close(fd);
    errno = ENOMEM;
    return NULL;
  }
  sock->net = net;
  sock->owner = owner;
  sock->fd = fd;
  return sock;
}

static int
learn_local(coap_net_sock_t *sock) {
  sock->local.size = sizeof(sock->local.addr);
  return getsockname(sock->fd, &sock->local.addr.sa, &sock->local.size) < 0 ? -errno : 0;
}

/* Reports it, or gives it back to the system. */
static int
watch_or_drop(coap_net_sock_t *sock, int result, coap_net_sock_t **sock_out) {
  if (result == 0)
    result = coap_net_watch(sock);
  if (result < 0) {
    close(sock->fd);
    coap_mem_free(sock);
    return result;
  }
  *sock_out = sock;
  return 0;
}

static void
set_int(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof(value));
}

static coap_net_sock_t *
open_sock(coap_net_t *net, int family, void *owner) {
  int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  return fd < 0 ? NULL : sock_new(net, owner, fd);
}

static int
listen_at(coap_net_sock_t *sock, const coap_address_t *bind_to) {
  /* A server that starts again takes its port back from connections that linger. */
  set_int(sock->fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_int(sock->fd, SOL_SOCKET, SO_REUSEPORT, sock->net->shares_ports);
  if (bind_to->addr.sa.sa_family == AF_INET6)
    set_int(sock->fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (bind(sock->fd, &bind_to->addr.sa, bind_to->size) < 0 || listen(sock->fd, SOMAXCONN) < 0)
    return -errno;
  return learn_local(sock);
}

int
coap_net_tcp_listen(coap_net_t *net, const coap_address_t *bind_to, void *owner,
                    coap_net_sock_t **sock_out) {
  coap_net_sock_t *sock = open_sock(net, bind_to->addr.sa.sa_family, owner);

  return sock ? watch_or_drop(sock, listen_at(sock, bind_to), sock_out) : -errno;
}

static int
connect_to(coap_net_sock_t *sock, const coap_address_t *bind_to, const coap_address_t *peer) {
  /* Messages are written whole: waiting for more to send with them only delays them. */
  set_int(sock->fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (bind_to && bind(sock->fd, &bind_to->addr.sa, bind_to->size) < 0)
    return -errno;
  if (connect(sock->fd, &peer->addr.sa, peer->size) < 0 && errno != EINPROGRESS)
    return -errno;
  return learn_local(sock);
}

int
coap_net_tcp_connect(coap_net_t *net, const coap_address_t *bind_to, const coap_address_t *peer,
                     void *owner, coap_net_sock_t **sock_out) {
  coap_net_sock_t *sock = open_sock(net, peer->addr.sa.sa_family, owner);
  int result;

  if (!sock)
    return -errno;
  result = watch_or_drop(sock, connect_to(sock, bind_to, peer), sock_out);
  if (result == 0)
    coap_net_want(sock, COAP_NET_WRITABLE);
  return result;
}

int
coap_net_tcp_connected(coap_net_sock_t *sock) {
  coap_address_t peer;
  int error = 0;
  socklen_t size = sizeof(error);

  if (getsockopt(sock->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
    return -errno;
  if (error)
    return -error;
  peer.size = sizeof(peer.addr);
  if (getpeername(sock->fd, &peer.addr.sa, &peer.size) < 0)
    return errno == ENOTCONN ? -EINPROGRESS : -errno;
  coap_net_want(sock, COAP_NET_READABLE);
  return learn_local(sock);
}

int
coap_net_tcp_accept(coap_net_sock_t *listener, coap_net_sock_t **sock_out, coap_address_t *remote) {
  coap_net_sock_t *sock;
  int fd;

  coap_address_init(remote);
  remote->size = sizeof(remote->addr);
  fd = accept4(listener->fd, &remote->addr.sa, &remote->size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    return -errno;
  set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  sock = sock_new(listener->net, listener->owner, fd);
  return sock ? watch_or_drop(sock, learn_local(sock), sock_out) : -errno;
}

void
coap_net_set_owner(coap_net_sock_t *sock, void *owner) {
  sock->owner = owner;
}

ssize_t
coap_net_stream_send(coap_net_sock_t *sock, const uint8_t *data, size_t len) {
  ssize_t sent = send(sock->fd, data, len, MSG_NOSIGNAL);

  return sent < 0 ? -errno : sent;
}

ssize_t
coap_net_stream_recv(coap_net_sock_t *sock, uint8_t *buf, size_t size) {
  ssize_t got = recv(sock->fd, buf, size, 0);

  return got < 0 ? -errno : got;
}
