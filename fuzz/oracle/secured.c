/* secured.c -- the application's handlers are called for secure sessions only whose handshake is
 * through; when it fails, or (D)TLS does later on, the session ends, and what it had to send is
 * reported with that for a reason (RFC 7252 9.1, coap_handler(3), coap_session(3)). */
#include "oracle/all.h"

#include <string.h>

enum { STATE_NONE = 0, STATE_HANDSHAKE = 2 };
enum { NACK_TLS_FAILED = 3, NACK_ICMP_ISSUE = 4, NACK_TLS_LAYER_FAILED = 6 };

static const char name[] = "secured";

static struct life {
  uint64_t local, remote;
  int up;
  int failed;       /* in this operation, and nothing has begun anew since */
  int sent;         /* the application has sent meanwhile, and perhaps opened it anew */
  int disconnected; /* by the application, in this operation, with a reason of its own */
  long odd_reason;  /* of a NACK that has just been given, -1: none */
} lives[ORACLE_SESSIONS];
static unsigned int highest;

static void
reset(void) {
  memset(lives, 0, sizeof(lives[0]) * (highest + 1));
  highest = 0;
}

static void
next_operation(void) {
  unsigned int i;

  for (i = 0; i <= highest; i++) {
    lives[i].failed = lives[i].sent = lives[i].disconnected = 0;
    lives[i].odd_reason = -1;
  }
}

/* Whatever comes may open the session again, and be the cause of what is told next. */
static void
came(const struct obs *o) {
  unsigned int i;

  for (i = 0; i <= highest; i++) {
    if (lives[i].local == o->local && lives[i].remote == o->remote) {
      lives[i].failed = lives[i].sent = 0;
      lives[i].odd_reason = -1;
    }
  }
}

static void
nacked(const struct obs *o, struct life *l) {
  if (o->extra != NACK_TLS_FAILED && o->extra != NACK_TLS_LAYER_FAILED &&
      o->extra != NACK_ICMP_ISSUE)
    l->odd_reason = o->extra;
}

static void
told(const struct obs *o, struct life *l) {
  if (o->value == EVENT_DTLS_CONNECTED) {
    l->up = 1;
    l->failed = 0;
  } else if (o->value == EVENT_DTLS_ERROR) {
    if (l->odd_reason >= 0 && !l->disconnected)
      oracle_violated(name, "coap_handler(3)", o, "(D)TLS failed, and the reason given is %ld",
                      l->odd_reason);
    l->up = 0;
    l->failed = !l->sent;
  } else if (o->value == EVENT_DTLS_CLOSED) {
    l->up = 0;
  }
  l->odd_reason = -1;
}

static void
state(const struct obs *o, struct life *l) {
  if (l->failed && o->value != STATE_NONE)
    oracle_violated(name, "coap_session(3)", o, "(D)TLS failed, and session %u is in state %ld",
                    o->session, o->value);
  if (o->value == STATE_NONE || o->value == STATE_HANDSHAKE)
    l->up = 0;
}

static void
observe(const struct obs *o) {
  struct life *l = &lives[o->session < ORACLE_SESSIONS ? o->session : 0];

  if (!o->secure)
    return;
  if (o->kind == OBS_OP)
    next_operation();
  if (o->kind == OBS_WIRE && !o->flag)
    came(o);
  if (o->session == 0 || o->session >= ORACLE_SESSIONS)
    return;
  switch (o->kind) {
  case OBS_BORN:
    highest = o->session > highest ? o->session : highest;
    *l = (struct life){.local = o->local, .remote = o->remote, .odd_reason = -1};
    break;
  case OBS_EVENT:
    told(o, l);
    break;
  case OBS_NACK:
    nacked(o, l);
    break;
  case OBS_STATE:
    state(o, l);
    break;
  case OBS_API:
    l->disconnected |= o->value == OBS_API_DISCONNECT;
    l->failed = 0; /* a client sends, and begins anew */
    l->sent = 1;
    break;
  case OBS_SEND:
    l->failed = 0;
    l->sent = 1;
    l->odd_reason = -1;
    break;
  default: /* a handler of messages */
    if (!l->up)
      oracle_violated(name, "RFC 7252 9.1", o, "a handler is called, and (D)TLS is not up");
    break;
  }
}

const struct oracle oracle_secured = {
    name,
    OBS_BIT(OBS_OP) | OBS_BIT(OBS_WIRE) | OBS_BIT(OBS_BORN) | OBS_BIT(OBS_EVENT) |
        OBS_BIT(OBS_NACK) | OBS_BIT(OBS_STATE) | OBS_BIT(OBS_API) | OBS_BIT(OBS_SEND) |
        OBS_BIT(OBS_REQUEST) | OBS_BIT(OBS_RESPONSE) | OBS_BIT(OBS_PING) | OBS_BIT(OBS_PONG),
    reset, observe};
