/* world_handlers.c -- the application's handlers: they report what they see and, once when told to,
 * call back into the library. */
#include "world/internal.h"
#include "world/stack.h"

enum { ON_REQUEST, ON_RESPONSE, ON_NACK, ON_EVENT, ON_PING, ON_PONG, ON_END };
enum {
  DO_NOTHING,
  DO_RELEASE,
  DO_DISCONNECT,
  DO_SEND,
  DO_REFERENCE,
  DO_NOTIFY,
  DO_REJECT,
  DO_DEFER,
  DO_CLOSE_ENDPOINT
};

/* Where one that was given back may be kept, its memory may be a new one's all the same: that of a
 * server, or of the client that is being made. */
static int
is_another(const struct world_session *s, const coap_session_t *session) {
  return s->dying && s->client &&
         (world.opening || coap_session_get_type(session) != COAP_SESSION_TYPE_CLIENT);
}

static struct world_session *
known(coap_session_t *session) {
  struct world_session *s = world_session_find(session);

  if (s == NULL || (world_stack.keeps_released_sessions && is_another(s, session)))
    return world_session_born(session, world.opening, world.opening ? WORLD_CLIENT : WORLD_SERVER);
  world_session_refresh(s);
  return s;
}

/* One reaction per order: a handler that always called back would never come to an end. `from`:
 * whose handler it is, NULL when that one is gone. */
void
world_react(uint32_t handler, struct world_session *from) {
  struct world_reaction r = world.reaction[handler];
  struct world_session *s = world_slot(r.slot);

  if (r.action == DO_NOTHING || world.settling)
    return;
  world.reaction[handler].action = DO_NOTHING;
  if (s == NULL || world.closing)
    s = from; /* what is being freed takes its sessions along, in an order of its own */
  if (r.action != DO_CLOSE_ENDPOINT && (s == NULL || !s->alive || s->dying))
    return;
  world.depth++;
  switch (r.action) {
  case DO_RELEASE:
    if (s->held > s->kept)
      world_release(s);
    break;
  case DO_DISCONNECT:
    world_disconnect(s, 1);
    break;
  case DO_SEND:
    world_send_plain(s);
    break;
  case DO_REFERENCE:
    world_reference(s);
    break;
  case DO_NOTIFY:
    world_notify(1);
    break;
  case DO_CLOSE_ENDPOINT:
    world_endpoint_close(r.slot % PLACE_ENDPOINTS);
    break;
  default:
    break;
  }
  world.depth--;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  struct world_session *s = known(session);
  int reject = world.reaction[ON_RESPONSE].action == DO_REJECT;
  struct obs o;
  struct msg m;

  (void)mid;
  if (s == NULL)
    return COAP_RESPONSE_OK;
  world_message_of(received, &m);
  o = world_session_obs(OBS_RESPONSE, s);
  o.value = sent != NULL ? coap_pdu_get_mid(sent) : -1;
  o.extra = (long)coap_session_get_state(session);
  o.flag = reject;
  o.msg = &m;
  world_emit(&o);
  world_react(ON_RESPONSE, s);
  return reject ? COAP_RESPONSE_FAIL : COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
        const coap_mid_t mid) {
  struct world_session *s = known(session);
  struct obs o;
  struct msg m;

  if (s == NULL)
    return;
  o = world_session_obs(OBS_NACK, s);
  o.value = mid;
  o.extra = (long)reason;
  if (sent != NULL) {
    world_message_of(sent, &m);
    o.msg = &m;
  }
  world_emit(&o);
  world_react(ON_NACK, s);
}

/* Whether that is the first that is heard of a server's session. */
static int
is_announcement(const coap_session_t *session, coap_event_t event) {
  const struct world_session *s = world_session_find(session);

  if (!world_stack.connects_before_new || !world_is_stream() || world.opening)
    return event == COAP_EVENT_SERVER_SESSION_NEW;
  return event == COAP_EVENT_TCP_CONNECTED && (s == NULL || is_another(s, session));
}

static int
on_event(coap_session_t *session, const coap_event_t event) {
  struct world_session *s;
  struct obs o;

  if (is_announcement(session, event))
    s = world_session_born(session, 1, WORLD_SERVER);
  else
    s = known(session);
  if (s == NULL)
    return 0;
  o = world_session_obs(OBS_EVENT, s);
  o.value = (long)event;
  world_emit(&o);
  if (event == COAP_EVENT_SERVER_SESSION_DEL) {
    world_session_gone(s, OBS_GONE_DELETED);
    world_react(ON_END, NULL);
  } else {
    world_react(ON_EVENT, s);
  }
  return 0;
}

static void
on_ping_or_pong(coap_session_t *session, coap_mid_t mid, enum obs_kind kind, uint32_t handler) {
  struct world_session *s = known(session);
  struct obs o;

  if (s == NULL)
    return;
  o = world_session_obs(kind, s);
  o.value = mid;
  world_emit(&o);
  world_react(handler, s);
}

static void
on_ping(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)received;
  on_ping_or_pong(session, mid, OBS_PING, ON_PING);
}

static void
on_pong(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)received;
  on_ping_or_pong(session, mid, OBS_PONG, ON_PONG);
}

void
world_handlers_register(int which) {
  coap_context_t *context = world.context[which];

  coap_register_response_handler(context, on_response);
  coap_register_nack_handler(context, on_nack);
  coap_register_event_handler(context, on_event);
  coap_register_ping_handler(context, on_ping);
  coap_register_pong_handler(context, on_pong);
}
