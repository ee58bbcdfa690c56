/* net_sim_stream.c -- byte streams of the simulated network: the library has one end, whoever
 * drives the simulation the other, which is named by a number. */
#include "seams/net_sim_address.h"
#include "seams/net_sim_sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG_MAX = 16, UNREAD_MAX = 16 * 1024 * 1024 };

typedef enum sim_conn_state_t { CONN_PENDING, CONN_OPEN } sim_conn_state_t;

/* Memory of the driver's, not of the library's: plain malloc(). */
typedef struct sim_conn_t {
  unsigned int id;
  sim_conn_state_t state;
  coap_net_sock_t *sock; /* the library's stream, or the listener it waits at */
  coap_address_t remote;
  int error;
  int finished;
  uint8_t *unread;
  size_t unread_at;
  size_t unread_length;
  size_t room;
  struct sim_conn_t *next;    /* all */
  struct sim_conn_t *waiting; /* behind it at the same listener */
} sim_conn_t;

static struct {
  sim_conn_t *conns;
  unsigned int last_id;
  coap_net_sim_stream_tap_t tap;
  void *tap_user;
} streams;

static sim_conn_t *
conn_find(unsigned int id) {
  sim_conn_t *c = streams.conns;

  while (c != NULL && c->id != id)
    c = c->next;
  return c;
}

static sim_conn_t *
conn_new(coap_net_sock_t *sock, const coap_address_t *remote) {
  sim_conn_t *c = calloc(1, sizeof(*c));

  if (c == NULL)
    return NULL;
  c->id = ++streams.last_id;
  c->sock = sock;
  c->remote = *remote;
  c->room = SIZE_MAX;
  c->next = streams.conns;
  streams.conns = c;
  return c;
}

static void
conn_free(sim_conn_t *c) {
  sim_conn_t **link = &streams.conns;

  while (*link != c)
    link = &(*link)->next;
  *link = c->next;
  free(c->unread);
  free(c);
}

static void
conn_close(sim_conn_t *c) {
  unsigned int id = c->id;

  conn_free(c);
  if (streams.tap.closed != NULL)
    streams.tap.closed(streams.tap_user, id);
}

unsigned int
sim_stream_flags(const coap_net_sock_t *sock) {
  const sim_conn_t *c = sock->conn;
  unsigned int flags = 0;

  if (c == NULL)
    return 0;
  if (sock->kind == SIM_SOCK_LISTENER)
    return COAP_NET_READABLE;
  if (c->state == CONN_PENDING)
    return c->error ? COAP_NET_WRITABLE : 0;
  if (c->unread_length || c->finished || c->error)
    flags |= COAP_NET_READABLE;
  if (!sock->connected)
    return flags | COAP_NET_WRITABLE;
  if (c->room || c->error)
    flags |= COAP_NET_WRITABLE;
  /* As epoll(7) does, a broken connection is reported whatever is wanted. */
  return flags & (sock->want | (c->error ? COAP_NET_READABLE : 0U));
}

void
sim_stream_closed(coap_net_sock_t *sock) {
  while (sock->conn != NULL) {
    sim_conn_t *c = sock->conn;

    sock->conn = c->waiting;
    conn_close(c);
  }
}

void
sim_stream_reset(void) {
  while (streams.conns != NULL)
    conn_free(streams.conns);
  memset(&streams, 0, sizeof(streams));
}

int
coap_net_tcp_listen(coap_net_t *net, const coap_address_t *bind_to, void *owner,
                    coap_net_sock_t **sock_out) {
  coap_address_t local;
  int rc = sim_sock_bind(SIM_SOCK_LISTENER, &local, bind_to, NULL);

  if (rc != 0)
    return rc;
  *sock_out = sim_sock_new(net, SIM_SOCK_LISTENER, &local, owner, 1);
  return *sock_out != NULL ? 0 : -ENOMEM;
}

int
coap_net_tcp_connect(coap_net_t *net, const coap_address_t *bind_to, const coap_address_t *peer,
                     void *owner, coap_net_sock_t **sock_out) {
  coap_address_t local;
  coap_net_sock_t *sock;
  int rc = sim_sock_bind(SIM_SOCK_STREAM, &local, bind_to, peer);

  if (rc != 0)
    return rc;
  sock = sim_sock_new(net, SIM_SOCK_STREAM, &local, owner, 1);
  if (sock == NULL)
    return -ENOMEM;
  sock->conn = conn_new(sock, peer);
  if (sock->conn == NULL) {
    coap_net_close(sock);
    return -ENOMEM;
  }
  rc = streams.tap.connect != NULL
           ? streams.tap.connect(streams.tap_user, sock->conn->id, &local, peer)
           : -ECONNREFUSED;
  if (rc == 0)
    sock->conn->state = CONN_OPEN;
  else if (rc != -EINPROGRESS)
    sock->conn->error = -rc;
  sim_sock_update(sock);
  *sock_out = sock;
  return 0;
}

int
coap_net_tcp_connected(coap_net_sock_t *sock) {
  const sim_conn_t *c = sock->conn;

  if (c->error)
    return -c->error;
  if (c->state == CONN_PENDING)
    return -EINPROGRESS;
  sock->connected = 1;
  sim_sock_update(sock);
  return 0;
}

int
coap_net_tcp_accept(coap_net_sock_t *listener, coap_net_sock_t **sock_out, coap_address_t *remote) {
  sim_conn_t *c = listener->conn;
  coap_address_t local = listener->local;
  coap_net_sock_t *sock;

  if (c == NULL)
    return -EAGAIN;
  if (sim_is_any(&local)) {
    sim_host_address(&local, local.addr.sa.sa_family);
    sim_set_port(&local, sim_port_of(&listener->local));
  }
  sock = sim_sock_new(listener->net, SIM_SOCK_STREAM, &local, listener->owner, 0);
  listener->conn = c->waiting;
  c->waiting = NULL;
  listener->queued--;
  sim_sock_update(listener);
  if (sock == NULL) {
    conn_close(c);
    return -ENOMEM;
  }
  sock->conn = c;
  sock->connected = 1;
  c->sock = sock;
  *remote = c->remote;
  *sock_out = sock;
  sim_sock_update(sock);
  return 0;
}

ssize_t
coap_net_stream_send(coap_net_sock_t *sock, const uint8_t *data, size_t len) {
  sim_conn_t *c = sock->conn;
  size_t taken = len < c->room ? len : c->room;

  if (c->error)
    return -c->error;
  if (c->state == CONN_PENDING)
    return -ENOTCONN;
  if (len && !taken)
    return -EAGAIN;
  if (c->room != SIZE_MAX)
    c->room -= taken;
  sim_sock_update(sock);
  if (taken && streams.tap.write != NULL)
    streams.tap.write(streams.tap_user, c->id, data, taken);
  return (ssize_t)taken;
}

ssize_t
coap_net_stream_recv(coap_net_sock_t *sock, uint8_t *buf, size_t size) {
  sim_conn_t *c = sock->conn;
  size_t taken = size < c->unread_length ? size : c->unread_length;

  if (c->error)
    return -c->error;
  if (!taken)
    return c->finished && !c->unread_length ? 0 : -EAGAIN;
  memcpy(buf, c->unread + c->unread_at, taken);
  c->unread_at += taken;
  c->unread_length -= taken;
  sim_sock_update(sock);
  return (ssize_t)taken;
}

void
coap_net_sim_set_stream_tap(const coap_net_sim_stream_tap_t *tap, void *user) {
  memset(&streams.tap, 0, sizeof(streams.tap));
  if (tap != NULL)
    streams.tap = *tap;
  streams.tap_user = user;
}

int
coap_net_sim_stream_open(const coap_address_t *from, const coap_address_t *to, unsigned int *conn) {
  coap_net_sock_t *listener = sim_sock_at(SIM_SOCK_LISTENER, to);
  sim_conn_t **last;
  sim_conn_t *c;

  if (listener == NULL)
    return -ECONNREFUSED;
  if (listener->queued >= BACKLOG_MAX)
    return -ENOBUFS;
  c = conn_new(listener, from);
  if (c == NULL)
    return -ENOMEM;
  c->state = CONN_OPEN;
  last = &listener->conn;
  while (*last != NULL)
    last = &(*last)->waiting;
  *last = c;
  listener->queued++;
  sim_sock_update(listener);
  *conn = c->id;
  return 0;
}

int
coap_net_sim_stream_accept(unsigned int conn) {
  sim_conn_t *c = conn_find(conn);

  if (c == NULL || c->state != CONN_PENDING || c->error)
    return -ENOTCONN;
  c->state = CONN_OPEN;
  sim_sock_update(c->sock);
  return 0;
}

int
coap_net_sim_stream_fail(unsigned int conn, int error) {
  sim_conn_t *c = conn_find(conn);

  if (c == NULL)
    return -ENOTCONN;
  c->error = error;
  c->unread_length = 0;
  sim_sock_update(c->sock);
  return 0;
}

int
coap_net_sim_stream_push(unsigned int conn, const uint8_t *data, size_t len) {
  sim_conn_t *c = conn_find(conn);
  uint8_t *grown;

  if (c == NULL || c->state != CONN_OPEN || c->finished || c->error)
    return -ENOTCONN;
  if (len > UNREAD_MAX - c->unread_length)
    return -ENOBUFS;
  if (!len)
    return 0;
  if (c->unread_at) {
    memmove(c->unread, c->unread + c->unread_at, c->unread_length);
    c->unread_at = 0;
  }
  grown = realloc(c->unread, c->unread_length + len);
  if (grown == NULL)
    return -ENOMEM;
  c->unread = grown;
  memcpy(c->unread + c->unread_length, data, len);
  c->unread_length += len;
  sim_sock_update(c->sock);
  return 0;
}

int
coap_net_sim_stream_finish(unsigned int conn) {
  sim_conn_t *c = conn_find(conn);

  if (c == NULL || c->state != CONN_OPEN)
    return -ENOTCONN;
  c->finished = 1;
  sim_sock_update(c->sock);
  return 0;
}

int
coap_net_sim_stream_room(unsigned int conn, size_t bytes) {
  sim_conn_t *c = conn_find(conn);

  if (c == NULL)
    return -ENOTCONN;
  c->room = bytes;
  sim_sock_update(c->sock);
  return 0;
}
