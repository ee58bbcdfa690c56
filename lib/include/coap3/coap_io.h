/* coap_io.h -- coap_io(3): letting the library work. */
#ifndef COAP_IO_H_
#define COAP_IO_H_

#include <coap3/coap_forward_decls.h>

#include <sys/select.h>

COAP_BEGIN_DECLS

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
