/* net_epoll.c -- a set of sockets on epoll(7), woken by a timerfd for programs that poll its
 * descriptor themselves. */
#include "seams/net_posix.h"

#include "seams/memory.h"

#include <utlist.h>

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { NET_BATCH = 64 };

coap_net_t *
coap_net_new(void) {
  coap_net_t *net = coap_mem_zalloc(sizeof(*net));
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};

  if (!net)
    return NULL;
  net->armed = UINT64_MAX;
  net->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  net->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (net->epoll_fd < 0 || net->timer_fd < 0 ||
      epoll_ctl(net->epoll_fd, EPOLL_CTL_ADD, net->timer_fd, &event) < 0) {
    coap_net_free(net);
    return NULL;
  }
  return net;
}

void
coap_net_free(coap_net_t *net) {
  if (!net)
    return;
  while (net->socks)
    coap_net_close(net->socks);
  coap_net_batch_free(net);
  if (net->timer_fd >= 0)
    close(net->timer_fd);
  if (net->epoll_fd >= 0)
    close(net->epoll_fd);
  coap_mem_free(net);
}

int
coap_net_fd(const coap_net_t *net) {
  return net->epoll_fd;
}

void
coap_net_share_ports(coap_net_t *net, int on) {
  net->shares_ports = on;
}

int
coap_net_watch(coap_net_sock_t *sock) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = sock}};

  if (epoll_ctl(sock->net->epoll_fd, EPOLL_CTL_ADD, sock->fd, &event) < 0)
    return -errno;
  DL_APPEND(sock->net->socks, sock);
  return 0;
}

void
coap_net_close(coap_net_sock_t *sock) {
  if (!sock)
    return;
  coap_net_batch_settle(sock);
  DL_DELETE(sock->net->socks, sock);
  close(sock->fd);
  coap_mem_free(sock);
}

void
coap_net_want(coap_net_sock_t *sock, unsigned int flags) {
  struct epoll_event event = {.events = (flags & COAP_NET_READABLE ? (uint32_t)EPOLLIN : 0U) |
                                        (flags & COAP_NET_WRITABLE ? (uint32_t)EPOLLOUT : 0U),
                              .data = {.ptr = sock}};

  epoll_ctl(sock->net->epoll_fd, EPOLL_CTL_MOD, sock->fd, &event);
}

void
coap_net_arm(coap_net_t *net, uint64_t due, uint64_t now) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  uint64_t delay = due > now ? due - now : 0;

  /* As it is already. One that is overdue may have been read. */
  if (due == net->armed && delay)
    return;
  net->armed = due;
  if (due != UINT64_MAX) {
    when.it_value.tv_sec = (time_t)(delay / 1000 < INT32_MAX ? delay / 1000 : INT32_MAX);
    /* Zero would disarm it. */
    when.it_value.tv_nsec = delay ? (long)(delay % 1000) * 1000000 : 1;
  }
  timerfd_settime(net->timer_fd, 0, &when, NULL);
}

static int
fetch(coap_net_t *net, int timeout, coap_net_event_t *events, int max) {
  struct epoll_event ready[NET_BATCH];
  int found = 0;
  int count = epoll_wait(net->epoll_fd, ready, max < NET_BATCH ? max : NET_BATCH, timeout);

  if (count < 0)
    return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) {
    coap_net_sock_t *sock = ready[i].data.ptr;
    uint64_t expirations;

    if (!sock) {
      /* Only a wake-up: the caller looks at its deadlines anyway. */
      if (read(net->timer_fd, &expirations, sizeof(expirations)) < 0)
        continue;
      continue;
    }
    events[found].owner = sock->owner;
    events[found].flags = (ready[i].events & ~(uint32_t)EPOLLOUT ? COAP_NET_READABLE : 0U) |
                          (ready[i].events & EPOLLOUT ? COAP_NET_WRITABLE : 0U);
    found++;
  }
  return found;
}

int
coap_net_wait(coap_net_t *net, uint32_t timeout_ms, coap_net_event_t *events, int max) {
  int timeout = timeout_ms == UINT32_MAX ? -1
                : timeout_ms > INT32_MAX ? INT32_MAX
                                         : (int)timeout_ms;

  return fetch(net, timeout, events, max);
}

int
coap_net_wait_with_fds(coap_net_t *net, uint32_t timeout_ms, coap_net_event_t *events, int max,
                       int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds) {
  fd_set own;
  fd_set *reads = readfds ? readfds : &own;
  struct timeval tv = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
  int count;

  if (net->epoll_fd >= FD_SETSIZE)
    return -EMFILE;
  FD_ZERO(&own);
  FD_SET(net->epoll_fd, reads);
  count = select(nfds > net->epoll_fd + 1 ? nfds : net->epoll_fd + 1, reads, writefds, exceptfds,
                 timeout_ms == UINT32_MAX ? NULL : &tv);
  if (count <= 0) {
    FD_ZERO(reads);
    if (writefds)
      FD_ZERO(writefds);
    if (exceptfds)
      FD_ZERO(exceptfds);
    return count < 0 && errno != EINTR ? -errno : 0;
  }
  count = FD_ISSET(net->epoll_fd, reads) ? fetch(net, 0, events, max) : 0;
  FD_CLR(net->epoll_fd, reads);
  return count;
}
