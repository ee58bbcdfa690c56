/* lifecycle.c -- sessions come and go as coap_session(3) says: a server session is announced before
 * anything else is heard of it and ends with one DEL event, never while the program holds a
 * reference; a client session ends when the program gives its last reference back. Type, protocol
 * and state go together. When nobody holds anything, everything ends. */
#include "oracle/all.h"
#include "world/stack.h"

#include <string.h>

enum {
  TYPE_CLIENT = 1,
  TYPE_SERVER = 2,
  STATE_NONE = 0,
  STATE_CONNECTING = 1,
  STATE_HANDSHAKE = 2,
  STATE_CSM = 3,
  STATE_ESTABLISHED = 4
};

static const char name[] = "lifecycle";

static struct life {
  uint8_t seen, alive, type;
  long held;
  long state; /* after the last operation */
} lives[ORACLE_SESSIONS];
static unsigned int highest;
static int closing; /* an endpoint or context is being freed: references do not count */

static void
reset(void) {
  memset(lives, 0, sizeof(lives[0]) * (highest + 1));
  highest = 0;
  closing = 0;
}

/* With a handshake before it; a client's may have failed at once, of which handlers are told before
 * the application has the session. */
static int
may_begin_in(const struct obs *o) {
  return o->secure &&
         (o->extra == STATE_HANDSHAKE || (o->extra == STATE_NONE && o->value == TYPE_CLIENT));
}

static void
born(const struct obs *o, struct life *l) {
  if (o->value != TYPE_CLIENT && o->value != TYPE_SERVER)
    oracle_violated(name, "coap_session(3)", o, "a new UDP session of type %ld", o->value);
  if (o->count == 0)
    oracle_violated(name, "coap_session(3)", o, "a session that was never announced");
  if (!o->stream && o->extra != STATE_ESTABLISHED && !may_begin_in(o))
    oracle_violated(name, "coap_session(3)", o, "a new datagram session in state %ld", o->extra);
  l->seen = l->alive = 1;
  l->type = (uint8_t)o->value;
  l->held = o->value == TYPE_CLIENT;
  l->state = o->extra;
  highest = o->session > highest ? o->session : highest;
}

static void
gone(const struct obs *o, struct life *l) {
  if (o->value == OBS_GONE_DELETED && l->held > 0 && !closing)
    oracle_violated(name, "coap_session(3)", o, "session %u deleted while %ld references are held",
                    o->session, l->held);
  l->alive = 0;
}

static void
state(const struct obs *o, struct life *l) {
  if (!o->stream && o->value != STATE_NONE && o->value != STATE_ESTABLISHED &&
      !(o->secure && o->value == STATE_HANDSHAKE))
    oracle_violated(name, "coap_session(3)", o, "a UDP session in state %ld", o->value);
  if (o->extra != l->type)
    oracle_violated(name, "coap_session(3)", o, "session %u changed from type %u to %ld",
                    o->session, l->type, o->extra);
  l->state = o->value;
}

static void
api(const struct obs *o, struct life *l) {
  if (o->value == OBS_API_SET_TYPE_CLIENT && o->extra > l->held) {
    if (l->type != TYPE_SERVER)
      oracle_violated(name, "coap_session(3)", o, "set_type_client succeeded on type %u", l->type);
    l->type = TYPE_CLIENT;
  }
  l->held = o->extra;
}

static void
all_over(const struct obs *o) {
  unsigned int i;

  for (i = 1; i <= highest; i++) {
    if (lives[i].alive && lives[i].held == 0 &&
        !(world_stack.waits_for_csm &&
          (lives[i].state == STATE_CSM || lives[i].state == STATE_CONNECTING)))
      oracle_violated(name, "coap_session(3)", o,
                      "session %u is still there, though nothing has "
                      "referred to it for longer than the time-out",
                      i);
  }
}

static void
observe(const struct obs *o) {
  struct life *l = &lives[o->session < ORACLE_SESSIONS ? o->session : 0];

  if (o->kind == OBS_SETTLED)
    all_over(o);
  if (o->kind == OBS_OP)
    closing = 0;
  if (o->kind == OBS_API &&
      (o->value == OBS_API_CLOSE_ENDPOINT || o->value == OBS_API_CLOSE_CONTEXT))
    closing = 1;
  if (o->session == 0 || o->session >= ORACLE_SESSIONS)
    return;
  if (o->kind == OBS_SEND && o->extra == 1)
    return; /* what the call returned, in which a handler may have ended the session */
  if (o->kind == OBS_BORN)
    born(o, l);
  else if (!l->alive)
    oracle_violated(name, "coap_session(3)", o, "session %u is heard of after its end", o->session);
  else if (o->kind == OBS_GONE)
    gone(o, l);
  else if (o->kind == OBS_STATE)
    state(o, l);
  else if (o->kind == OBS_API)
    api(o, l);
}

/* All that names a session. */
#define UNINTERESTING                                                                              \
  (OBS_BIT(OBS_IN) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_SETTING) | OBS_BIT(OBS_FAULT) |                \
   OBS_BIT(OBS_CONN) | OBS_BIT(OBS_CHUNK_IN) | OBS_BIT(OBS_ROOM) | OBS_BIT(OBS_GOT) |              \
   OBS_BIT(OBS_SENT) | OBS_BIT(OBS_FRAME) | OBS_BIT(OBS_MEMORY) | OBS_BIT(OBS_END) |               \
   OBS_BIT(OBS_WIRE))

const struct oracle oracle_lifecycle = {name, ~UNINTERESTING, reset, observe};
