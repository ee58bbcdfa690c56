/* descriptors.h -- the simulated descriptors, between the files of the stand-in for the system. */
#ifndef FUZZ_SUT_DESCRIPTORS_H_
#define FUZZ_SUT_DESCRIPTORS_H_

#include "seams/net.h"

#include <sys/epoll.h>

enum sut_kind { SUT_FREE, SUT_SOCKET, SUT_EPOLL, SUT_TIMER };

struct sut_descriptor {
  enum sut_kind kind;
  int is_stream;
  int family;
  coap_net_t *net; /* a socket's own, or that of its listener */
  int owns_net;
  coap_net_sock_t *sock; /* NULL until it is bound, connected or sends */
  coap_address_t bound, peer;
  coap_net_packet_t packets[COAP_NET_BATCH]; /* came together; the stack takes one at a time */
  int n_packets, next_packet;
  int epoll; /* that watches it, -1: none */
  struct epoll_event watched;
  uint64_t waited_at; /* of an epoll, ms; and so often since then */
  unsigned int waits;
  uint64_t due; /* of a timer, ms; UINT64_MAX: not set */
};

/* A new one, or NULL with errno set. */
struct sut_descriptor *sut_new(enum sut_kind kind);
/* NULL with errno set when there is no such descriptor of that kind. */
struct sut_descriptor *sut_of(int fd, enum sut_kind kind);
int sut_number(const struct sut_descriptor *d);
/* The first one after `from`, or from the beginning for NULL, that `epoll` watches; NULL: none. */
struct sut_descriptor *sut_watched(int epoll, const struct sut_descriptor *from);
void sut_delete(struct sut_descriptor *d);

/* COAP_NET_* bits of what a socket is ready for. */
unsigned int sut_ready(const struct sut_descriptor *d);

/* Whether a datagram waits on a socket that `epoll` watches. */
int sut_unread(int epoll);

/* calls_none.c: a call that waits on `epoll` is given time, until `until` (ms) at most. */
void sut_pass_time(int epoll, uint64_t until);

/* A result of the simulated network as the system gives it: -1 and errno. */
long sut_result(long result);

#endif /* FUZZ_SUT_DESCRIPTORS_H_ */
