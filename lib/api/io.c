/* io.c -- coap_io(3): the only place that waits. */
#include "api/context.h"

#include "seams/clock.h"
#include "session/stream.h"

#include <utlist.h>

typedef struct io_fds_t {
  int nfds;
  fd_set *reads;
  fd_set *writes;
  fd_set *excepts;
} io_fds_t;

/* How long to wait: what the caller allows, or until the next deadline. */
static uint32_t
io_wait_time(const coap_context_t *context, uint32_t timeout_ms, coap_tick_t now) {
  coap_tick_t next = coap_core_next_deadline(&context->core);
  coap_tick_t delay;

  if (timeout_ms == COAP_IO_NO_WAIT)
    return 0;
  if (next == COAP_TIMER_NEVER)
    return timeout_ms == COAP_IO_WAIT ? UINT32_MAX : timeout_ms;
  delay = next > now ? next - now : 0;
  if (timeout_ms != COAP_IO_WAIT && timeout_ms < delay)
    return timeout_ms;
  return delay < UINT32_MAX ? (uint32_t)delay : UINT32_MAX - 1;
}

void
coap_context_dispatch(coap_context_t *context) {
  for (int i = 0; i < context->event_count; i++) {
    coap_source_t *source = context->events[i].owner;

    if (source && (context->events[i].flags & COAP_NET_WRITABLE))
      coap_source_writable(source);
    /* It may have been closed by that. */
    source = context->events[i].owner;
    if (source && (context->events[i].flags & COAP_NET_READABLE))
      coap_source_read(context, source);
  }
  context->event_count = 0;
}

void
coap_context_settle(coap_context_t *context, coap_tick_t now) {
  coap_core_expire(&context->core, now);
  coap_source_flush(context);
  coap_context_rearm(context);
}

static int
io_process(coap_context_t *context, uint32_t timeout_ms, const io_fds_t *fds) {
  coap_tick_t start = coap_clock_now();
  coap_tick_t now = start;
  uint32_t wait;
  int count;

  /* What has come is read before deadlines are looked at: an answer that waits in the socket must
   * not be asked for again. An overdue one makes this wait no time at all. */
  wait = io_wait_time(context, timeout_ms, now);
  count = fds ? coap_net_wait_with_fds(context->net, wait, context->events, COAP_CONTEXT_EVENTS,
                                       fds->nfds, fds->reads, fds->writes, fds->excepts)
              : coap_net_wait(context->net, wait, context->events, COAP_CONTEXT_EVENTS);
  if (count < 0)
    return -1;
  context->event_count = count;
  coap_context_dispatch(context);
  now = coap_clock_now();
  coap_context_settle(context, now);
  return now - start > INT32_MAX ? INT32_MAX : (int)(now - start);
}

static int
io_process_once(coap_context_t *context, uint32_t timeout_ms, const io_fds_t *fds) {
  int spent;

  /* From within a handler it would meet the work it interrupts. */
  if (!context || context->processing)
    return -1;
  context->processing = 1;
  spent = io_process(context, timeout_ms, fds);
  context->processing = 0;
  return spent;
}

int
coap_io_process(coap_context_t *context, uint32_t timeout_ms) {
  return io_process_once(context, timeout_ms, NULL);
}

int
coap_io_process_with_fds(coap_context_t *context, uint32_t timeout_ms, int nfds, fd_set *readfds,
                         fd_set *writefds, fd_set *exceptfds) {
  io_fds_t fds = {nfds, readfds, writefds, exceptfds};

  return io_process_once(context, timeout_ms, &fds);
}

int
coap_io_pending(coap_context_t *context) {
  coap_session_t *session;

  if (!context)
    return 0;
  DL_FOREACH(context->core.sessions, session) {
    if (session->outgoing || !coap_stream_is_flushed(session))
      return 1;
  }
  return 0;
}

int
coap_can_exit(coap_context_t *context) {
  return !coap_io_pending(context);
}
