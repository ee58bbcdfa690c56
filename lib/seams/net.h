/* net.h -- the socket seam.
 *
 * net_epoll.c is the real one, with net_udp.c and net_tcp.c; net_sim.c and net_sim_stream.c deliver
 * datagrams and byte streams between in-memory sockets and whoever drives the simulation. Calls
 * never block but for coap_net_wait(). Results are 0 or a count on success and a negative errno
 * value on failure. */
#ifndef COAP_SEAMS_NET_H_
#define COAP_SEAMS_NET_H_

#include <coap3/coap_address.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/types.h>

typedef struct coap_net_t coap_net_t;           /* one per context */
typedef struct coap_net_sock_t coap_net_sock_t; /* one socket */

#define COAP_NET_READABLE 0x1U
#define COAP_NET_WRITABLE 0x2U

/* What coap_net_wait() reports: the `owner` given at opening and COAP_NET_* bits. */
typedef struct coap_net_event_t {
  void *owner;
  unsigned int flags;
} coap_net_event_t;

/* One datagram as received. `local` is the address it was sent to (a group address when it came by
 * multicast), `ifindex` the interface it came in on (0 when unknown). */
typedef struct coap_net_packet_t {
  coap_address_t remote;
  coap_address_t local;
  int ifindex;
  size_t length;
  const uint8_t *data; /* NULL when it did not fit: it is gone */
} coap_net_packet_t;

enum { COAP_NET_BATCH = 64 }; /* datagrams that one coap_net_recv() gives at most */

/* What became of datagrams posted, but for those that were sent. */
typedef struct coap_net_lost_t {
  unsigned int full;    /* the socket took no more */
  unsigned int refused; /* the system would not send them */
} coap_net_lost_t;

/* New set of sockets, or NULL (no memory, no descriptors). */
coap_net_t *coap_net_new(void);

/* Closes what is still open in the set and frees it; NULL is allowed. */
void coap_net_free(coap_net_t *net);

/* Descriptor that polls readable when coap_net_wait() has work; -1 when the back end has none. */
int coap_net_fd(const coap_net_t *net);

/* From now on, sockets that are opened to listen share their port with those of this user's other
 * processes that do so, too; the system deals out what comes by the peer's address and port. */
void coap_net_share_ports(coap_net_t *net, int on);

/* Opens a UDP socket in `net`. `bind_to` is the local address (NULL: any address, free port),
 * `peer` the address to connect to (NULL: unconnected, a server's socket). A multicast `peer` is
 * not connected, so that unicast answers come in. `owner` comes back in events. 0 or -errno. */
int coap_net_udp_open(coap_net_t *net, const coap_address_t *bind_to, const coap_address_t *peer,
                      void *owner, coap_net_sock_t **sock_out);

/* Closes the socket and frees it. NULL allowed. Events that coap_net_wait() has already handed out
 * are the caller's to forget. */
void coap_net_close(coap_net_sock_t *sock);

/* The bound local address, port filled in. Lives as long as the socket. */
const coap_address_t *coap_net_local(const coap_net_sock_t *sock);

/* The OS descriptor, -1 when the back end has none. */
int coap_net_sock_fd(const coap_net_sock_t *sock);

/* Sends one datagram to `remote`; `local` (may be NULL) asks for that source address and
 * `ifindex` (may be 0) for that interface. Returns bytes sent or -errno: -EAGAIN when the socket
 * is full, -ECONNREFUSED and the like when an earlier datagram met an ICMP error. */
ssize_t coap_net_send(coap_net_sock_t *sock, const coap_address_t *local,
                      const coap_address_t *remote, int ifindex, const uint8_t *data, size_t len);

/* As coap_net_send() of an unconnected socket, but the datagram may wait for the next
 * coap_net_flush() to go together with others, in the same order. A copy is made. 0, also for what
 * gets lost later, or -errno. */
int coap_net_post(coap_net_sock_t *sock, const coap_address_t *local, const coap_address_t *remote,
                  int ifindex, const uint8_t *data, size_t len);

/* Sends what waits in the set. What got lost since the last flush is in *lost. */
void coap_net_flush(coap_net_t *net, coap_net_lost_t *lost);

/* Receives datagrams that are there, at most COAP_NET_BATCH (room for as many is in `packets`);
 * lengths may be 0. Their bytes last until the next coap_net_recv() in the set. Returns their
 * number, -EAGAIN when there is none, or an ICMP error as for coap_net_send(). */
int coap_net_recv(coap_net_sock_t *sock, coap_net_packet_t *packets);

/* Streams (TCP).
 *
 * A listener reports COAP_NET_READABLE when a connection waits for coap_net_tcp_accept(). A
 * connecting socket reports COAP_NET_WRITABLE once it is known how that went, whatever
 * coap_net_want() says; coap_net_tcp_connected() tells. */

/* Listens at `bind_to`, port 0: a free one. 0 or -errno. */
int coap_net_tcp_listen(coap_net_t *net, const coap_address_t *bind_to, void *owner,
                        coap_net_sock_t **sock_out);

/* Begins to connect to `peer`, from `bind_to` (NULL: the system's choice). 0 (under way or done) or
 * -errno. */
int coap_net_tcp_connect(coap_net_t *net, const coap_address_t *bind_to, const coap_address_t *peer,
                         void *owner, coap_net_sock_t **sock_out);

/* 0 when connected (the local address is final now), -EINPROGRESS while it is not known, else why
 * it failed. */
int coap_net_tcp_connected(coap_net_sock_t *sock);

/* Takes a waiting connection of a listener: its socket with the listener's owner
 * (coap_net_set_owner changes it), and the other side's address. 0, -EAGAIN when none waits, or
 * -errno (the connection, if any, is gone). */
int coap_net_tcp_accept(coap_net_sock_t *listener, coap_net_sock_t **sock_out,
                        coap_address_t *remote);

void coap_net_set_owner(coap_net_sock_t *sock, void *owner);

/* Bytes taken, 1..len (0 for len 0), or -errno: -EAGAIN until writable again, others: broken. */
ssize_t coap_net_stream_send(coap_net_sock_t *sock, const uint8_t *data, size_t len);

/* Bytes received, 0: the other side sends no more, or -errno: -EAGAIN, others: broken. */
ssize_t coap_net_stream_recv(coap_net_sock_t *sock, uint8_t *buf, size_t size);

/* Joins the multicast `group` on interface `ifname` (NULL: the system's choice). 0 or -errno. */
int coap_net_join(coap_net_sock_t *sock, const coap_address_t *group, const char *ifname);

/* Hop limit / TTL of what this socket sends to groups. 0 or -errno. */
int coap_net_mcast_hops(coap_net_sock_t *sock, unsigned int hops);

/* What to report for this socket from now on: COAP_NET_* bits; at first COAP_NET_READABLE alone. */
void coap_net_want(coap_net_sock_t *sock, unsigned int flags);

/* Makes coap_net_fd() readable at `due` (UINT64_MAX: never), so that a program which polls that
 * descriptor itself wakes for retransmissions. Both times in ms of coap_clock_now(). A back end
 * without one does nothing. */
void coap_net_arm(coap_net_t *net, uint64_t due, uint64_t now);

/* Waits at most `timeout_ms` (0: do not wait, UINT32_MAX: for ever) and reports up to `max` ready
 * sockets. Returns the number of events, 0 on time-out or signal, or -errno. */
int coap_net_wait(coap_net_t *net, uint32_t timeout_ms, coap_net_event_t *events, int max);

/* As coap_net_wait(), waiting for the caller's own descriptors too: the sets as for select(2),
 * each may be NULL; on return they hold what is ready. */
int coap_net_wait_with_fds(coap_net_t *net, uint32_t timeout_ms, coap_net_event_t *events, int max,
                           int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds);

/* Name resolution (coap_resolve_address_info(3)): up to `max` addresses of `host` with `port`,
 * `family` AF_UNSPEC, AF_INET or AF_INET6, `ai_flags` as for getaddrinfo(3). Count or -errno. */
int coap_net_resolve(const char *host, uint16_t port, int family, int ai_flags, coap_address_t *out,
                     int max);

#endif /* COAP_SEAMS_NET_H_ */
