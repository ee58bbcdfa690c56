/* load_link_tcp.c -- sessions over TCP (RFC 8323): established once the peer's CSM is there. */
#include "load_open.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READY_MAX = 64, IN_BYTES = 65536, SIGNALLING = 7, PING = 0xe2, PONG = 0xe3 };
enum { OPENING_AT_ONCE = 128 };

typedef struct stream_t {
  int fd;
  int is_up;      /* the peer's CSM has come */
  int is_blocked; /* until it can be written to */
  uint8_t *in;    /* the beginning of a message whose end has not come yet */
  size_t in_length;
  uint8_t *out;
  size_t out_length;
  size_t out_room;
  int is_dirty; /* in the list of those to flush */
} stream_t;

typedef struct link_t {
  int epoll_fd;
  stream_t *streams;
  uint32_t *dirty;
  uint32_t dirty_count;
  uint32_t up_count;
  uint8_t buffer[IN_BYTES];
} link_t;

/* In the list once, however much is queued: there is room for each session. */
static void
mark(link_t *link, uint32_t session) {
  if (!link->streams[session].is_dirty)
    link->dirty[link->dirty_count++] = session;
  link->streams[session].is_dirty = 1;
}

static void
watch(link_t *link, uint32_t session, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data = {.u32 = session}};

  epoll_ctl(link->epoll_fd, operation, link->streams[session].fd, &event);
}

static void
tcp_send(load_t *load, uint32_t session, const uint8_t *message, size_t length) {
  link_t *link = load->link;
  stream_t *stream = &link->streams[session];

  if (stream->out_length + length > stream->out_room) {
    size_t room = (stream->out_length + length) * 2;
    uint8_t *out = realloc(stream->out, room);

    if (!out)
      return; /* the request is lost, and counted so */
    stream->out = out;
    stream->out_room = room;
  }
  memcpy(stream->out + stream->out_length, message, length);
  stream->out_length += length;
  mark(link, session);
}

static void
close_stream(link_t *link, stream_t *stream) {
  if (stream->fd >= 0)
    close(stream->fd);
  link->up_count -= (uint32_t)stream->is_up;
  stream->fd = -1;
  stream->is_up = stream->is_blocked = 0;
  stream->in_length = stream->out_length = 0;
}

/* Begins to connect; the CSM waits in the queue until that is done. 1 or 0. */
static int
start(load_t *load, uint32_t session) {
  link_t *link = load->link;
  stream_t *stream = &link->streams[session];
  const coap_address_t *server = &load->options->server;
  uint8_t csm[8];
  int on = 1;

  stream->fd = socket(server->addr.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (stream->fd < 0)
    return 0;
  setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (load->options->first_source) {
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(load->options->first_source + session)};

    setsockopt(stream->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(stream->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
      return 0;
  }
  if (connect(stream->fd, &server->addr.sa, server->size) < 0 && errno != EINPROGRESS)
    return 0;
  watch(link, session, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
  stream->is_blocked = 1;
  tcp_send(load, session, csm, load_csm_write(csm));
  return 1;
}

static void
break_stream(load_t *load, uint32_t session) {
  link_t *link = load->link;

  close_stream(link, &link->streams[session]);
  load_broken(load, session);
}

static void
write_stream(load_t *load, uint32_t session) {
  link_t *link = load->link;
  stream_t *stream = &link->streams[session];
  ssize_t sent;

  if (stream->fd < 0 || stream->is_blocked || !stream->out_length)
    return;
  sent = send(stream->fd, stream->out, stream->out_length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    break_stream(load, session);
    return;
  }
  sent = sent < 0 ? 0 : sent;
  stream->out_length -= (size_t)sent;
  memmove(stream->out, stream->out + sent, stream->out_length);
  if (stream->out_length) {
    stream->is_blocked = 1;
    watch(link, session, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }
}

static void
tcp_flush(load_t *load) {
  link_t *link = load->link;

  /* What breaks meanwhile marks itself anew. */
  for (uint32_t i = link->dirty_count; i > 0; i--) {
    uint32_t session = link->dirty[--link->dirty_count];

    link->streams[session].is_dirty = 0;
    write_stream(load, session);
  }
}

static void
take_signal(load_t *load, uint32_t session, const load_reply_t *reply) {
  link_t *link = load->link;
  stream_t *stream = &link->streams[session];

  if (reply->code == PING) {
    static const uint8_t pong[] = {0, PONG};

    tcp_send(load, session, pong, sizeof(pong));
  } else if (!stream->is_up) {
    stream->is_up = 1;
    link->up_count++;
    load_connected(load, session);
  }
}

/* The whole messages among these bytes. How many bytes they are. */
static size_t
take_messages(load_t *load, uint32_t session, const uint8_t *data, size_t length) {
  load_reply_t reply;
  size_t done = 0;
  size_t taken;

  while ((taken = load_reply_read_stream(&reply, data + done, length - done)) > 0) {
    done += taken;
    if (reply.code >> 5 == SIGNALLING)
      take_signal(load, session, &reply);
    else
      load_take(load, session, &reply);
  }
  return done;
}

static void
keep(stream_t *stream, const uint8_t *data, size_t length) {
  uint8_t *in;

  if (!length)
    return;
  in = realloc(stream->in, length);
  if (!in)
    return;
  stream->in = in;
  memcpy(in, data, length);
  stream->in_length = length;
}

static void
read_stream(load_t *load, uint32_t session) {
  link_t *link = load->link;
  stream_t *stream = &link->streams[session];
  size_t before = stream->in_length;
  int fd = stream->fd;
  size_t done;
  ssize_t got;

  if (before)
    memcpy(link->buffer, stream->in, before);
  got = recv(fd, link->buffer + before, sizeof(link->buffer) - before, 0);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0) {
    break_stream(load, session);
    return;
  }
  stream->in_length = 0;
  done = take_messages(load, session, link->buffer, before + (size_t)got);
  if (stream->fd == fd)
    keep(stream, link->buffer + done, before + (size_t)got - done);
}

static void
tcp_receive(load_t *load, int64_t wait_ns) {
  link_t *link = load->link;
  struct epoll_event ready[READY_MAX];
  struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
  int count = epoll_pwait2(link->epoll_fd, ready, READY_MAX, &wait, NULL);

  for (int i = 0; i < count; i++) {
    uint32_t session = ready[i].data.u32;
    stream_t *stream = &link->streams[session];

    if (stream->fd >= 0 && (ready[i].events & EPOLLOUT) && stream->is_blocked) {
      stream->is_blocked = 0;
      watch(link, session, EPOLLIN, EPOLL_CTL_MOD);
      write_stream(load, session);
    }
    if (stream->fd >= 0 && (ready[i].events & ~(uint32_t)EPOLLOUT))
      read_stream(load, session);
  }
}

static void
tcp_renew(load_t *load, uint32_t session) {
  link_t *link = load->link;

  close_stream(link, &link->streams[session]);
  /* Otherwise its request is lost after its time, and the next one tries again. */
  if (!start(load, session))
    close_stream(link, &link->streams[session]);
}

static int
start_first(load_t *load, uint32_t session) {
  if (start(load, session))
    return 1;
  fprintf(stderr, "coapspec-load: connection %u: %s\n", session + 1, strerror(errno));
  return 0;
}

static int
wait_for_all(load_t *load) {
  const link_t *link = load->link;
  const load_opening_t opening = {.what = "connections",
                                  .advice = "does the server listen there on TCP?",
                                  .at_once = OPENING_AT_ONCE,
                                  .patience_ms = load->options->patience_ms + 1000,
                                  .count = &link->up_count,
                                  .start = start_first};

  return load_open_all(load, &opening);
}

static int
tcp_open(load_t *load) {
  uint32_t sessions = (uint32_t)load->options->sessions;
  link_t *link = calloc(1, sizeof(*link));

  load->link = link;
  if (!link)
    return 0;
  link->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  link->streams = calloc(sessions, sizeof(*link->streams));
  link->dirty = calloc(sessions, sizeof(*link->dirty));
  for (uint32_t i = 0; link->streams && i < sessions; i++)
    link->streams[i].fd = -1;
  if (link->epoll_fd < 0 || !link->streams || !link->dirty) {
    fprintf(stderr, "coapspec-load: %lu connections: %s; fewer with -c\n", load->options->sessions,
            strerror(errno));
    return 0;
  }
  /* A new connection for each request is opened when its time comes. */
  return load->options->task == LOAD_HANDSHAKES || wait_for_all(load);
}

static void
tcp_close(load_t *load) {
  link_t *link = load->link;

  for (uint32_t i = 0; link->streams && i < load->options->sessions; i++) {
    close_stream(link, &link->streams[i]);
    free(link->streams[i].in);
    free(link->streams[i].out);
  }
  if (link->epoll_fd >= 0)
    close(link->epoll_fd);
  free(link->streams);
  free(link->dirty);
  free(link);
}

const load_link_ops_t load_link_tcp = {tcp_open,  tcp_close,   tcp_send,
                                       tcp_flush, tcp_receive, tcp_renew};
