/* source_stream.c -- between TCP sockets and sessions: connections made, accepted and read. */
#include "api/context.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "session/half_open.h"
#include "session/stream.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { ACCEPT_REST_MS = 1000 };

static coap_source_t *
session_source(const coap_session_t *session) {
  return coap_session_transport(session);
}

int
coap_source_dial(coap_context_t *context, const coap_address_t *local, const coap_address_t *peer,
                 coap_source_t **source_out) {
  coap_source_t *source = coap_mem_zalloc(sizeof(*source));
  int result;

  if (!source)
    return -ENOMEM;
  result = coap_net_tcp_connect(context->net, local, peer, source, &source->sock);
  if (result < 0) {
    coap_mem_free(source);
    return result;
  }
  *source_out = source;
  return 0;
}

int
coap_source_connect(coap_session_t *session) {
  coap_source_t *source = NULL;
  coap_address_t local = *session->addr_local;
  int result;

  /* A peer that has connected to us cannot be called back at the port it came from. */
  if (session->is_accepted)
    return -ENOTCONN;
  coap_address_set_port(&local, 0);
  result = coap_source_dial(session->core->context, &local, &session->addr_remote, &source);
  if (result < 0)
    return result;
  source->session = session;
  session->more->transport = source;
  session->more->addr_local = *coap_net_local(source->sock);
  return 0;
}

ssize_t
coap_source_write(coap_session_t *session, const uint8_t *data, size_t length) {
  coap_source_t *source = session_source(session);

  return source ? coap_net_stream_send(source->sock, data, length) : -ENOTCONN;
}

void
coap_source_want(coap_session_t *session, int writable, int readable) {
  coap_source_t *source = session_source(session);

  if (source)
    coap_net_want(source->sock,
                  (writable ? COAP_NET_WRITABLE : 0U) | (readable ? COAP_NET_READABLE : 0U));
}

void
coap_source_writable(coap_source_t *source) {
  coap_session_t *session = source->session;
  int result;

  /* A datagram is sent or lost: its socket is never waited for. */
  if (!session || !coap_session_stream(session))
    return;
  coap_session_pin(session);
  if (session->state != COAP_FSM_CONNECTING) {
    coap_stream_writable(session, coap_clock_now());
  } else {
    result = coap_net_tcp_connected(source->sock);
    if (result == 0) {
      session->more->addr_local = *coap_net_local(source->sock);
      coap_stream_connected(session, coap_clock_now());
    } else if (result != -EINPROGRESS) {
      coap_stream_connect_failed(session, -result, coap_clock_now());
    }
  }
  coap_session_unpin(session);
}

/* The session of a connection that has just been accepted. Takes the socket. */
static void
open_session(coap_endpoint_t *endpoint, coap_net_sock_t *sock, const coap_address_t *remote) {
  coap_context_t *context = endpoint->context;
  coap_source_t *source = coap_mem_zalloc(sizeof(*source));
  coap_session_t *session =
      source ? coap_endpoint_new_session(endpoint, coap_net_local(sock), remote, 0) : NULL;

  if (!session) {
    context->core.counters.no_memory += !source;
    coap_mem_free(source);
    coap_net_close(sock);
    return;
  }
  source->sock = sock;
  source->session = session;
  coap_net_set_owner(sock, source);
  session->more->transport = source;
  coap_session_heard(session, coap_clock_now());
  coap_session_pin(session);
  coap_stream_accepted(session, coap_clock_now());
  coap_session_unpin(session);
}

void
coap_source_accept_again(coap_timer_t *timer, uint64_t now) {
  coap_endpoint_t *endpoint =
      (coap_endpoint_t *)(void *)((char *)timer - offsetof(coap_endpoint_t, rest));

  (void)now;
  coap_net_want(endpoint->source.sock, COAP_NET_READABLE);
}

/* Out of descriptors or memory: the connection goes on waiting, and would wake us again at once. */
static void
accept_later(coap_endpoint_t *endpoint, int error) {
  coap_core_t *core = &endpoint->context->core;

  core->counters.accept_failed++;
  coap_log_warn("%s: cannot accept: %s\n", coap_endpoint_str(endpoint), strerror(error));
  if (coap_timer_arm(&core->timers, &endpoint->rest, coap_clock_now() + ACCEPT_REST_MS))
    coap_net_want(endpoint->source.sock, 0);
  else
    core->counters.no_memory++;
}

/* Told of who has to make room, the application may close the endpoint. */
static void
take_connection(coap_context_t *context, const coap_source_t *source, coap_net_sock_t *sock,
                const coap_address_t *remote) {
  int has_room = coap_half_open_make_room(&context->core, coap_clock_now());

  if (has_room && context->reading) {
    open_session(source->endpoint, sock, remote);
    return;
  }
  context->core.counters.rx_refused++;
  coap_net_close(sock);
}

static void
accept_waiting(coap_context_t *context, coap_source_t *source) {
  context->reading = source;
  /* A handler may close the endpoint: its memory is gone then. */
  for (int i = 0; i < COAP_CONTEXT_RX_BATCH && context->reading; i++) {
    coap_net_sock_t *sock;
    coap_address_t remote;
    int result = coap_net_tcp_accept(source->sock, &sock, &remote);

    if (result == 0)
      take_connection(context, source, sock, &remote);
    else if (result == -EAGAIN || result == -EWOULDBLOCK)
      break;
    else if (result != -EINTR && result != -ECONNABORTED) {
      accept_later(source->endpoint, -result);
      break;
    }
  }
  context->reading = NULL;
}

static void
read_connection(coap_context_t *context, coap_source_t *source) {
  coap_session_t *session = source->session;

  coap_session_pin(session);
  context->reading = source;
  for (int i = 0; i < COAP_CONTEXT_RX_BATCH && context->reading; i++) {
    ssize_t got;

    if (coap_stream_is_paused(session))
      break;
    got = coap_net_stream_recv(source->sock, context->rx, sizeof(context->rx));
    if (got > 0)
      coap_stream_input(session, context->rx, (size_t)got, coap_clock_now());
    else if (got == 0)
      coap_stream_end(session, coap_clock_now());
    else if (got == -EAGAIN || got == -EWOULDBLOCK)
      break;
    else if (got != -EINTR)
      coap_stream_lost(session, (int)-got, coap_clock_now());
  }
  context->reading = NULL;
  coap_session_unpin(session);
}

void
coap_source_read_stream(coap_context_t *context, coap_source_t *source) {
  if (source->endpoint)
    accept_waiting(context, source);
  else if (source->session->state == COAP_FSM_CONNECTING)
    coap_source_writable(source);
  else
    read_connection(context, source);
}
