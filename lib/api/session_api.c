/* session_api.c -- coap_session(3). A NULL session gives the documented error value, never a
 * crash. */
#include "api/context.h"

#include "exchange/client.h"
#include "exchange/observe.h"
#include "seams/clock.h"
#include "session/framing.h"
#include "session/outgoing.h"

#include <utlist.h>

coap_session_t *
coap_session_reference(coap_session_t *session) {
  if (session)
    coap_session_ref(session);
  return session;
}

/* libcoap's clients do not leave a server notifying nobody. */
static int
leaves_observations(const coap_session_t *session) {
  return session->type == COAP_SESSION_TYPE_CLIENT && session->refs == 1 &&
         !session->no_observe_cancel &&
         (session->core->context->exchange.block_mode & COAP_BLOCK_USE_LIBCOAP);
}

/* Observers refer to their session, but they do not keep one open that the program has left: only
 * one that was made a client (call-home) can have any. */
static void
drop_observers(coap_session_t *session) {
  if (session->type == COAP_SESSION_TYPE_CLIENT && session->exchange &&
      session->refs == 1 + session->exchange->observer_count)
    coap_observe_session_gone(session);
}

void
coap_session_release(coap_session_t *session) {
  if (!session)
    return;
  drop_observers(session);
  if (leaves_observations(session))
    coap_client_leave_observations(session, coap_clock_now());
  coap_session_unref(session);
}

void
coap_session_set_no_observe_cancel(coap_session_t *session) {
  if (session)
    session->no_observe_cancel = 1;
}

void
coap_session_disconnected(coap_session_t *session, coap_nack_reason_t reason) {
  if (session)
    coap_session_event(session, coap_session_framing(session)->disconnect, reason);
}

int
coap_session_set_type_client(coap_session_t *session) {
  const coap_fsm_row_t *row;

  /* A client needs more: tokens, to begin with. */
  if (!session || session->type != COAP_SESSION_TYPE_SERVER || !coap_session_more(session))
    return 0;
  coap_session_pin(session);
  row = coap_session_event(session, COAP_FSM_EV_CALL_HOME, COAP_NACK_NOT_DELIVERABLE);
  if (row->action != COAP_FSM_DO_IGNORE && row->action != COAP_FSM_DO_IMPOSSIBLE) {
    session->type = COAP_SESSION_TYPE_CLIENT;
    session->refs++;
  }
  coap_session_unpin(session);
  return session->type == COAP_SESSION_TYPE_CLIENT;
}

void
coap_session_set_app_data(coap_session_t *session, void *data) {
  if (session)
    session->app_data = data;
}

void *
coap_session_get_app_data(const coap_session_t *session) {
  return session ? session->app_data : NULL;
}

const coap_address_t *
coap_session_get_addr_local(const coap_session_t *session) {
  return session ? session->addr_local : NULL;
}

const coap_address_t *
coap_session_get_addr_mcast(const coap_session_t *session) {
  return session && session->is_mcast ? &session->more->addr_mcast : NULL;
}

const coap_address_t *
coap_session_get_addr_remote(const coap_session_t *session) {
  return session ? &session->addr_remote : NULL;
}

coap_context_t *
coap_session_get_context(const coap_session_t *session) {
  return session ? session->core->context : NULL;
}

int
coap_session_get_ifindex(const coap_session_t *session) {
  return session ? session->ifindex : -1;
}

coap_proto_t
coap_session_get_proto(const coap_session_t *session) {
  return session ? session->proto : COAP_PROTO_NONE;
}

coap_session_state_t
coap_session_get_state(const coap_session_t *session) {
  return session ? coap_fsm_public_state(session->state) : COAP_SESSION_STATE_NONE;
}

coap_session_type_t
coap_session_get_type(const coap_session_t *session) {
  return session ? session->type : COAP_SESSION_TYPE_NONE;
}

coap_session_t *
coap_session_get_by_peer(const coap_context_t *context, const coap_address_t *remote_addr,
                         int ifindex) {
  coap_session_t *session;

  if (!context || !remote_addr)
    return NULL;
  DL_FOREACH(context->core.sessions, session) {
    if (session->ifindex == ifindex && coap_address_equals(&session->addr_remote, remote_addr))
      return session;
  }
  return NULL;
}

void
coap_session_set_mtu(coap_session_t *session, unsigned mtu) {
  enum { MTU_MIN = 64, MTU_MAX = 65507 };

  /* Of a connection, the peer's CSM tells it. */
  if (session && !coap_session_stream(session))
    session->mtu = mtu < MTU_MIN ? MTU_MIN : mtu > MTU_MAX ? MTU_MAX : mtu;
}

size_t
coap_session_max_pdu_size(const coap_session_t *session) {
  size_t taken;

  if (!session)
    return 0;
  taken = coap_session_framing(session)->overhead(session->mtu);
  if (session->more)
    taken += session->more->guard_growth;
  return session->mtu > taken ? session->mtu - taken : 0;
}

uint16_t
coap_new_message_id(coap_session_t *session) {
  return session ? ++session->tx_mid : 0;
}

void
coap_session_init_token(coap_session_t *session, size_t length, const uint8_t *token) {
  coap_session_more_t *more = session && token ? coap_session_more(session) : NULL;

  if (more)
    coap_session_more_token(more, coap_decode_var_bytes8(token, length > 8 ? 8 : length) - 1);
}

void
coap_session_new_token(coap_session_t *session, size_t *length, uint8_t *token) {
  coap_session_more_t *more = session ? coap_session_more(session) : NULL;
  uint64_t start;

  *length = 0;
  if (!more)
    return;
  if (!more->has_token) {
    coap_prng(&start, sizeof(start));
    coap_session_more_token(more, start);
  }
  *length = coap_encode_var_safe8(token, 8, ++more->tx_token);
}

coap_mid_t
coap_session_send_ping(coap_session_t *session) {
  /* RFC 7252 8.1: nothing Confirmable goes to a group. */
  if (!session || session->is_mcast)
    return COAP_INVALID_MID;
  return coap_message_ping(session, coap_clock_now());
}
