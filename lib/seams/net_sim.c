/* net_sim.c -- the simulated network: sockets are queues in memory, one host, no time.
 *
 * Look-up is by local port through a hash table; sockets with something to report are on their
 * net's ready list, so that waiting costs nothing per idle socket. */
#include "seams/net_sim.h"
#include "seams/memory.h"
#include "seams/net_sim_address.h"
#include "seams/net_sim_sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORT_BUCKETS     256U
#define QUEUE_MAX        COAP_NET_BATCH
#define EPHEMERAL_FIRST  49152U
#define EPHEMERAL_COUNT  16384U
#define SIM_DATAGRAM_MAX 65507U

typedef struct sim_datagram_t {
  struct sim_datagram_t *next;
  coap_address_t from;
  coap_address_t to;
  int ifindex;
  size_t length;
  uint8_t data[];
} sim_datagram_t;

static struct {
  coap_net_sock_t *by_port[PORT_BUCKETS];
  coap_net_sim_tap_t tap;
  void *tap_user;
  unsigned int open_count;
  unsigned int ephemeral;
  uint32_t armed_ms;
} sim;

static void
ready_add(coap_net_sock_t *s) {
  if (s->ready_link != NULL)
    return;
  s->ready_next = NULL;
  s->ready_link = s->net->ready_tail;
  *s->net->ready_tail = s;
  s->net->ready_tail = &s->ready_next;
}

static void
ready_remove(coap_net_sock_t *s) {
  if (s->ready_link == NULL)
    return;
  *s->ready_link = s->ready_next;
  if (s->ready_next != NULL)
    s->ready_next->ready_link = s->ready_link;
  else
    s->net->ready_tail = s->ready_link;
  s->ready_link = NULL;
}

static unsigned int
sock_flags(const coap_net_sock_t *s) {
  unsigned int flags = 0;

  if (s->kind != SIM_SOCK_UDP)
    return sim_stream_flags(s);
  if (s->head != NULL || s->recv_error != 0)
    flags |= COAP_NET_READABLE;
  return (flags | COAP_NET_WRITABLE) & s->want;
}

void
sim_sock_update(coap_net_sock_t *s) {
  if (sock_flags(s) != 0)
    ready_add(s);
  else
    ready_remove(s);
}

/* Two sockets of one protocol may share a port only when they are bound to different addresses. */
static int
port_taken(sim_sock_kind_t kind, const coap_address_t *wanted) {
  uint16_t port = sim_port_of(wanted);
  const coap_net_sock_t *s;

  for (s = sim.by_port[port % PORT_BUCKETS]; s != NULL; s = s->port_next) {
    if ((s->kind == SIM_SOCK_UDP) == (kind == SIM_SOCK_UDP) && sim_port_of(&s->local) == port &&
        s->local.addr.sa.sa_family == wanted->addr.sa.sa_family &&
        (sim_is_any(&s->local) || sim_is_any(wanted) || sim_same_host(&s->local, wanted)))
      return 1;
  }
  return 0;
}

static int
pick_port(sim_sock_kind_t kind, coap_address_t *local) {
  unsigned int tries;

  for (tries = 0; tries < EPHEMERAL_COUNT; tries++) {
    sim_set_port(local, (uint16_t)(EPHEMERAL_FIRST + sim.ephemeral));
    sim.ephemeral = (sim.ephemeral + 1) % EPHEMERAL_COUNT;
    if (!port_taken(kind, local))
      return 0;
  }
  return -EADDRINUSE;
}

int
sim_sock_bind(sim_sock_kind_t kind, coap_address_t *local, const coap_address_t *bind_to,
              const coap_address_t *peer) {
  if (bind_to != NULL)
    *local = *bind_to;
  else
    sim_host_address(local, peer != NULL ? peer->addr.sa.sa_family : AF_INET);
  if (!sim_known_family(local))
    return -EAFNOSUPPORT;
  if (peer != NULL && peer->addr.sa.sa_family != local->addr.sa.sa_family)
    return -EAFNOSUPPORT;
  /* A connected socket learns its own address, as the real one does. */
  if (peer != NULL && sim_is_any(local)) {
    uint16_t port = sim_port_of(local);

    sim_host_address(local, local->addr.sa.sa_family);
    sim_set_port(local, port);
  }
  if (sim_port_of(local) == 0)
    return pick_port(kind, local);
  return port_taken(kind, local) ? -EADDRINUSE : 0;
}

static void
drop_queue(coap_net_sock_t *s) {
  while (s->head != NULL) {
    sim_datagram_t *d = s->head;

    s->head = d->next;
    free(d);
  }
  s->tail = &s->head;
  s->queued = 0;
}

static void
forget_taken(coap_net_t *net) {
  while (net->taken != NULL) {
    sim_datagram_t *d = net->taken;

    net->taken = d->next;
    free(d);
  }
}

coap_net_sock_t *
sim_sock_at(sim_sock_kind_t kind, const coap_address_t *to) {
  uint16_t port = sim_port_of(to);
  coap_net_sock_t *s;
  unsigned int i;

  for (s = sim.by_port[port % PORT_BUCKETS]; s != NULL; s = s->port_next) {
    if (s->kind != kind || sim_port_of(&s->local) != port)
      continue;
    if (sim_is_group(to)) {
      for (i = 0; i < s->group_count; i++) {
        if (sim_same_host(&s->groups[i], to))
          return s;
      }
    } else if (sim_same_host(&s->local, to) ||
               (sim_is_any(&s->local) && s->local.addr.sa.sa_family == to->addr.sa.sa_family)) {
      return s;
    }
  }
  return NULL;
}

coap_net_t *
coap_net_new(void) {
  coap_net_t *net = coap_mem_zalloc(sizeof(*net));

  if (net != NULL)
    net->ready_tail = &net->ready;
  return net;
}

void
coap_net_free(coap_net_t *net) {
  if (net == NULL)
    return;
  while (net->socks != NULL)
    coap_net_close(net->socks);
  forget_taken(net);
  coap_mem_free(net);
}

int
coap_net_fd(const coap_net_t *net) {
  (void)net;
  return -1;
}

static void
add_by_port(coap_net_sock_t *s) {
  coap_net_sock_t **bucket = &sim.by_port[sim_port_of(&s->local) % PORT_BUCKETS];

  s->port_next = *bucket;
  s->port_link = bucket;
  if (*bucket != NULL)
    (*bucket)->port_link = &s->port_next;
  *bucket = s;
}

coap_net_sock_t *
sim_sock_new(coap_net_t *net, sim_sock_kind_t kind, const coap_address_t *local, void *owner,
             int by_port) {
  coap_net_sock_t *s = coap_mem_zalloc(sizeof(*s));

  if (s == NULL)
    return NULL;
  s->net = net;
  s->kind = kind;
  s->owner = owner;
  s->want = COAP_NET_READABLE;
  s->local = *local;
  s->tail = &s->head;
  if (by_port)
    add_by_port(s);
  s->net_next = net->socks;
  s->net_link = &net->socks;
  if (net->socks != NULL)
    net->socks->net_link = &s->net_next;
  net->socks = s;
  sim.open_count++;
  return s;
}

int
coap_net_udp_open(coap_net_t *net, const coap_address_t *bind_to, const coap_address_t *peer,
                  void *owner, coap_net_sock_t **sock_out) {
  coap_net_sock_t *s;
  coap_address_t local;
  int rc = sim_sock_bind(SIM_SOCK_UDP, &local, bind_to, peer);

  if (rc != 0)
    return rc;
  s = sim_sock_new(net, SIM_SOCK_UDP, &local, owner, 1);
  if (s == NULL)
    return -ENOMEM;
  if (peer != NULL && !sim_is_group(peer)) {
    s->peer = *peer;
    s->connected = 1;
  }
  *sock_out = s;
  return 0;
}

void
coap_net_close(coap_net_sock_t *sock) {
  if (sock == NULL)
    return;
  ready_remove(sock);
  drop_queue(sock);
  if (sock->kind != SIM_SOCK_UDP)
    sim_stream_closed(sock);
  if (sock->port_link != NULL) {
    *sock->port_link = sock->port_next;
    if (sock->port_next != NULL)
      sock->port_next->port_link = sock->port_link;
  }
  *sock->net_link = sock->net_next;
  if (sock->net_next != NULL)
    sock->net_next->net_link = sock->net_link;
  sim.open_count--;
  coap_mem_free(sock);
}

void
coap_net_set_owner(coap_net_sock_t *sock, void *owner) {
  sock->owner = owner;
}

const coap_address_t *
coap_net_local(const coap_net_sock_t *sock) {
  return &sock->local;
}

int
coap_net_sock_fd(const coap_net_sock_t *sock) {
  (void)sock;
  return -1;
}

ssize_t
coap_net_send(coap_net_sock_t *sock, const coap_address_t *local, const coap_address_t *remote,
              int ifindex, const uint8_t *data, size_t len) {
  coap_address_t from = sock->local;

  (void)ifindex;
  if (len > SIM_DATAGRAM_MAX)
    return -EMSGSIZE;
  if (local != NULL && sim_known_family(local) && !sim_is_any(local) && !sim_is_group(local))
    from = *local;
  else if (sim_is_any(&from))
    sim_host_address(&from, from.addr.sa.sa_family);
  sim_set_port(&from, sim_port_of(&sock->local));
  if (sim.tap == NULL)
    return (ssize_t)len;
  return sim.tap(sim.tap_user, &from, remote, data, len);
}

int
coap_net_post(coap_net_sock_t *sock, const coap_address_t *local, const coap_address_t *remote,
              int ifindex, const uint8_t *data, size_t len) {
  ssize_t sent = coap_net_send(sock, local, remote, ifindex, data, len);

  return sent < 0 ? (int)sent : 0;
}

void
coap_net_flush(coap_net_t *net, coap_net_lost_t *lost) {
  (void)net; /* nothing waits */
  memset(lost, 0, sizeof(*lost));
}

int
coap_net_recv(coap_net_sock_t *sock, coap_net_packet_t *packets) {
  int rc = -sock->recv_error;
  int n = 0;

  forget_taken(sock->net);
  sock->recv_error = 0;
  for (sim_datagram_t *d = sock->head; rc == 0 && d != NULL && n < COAP_NET_BATCH; d = d->next) {
    packets[n].remote = d->from;
    packets[n].local = d->to;
    packets[n].ifindex = d->ifindex;
    packets[n].length = d->length;
    packets[n].data = d->data;
    n++;
  }
  /* The whole queue: it is no longer than a batch. */
  if (n > 0) {
    sock->net->taken = sock->head;
    sock->head = NULL;
    sock->tail = &sock->head;
    sock->queued = 0;
  }
  sim_sock_update(sock);
  return rc != 0 ? rc : n > 0 ? n : -EAGAIN;
}

int
coap_net_join(coap_net_sock_t *sock, const coap_address_t *group, const char *ifname) {
  (void)ifname;
  if (!sim_known_family(group) || !sim_is_group(group))
    return -EINVAL;
  if (sock->group_count == SIM_GROUPS_MAX)
    return -ENOBUFS;
  sock->groups[sock->group_count++] = *group;
  return 0;
}

int
coap_net_mcast_hops(coap_net_sock_t *sock, unsigned int hops) {
  (void)sock;
  return hops <= 255 ? 0 : -EINVAL;
}

void
coap_net_want(coap_net_sock_t *sock, unsigned int flags) {
  sock->want = flags;
  sim_sock_update(sock);
}

int
coap_net_wait(coap_net_t *net, uint32_t timeout_ms, coap_net_event_t *events, int max) {
  coap_net_sock_t *s;
  int n = 0;

  (void)timeout_ms; /* virtual time is the driver's to move */
  for (s = net->ready; s != NULL && n < max; s = s->ready_next) {
    events[n].owner = s->owner;
    events[n].flags = sock_flags(s);
    n++;
  }
  return n;
}

int
coap_net_wait_with_fds(coap_net_t *net, uint32_t timeout_ms, coap_net_event_t *events, int max,
                       int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds) {
  (void)nfds;
  /* Nothing outside the simulation is ever ready. */
  if (readfds != NULL)
    FD_ZERO(readfds);
  if (writefds != NULL)
    FD_ZERO(writefds);
  if (exceptfds != NULL)
    FD_ZERO(exceptfds);
  return coap_net_wait(net, timeout_ms, events, max);
}

void
coap_net_arm(coap_net_t *net, uint64_t due, uint64_t now) {
  uint64_t delay = due > now ? due - now : 0;

  (void)net;
  sim.armed_ms = due == UINT64_MAX    ? UINT32_MAX
                 : delay < UINT32_MAX ? (uint32_t)delay
                                      : UINT32_MAX - 1;
}

/* There is one process only. */
void
coap_net_share_ports(coap_net_t *net, int on) {
  (void)net;
  (void)on;
}

void
coap_net_sim_reset(void) {
  sim_stream_reset();
  sim.tap = NULL;
  sim.tap_user = NULL;
  sim.ephemeral = 0;
  sim.armed_ms = UINT32_MAX;
}

void
coap_net_sim_set_tap(coap_net_sim_tap_t tap, void *user) {
  sim.tap = tap;
  sim.tap_user = user;
}

int
coap_net_sim_deliver(const coap_address_t *from, const coap_address_t *to, int ifindex,
                     const uint8_t *data, size_t len) {
  coap_net_sock_t *s = sim_sock_at(SIM_SOCK_UDP, to);
  sim_datagram_t *d;

  if (s == NULL)
    return -ECONNREFUSED;
  if (s->connected &&
      (!sim_same_host(&s->peer, from) || sim_port_of(&s->peer) != sim_port_of(from)))
    return -ECONNREFUSED;
  if (s->queued == QUEUE_MAX)
    return -ENOBUFS;
  d = malloc(sizeof(*d) + len);
  if (d == NULL)
    return -ENOMEM;
  d->next = NULL;
  d->from = *from;
  d->to = *to;
  d->ifindex = ifindex;
  d->length = len;
  if (len > 0)
    memcpy(d->data, data, len);
  *s->tail = d;
  s->tail = &d->next;
  s->queued++;
  ready_add(s);
  return 0;
}

int
coap_net_sim_fail_recv(const coap_address_t *at, int error) {
  coap_net_sock_t *s = sim_sock_at(SIM_SOCK_UDP, at);

  if (s == NULL)
    return -ECONNREFUSED;
  s->recv_error = error;
  sim_sock_update(s);
  return 0;
}

uint32_t
coap_net_sim_armed(void) {
  return sim.armed_ms;
}

unsigned int
coap_net_sim_open_count(void) {
  return sim.open_count;
}
