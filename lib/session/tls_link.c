/* tls_link.c -- (D)TLS under a session. */
#include "session/tls_link.h"

#include "seams/memory.h"
#include "session/dedup.h"
#include "session/framing.h"
#include "session/handshakes.h"
#include "session/message.h"
#include "session/session_table.h"
#include "session/stream.h"

#include <errno.h>
#include <stddef.h>

static void
link_free(coap_tls_link_t *link) {
  coap_tls_free(link->tls);
  coap_tls_setup_unref(link->setup);
  coap_mem_free(link);
}

/* The back end calls the application, which may end the session meanwhile. */
static void
link_enter(coap_tls_link_t *link) {
  link->busy++;
}

/* 1 while the link is still the session's; else it may be gone. */
static int
link_leave(coap_tls_link_t *link) {
  link->busy--;
  if (!link->is_ended)
    return 1;
  if (!link->busy)
    link_free(link);
  return 0;
}

/* A datagram that cannot be sent is lost, which the handshake is made for; the error is kept for
 * who wants to know. */
static int
link_send(void *user, const uint8_t *data, size_t length) {
  coap_tls_link_t *link = user;
  coap_session_t *session = link->session;

  if (link->is_ended)
    return -ECANCELED;
  if (coap_session_stream(session)) {
    link->send_error = coap_stream_write_raw(session, data, length);
    /* It has its number already: without it nothing that follows could be understood. */
    if (link->send_error == -ENOMEM)
      link->send_error = -EPIPE;
    return link->send_error;
  }
  link->send_error = session->core->ops->transmit(session, data, length);
  return 0;
}

static void
fail(coap_session_t *session) {
  coap_session_event(session, COAP_FSM_EV_HANDSHAKE_FAILED, COAP_NACK_TLS_FAILED);
}

static void link_timer_fire(coap_timer_t *timer, uint64_t now);

/* With whom a session that was can be resumed: the same keys at the same place. */
static coap_tls_past_key_t
past_key(const coap_tls_link_t *link, coap_session_key_t *peer) {
  const coap_session_t *session = link->session;

  coap_session_key_set(peer, session->addr_local, &session->addr_remote, session->proto);
  peer->local_port = 0; /* each connection has another one */
  return (coap_tls_past_key_t){link->setup, {sizeof(*peer), (const uint8_t *)peer}};
}

static void
link_keep(void *user, const coap_bin_const_t *data) {
  coap_tls_link_t *link = user;
  coap_session_key_t peer;
  coap_tls_past_key_t key;

  if (link->is_ended)
    return;
  key = past_key(link, &peer);
  coap_tls_past_keep(&link->session->core->tls_past, &key, data);
}

/* What is kept is used once (RFC 8446 C.4): an attempt that fails is not made again. */
static coap_tls_t *
open_client(const coap_tls_link_t *link, coap_tls_side_t *side) {
  coap_tls_past_t *past = &link->session->core->tls_past;
  coap_session_key_t peer;
  coap_tls_past_key_t key = past_key(link, &peer);
  coap_tls_t *tls;

  side->past = coap_tls_past_find(past, &key);
  side->keep = link_keep;
  tls = coap_tls_open(link->setup, side);
  coap_tls_past_keep(past, &key, NULL);
  return tls;
}

static coap_tls_link_t *
link_new(coap_session_t *session, const coap_tls_hello_t *hello, coap_tick_t now) {
  coap_core_t *core = session->core;
  coap_tls_setup_t *setup = session->more->tls_setup ? session->more->tls_setup : core->tls_setup;
  coap_tls_side_t side = {
      .role = session->is_accepted ? COAP_DTLS_ROLE_SERVER : COAP_DTLS_ROLE_CLIENT,
      .session = session,
      .send = link_send,
      .hello = hello,
      .alpn = coap_session_framing(session)->alpn,
      .is_datagram = !coap_session_stream(session),
      .now = now,
      .mtu = session->mtu > COAP_TLS_LINK_MTU_MIN ? session->mtu : COAP_TLS_LINK_MTU_MIN};
  coap_tls_link_t *link = setup ? coap_mem_zalloc(sizeof(*link)) : NULL;

  if (!link)
    return NULL;
  link->session = session;
  link->now = now;
  link->give_up = now + COAP_TLS_LINK_TIMEOUT_MS;
  link->timer.fire = link_timer_fire;
  side.user = link;
  link->setup = coap_tls_setup_ref(setup);
  link->tls = session->is_accepted ? coap_tls_open(setup, &side) : open_client(link, &side);
  if (!link->tls) {
    coap_tls_setup_unref(setup);
    coap_mem_free(link);
    return NULL;
  }
  if (session->is_accepted)
    coap_handshakes_add(link, now);
  session->more->link = link;
  /* RFC 7252 9.1.1: messages are the same within one DTLS session only. */
  coap_dedup_clear(session);
  return link;
}

/* When a datagram handshake is to be gone on with by itself. It has just been gone on with: who
 * asks for that again at once has nothing to send again, and waits for the peer alone. */
static void
link_arm(coap_tls_link_t *link) {
  coap_session_t *session = link->session;
  uint32_t wait = coap_tls_timeout(link->tls);
  coap_tick_t due = link->now + (wait ? wait : COAP_TLS_LINK_LOOK_MS);

  if (coap_timer_arm(&session->core->timers, &link->timer,
                     due < link->give_up ? due : link->give_up))
    return;
  /* Without it a silent peer would be waited for for ever. */
  session->core->counters.no_memory++;
  fail(session);
}

static void
link_is_secured(coap_tls_link_t *link) {
  coap_session_t *session = link->session;

  link->is_up = 1;
  coap_handshakes_take(link);
  coap_timer_cancel(&session->core->timers, &link->timer);
  coap_session_heard(session, link->now);
}

static coap_tls_status_t
handshake(coap_tls_link_t *link, int *is_mine) {
  coap_tls_status_t status;

  link->send_error = 0;
  link_enter(link);
  status = coap_tls_handshake(link->tls, link->now);
  *is_mine = link_leave(link);
  return status;
}

/* The network has said that the peer is not there (RFC 6347 4.1.1.1). */
static int
is_unreachable(int error) {
  return error == -ECONNREFUSED || error == -EHOSTUNREACH || error == -ENETUNREACH;
}

/* The back end has stopped among records that say nothing. Of a datagram the rest is lost; without
 * it nothing that follows on a connection could be understood. */
static int
has_hole(coap_tls_link_t *link) {
  return coap_tls_forget(link->tls) > 0 && coap_session_stream(link->session);
}

/* Goes on with the handshake. 1 when it is through now, and nobody has been told of it yet. */
static int
step(coap_tls_link_t *link) {
  coap_session_t *session = link->session;
  int is_mine;
  coap_tls_status_t status = handshake(link, &is_mine);

  if (!is_mine)
    return 0;
  switch (status) {
  case COAP_TLS_DONE:
    link_is_secured(link);
    return 1;
  case COAP_TLS_AGAIN:
    if (has_hole(link))
      fail(session);
    else if (coap_session_stream(session))
      break;
    else if (is_unreachable(link->send_error))
      coap_session_icmp(session);
    else
      link_arm(link);
    break;
  case COAP_TLS_ENDED:
  case COAP_TLS_FAILED:
    fail(session);
    break;
  }
  return 0;
}

static void
tell_secured(coap_session_t *session) {
  coap_session_event(session, coap_session_framing(session)->secured, COAP_NACK_TLS_FAILED);
}

static void
link_timer_fire(coap_timer_t *timer, uint64_t now) {
  coap_tls_link_t *link =
      (coap_tls_link_t *)(void *)((char *)timer - offsetof(coap_tls_link_t, timer));
  coap_session_t *session = link->session;

  link->now = now;
  coap_session_pin(session);
  if (now >= link->give_up)
    fail(session);
  else if (step(link))
    tell_secured(session);
  coap_session_unpin(session);
}

static void
begin(coap_session_t *session, const coap_tls_hello_t *hello, coap_tick_t now) {
  coap_core_t *core = session->core;
  int has_room = !session->is_accepted || coap_handshakes_make_room(core, now);
  coap_tls_link_t *link;

  /* Told of the handshake that has made room, the application may end this one, too. */
  if (session->state != COAP_FSM_HANDSHAKE)
    return;
  if (!has_room) {
    core->counters.rx_refused++;
    fail(session);
    return;
  }
  link = link_new(session, hello, now);
  if (!link) {
    core->counters.no_memory++;
    fail(session);
    return;
  }
  /* Of a connection the peer speaks first, when we serve it; of DTLS, it has spoken. */
  if (coap_session_stream(session))
    coap_stream_arm(session, core->csm_timeout_ms);
  if (!session->is_accepted && coap_session_link(session) == link && step(link))
    tell_secured(session);
}

void
coap_tls_link_begin(coap_session_t *session) {
  if (session->state == COAP_FSM_HANDSHAKE && !coap_session_link(session))
    begin(session, NULL,
          coap_session_stream(session) ? coap_session_stream(session)->now : session->last_used);
}

void
coap_tls_link_accept(coap_session_t *session, const coap_tls_hello_t *hello, coap_tick_t now) {
  if (session->state == COAP_FSM_HANDSHAKE && !coap_session_link(session))
    begin(session, hello, now);
}

static coap_tls_status_t
read_piece(coap_tls_link_t *link, coap_bin_const_t *data, int *is_mine) {
  coap_tls_status_t status;

  link_enter(link);
  status = coap_tls_read(link->tls, data);
  *is_mine = link_leave(link);
  return status;
}

/* It cannot go on, or will not. */
static void
link_over(coap_session_t *session, coap_tls_status_t status) {
  coap_fsm_event_t event =
      status == COAP_TLS_ENDED ? COAP_FSM_EV_TLS_CLOSED : COAP_FSM_EV_TLS_BROKEN;

  coap_session_event(session, event, COAP_NACK_TLS_LAYER_FAILED);
}

/* Messages that a datagram has brought. A handler may end the link. */
static void
read_messages(coap_tls_link_t *link) {
  coap_session_t *session = link->session;
  coap_rx_meta_t meta = {.now = link->now};
  coap_bin_const_t data;
  int is_mine = 1;

  while (is_mine) {
    coap_tls_status_t status = read_piece(link, &data, &is_mine);

    if (!is_mine || status == COAP_TLS_AGAIN)
      return;
    if (status != COAP_TLS_DONE) {
      link_over(session, status);
      return;
    }
    link_enter(link);
    coap_message_datagram(session, data.s, data.length, &meta);
    is_mine = link_leave(link);
  }
}

static void
datagram_input(coap_tls_link_t *link) {
  coap_session_t *session = link->session;

  if (!link->is_up) {
    if (!step(link))
      return;
    tell_secured(session);
    if (coap_session_link(session) != link)
      return;
  }
  read_messages(link);
}

/* All of what has come is opened before anybody is told: the bytes are borrowed. */
static coap_tls_status_t
read_stream(coap_tls_link_t *link, int *is_mine) {
  coap_session_t *session = link->session;
  coap_bin_const_t data;
  coap_tls_status_t status = read_piece(link, &data, is_mine);

  while (*is_mine && status == COAP_TLS_DONE) {
    if (!coap_bytes_add(&coap_session_stream(session)->in, data.s, data.length)) {
      session->core->counters.no_memory++;
      return COAP_TLS_FAILED;
    }
    status = read_piece(link, &data, is_mine);
  }
  return *is_mine && status == COAP_TLS_AGAIN && has_hole(link) ? COAP_TLS_FAILED : status;
}

static void
stream_input(coap_tls_link_t *link) {
  coap_session_t *session = link->session;
  int was_up = link->is_up;
  int is_mine;
  coap_tls_status_t status;

  if (!was_up && !step(link))
    return;
  status = read_stream(link, &is_mine);
  if (is_mine)
    link->is_broken = status == COAP_TLS_FAILED;
  if (is_mine && !was_up) {
    tell_secured(session);
    is_mine = coap_session_link(session) == link;
  }
  if (is_mine) {
    coap_stream_process(session);
    is_mine = coap_session_link(session) == link;
  }
  if (!is_mine)
    return;
  if (status == COAP_TLS_ENDED)
    coap_stream_end(session, link->now);
  else if (status == COAP_TLS_FAILED)
    link_over(session, status);
}

void
coap_tls_link_input(coap_session_t *session, const uint8_t *data, size_t length, coap_tick_t now) {
  coap_tls_link_t *link = coap_session_link(session);

  /* Within a call of the back end nothing can be fed to it. */
  if (!link || link->busy)
    return;
  link->now = now;
  if (coap_session_stream(session) || coap_tls_fragments_fit(&link->fragments, data, length)) {
    coap_handshakes_heard(link, now);
    coap_tls_feed(link->tls, data, length);
  } else { /* the handshake goes on without it, lest one that begins so has no timer */
    session->core->counters.rx_malformed++;
    coap_log_debug("%s: pieces of handshake messages that do not fit together\n",
                   coap_session_str(session));
  }
  if (coap_session_stream(session))
    stream_input(link);
  else
    datagram_input(link);
  /* The bytes are the caller's: a handshake that is gone on with later must not see them. */
  if (coap_session_link(session) == link)
    coap_tls_forget(link->tls);
}

int
coap_tls_link_write(coap_session_t *session, const uint8_t *data, size_t length) {
  coap_tls_link_t *link = coap_session_link(session);
  int result;

  if (!link || !link->is_up)
    return -ENOTCONN;
  /* The connection ends right after this, for a reason of its own: not for this that gets lost. */
  if (link->is_broken)
    return 0;
  link->send_error = 0;
  link_enter(link);
  result = coap_tls_write(link->tls, data, length);
  if (link->send_error < 0)
    result = link->send_error;
  link_leave(link);
  return result;
}

int
coap_tls_link_end(coap_session_t *session) {
  coap_tls_link_t *link = coap_session_link(session);
  int was_up;

  if (!link)
    return 0;
  was_up = link->is_up;
  coap_handshakes_take(link);
  coap_timer_cancel(&session->core->timers, &link->timer);
  /* Behind what a connection has not taken yet it would not get there. */
  if (was_up && !link->busy && coap_stream_is_flushed(session))
    coap_tls_close(link->tls);
  session->more->link = NULL;
  link->is_ended = 1;
  if (!link->busy)
    link_free(link);
  return was_up;
}

const coap_tls_t *
coap_tls_link_tls(const coap_session_t *session) {
  return coap_session_link(session) ? coap_session_link(session)->tls : NULL;
}
