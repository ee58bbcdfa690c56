/* async.c -- entries of requests that are put to their handlers a second time. */
#include "exchange/async.h"

#include "exchange/incoming.h"
#include "exchange/whole.h"
#include "seams/memory.h"
#include "session/session.h"

#include <utlist.h>

#include <stddef.h>

static void
async_destroy(coap_async_t *async) {
  coap_whole_free(async->request);
  coap_mem_free(async);
}

/* Off the list: nobody meets it there again. The session may be gone afterwards. */
static void
async_unlink(coap_async_t *async) {
  coap_session_t *session = async->session;
  coap_peer_exchange_t *peer = session->exchange;

  coap_timer_cancel(&session->core->timers, &async->timer);
  DL_DELETE(peer->asyncs, async);
  peer->async_count--;
  async->session = NULL;
  coap_session_unref(session);
}

void
coap_async_free(coap_async_t *async) {
  if (async->session)
    async_unlink(async);
  /* Whoever runs it still needs the request, and frees it then. */
  if (!async->is_running)
    async_destroy(async);
}

static void
async_fire(coap_timer_t *timer, uint64_t now) {
  coap_async_t *async = (coap_async_t *)(void *)((char *)timer - offsetof(coap_async_t, timer));
  coap_session_t *session = async->session;

  coap_session_pin(session);
  async->is_running = 1;
  coap_request_again(session, async->request, now);
  async->is_running = 0;
  coap_async_free(async);
  coap_session_unpin(session);
}

static coap_async_t *
async_add(coap_session_t *session, const coap_pdu_t *request) {
  coap_peer_exchange_t *peer = coap_session_peer_exchange(session);
  coap_async_t *async = peer ? coap_mem_zalloc(sizeof(*async)) : NULL;

  if (async)
    async->request = coap_whole_copy(request);
  if (!async || !async->request) {
    coap_mem_free(async);
    session->core->counters.no_memory++;
    return NULL;
  }
  async->timer.fire = async_fire;
  async->session = session;
  DL_APPEND(peer->asyncs, async);
  peer->async_count++;
  coap_session_ref(session);
  return async;
}

coap_async_t *
coap_async_new(coap_session_t *session, const coap_pdu_t *request, coap_tick_t now,
               coap_tick_t delay) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_async_t *async;

  if (!coap_session_is_open(session) || coap_async_find(session, &token))
    return NULL;
  if (session->exchange && session->exchange->async_count >= COAP_EXCHANGE_SESSION_ASYNCS) {
    coap_session_exchange(session)->counters.asyncs_refused++;
    return NULL;
  }
  async = async_add(session, request);
  if (!async || !delay)
    return async;
  if (coap_timer_arm(&session->core->timers, &async->timer, now + delay))
    return async;
  session->core->counters.no_memory++;
  coap_async_free(async);
  return NULL;
}

void
coap_async_arm(coap_async_t *async, coap_tick_t when) {
  /* While it runs it is past its time; off its list it has none. */
  if (async->is_running || !async->session)
    return;
  if (when == COAP_TIMER_NEVER)
    coap_timer_cancel(&async->session->core->timers, &async->timer);
  else if (!coap_timer_arm(&async->session->core->timers, &async->timer, when))
    async->session->core->counters.no_memory++;
}

coap_async_t *
coap_async_find(const coap_session_t *session, const coap_bin_const_t *token) {
  coap_async_t *async = session->exchange ? session->exchange->asyncs : NULL;

  for (; async; async = async->next) {
    coap_bin_const_t own = coap_pdu_get_token(async->request);

    if (coap_binary_equal(&own, token))
      return async;
  }
  return NULL;
}

void
coap_async_session_gone(coap_session_t *session) {
  while (session->exchange && session->exchange->asyncs)
    coap_async_free(session->exchange->asyncs);
}
