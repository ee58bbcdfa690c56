/* load_datagrams.c -- sendmmsg(2) and recvmmsg(2), 64 at a time. */
#include "load_datagrams.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, ROOM_BYTES = 64 << 20, FULL_MS = 100 };

typedef union pktinfo_room_t {
  size_t align; /* as a struct cmsghdr wants it */
  uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} pktinfo_room_t;

typedef struct batch_t {
  struct mmsghdr headers[BATCH];
  struct iovec pieces[BATCH];
  struct sockaddr_storage names[BATCH];
  pktinfo_room_t rooms[BATCH];
  uint8_t data[BATCH][LOAD_DATAGRAM_MAX];
} batch_t;

struct load_datagrams_t {
  coap_address_t server;
  uint32_t clients;
  uint32_t first; /* address of client 0, host order; 0: ports */
  int *fds;       /* one, or one for each client */
  uint32_t fd_count;
  int epoll_fd;
  uint64_t failed;
  batch_t out;
  unsigned int queued;
  uint32_t queued_at; /* whose socket the queue is for */
  batch_t in;
};

static void
make_room(int fd) {
  int bytes = ROOM_BYTES;

  /* Beyond the system's limit where that is allowed. */
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static int
open_socket(const load_datagrams_t *datagrams) {
  int fd =
      socket(datagrams->server.addr.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in any = {.sin_family = AF_INET};
  int on = 1;
  int result;

  if (fd < 0)
    return -1;
  make_room(fd);
  if (datagrams->first)
    result = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0
                 ? -1
                 : bind(fd, (struct sockaddr *)&any, sizeof(any));
  else
    result = connect(fd, &datagrams->server.addr.sa, datagrams->server.size);
  if (result == 0)
    return fd;
  result = errno;
  close(fd);
  errno = result;
  return -1;
}

/* The socket of a place, watched. 0 or -1. */
static int
add_socket(load_datagrams_t *datagrams, uint32_t place) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = place}};

  datagrams->fds[place] = open_socket(datagrams);
  if (datagrams->fds[place] < 0)
    return -1;
  return epoll_ctl(datagrams->epoll_fd, EPOLL_CTL_ADD, datagrams->fds[place], &event);
}

static void
prepare(batch_t *batch) {
  for (int i = 0; i < BATCH; i++) {
    batch->pieces[i].iov_base = batch->data[i];
    batch->headers[i].msg_hdr.msg_iov = &batch->pieces[i];
    batch->headers[i].msg_hdr.msg_iovlen = 1;
  }
}

load_datagrams_t *
load_datagrams_open(const coap_address_t *server, uint32_t clients, uint32_t first) {
  load_datagrams_t *datagrams = calloc(1, sizeof(*datagrams));
  uint32_t wanted = first ? 1 : clients;

  if (!datagrams)
    return NULL;
  datagrams->server = *server;
  datagrams->clients = clients;
  datagrams->first = first;
  prepare(&datagrams->out);
  prepare(&datagrams->in);
  datagrams->fds = malloc(wanted * sizeof(*datagrams->fds));
  datagrams->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  while (datagrams->fds && datagrams->epoll_fd >= 0 && datagrams->fd_count < wanted) {
    if (add_socket(datagrams, datagrams->fd_count) < 0)
      break;
    datagrams->fd_count++;
  }
  if (datagrams->fd_count == wanted)
    return datagrams;
  load_datagrams_close(datagrams);
  return NULL;
}

void
load_datagrams_close(load_datagrams_t *datagrams) {
  int error = errno;

  for (uint32_t i = 0; i < datagrams->fd_count; i++)
    close(datagrams->fds[i]);
  if (datagrams->epoll_fd >= 0)
    close(datagrams->epoll_fd);
  free(datagrams->fds);
  free(datagrams);
  errno = error;
}

int
load_datagrams_renew(load_datagrams_t *datagrams, uint32_t client) {
  if (datagrams->first)
    return 0;
  load_datagrams_flush(datagrams);
  close(datagrams->fds[client]);
  return add_socket(datagrams, client) < 0 ? -errno : 0;
}

/* From the client's own address. */
static void
put_source(struct msghdr *header, pktinfo_room_t *room, uint32_t address) {
  struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(address)};
  struct cmsghdr *cmsg = (void *)room;

  header->msg_control = room;
  header->msg_controllen = CMSG_SPACE(sizeof(info));
  cmsg->cmsg_level = IPPROTO_IP;
  cmsg->cmsg_type = IP_PKTINFO;
  cmsg->cmsg_len = CMSG_LEN(sizeof(info));
  memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
}

void
load_datagrams_send(load_datagrams_t *datagrams, uint32_t client, const uint8_t *data,
                    size_t length) {
  uint32_t place = datagrams->first ? 0 : client;
  struct msghdr *header;

  if (datagrams->queued == BATCH || (datagrams->queued && place != datagrams->queued_at))
    load_datagrams_flush(datagrams);
  datagrams->queued_at = place;
  header = &datagrams->out.headers[datagrams->queued].msg_hdr;
  if (datagrams->first) {
    header->msg_name = &datagrams->server.addr;
    header->msg_namelen = datagrams->server.size;
    put_source(header, &datagrams->out.rooms[datagrams->queued], datagrams->first + client);
  }
  memcpy(datagrams->out.data[datagrams->queued], data, length);
  datagrams->out.pieces[datagrams->queued].iov_len = length;
  datagrams->queued++;
}

void
load_datagrams_flush(load_datagrams_t *datagrams) {
  unsigned int done = 0;

  while (done < datagrams->queued) {
    int fd = datagrams->fds[datagrams->queued_at];
    int sent = sendmmsg(fd, datagrams->out.headers + done, datagrams->queued - done, 0);

    if (sent > 0) {
      done += (unsigned int)sent;
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      struct pollfd full = {.fd = fd, .events = POLLOUT};

      if (poll(&full, 1, FULL_MS) <= 0)
        break;
    } else if (errno != EINTR) {
      datagrams->failed++; /* an ICMP error of an earlier one, or this one is not taken */
      done++;
    }
  }
  datagrams->failed += datagrams->queued - done;
  datagrams->queued = 0;
}

/* Whose address it came to; `clients` when it is none of ours. */
static uint32_t
client_of(const load_datagrams_t *datagrams, struct msghdr *header) {
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
  struct in_pktinfo info;
  uint32_t client;

  if (!cmsg || cmsg->cmsg_level != IPPROTO_IP || cmsg->cmsg_type != IP_PKTINFO)
    return datagrams->clients;
  memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
  client = ntohl(info.ipi_addr.s_addr) - datagrams->first;
  return client < datagrams->clients ? client : datagrams->clients;
}

/* One batch. How many datagrams. */
static int
take(load_datagrams_t *datagrams, uint32_t place, load_datagram_t taker, void *user) {
  int count;

  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &datagrams->in.headers[i].msg_hdr;

    datagrams->in.pieces[i].iov_len = LOAD_DATAGRAM_MAX;
    header->msg_control = datagrams->first ? &datagrams->in.rooms[i] : NULL;
    header->msg_controllen = datagrams->first ? sizeof(datagrams->in.rooms[i]) : 0;
  }
  count = recvmmsg(datagrams->fds[place], datagrams->in.headers, BATCH, MSG_DONTWAIT, NULL);
  if (count < 0) {
    datagrams->failed += errno != EAGAIN && errno != EINTR;
    return 0;
  }
  for (int i = 0; i < count; i++) {
    struct msghdr *header = &datagrams->in.headers[i].msg_hdr;
    uint32_t client = datagrams->first ? client_of(datagrams, header) : place;

    if (client < datagrams->clients)
      taker(user, client, datagrams->in.data[i], datagrams->in.headers[i].msg_len);
  }
  return count;
}

void
load_datagrams_receive(load_datagrams_t *datagrams, int64_t wait_ns, load_datagram_t taker,
                       void *user) {
  struct epoll_event ready[BATCH];
  struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
  int count;

  /* With a single socket there is nothing to ask about. */
  if (datagrams->fd_count == 1 && take(datagrams, 0, taker, user))
    return;
  count = epoll_pwait2(datagrams->epoll_fd, ready, BATCH, &wait, NULL);
  for (int i = 0; i < count; i++)
    take(datagrams, ready[i].data.u32, taker, user);
}

uint64_t
load_datagrams_failed(const load_datagrams_t *datagrams) {
  return datagrams->failed;
}
