/* oscore_guard.c -- a session's guard and the requests on its record. */
#include "api/oscore_guard.h"

#include "seams/memory.h"
#include "session/session.h"

#include <utlist.h>

#include <string.h>

/* Bytes beside IDs and tag: option head, flags, Partial IV, lengths, inner code, payload marker,
 * and deltas that grow by the split. */
enum { FIXED_GROWTH = 20 };

coap_guard_t *
coap_oscore_guard(coap_session_t *session) {
  coap_session_more_t *more = coap_session_more(session);

  if (!more)
    return NULL;
  /* What came into being once it is freed would never go. */
  if (!more->guard && session->state != COAP_FSM_FREED) {
    more->guard = coap_mem_zalloc(sizeof(*more->guard));
    if (!more->guard)
      session->core->counters.no_memory++;
  }
  return more->guard;
}

void
coap_oscore_guard_reserve(coap_session_t *session, const coap_oscore_context_t *context) {
  const coap_oscore_conf_t *conf = context->conf;
  size_t growth =
      FIXED_GROWTH + conf->aead->tag_length + conf->sender_id.length + conf->id_context.length;

  if (session->more->guard_growth < growth)
    session->more->guard_growth = (unsigned int)growth;
}

int
coap_oscore_guard_requests(coap_session_t *session, coap_oscore_context_t *context) {
  coap_guard_t *guard = coap_oscore_guard(session);

  if (!guard)
    return 0;
  coap_oscore_context_unref(guard->context);
  guard->context = coap_oscore_context_ref(context);
  coap_oscore_guard_reserve(session, context);
  return 1;
}

static void
forget(coap_guard_t *guard, coap_oscore_request_t *request) {
  DL_DELETE(guard->requests, request);
  guard->request_count--;
  coap_oscore_context_unref(request->context);
  coap_mem_free(request);
}

coap_oscore_request_t *
coap_oscore_guard_find(const coap_guard_t *guard, const coap_bin_const_t *token) {
  coap_oscore_request_t *request;

  DL_FOREACH(guard->requests, request) {
    if (request->token_length == token->length &&
        (!token->length || memcmp(request->token, token->s, token->length) == 0))
      return request;
  }
  return NULL;
}

static void
make_room(coap_guard_t *guard) {
  coap_oscore_request_t *request;

  if (guard->request_count < COAP_OSCORE_MAX_REQUESTS)
    return;
  DL_FOREACH(guard->requests, request) {
    if (request->answered && !request->observing) {
      forget(guard, request);
      return;
    }
  }
  DL_FOREACH(guard->requests, request) {
    if (!request->observing)
      break;
  }
  forget(guard, request ? request : guard->requests);
}

static int
is_same_peer(const coap_oscore_request_t *before, const coap_oscore_context_t *context,
             const coap_oscore_binding_t *binding) {
  if (before->context != context || !context)
    return before->context == context;
  return before->binding.kid.length == binding->kid.length &&
         memcmp(before->binding.kid.s, binding->kid.s, binding->kid.length) == 0;
}

coap_oscore_request_t *
coap_oscore_guard_record(coap_session_t *session, const coap_bin_const_t *token,
                         coap_oscore_context_t *context, const coap_oscore_binding_t *binding) {
  coap_guard_t *guard = coap_session_guard(session);
  coap_oscore_request_t *before = coap_oscore_guard_find(guard, token);
  coap_oscore_request_t *request;

  /* Nobody else may get the answer to this one, or give it another meaning. */
  if (before && (!before->answered || before->observing) && !is_same_peer(before, context, binding))
    return NULL;
  request = coap_mem_zalloc(sizeof(*request) + token->length);
  if (!request) {
    session->core->counters.no_memory++;
    return NULL;
  }
  if (before)
    forget(guard, before);
  make_room(guard);
  request->context = context ? coap_oscore_context_ref(context) : NULL;
  if (binding)
    request->binding = *binding;
  request->token_length = token->length;
  if (token->length)
    memcpy(request->token, token->s, token->length);
  DL_APPEND(guard->requests, request);
  guard->request_count++;
  return request;
}

void
coap_oscore_session_gone(coap_session_t *session) {
  coap_guard_t *guard = coap_session_guard(session);

  if (!guard)
    return;
  while (guard->requests)
    forget(guard, guard->requests);
  /* One that may be used again is still protected then. */
  if (session->state != COAP_FSM_FREED)
    return;
  coap_oscore_context_unref(guard->context);
  coap_mem_free(guard);
  session->more->guard = NULL;
}

void
coap_oscore_event(coap_session_t *session, coap_oscore_status_t status) {
  static const coap_event_t events[] = {
      [COAP_OSCORE_MALFORMED] = COAP_EVENT_OSCORE_DECODE_ERROR,
      [COAP_OSCORE_NO_CONTEXT] = COAP_EVENT_OSCORE_NO_SECURITY,
      [COAP_OSCORE_REPLAYED] = COAP_EVENT_OSCORE_DECRYPTION_FAILURE,
      [COAP_OSCORE_FORGED] = COAP_EVENT_OSCORE_DECRYPTION_FAILURE,
      [COAP_OSCORE_NO_NUMBER] = COAP_EVENT_OSCORE_INTERNAL_ERROR,
      [COAP_OSCORE_UNSUITABLE] = COAP_EVENT_OSCORE_INTERNAL_ERROR,
      [COAP_OSCORE_NO_MEMORY] = COAP_EVENT_OSCORE_INTERNAL_ERROR,
  };

  if (status == COAP_OSCORE_NO_MEMORY)
    session->core->counters.no_memory++;
  session->core->ops->event(session, events[status]);
}
