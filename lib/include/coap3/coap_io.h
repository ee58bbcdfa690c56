/* coap_io.h -- coap_io(3): letting the library work. */
#ifndef COAP_IO_H_
#define COAP_IO_H_

#include <coap3/coap_address.h>
#include <coap3/coap_forward_decls.h>
#include <coap3/coap_time.h>

#include <sys/select.h>

COAP_BEGIN_DECLS

struct epoll_event;

typedef int coap_fd_t;
#define COAP_INVALID_SOCKET (-1)
#define COAP_SOCKET_ERROR   (-1)

/* The two ends of a session. */
typedef struct coap_addr_tuple_t {
  coap_address_t remote;
  coap_address_t local;
} coap_addr_tuple_t;

/* What a socket is, what it waits for, and what poll(2) or select(2) found. */
typedef uint16_t coap_socket_flags_t;
#define COAP_SOCKET_EMPTY        0x0000
#define COAP_SOCKET_NOT_EMPTY    0x0001
#define COAP_SOCKET_BOUND        0x0002
#define COAP_SOCKET_CONNECTED    0x0004
#define COAP_SOCKET_WANT_READ    0x0010
#define COAP_SOCKET_WANT_WRITE   0x0020
#define COAP_SOCKET_WANT_ACCEPT  0x0040
#define COAP_SOCKET_WANT_CONNECT 0x0080
#define COAP_SOCKET_CAN_READ     0x0100
#define COAP_SOCKET_CAN_WRITE    0x0200
#define COAP_SOCKET_CAN_ACCEPT   0x0400
#define COAP_SOCKET_CAN_CONNECT  0x0800
#define COAP_SOCKET_MULTICAST    0x1000

/* A socket as coap_io_prepare_io() shows it: the program reads `fd` and the WANT flags and sets the
 * CAN flags. */
typedef struct coap_socket_t {
  coap_fd_t fd;
  coap_socket_flags_t flags;
} coap_socket_t;

/* Most events that coap_io_do_epoll() is sensibly given at once. */
#define COAP_MAX_EPOLL_EVENTS 10

#define COAP_IO_WAIT    0              /* wait until there is something to do */
#define COAP_IO_NO_WAIT ((uint32_t)-1) /* do not wait */

/* Sends, receives and retransmits what is due, waiting at most `timeout_ms` for something to
 * arrive. Returns the milliseconds spent, or -1 on error (NULL, or called from within a handler).
 */
int coap_io_process(coap_context_t *context, uint32_t timeout_ms);

/* As coap_io_process(), waiting for the caller's descriptors too; the sets, which may be NULL, hold
 * on return what is ready. `nfds` as for select(2). */
int coap_io_process_with_fds(coap_context_t *context, uint32_t timeout_ms, int nfds,
                             fd_set *readfds, fd_set *writefds, fd_set *exceptfds);

/* For programs that wait themselves. Sends and retransmits what is due at `now`, then lists up to
 * `max_sockets` sockets, their number in *num_sockets. The milliseconds until it has to be called
 * again; 0: nothing is to be waited for but the sockets. The list is good until the next call into
 * the library. */
unsigned int coap_io_prepare_io(coap_context_t *context, coap_socket_t *sockets[],
                                unsigned int max_sockets, unsigned int *num_sockets,
                                coap_tick_t now);

/* Reads from the sockets whose CAN flags are set, and does what is due at `now`. */
void coap_io_do_io(coap_context_t *context, coap_tick_t now);

/* As the two above with epoll(7) on coap_context_get_coap_fd(): the milliseconds to wait (0: for
 * ever), and what to do with the events found, if any. */
unsigned int coap_io_prepare_epoll(coap_context_t *context, coap_tick_t now);
void coap_io_do_epoll(coap_context_t *context, struct epoll_event *events, size_t nevents);

/* A descriptor that polls readable when coap_io_process() has something to do; -1 when this build
 * has none. */
int coap_context_get_coap_fd(const coap_context_t *context);

/* 1 while messages are outstanding: requests without an answer, CONs without an acknowledgement. */
int coap_io_pending(coap_context_t *context);

/* 1 when nothing is outstanding, so that a client may end. */
int coap_can_exit(coap_context_t *context);

/* The words for the last socket error. */
const char *coap_socket_strerror(void);

COAP_END_DECLS

#endif /* COAP_IO_H_ */
