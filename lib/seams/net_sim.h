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

/* The delay of the latest coap_net_arm(): read after coap_io_process() it says when that context
 * has to be processed next. UINT32_MAX: never. */
uint32_t coap_net_sim_armed(void);

/* Number of sockets open now. */
unsigned int coap_net_sim_open_count(void);

#endif /* COAP_SEAMS_NET_SIM_H_ */
