/* observe_notify.c -- notifications: the handler is asked again, its answer goes to the observer
 * (RFC 7641 4.2, 4.4, 4.5). */
#include "exchange/observe.h"

#include "exchange/track.h"
#include "exchange/whole.h"
#include "session/session.h"
#include "wire/pdu.h"

#include <utlist.h>

#include <stddef.h>

enum { NON_IN_A_ROW = 4 };
/* RFC 7641 4.5: a CON every 24 hours at least; half of that leaves time for the next change. */
#define CON_INTERVAL_MS ((coap_tick_t)12 * 60 * 60 * 1000)

static coap_pdu_type_t
notification_type(const coap_observer_t *observer, coap_tick_t now) {
  int flags = observer->resource->flags;

  if (flags & COAP_RESOURCE_FLAGS_NOTIFY_CON)
    return COAP_MESSAGE_CON;
  if (flags & COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS)
    return COAP_MESSAGE_NON;
  return observer->non_count >= NON_IN_A_ROW || now - observer->last_con >= CON_INTERVAL_MS
             ? COAP_MESSAGE_CON
             : COAP_MESSAGE_NON;
}

static coap_pdu_t *
notification_new(const coap_observer_t *observer, coap_pdu_type_t type) {
  coap_session_t *session = observer->session;
  coap_bin_const_t token = coap_pdu_get_token(observer->request);
  coap_pdu_t *pdu = coap_pdu_init(type, COAP_EMPTY_CODE, coap_new_message_id(session),
                                  coap_session_max_pdu_size(session));

  if (pdu && coap_add_token(pdu, token.length, token.s))
    return pdu;
  coap_delete_pdu(pdu);
  session->core->counters.no_memory++;
  return NULL;
}

/* Sends, and ties the record of a CON to its observer. Handlers may run and take that off the list:
 * resource->notifying tells. Takes `pdu`. */
static void
notification_send(coap_resource_t *resource, coap_session_t *session, coap_pdu_t *pdu,
                  coap_tick_t now) {
  coap_pdu_type_t type = coap_pdu_get_type(pdu);
  coap_mid_t mid = coap_message_send(session, pdu, now, 0);
  coap_observer_t *observer = resource->notifying;

  if (!observer || mid == COAP_INVALID_MID)
    return;
  if (type == COAP_MESSAGE_NON) {
    observer->non_count++;
    observer->last_mid = mid;
    return;
  }
  observer->non_count = 0;
  observer->last_con = now;
  coap_observe_tie(observer, coap_outgoing_by_pdu(session, pdu));
}

/* The answer of the handler, sent; RFC 7641 4.2: anything but a success is the last one and has no
 * Observe option. */
static void
notification_finish(coap_resource_t *resource, coap_session_t *session, coap_pdu_t *pdu,
                    coap_tick_t now) {
  int code_class = COAP_RESPONSE_CLASS(coap_pdu_get_code(pdu));

  if (!resource->notifying || coap_pdu_get_code(pdu) == COAP_EMPTY_CODE) {
    coap_delete_pdu(pdu);
    return;
  }
  if (code_class != 2) {
    coap_pdu_remove_option(pdu, COAP_OPTION_OBSERVE);
    coap_observe_remove(resource->notifying);
  }
  notification_send(resource, session, pdu, now);
}

static void
notify_one(coap_observer_t *observer, coap_tick_t now) {
  coap_resource_t *resource = observer->resource;
  coap_session_t *session = observer->session;
  coap_method_handler_t handler =
      coap_resource_handler(resource, (int)coap_pdu_get_code(observer->request));
  coap_pdu_t *pdu = notification_new(observer, notification_type(observer, now));
  coap_string_t *query = coap_get_query(observer->request);

  observer->is_due = 0;
  if (pdu && handler && coap_observe_add_option(resource, pdu)) {
    coap_session_pin(session);
    resource->notifying = observer;
    handler(resource, session, observer->request, query, pdu);
    notification_finish(resource, session, pdu, now);
    resource->notifying = NULL;
    coap_whole_free(resource->notify_request);
    resource->notify_request = NULL;
    coap_session_unpin(session);
  } else {
    coap_delete_pdu(pdu);
  }
  coap_delete_string(query);
}

void
coap_observe_timer_fire(coap_timer_t *timer, uint64_t now) {
  coap_resource_t *resource =
      (coap_resource_t *)(void *)((char *)timer - offsetof(coap_resource_t, notify_timer));

  coap_resource_pin(resource);
  resource->notify_next = resource->observers;
  while (resource->notify_next) {
    coap_observer_t *observer = resource->notify_next;

    resource->notify_next = observer->next;
    /* One CON at a time for each; the newest state follows when that is settled. */
    if (observer->is_due && !observer->out)
      notify_one(observer, now);
  }
  coap_resource_unpin(resource);
}

int
coap_observe_notify(coap_resource_t *resource, coap_tick_t now) {
  coap_observer_t *observer;

  if (!resource->observers || !resource->exchange || resource->is_deleted)
    return 0;
  resource->observe_number++;
  coap_track_number(resource);
  DL_FOREACH(resource->observers, observer) {
    observer->is_due = 1;
  }
  if (coap_timer_arm(&resource->exchange->core->timers, &resource->notify_timer, now))
    return 1;
  resource->exchange->core->counters.no_memory++;
  return 0;
}

void
coap_observe_resource_gone(coap_resource_t *resource, coap_tick_t now) {
  while (resource->observers) {
    coap_observer_t *observer = resource->observers;
    coap_session_t *session = observer->session;
    coap_pdu_t *pdu = notification_new(observer, notification_type(observer, now));

    coap_session_pin(session);
    coap_observe_leave(observer);
    if (pdu) {
      coap_pdu_set_code(pdu, COAP_RESPONSE_CODE_NOT_FOUND);
      coap_message_send(session, pdu, now, 0);
    }
    coap_session_unpin(session);
  }
}
