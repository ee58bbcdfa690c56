/* echo.c -- the limit: a server that answers each datagram at once, with the system calls that a
 * CoAP server cannot do without: epoll_wait(2), recvmmsg(2) and sendmmsg(2), 64 datagrams at a
 * time, with packet information both ways. It looks at nothing and keeps nothing.
 *
 * usage: echo PORT
 * Listens on 127.0.0.1, says "ready". An answer is what a CoAP request becomes as an
 * acknowledgement with 2.05 and 16 bytes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { BATCH = 64, DATAGRAM_MAX = 1500, HEAD = 4, CONTENT = 0x45, IS_ACK = 0x60 };

typedef union pktinfo_room_t {
  size_t align; /* as a struct cmsghdr wants it */
  uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} pktinfo_room_t;

static struct mmsghdr headers[BATCH];
static struct iovec pieces[BATCH];
static struct sockaddr_storage names[BATCH];
static pktinfo_room_t rooms[BATCH];
static uint8_t data[BATCH][DATAGRAM_MAX];

static int
open_socket(uint16_t port) {
  struct sockaddr_in here = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int on = 1;

  if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
      bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
    return -1;
  return fd;
}

static void
prepare(void) {
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &headers[i].msg_hdr;

    pieces[i].iov_base = data[i];
    pieces[i].iov_len = DATAGRAM_MAX;
    header->msg_name = &names[i];
    header->msg_namelen = sizeof(names[i]);
    header->msg_iov = &pieces[i];
    header->msg_iovlen = 1;
    header->msg_control = &rooms[i];
    header->msg_controllen = sizeof(rooms[i]);
  }
}

/* Where it came to is where the answer comes from: the packet information stays as it is, but for
 * the interface. */
static void
turn_round(int i) {
  static const uint8_t payload[] = "\xffsixteen bytes ..";
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(&headers[i].msg_hdr);
  struct in_pktinfo info;
  size_t length = HEAD + (data[i][0] & 0xfU);

  data[i][0] = (uint8_t)(IS_ACK | (data[i][0] & 0xfU));
  data[i][1] = CONTENT;
  memcpy(data[i] + length, payload, sizeof(payload) - 1);
  pieces[i].iov_len = length + sizeof(payload) - 1;
  if (!cmsg)
    return;
  memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
  info.ipi_ifindex = 0;
  info.ipi_spec_dst = info.ipi_addr;
  memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
}

/* Everything that waits in the socket. */
static void
answer(int fd) {
  int count;

  for (;;) {
    prepare();
    count = recvmmsg(fd, headers, BATCH, 0, NULL);
    if (count <= 0)
      return;
    for (int i = 0; i < count; i++)
      turn_round(i);
    for (int done = 0; done < count;) {
      int sent = sendmmsg(fd, headers + done, (unsigned int)(count - done), 0);

      done += sent > 0 ? sent : 1;
    }
    if (count < BATCH)
      return;
  }
}

int
main(int argc, char **argv) {
  unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
  struct epoll_event event = {.events = EPOLLIN};
  int epoll_fd = epoll_create1(0);
  int fd;

  if (port == 0 || port > 65535) {
    fputs("usage: echo PORT\n", stderr);
    return 2;
  }
  fd = open_socket((uint16_t)port);
  if (fd < 0 || epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
    fprintf(stderr, "echo: port %lu: %s\n", port, strerror(errno));
    return EXIT_FAILURE;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (epoll_wait(epoll_fd, &event, 1, -1) > 0)
      answer(fd);
  }
}
