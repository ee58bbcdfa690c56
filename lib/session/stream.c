/* stream.c -- a connection's life and its two queues of bytes. */
#include "session/stream.h"

#include "seams/memory.h"
#include "session/alternative.h"
#include "session/framing.h"
#include "session/half_open.h"
#include "session/outgoing.h"
#include "session/reliable.h"
#include "session/signal.h"
#include "session/tls_link.h"
#include "session/ws.h"

#include <utlist.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

static void stream_timer_fire(coap_timer_t *timer, uint64_t now);
static int send_gathered(coap_session_t *session);

static void
stream_reset(coap_stream_t *stream) {
  coap_bytes_clear(&stream->in);
  coap_bytes_clear(&stream->out);
  stream->peer_max_message = COAP_STREAM_BASE_MESSAGE;
  stream->peer_max_token = COAP_TOKEN_DEFAULT_MAX;
  stream->peer_blockwise = 0;
  stream->connected = 0;
  stream->is_wanting = 0;
  stream->is_paused = 0;
  stream->ping_waits = 0;
  stream->finished = 0;
}

coap_stream_t *
coap_stream_new(coap_session_t *session) {
  coap_stream_t *stream = coap_mem_zalloc(sizeof(*stream));

  if (!stream)
    return NULL;
  stream->session = session;
  stream->timer.fire = stream_timer_fire;
  stream_reset(stream);
  if (coap_session_framing(session)->is_ws && !(stream->ws = coap_ws_new())) {
    coap_mem_free(stream);
    return NULL;
  }
  return stream;
}

void
coap_stream_free(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);

  if (!stream)
    return;
  coap_timer_cancel(&session->core->timers, &stream->timer);
  coap_half_open_take(session);
  stream_reset(stream);
  coap_ws_free(stream->ws);
  coap_mem_free(stream);
  session->more->stream = NULL;
}

void
coap_stream_arm(coap_session_t *session, coap_tick_t delay_ms) {
  coap_stream_t *stream = coap_session_stream(session);

  if (coap_timer_arm(&session->core->timers, &stream->timer, stream->now + delay_ms))
    return;
  /* Without it a silent peer would be waited for for ever. */
  session->core->counters.no_memory++;
  coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_stream_give_up(coap_session_t *session, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->now = now;
  coap_session_pin(session);
  switch (session->state) {
  case COAP_FSM_CONNECTING:
    coap_session_event(session, COAP_FSM_EV_CONNECT_FAILED, COAP_NACK_NOT_DELIVERABLE);
    break;
  case COAP_FSM_HANDSHAKE:
    coap_session_event(session, COAP_FSM_EV_HANDSHAKE_FAILED, COAP_NACK_TLS_FAILED);
    break;
  case COAP_FSM_UPGRADING:
    coap_session_event(session, COAP_FSM_EV_UPGRADE_FAILED, COAP_NACK_WS_FAILED);
    break;
  case COAP_FSM_CSM:
    if (session->core->csm_optional) {
      coap_session_event(session, COAP_FSM_EV_CSM_IN, COAP_NACK_NOT_DELIVERABLE);
      break;
    }
    coap_signal_abort(session, "No CSM in time", -1);
    coap_session_event(session, COAP_FSM_EV_CSM_TIMEOUT, COAP_NACK_NOT_DELIVERABLE);
    break;
  default:
    /* The peer sends no more, and does not take what we have for it either. */
    if (stream->finished)
      coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
    break;
  }
  coap_session_unpin(session);
}

static void
stream_timer_fire(coap_timer_t *timer, uint64_t now) {
  const coap_stream_t *stream =
      (const coap_stream_t *)(void *)((char *)timer - offsetof(coap_stream_t, timer));

  coap_stream_give_up(stream->session, now);
}

void
coap_stream_dial(coap_session_t *session) {
  int result = 0;

  if (session->state != COAP_FSM_CONNECTING)
    return;
  if (!coap_session_transport(session)) {
    coap_alternative_take(session);
    result = session->core->ops->connect(session);
  }
  if (result < 0)
    coap_stream_connect_failed(session, -result, coap_session_stream(session)->now);
  else
    coap_stream_arm(session, COAP_STREAM_CONNECT_TIMEOUT_MS);
}

static void
begin_connection(coap_session_t *session, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->now = now;
  stream->connected = 1;
  stream->epoch++;
}

void
coap_stream_accepted(coap_session_t *session, coap_tick_t now) {
  begin_connection(session, now);
  coap_half_open_add(session, now);
  coap_session_event(session, coap_session_framing(session)->accepted, COAP_NACK_NOT_DELIVERABLE);
  /* An application that closes it when told of it has no use for the rest. */
  coap_session_event(session, coap_session_framing(session)->connected, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_stream_connected(coap_session_t *session, coap_tick_t now) {
  begin_connection(session, now);
  coap_session_event(session, coap_session_framing(session)->connected, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_stream_connect_failed(coap_session_t *session, int error, coap_tick_t now) {
  coap_log_info("%s: cannot connect: %s\n", coap_session_str(session), strerror(error));
  coap_session_stream(session)->now = now;
  coap_session_event(session, COAP_FSM_EV_CONNECT_FAILED, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_stream_begin_upgrade(coap_session_t *session) {
  if (session->state != COAP_FSM_UPGRADING)
    return;
  if (coap_ws_begin(session))
    coap_stream_arm(session, session->core->csm_timeout_ms);
  else
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_stream_begin_csm(coap_session_t *session) {
  if (session->state != COAP_FSM_CSM)
    return;
  /* RFC 8323 3.3: ours is the first message, and does not wait for theirs. */
  if (!coap_signal_csm(session)) {
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
    return;
  }
  coap_stream_arm(session, session->core->csm_timeout_ms);
}

void
coap_stream_start(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);

  coap_timer_cancel(&session->core->timers, &stream->timer);
  coap_half_open_take(session);
  stream->is_settled = 1;
  coap_session_heard(session, stream->now);
  coap_session_arm(session, stream->now);
  coap_message_next(session, stream->now);
}

/* 1 when (D)TLS had been up. */
static int
stream_drop(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);
  int was_secured;

  coap_timer_cancel(&session->core->timers, &stream->timer);
  coap_half_open_take(session);
  stream->gathers = 0;
  if (stream->connected)
    (void)send_gathered(session); /* it ends either way */
  coap_ws_end(session);
  was_secured = coap_tls_link_end(session);
  stream_reset(stream);
  stream->epoch++;
  session->mtu = COAP_STREAM_BASE_MESSAGE;
  session->core->ops->close(session);
  coap_alternative_leave(session);
  return was_secured;
}

void
coap_stream_drop(coap_session_t *session) {
  stream_drop(session);
}

void
coap_stream_hang_up(coap_session_t *session) {
  int was_connected = coap_session_stream(session)->connected;
  int was_ws = coap_ws_is_up(session);
  int was_secured = stream_drop(session);

  if (was_ws)
    session->core->ops->event(session, COAP_EVENT_WS_CLOSED);
  if (was_secured)
    session->core->ops->event(session, COAP_EVENT_DTLS_CLOSED);
  if (was_connected)
    session->core->ops->event(session, COAP_EVENT_TCP_CLOSED);
}

const uint8_t *
coap_stream_received(const coap_session_t *session, size_t *length) {
  const coap_bytes_t *in = &coap_session_stream(session)->in;

  *length = coap_bytes_left(in);
  return in->data ? in->data + in->at : NULL;
}

int
coap_stream_is_full(const coap_session_t *session) {
  return coap_bytes_left(&coap_session_stream(session)->out) >= COAP_STREAM_MAX_OUT;
}

/* Nobody is made to read our answers, but who does not is not served further. A client goes on
 * reading: two sides that both wait for the other to read would wait for ever. */
static int
holds_back(const coap_session_t *session) {
  return session->type != COAP_SESSION_TYPE_CLIENT && coap_stream_is_full(session);
}

int
coap_stream_is_flushed(const coap_session_t *session) {
  return !coap_session_stream(session) || !coap_bytes_left(&coap_session_stream(session)->out);
}

int
coap_stream_is_paused(const coap_session_t *session) {
  return coap_session_stream(session)->is_paused;
}

static void
stream_pause(coap_session_t *session, int paused) {
  coap_stream_t *stream = coap_session_stream(session);

  if (stream->is_paused == (unsigned int)paused || !stream->connected)
    return;
  stream->is_paused = paused ? 1 : 0;
  session->core->ops->want(session, stream->is_wanting, !paused);
}

static void
stream_want(coap_session_t *session, int wanting) {
  coap_stream_t *stream = coap_session_stream(session);

  if (stream->is_wanting == (unsigned int)wanting)
    return;
  stream->is_wanting = wanting ? 1 : 0;
  session->core->ops->want(session, wanting, !stream->is_paused);
}

/* Writes as much as is taken now. Bytes taken, or a negative errno other than "later". */
static ssize_t
write_some(coap_session_t *session, const uint8_t *data, size_t length) {
  size_t taken = 0;

  while (taken < length) {
    ssize_t result = session->core->ops->write(session, data + taken, length - taken);

    if (result == -EINTR)
      continue;
    if (result == -EAGAIN || result == -EWOULDBLOCK)
      break;
    if (result <= 0)
      return result ? result : -EPIPE;
    taken += (size_t)result;
  }
  return (ssize_t)taken;
}

/* What a socket has not taken of the send queue waits until it can. */
static void
wait_to_send(coap_session_t *session) {
  stream_want(session, 1);
  if (holds_back(session))
    stream_pause(session, 1);
}

/* Sends what has been gathered. 0, or a negative errno: the connection is broken. */
static int
send_gathered(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);
  size_t left = coap_bytes_left(&stream->out);
  ssize_t taken;

  if (!left || stream->is_wanting)
    return 0;
  taken = write_some(session, stream->out.data + stream->out.at, left);
  if (taken < 0) {
    session->core->counters.tx_failed++;
    return (int)taken;
  }
  coap_bytes_use(&stream->out, (size_t)taken);
  if ((size_t)taken < left)
    wait_to_send(session);
  return 0;
}

/* 1 when the bytes wait for others; 0: they are to be sent. */
static int
gather(coap_stream_t *stream, const uint8_t *data, size_t length) {
  return stream->gathers && !stream->is_wanting &&
         coap_bytes_left(&stream->out) + length <= COAP_STREAM_GATHERED &&
         coap_bytes_add(&stream->out, data, length);
}

int
coap_stream_write(coap_session_t *session, const uint8_t *data, size_t length) {
  return coap_session_framing(session)->is_secure ? coap_tls_link_write(session, data, length)
                                                  : coap_stream_write_raw(session, data, length);
}

int
coap_stream_write_raw(coap_session_t *session, const uint8_t *data, size_t length) {
  coap_stream_t *stream = coap_session_stream(session);
  ssize_t taken = 0;
  int result;

  if (!stream->connected)
    return -ENOTCONN;
  if (gather(stream, data, length))
    return 0;
  result = send_gathered(session);
  if (result < 0)
    return result;
  if (!coap_bytes_left(&stream->out))
    taken = write_some(session, data, length);
  if (taken < 0) {
    session->core->counters.tx_failed++;
    return (int)taken;
  }
  if ((size_t)taken == length)
    return 0;
  if (!coap_bytes_add(&stream->out, data + taken, length - (size_t)taken)) {
    session->core->counters.no_memory++;
    /* Half a message is out: nothing that follows could be understood. */
    return taken ? -EPIPE : -ENOMEM;
  }
  wait_to_send(session);
  return 0;
}

/* A format error, or a message that may not come now: said and closed (RFC 8323 5.6). */
static void
stream_malformed(coap_session_t *session, const char *why) {
  session->core->counters.rx_malformed++;
  coap_log_debug("%s: malformed message: %s\n", coap_session_str(session), why);
  coap_signal_abort(session, why, -1);
  coap_session_event(session, COAP_FSM_EV_MALFORMED, COAP_NACK_NOT_DELIVERABLE);
}

/* Takes one message out of what has come in. 0 when there is none, or the connection ended. */
static int
process_one(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);
  unsigned int epoch = stream->epoch;
  coap_pdu_t *pdu = NULL;
  size_t used = 0;
  const char *why = "";

  switch (coap_session_framing(session)->take(session, &pdu, &used, &why)) {
  case COAP_WIRE_OK:
    /* Taking it may have ended the connection, as a handler may: its bytes go with it. */
    if (stream->epoch != epoch || !stream->connected) {
      coap_delete_pdu(pdu);
      return 0;
    }
    coap_bytes_use(&stream->in, used);
    if (pdu)
      coap_reliable_input(session, pdu, stream->now);
    return stream->epoch == epoch && stream->connected;
  case COAP_WIRE_NO_MEMORY:
    /* The message is lost, and with it whatever it would have answered or asked. */
    session->core->counters.no_memory++;
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
    return 0;
  case COAP_WIRE_MALFORMED:
    coap_delete_pdu(pdu);
    if (stream->epoch == epoch && stream->connected)
      stream_malformed(session, why);
    return 0;
  case COAP_WIRE_MORE:
  case COAP_WIRE_IGNORE:
    break;
  }
  return 0;
}

/* After Release: closes when the last exchange is through (RFC 8323 5.5). */
static void
close_if_released(coap_session_t *session) {
  coap_outgoing_t *out;

  if (session->state != COAP_FSM_RELEASING || !coap_stream_is_flushed(session))
    return;
  /* Whoever holds a reference to a server's session may have an answer to give yet. */
  if (session->type != COAP_SESSION_TYPE_CLIENT && session->refs)
    return;
  DL_FOREACH(session->outgoing, out) {
    if (!out->answered)
      return;
  }
  coap_session_event(session, COAP_FSM_EV_RELEASED, COAP_NACK_NOT_DELIVERABLE);
}

/* The peer sends no more, or was told that we do not, and all is said. */
static void
close_if_done(coap_session_t *session) {
  const coap_stream_t *stream = coap_session_stream(session);

  if (stream->finished && stream->connected && coap_stream_is_flushed(session))
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
  close_if_released(session);
}

void
coap_stream_process(coap_session_t *session) {
  coap_stream_t *stream = coap_session_stream(session);

  if (stream->processing)
    return;
  stream->processing = 1;
  while (stream->connected && !holds_back(session) && process_one(session)) {
  }
  stream->processing = 0;
  close_if_done(session);
}

/* What the input was answered goes as one. */
static void
stop_gathering(coap_session_t *session) {
  coap_session_stream(session)->gathers = 0;
  if (!coap_bytes_left(&coap_session_stream(session)->out))
    return;
  if (send_gathered(session) < 0)
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
  close_if_done(session);
}

void
coap_stream_input(coap_session_t *session, const uint8_t *data, size_t length, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->now = now;
  if (!stream->connected)
    return;
  coap_session_pin(session);
  stream->gathers = 1;
  if (coap_session_framing(session)->is_secure) {
    coap_tls_link_input(session, data, length, now);
  } else if (coap_bytes_add(&stream->in, data, length)) {
    coap_stream_process(session);
  } else {
    session->core->counters.no_memory++;
    coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
  }
  stop_gathering(session);
  coap_session_unpin(session);
}

void
coap_stream_end(coap_session_t *session, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);

  stream->now = now;
  if (!stream->connected)
    return;
  stream->finished = 1;
  coap_session_pin(session);
  coap_stream_process(session);
  /* A half-closed connection still takes the answers that wait to be sent. */
  if (stream->connected) {
    stream_pause(session, 1);
    coap_stream_arm(session, session->core->csm_timeout_ms);
  }
  coap_session_unpin(session);
}

void
coap_stream_lost(coap_session_t *session, int error, coap_tick_t now) {
  coap_log_debug("%s: connection lost: %s\n", coap_session_str(session), strerror(error));
  coap_session_stream(session)->now = now;
  coap_session_event(session, COAP_FSM_EV_LOST, COAP_NACK_NOT_DELIVERABLE);
}

void
coap_stream_writable(coap_session_t *session, coap_tick_t now) {
  coap_stream_t *stream = coap_session_stream(session);
  ssize_t taken;

  stream->now = now;
  if (!stream->connected)
    return;
  taken = write_some(session, stream->out.data + stream->out.at, coap_bytes_left(&stream->out));
  if (taken < 0) {
    coap_stream_lost(session, (int)-taken, now);
    return;
  }
  coap_bytes_use(&stream->out, (size_t)taken);
  stream_want(session, coap_bytes_left(&stream->out) > 0);
  coap_session_pin(session);
  if (!holds_back(session)) {
    stream_pause(session, stream->finished);
    coap_stream_process(session);
  }
  coap_session_unpin(session);
}
