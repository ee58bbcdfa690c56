/* net_batch.c -- many datagrams by one system call: an inbox for recvmmsg(2) and an outbox for
 * sendmmsg(2), where those of one size to one peer make one buffer that the kernel cuts up
 * (UDP_SEGMENT, see udp(7)). One of each per set of sockets. */
#include "seams/net_posix.h"

#include "seams/memory.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

enum {
  /* Room for any datagram; what is over 64 KiB spreads the places over the sets of the cache. Pages
   * that nothing was received into take no memory. */
  IN_ROOM = 65536 + 192,
  OUT_ROOM = 1536, /* a longer datagram goes by itself */
  OUT_COUNT = 64,
  RUN_COUNT = 64, /* segments of one buffer, and its bytes: the kernel's bounds */
  RUN_BYTES = 65000
};

/* A datagram that waits. */
typedef struct letter_t {
  coap_address_t local;
  coap_address_t remote;
  int ifindex;
  size_t length;
} letter_t;

typedef struct in_control_t {
  _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
                                      CMSG_SPACE(sizeof(struct in_pktinfo))];
} in_control_t;

/* Packet information, and behind it how to cut a run. */
typedef struct out_control_t {
  coap_net_pktinfo_room_t pktinfo;
  char cut[CMSG_SPACE(sizeof(uint16_t))];
} out_control_t;

struct coap_net_batch_t {
  struct mmsghdr in[COAP_NET_BATCH];
  struct iovec in_iov[COAP_NET_BATCH];
  struct sockaddr_in6 in_from[COAP_NET_BATCH];
  in_control_t in_control[COAP_NET_BATCH];
  uint8_t *in_bytes;

  const coap_net_sock_t *sock; /* what waits is for this one */
  unsigned int count;
  unsigned int uncut : 1; /* the system does not cut runs */
  coap_net_lost_t lost;
  letter_t letters[OUT_COUNT];
  uint8_t out_bytes[OUT_COUNT][OUT_ROOM];
};

static void
reset_place(struct coap_net_batch_t *batch, unsigned int i) {
  batch->in[i].msg_hdr.msg_namelen = sizeof(batch->in_from[i]);
  batch->in[i].msg_hdr.msg_controllen = sizeof(batch->in_control[i]);
}

static void
set_places(struct coap_net_batch_t *batch) {
  for (unsigned int i = 0; i < COAP_NET_BATCH; i++) {
    struct msghdr *msg = &batch->in[i].msg_hdr;

    batch->in_iov[i].iov_base = batch->in_bytes + (size_t)i * IN_ROOM;
    batch->in_iov[i].iov_len = IN_ROOM;
    msg->msg_name = &batch->in_from[i];
    msg->msg_iov = &batch->in_iov[i];
    msg->msg_iovlen = 1;
    msg->msg_control = &batch->in_control[i];
    reset_place(batch, i);
  }
}

int
coap_net_batch_open(coap_net_t *net) {
  struct coap_net_batch_t *batch = net->batch;

  if (batch)
    return 0;
  batch = coap_mem_zalloc(sizeof(*batch));
  if (!batch)
    return -ENOMEM;
  batch->in_bytes = coap_mem_alloc((size_t)COAP_NET_BATCH * IN_ROOM);
  if (!batch->in_bytes) {
    coap_mem_free(batch);
    return -ENOMEM;
  }
  set_places(batch);
  net->batch = batch;
  return 0;
}

void
coap_net_batch_free(coap_net_t *net) {
  if (!net->batch)
    return;
  coap_mem_free(net->batch->in_bytes);
  coap_mem_free(net->batch);
}

static void
take_packet(const coap_net_sock_t *sock, struct mmsghdr *in, coap_net_packet_t *packet) {
  struct msghdr *msg = &in->msg_hdr;

  coap_address_init(&packet->remote);
  packet->remote.size = msg->msg_namelen;
  memcpy(&packet->remote.addr, msg->msg_name, msg->msg_namelen);
  packet->local = sock->local;
  packet->ifindex = 0;
  packet->length = in->msg_len;
  packet->data = msg->msg_flags & MSG_TRUNC ? NULL : msg->msg_iov->iov_base;
  coap_net_take_pktinfo(msg, packet);
}

int
coap_net_recv(coap_net_sock_t *sock, coap_net_packet_t *packets) {
  struct coap_net_batch_t *batch = sock->net->batch;
  int count = recvmmsg(sock->fd, batch->in, COAP_NET_BATCH, 0, NULL);

  if (count < 0)
    return -errno;
  for (int i = 0; i < count; i++) {
    take_packet(sock, &batch->in[i], &packets[i]);
    reset_place(batch, (unsigned int)i);
  }
  return count;
}

static int
is_same(const coap_address_t *a, const coap_address_t *b) {
  return a->size == b->size && memcmp(&a->addr, &b->addr, a->size) == 0;
}

/* How many letters from `first` on can go as one buffer: the same way, of the same length but for
 * the last one, which may be shorter. */
static unsigned int
run_length(const struct coap_net_batch_t *batch, unsigned int first) {
  const letter_t *head = &batch->letters[first];
  size_t bytes = head->length;
  unsigned int n = 1;

  while (!batch->uncut && head->length && first + n < batch->count && n < RUN_COUNT) {
    const letter_t *next = &batch->letters[first + n];

    if (next->length > head->length || !next->length || bytes + next->length > RUN_BYTES ||
        next->ifindex != head->ifindex || !is_same(&next->remote, &head->remote) ||
        !is_same(&next->local, &head->local))
      break;
    bytes += next->length;
    n++;
    if (next->length < head->length)
      break;
  }
  return n;
}

static void
put_cut(struct msghdr *msg, out_control_t *control, size_t length) {
  size_t used = msg->msg_controllen;
  struct cmsghdr *cmsg = (struct cmsghdr *)(void *)((char *)control + used);
  uint16_t size = (uint16_t)length;

  memset(cmsg, 0, CMSG_SPACE(sizeof(size)));
  msg->msg_control = control;
  msg->msg_controllen = used + CMSG_SPACE(sizeof(size));
  cmsg->cmsg_level = IPPROTO_UDP;
  cmsg->cmsg_type = UDP_SEGMENT;
  cmsg->cmsg_len = CMSG_LEN(sizeof(size));
  memcpy(CMSG_DATA(cmsg), &size, sizeof(size));
}

/* The letters as messages, runs as one. Their number. */
static unsigned int
make_messages(struct coap_net_batch_t *batch, struct mmsghdr out[OUT_COUNT],
              struct iovec iov[OUT_COUNT], out_control_t control[OUT_COUNT]) {
  unsigned int count = 0;
  unsigned int run;

  for (unsigned int i = 0; i < batch->count; i += run) {
    letter_t *letter = &batch->letters[i];
    struct msghdr *msg = &out[count].msg_hdr;

    run = run_length(batch, i);
    memset(msg, 0, sizeof(*msg));
    for (unsigned int j = i; j < i + run; j++) {
      iov[j].iov_base = batch->out_bytes[j];
      iov[j].iov_len = batch->letters[j].length;
    }
    msg->msg_name = &letter->remote.addr;
    msg->msg_namelen = letter->remote.size;
    msg->msg_iov = &iov[i];
    msg->msg_iovlen = run;
    if (letter->local.size)
      coap_net_put_pktinfo(msg, &letter->local, letter->ifindex, &control[count].pktinfo);
    if (run > 1)
      put_cut(msg, &control[count], letter->length);
    count++;
  }
  return count;
}

/* 1 when it may be tried again, 0 when the datagrams are lost: counted. */
static int
failed(struct coap_net_batch_t *batch, int error, unsigned int datagrams) {
  if (error == EINTR)
    return 1;
  if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM)
    batch->lost.full += datagrams;
  else
    batch->lost.refused += datagrams;
  return 0;
}

/* A run that the kernel does not take as one, datagram by datagram. */
static void
send_pieces(struct coap_net_batch_t *batch, const struct msghdr *run) {
  struct msghdr piece = *run;

  piece.msg_iovlen = 1;
  piece.msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
  for (size_t i = 0; i < run->msg_iovlen; i++) {
    piece.msg_iov = &run->msg_iov[i];
    while (sendmsg(batch->sock->fd, &piece, MSG_NOSIGNAL) < 0 && failed(batch, errno, 1))
      continue;
  }
}

/* What the system says of a buffer that it cannot cut. */
static int
is_cut_error(int error) {
  return error == EINVAL || error == EIO || error == EMSGSIZE || error == ENOPROTOOPT ||
         error == EOPNOTSUPP;
}

static void
send_messages(struct coap_net_batch_t *batch, struct mmsghdr *out, unsigned int count) {
  unsigned int at = 0;

  while (at < count) {
    int sent = sendmmsg(batch->sock->fd, out + at, count - at, MSG_NOSIGNAL);
    const struct msghdr *msg = &out[at].msg_hdr;

    if (sent > 0) {
      at += (unsigned int)sent;
    } else if (msg->msg_iovlen > 1 && is_cut_error(errno)) {
      batch->uncut = errno != EMSGSIZE; /* which may be this peer's way alone */
      send_pieces(batch, msg);
      at++;
    } else if (!failed(batch, errno, (unsigned int)msg->msg_iovlen)) {
      at++;
    }
  }
}

/* Empties the outbox. */
static void
send_letters(struct coap_net_batch_t *batch) {
  struct mmsghdr out[OUT_COUNT];
  struct iovec iov[OUT_COUNT];
  out_control_t control[OUT_COUNT];

  if (!batch->count)
    return;
  send_messages(batch, out, make_messages(batch, out, iov, control));
  batch->count = 0;
}

void
coap_net_batch_settle(const coap_net_sock_t *sock) {
  struct coap_net_batch_t *batch = sock->net->batch;

  if (batch && batch->sock == sock)
    send_letters(batch);
}

int
coap_net_post(coap_net_sock_t *sock, const coap_address_t *local, const coap_address_t *remote,
              int ifindex, const uint8_t *data, size_t len) {
  struct coap_net_batch_t *batch = sock->net->batch;
  letter_t *letter;
  ssize_t sent;

  if (batch->sock != sock || batch->count == OUT_COUNT)
    send_letters(batch);
  if (len > OUT_ROOM) {
    sent = coap_net_send(sock, local, remote, ifindex, data, len);
    return sent < 0 ? (int)sent : 0;
  }
  batch->sock = sock;
  letter = &batch->letters[batch->count];
  letter->local.size = 0;
  if (local)
    letter->local = *local;
  letter->remote = *remote;
  letter->ifindex = ifindex;
  letter->length = len;
  memcpy(batch->out_bytes[batch->count++], data, len);
  return 0;
}

void
coap_net_flush(coap_net_t *net, coap_net_lost_t *lost) {
  struct coap_net_batch_t *batch = net->batch;

  memset(lost, 0, sizeof(*lost));
  if (!batch)
    return;
  send_letters(batch);
  *lost = batch->lost;
  memset(&batch->lost, 0, sizeof(batch->lost));
}
