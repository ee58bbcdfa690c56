/* load_datagrams.h -- many UDP clients in one process, with as few system calls as can be.
 *
 * A client is a source address and port. Towards a server on this host's loopback network each gets
 * an address of its own on one socket, so that a million are nothing; towards others each is a
 * socket with a port of its own. */
#ifndef COAPSPEC_BENCH_LOAD_DATAGRAMS_H_
#define COAPSPEC_BENCH_LOAD_DATAGRAMS_H_

#include <coap3/coap.h>

enum { LOAD_DATAGRAM_MAX = 1600 };

typedef struct load_datagrams_t load_datagrams_t;

typedef void (*load_datagram_t)(void *user, uint32_t client, const uint8_t *data, size_t length);

/* `first` is the address of the first client, in host order; 0: the clients are ports. NULL, with
 * errno: a socket cannot be had. */
load_datagrams_t *load_datagrams_open(const coap_address_t *server, uint32_t clients,
                                      uint32_t first);
void load_datagrams_close(load_datagrams_t *datagrams);

/* A new socket in place of a client's, so that to the server it is somebody else. 0 or -errno;
 * clients with addresses stay who they are. */
int load_datagrams_renew(load_datagrams_t *datagrams, uint32_t client);

/* Queues; what is queued goes out with load_datagrams_flush(), or when it has become much. */
void load_datagrams_send(load_datagrams_t *datagrams, uint32_t client, const uint8_t *data,
                         size_t length);
void load_datagrams_flush(load_datagrams_t *datagrams);

/* Hands out what has come; when nothing has, waits for so many nanoseconds at most. */
void load_datagrams_receive(load_datagrams_t *datagrams, int64_t wait_ns, load_datagram_t taker,
                            void *user);

/* Datagrams that the system did not take, and ICMP errors that came back. */
uint64_t load_datagrams_failed(const load_datagrams_t *datagrams);

#endif /* COAPSPEC_BENCH_LOAD_DATAGRAMS_H_ */
