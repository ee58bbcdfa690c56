/* observe.c -- the lists of observers: who is on them and who leaves (RFC 7641 4.1, 4.2, 4.5). */
#include "exchange/observe.h"

#include "exchange/async.h"
#include "exchange/message_options.h"
#include "exchange/track.h"
#include "exchange/whole.h"
#include "seams/memory.h"
#include "session/session.h"
#include "wire/pdu.h"

#include <utlist.h>

#define NUMBER_MASK UINT32_C(0xffffff)

void
coap_observe_resource_init(coap_resource_t *resource) {
  resource->notify_timer.fire = coap_observe_timer_fire;
  resource->observe_number = 1;
}

int
coap_observe_add_option(const coap_resource_t *resource, coap_pdu_t *pdu) {
  uint8_t value[3];

  return coap_pdu_update_option(
      pdu, COAP_OPTION_OBSERVE,
      coap_encode_var_safe(value, sizeof(value), resource->observe_number & NUMBER_MASK), value);
}

coap_observer_t *
coap_observe_find(const coap_resource_t *resource, const coap_session_t *session,
                  const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_observer_t *observer = session->exchange ? session->exchange->observers : NULL;

  for (; observer; observer = observer->session_next) {
    coap_bin_const_t own = coap_pdu_get_token(observer->request);

    if (observer->resource == resource && coap_binary_equal(&own, &token))
      return observer;
  }
  return NULL;
}

void
coap_observe_tie(coap_observer_t *observer, coap_outgoing_t *out) {
  if (observer->out)
    observer->out->extra = NULL;
  observer->out = out;
  if (out)
    out->extra = observer;
}

/* A notification that waits for its turn is not sent to one who wants no more (RFC 7641 3.6), nor
 * behind the answer to a new registration, which is newer (4.4). */
static void
drop_waiting(coap_observer_t *observer) {
  coap_outgoing_t *out = observer->out;

  if (!out || out->stage != COAP_OUT_QUEUED)
    return;
  coap_observe_tie(observer, NULL);
  coap_outgoing_end(out, -1);
}

/* A registration that its handler answers later must not make an observation when its time comes,
 * for it came before the peer had enough of it. */
static void
put_off_registers_nothing(const coap_session_t *session, const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_async_t *async = coap_async_find(session, &token);

  if (async)
    coap_pdu_remove_option(async->request, COAP_OPTION_OBSERVE);
}

void
coap_observe_leave(coap_observer_t *observer) {
  put_off_registers_nothing(observer->session, observer->request);
  drop_waiting(observer);
  coap_observe_remove(observer);
}

/* RFC 7641 3.6, 4.1: the entry goes. */
static void
deregister(const coap_incoming_t *in) {
  coap_observer_t *observer = coap_observe_find(in->resource, in->session, in->request);

  if (observer)
    coap_observe_leave(observer);
  else
    put_off_registers_nothing(in->session, in->request);
}

int
coap_observe_is_wanted(const coap_incoming_t *in) {
  int method = (int)coap_pdu_get_code(in->request);

  if (!in->resource || !in->resource->observable || in->meta.multicast ||
      (method != COAP_REQUEST_GET && method != COAP_REQUEST_FETCH))
    return 0;
  switch (coap_options_uint(in->request, COAP_OPTION_OBSERVE, UINT32_MAX)) {
  case COAP_OBSERVE_ESTABLISH:
    /* RFC 7959 2.6: later blocks belong to no observation. */
    return !in->has_block2 || in->block2.num == 0;
  case COAP_OBSERVE_CANCEL:
    deregister(in);
    return 0;
  default:
    return 0;
  }
}

static int
has_room(const coap_incoming_t *in, const coap_peer_exchange_t *peer) {
  if (in->resource->observer_count < COAP_EXCHANGE_MAX_OBSERVERS &&
      peer->observer_count < COAP_EXCHANGE_SESSION_OBSERVERS)
    return 1;
  in->exchange->counters.observers_refused++;
  return 0;
}

static coap_observer_t *
add_observer(const coap_incoming_t *in, coap_peer_exchange_t *peer) {
  coap_observer_t *observer = coap_mem_zalloc(sizeof(*observer));

  if (!observer)
    return NULL;
  observer->resource = in->resource;
  observer->session = in->session;
  DL_APPEND(in->resource->observers, observer);
  in->resource->observer_count++;
  DL_APPEND2(peer->observers, observer, session_prev, session_next);
  peer->observer_count++;
  coap_session_ref(in->session);
  return observer;
}

int
coap_observe_register(const coap_incoming_t *in) {
  coap_peer_exchange_t *peer;
  coap_observer_t *observer;
  coap_pdu_t *request;
  int is_added;

  if (in->resource->is_deleted || !coap_session_is_open(in->session))
    return 0;
  peer = coap_session_peer_exchange(in->session);
  request = peer ? coap_whole_copy(in->request) : NULL;
  if (!request) {
    in->exchange->core->counters.no_memory++;
    return 0;
  }
  observer = coap_observe_find(in->resource, in->session, request);
  is_added = !observer;
  if (is_added && has_room(in, peer))
    observer = add_observer(in, peer);
  if (!observer) {
    coap_whole_free(request);
    return 0;
  }
  drop_waiting(observer);
  coap_whole_free(observer->request);
  observer->request = request;
  observer->last_mid = COAP_INVALID_MID;
  observer->last_con = in->meta.now;
  if (is_added)
    coap_track_observer_added(observer);
  return 1;
}

void
coap_observe_answered(const coap_incoming_t *in, const coap_pdu_t *response) {
  coap_outgoing_t *out = coap_outgoing_by_pdu(in->session, response);
  coap_observer_t *observer =
      out && !out->extra ? coap_observe_find(in->resource, in->session, in->request) : NULL;

  if (observer)
    coap_observe_tie(observer, out);
}

void
coap_observe_remove(coap_observer_t *observer) {
  coap_resource_t *resource = observer->resource;
  coap_session_t *session = observer->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_track_observer_removed(observer);
  if (resource->notifying == observer) {
    resource->notifying = NULL;
    resource->notify_request = observer->request;
    observer->request = NULL;
  }
  if (resource->notify_next == observer)
    resource->notify_next = observer->next;
  coap_observe_tie(observer, NULL);
  DL_DELETE(resource->observers, observer);
  resource->observer_count--;
  DL_DELETE2(peer->observers, observer, session_prev, session_next);
  peer->observer_count--;
  coap_whole_free(observer->request);
  coap_mem_free(observer);
  coap_session_unref(session);
}

void
coap_observe_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->observers)
    coap_observe_remove(session->exchange->observers);
}

void
coap_observe_failed(coap_outgoing_t *out) {
  coap_observer_t *observer = out->extra;

  if (!observer)
    return;
  put_off_registers_nothing(observer->session, observer->request);
  coap_observe_remove(observer);
}

void
coap_observe_settled(coap_outgoing_t *out) {
  coap_observer_t *observer = out->extra;

  if (!observer)
    return;
  coap_observe_tie(observer, NULL);
  /* The state has changed while that notification was under way (RFC 7641 4.5.2). */
  if (observer->is_due &&
      !coap_timer_arm(&observer->session->core->timers, &observer->resource->notify_timer, 0))
    observer->session->core->counters.no_memory++;
}

void
coap_observe_reset(coap_session_t *session, coap_mid_t mid) {
  coap_observer_t *observer = session->exchange ? session->exchange->observers : NULL;

  while (observer && observer->last_mid != mid)
    observer = observer->session_next;
  if (observer)
    coap_observe_leave(observer);
}
