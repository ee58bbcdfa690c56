/* signalling.c -- RFC 8323 section 5 as seen on the wire: the CSM goes first, no application data
 * is delivered before the peer's, no message is longer than the peer takes, each Ping draws one
 * Pong with its token, no request follows the peer's Release, nothing an Abort. */
#include "oracle/all.h"
#include "oracle/connections.h"

#include <string.h>

#define BASE_MESSAGE 1152U /* RFC 8323 5.3.1 */
#define PINGS_MAX    32U

enum { CODE_CSM = 225, CODE_PING = 226, CODE_PONG = 227, CODE_RELEASE = 228, CODE_ABORT = 229 };
enum { OPTION_MAX_MESSAGE_SIZE = 2, OPTION_OBSERVE = 6, OBSERVE_CANCEL = 1 };

static const char name[] = "signalling";

static struct state {
  size_t id;
  int csm_sent;
  int abort_sent;
  int released;         /* by the peer */
  unsigned int release; /* ... in this operation */
  int lost_count;       /* more Pings than are remembered */
  uint64_t longest;     /* that the peer ever took */
  unsigned int n_pings;
  uint64_t pings[PINGS_MAX]; /* unanswered: their tokens */
} states[CONNECTIONS_MAX];

static void
reset(void) {
  connection_states_reset(states, sizeof(states[0]));
}

static struct state *
state_of(size_t id) {
  struct state *s = connection_state(states, sizeof(states[0]), id);

  if (s->longest == 0)
    s->longest = BASE_MESSAGE;
  return s;
}

static uint64_t
number(const struct msg_option *option) {
  uint64_t value = 0;
  unsigned int i;

  for (i = 0; option != NULL && i < option->length && i < 8; i++)
    value = value << 8 | option->value[i];
  return value;
}

static void
got(const struct obs *o, struct state *s) {
  uint64_t limit;

  if (o->malformed != NULL)
    return;
  if (o->msg->code == CODE_CSM) {
    limit = number(msg_option(o->msg, OPTION_MAX_MESSAGE_SIZE));
    s->longest = limit > s->longest ? limit : s->longest;
  }
  if (o->msg->code == CODE_RELEASE && !s->released) {
    s->released = 1;
    s->release = o->op;
  }
  if (o->msg->code != CODE_PING)
    return;
  if (s->n_pings < PINGS_MAX)
    s->pings[s->n_pings++] = oracle_hash(o->msg->token, o->msg->token_length);
  else
    s->lost_count = 1;
}

static void
pong(const struct obs *o, struct state *s) {
  uint64_t token = oracle_hash(o->msg->token, o->msg->token_length);
  unsigned int i = 0;

  if (s->lost_count)
    return;
  while (i < s->n_pings && s->pings[i] != token)
    i++;
  if (i == s->n_pings) {
    oracle_violated(name, "RFC 8323 5.4", o, "a Pong that answers no Ping");
    return;
  }
  s->n_pings--;
  memmove(s->pings + i, s->pings + i + 1, (s->n_pings - i) * sizeof(s->pings[0]));
}

/* That no more notifications are wanted ends something, and begins nothing. */
static int
is_new_request(const struct msg *m) {
  const struct msg_option *observing = msg_option(m, OPTION_OBSERVE);

  return msg_is_request(m->code) && !(observing != NULL && number(observing) == OBSERVE_CANCEL);
}

static void
sent(const struct obs *o, struct state *s) {
  uint8_t code = o->msg->code;
  const struct connection *c;

  if (o->malformed != NULL) {
    oracle_violated(name, "RFC 8323 3.2", o, "sent a malformed message: %s", o->malformed);
    return;
  }
  if (code != 0 && !msg_is_request(code) && !msg_is_response(code) &&
      (code < CODE_CSM || code > CODE_ABORT))
    oracle_violated(name, "RFC 8323 5.1", o, "sent reserved code %u.%02u", code >> 5, code & 31U);
  if (!s->csm_sent && code != CODE_CSM)
    oracle_violated(name, "RFC 8323 5.3", o, "the first message is no CSM");
  if (s->abort_sent)
    oracle_violated(name, "RFC 8323 5.6", o, "a message after an Abort");
  c = connection_by_id(o->count); /* else it may have been under way before, or the Release yet */
  if (s->released && o->op > s->release && is_new_request(o->msg) && !c->limited && !c->late)
    oracle_violated(name, "RFC 8323 5.5", o, "a new request after the peer's Release");
  if (o->length > s->longest)
    oracle_violated(name, "RFC 8323 5.3.1", o, "a message of %zu bytes to a peer that takes %llu",
                    o->length, (unsigned long long)s->longest);
  s->csm_sent = 1;
  s->abort_sent = code == CODE_ABORT;
  if (code == CODE_PONG)
    pong(o, s);
}

static void
delivered(const struct obs *o) {
  const struct connection *c = connection_of(o->local, o->remote);

  if (o->stream && c->id != 0 && !c->csm_got)
    oracle_violated(name, "RFC 8323 5.3", o, "application data before the peer's CSM");
}

static void
settled(const struct obs *o) {
  size_t i;

  for (i = 0; i < CONNECTIONS_MAX; i++) {
    const struct connection *c = connection_by_id(states[i].id);

    if (c->id != 0 && c->open && !c->finished && !c->spoiled && states[i].n_pings > 0 &&
        !connections_disturbed())
      oracle_violated(name, "RFC 8323 5.4", o, "a Ping on connection %zu without Pong", c->id);
  }
}

static void
observe(const struct obs *o) {
  switch (o->kind) {
  case OBS_GOT:
    got(o, state_of(o->count));
    break;
  case OBS_SENT:
    sent(o, state_of(o->count));
    break;
  case OBS_REQUEST:
  case OBS_RESPONSE:
    delivered(o);
    break;
  case OBS_SETTLED:
    settled(o);
    break;
  default:
    break;
  }
}

const struct oracle oracle_signalling = {name,
                                         OBS_BIT(OBS_GOT) | OBS_BIT(OBS_SENT) |
                                             OBS_BIT(OBS_REQUEST) | OBS_BIT(OBS_RESPONSE) |
                                             OBS_BIT(OBS_SETTLED),
                                         reset, observe};
