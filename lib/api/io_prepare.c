/* io_prepare.c -- coap_io(3) for programs that wait themselves, with poll(2) and the like or with
 * epoll(7). */
#include "api/context.h"

#include "seams/clock.h"
#include "session/stream.h"

#include <utlist.h>

/* The milliseconds until the next deadline as these functions count them: 0 is "none". */
static unsigned int
time_left(const coap_context_t *context, coap_tick_t now) {
  coap_tick_t next = coap_core_next_deadline(&context->core);

  if (next == COAP_TIMER_NEVER)
    return 0;
  if (next <= now)
    return 1;
  return next - now > INT32_MAX ? INT32_MAX : (unsigned int)(next - now);
}

typedef struct socket_list_t {
  coap_socket_t **sockets;
  unsigned int room;
  unsigned int count;
} socket_list_t;

static coap_socket_flags_t
wanted(const coap_source_t *source) {
  const coap_session_t *session = source->session;
  const coap_stream_t *stream = session ? coap_session_stream(session) : NULL;

  if (!session)
    return COAP_PROTO_RELIABLE(source->endpoint->proto)
               ? COAP_SOCKET_WANT_READ | COAP_SOCKET_WANT_ACCEPT
               : COAP_SOCKET_WANT_READ;
  if (!stream)
    return COAP_SOCKET_WANT_READ;
  if (session->state == COAP_FSM_CONNECTING)
    return COAP_SOCKET_WANT_CONNECT | COAP_SOCKET_WANT_WRITE;
  return (coap_socket_flags_t)((stream->is_paused ? 0 : COAP_SOCKET_WANT_READ) |
                               (stream->is_wanting ? COAP_SOCKET_WANT_WRITE : 0));
}

static void
list_source(socket_list_t *list, coap_source_t *source, coap_socket_flags_t kind) {
  if (!source || !source->sock || list->count == list->room)
    return;
  source->shown.fd = coap_net_sock_fd(source->sock);
  source->shown.flags = COAP_SOCKET_NOT_EMPTY | wanted(source) | kind;
  list->sockets[list->count++] = &source->shown;
}

unsigned int
coap_io_prepare_io(coap_context_t *context, coap_socket_t *sockets[], unsigned int max_sockets,
                   unsigned int *num_sockets, coap_tick_t now) {
  socket_list_t list = {sockets, sockets ? max_sockets : 0, 0};
  coap_endpoint_t *endpoint;
  coap_session_t *session;
  unsigned int left = coap_io_prepare_epoll(context, now);

  if (context) {
    DL_FOREACH(context->endpoints, endpoint) {
      list_source(&list, &endpoint->source, COAP_SOCKET_BOUND);
    }
    DL_FOREACH(context->core.sessions, session) {
      list_source(&list, coap_session_transport(session), COAP_SOCKET_CONNECTED);
    }
  }
  if (num_sockets)
    *num_sockets = list.count;
  return left;
}

enum {
  SHOWN_READABLE = COAP_SOCKET_CAN_READ | COAP_SOCKET_CAN_ACCEPT,
  SHOWN_WRITABLE = COAP_SOCKET_CAN_WRITE | COAP_SOCKET_CAN_CONNECT
};

/* The sockets that the program found ready become events, as those of coap_net_wait(). */
static void
take_ready(coap_context_t *context, coap_source_t *source) {
  coap_net_event_t event = {source, 0};

  if (!source || context->event_count == COAP_CONTEXT_EVENTS)
    return;
  event.flags = (source->shown.flags & SHOWN_READABLE ? COAP_NET_READABLE : 0U) |
                (source->shown.flags & SHOWN_WRITABLE ? COAP_NET_WRITABLE : 0U);
  if (!event.flags)
    return;
  source->shown.flags =
      (coap_socket_flags_t)(source->shown.flags & ~(SHOWN_READABLE | SHOWN_WRITABLE));
  context->events[context->event_count++] = event;
}

void
coap_io_do_io(coap_context_t *context, coap_tick_t now) {
  coap_endpoint_t *endpoint;
  coap_session_t *session;

  if (!context || context->processing)
    return;
  context->processing = 1;
  DL_FOREACH(context->endpoints, endpoint) {
    take_ready(context, &endpoint->source);
  }
  DL_FOREACH(context->core.sessions, session) {
    take_ready(context, coap_session_transport(session));
  }
  coap_context_dispatch(context);
  coap_context_settle(context, now);
  context->processing = 0;
}

unsigned int
coap_io_prepare_epoll(coap_context_t *context, coap_tick_t now) {
  if (!context || context->processing)
    return 0;
  context->processing = 1;
  coap_context_settle(context, now);
  context->processing = 0;
  return time_left(context, now);
}

void
coap_io_do_epoll(coap_context_t *context, struct epoll_event *events, size_t nevents) {
  int count;

  /* The descriptor is level-triggered: what is ready is asked for anew, so that an event of a
   * socket closed meanwhile does no harm. */
  (void)events;
  if (!context || context->processing)
    return;
  context->processing = 1;
  count = nevents ? coap_net_wait(context->net, 0, context->events, COAP_CONTEXT_EVENTS) : 0;
  context->event_count = count > 0 ? count : 0;
  coap_context_dispatch(context);
  coap_context_settle(context, coap_clock_now());
  context->processing = 0;
}
