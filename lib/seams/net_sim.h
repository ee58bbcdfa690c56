/* net_sim.h -- driving the simulated network (net_sim.c).
 *
 * All sockets of all contexts live on one simulated host network. Datagrams that the library sends
 * are handed to the tap first; the driver (a fuzz world, a test) decides what becomes of them:
 * deliver, drop, duplicate, delay, reorder, answer from a scripted peer. Nothing is delivered by
 * itself. Deterministic: no threads, no time, no randomness of its own. */
#ifndef COAP_SEAMS_NET_SIM_H_
#define COAP_SEAMS_NET_SIM_H_

#include "seams/net.h"

/* Called for each datagram a library socket sends. Returns the value coap_net_send() shall give:
 * `len` normally, or -errno to make the send fail. `data` is valid during the call only. */
typedef ssize_t (*coap_net_sim_tap_t)(void *user, const coap_address_t *from,
                                      const coap_address_t *to, const uint8_t *data, size_t len);

/* Forgets every queued datagram and setting; to be called with no socket open. */
void coap_net_sim_reset(void);

void coap_net_sim_set_tap(coap_net_sim_tap_t tap, void *user);

/* Queues a datagram for the socket bound to `to` (port match; the address may be a group joined on
 * that socket or its own). A connected socket takes it only from its peer. 0, -ECONNREFUSED when
 * no socket is bound there, -ENOBUFS when its queue (64 datagrams) is full, -ENOMEM. */
int coap_net_sim_deliver(const coap_address_t *from, const coap_address_t *to, int ifindex,
                         const uint8_t *data, size_t len);

/* Makes the next coap_net_recv() of the socket bound to `at` give `error` (a positive errno, for
 * example ECONNREFUSED for an ICMP port unreachable). 0 or -ECONNREFUSED when there is none. */
int coap_net_sim_fail_recv(const coap_address_t *at, int error);

/* Streams. A connection is a number, from 1 on, valid until the library closes its end; the calls
 * below then give -ENOTCONN. */

/* What the library does with streams; any may be NULL: a connect is refused then, writes are taken
 * whole, nobody hears of the rest. Data is valid during the call only. */
typedef struct coap_net_sim_stream_tap_t {
  /* The library connects: 0 established at once, -EINPROGRESS left open until
   * coap_net_sim_stream_accept() or _fail(), or the error it fails with at once. */
  int (*connect)(void *user, unsigned int conn, const coap_address_t *from,
                 const coap_address_t *to);
  /* Bytes the library writes, as far as the connection's room allows. */
  void (*write)(void *user, unsigned int conn, const uint8_t *data, size_t len);
  /* The library has closed its end, or its listener with this connection still waiting. */
  void (*closed)(void *user, unsigned int conn);
} coap_net_sim_stream_tap_t;

/* `tap` is copied; NULL removes it. */
void coap_net_sim_set_stream_tap(const coap_net_sim_stream_tap_t *tap, void *user);

/* A peer at `from` connects to the library's listener at `to`. 0 with *conn, -ECONNREFUSED when
 * nobody listens there, -ENOBUFS when 16 wait already, -ENOMEM. */
int coap_net_sim_stream_open(const coap_address_t *from, const coap_address_t *to,
                             unsigned int *conn);

/* The library's pending connect succeeds. */
int coap_net_sim_stream_accept(unsigned int conn);

/* The pending connect fails, or the open connection breaks, with `error` (a positive errno:
 * ECONNREFUSED, ETIMEDOUT, ECONNRESET, ...); bytes not read yet are lost. */
int coap_net_sim_stream_fail(unsigned int conn, int error);

/* Bytes for the library to read, at most 16 MiB unread: else -ENOBUFS. */
int coap_net_sim_stream_push(unsigned int conn, const uint8_t *data, size_t len);

/* The peer sends no more (FIN): the library reads the end after what is queued. */
int coap_net_sim_stream_finish(unsigned int conn);

/* How many bytes the library may write from now on; SIZE_MAX (as it begins): any number. A write is
 * cut to that, and with 0 left gives -EAGAIN; a socket that waits for it becomes writable when it
 * is raised. */
int coap_net_sim_stream_room(unsigned int conn, size_t bytes);

/* The delay of the latest coap_net_arm(): read after coap_io_process() it says when that context
 * has to be processed next. UINT32_MAX: never. */
uint32_t coap_net_sim_armed(void);

/* Number of sockets open now. */
unsigned int coap_net_sim_open_count(void);

#endif /* COAP_SEAMS_NET_SIM_H_ */
