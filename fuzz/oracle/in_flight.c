/* in_flight.c -- at most NSTART Confirmable messages wait for an acknowledgement, and a request
 * waits for its turn only while one does (RFC 7252 4.7). */
#include "oracle/all.h"
#include "oracle/outbox.h"

#define WAITING_MAX       64U
#define STATE_ESTABLISHED 4

static const char name[] = "in-flight";

/* Requests that were taken and not sent yet. */
static struct {
  unsigned int session;
  uint64_t local, remote;
  uint16_t mid;
  int shut; /* the session's (D)TLS is not up: it waits for that */
} waiting[WAITING_MAX];
static unsigned int n_waiting;

static void
reset(void) {
  n_waiting = 0;
}

static void
check_sent(const struct obs *o) {
  const struct sent *s = outbox_find(o->local, o->remote, o->msg->mid);
  const struct outflow *f = outbox_flow(o->local, o->remote);
  unsigned int already;

  if (f == NULL || (s != NULL && s->epoch == f->epoch && s->copies > 0))
    return; /* a copy of one already counted */
  already = outbox_in_flight(o->local, o->remote, o->now);
  if (already >= f->timing.nstart)
    oracle_violated(name, "RFC 7252 4.7", o, "a Confirmable message sent with %u unacknowledged",
                    already);
}

static void
taken(const struct obs *o) {
  if (o->stream || o->extra != 1 || o->value < 0 || o->msg->type != TYPE_CON ||
      n_waiting == WAITING_MAX)
    return;
  waiting[n_waiting].session = o->session;
  waiting[n_waiting].local = o->local;
  waiting[n_waiting].remote = o->remote;
  waiting[n_waiting].shut = o->secure;
  waiting[n_waiting++].mid = o->msg->mid;
}

/* `mid` -1: all of the session. */
static void
forget(unsigned int session, long mid) {
  unsigned int i;

  for (i = 0; i < n_waiting;) {
    if (waiting[i].session == session && (mid < 0 || waiting[i].mid == mid))
      waiting[i] = waiting[--n_waiting];
    else
      i++;
  }
}

static void
saw_state(const struct obs *o) {
  unsigned int i;

  for (i = 0; i < n_waiting; i++) {
    if (waiting[i].session == o->session)
      waiting[i].shut = o->value != STATE_ESTABLISHED;
  }
}

static void
check_waiting(const struct obs *o) {
  unsigned int i;

  for (i = 0; i < n_waiting;) {
    if (outbox_find(waiting[i].local, waiting[i].remote, waiting[i].mid) != NULL) {
      waiting[i] = waiting[--n_waiting];
      continue;
    }
    if (!outbox_disturbed() && !waiting[i].shut &&
        !outbox_perhaps_in_flight(waiting[i].local, waiting[i].remote, o->now)) {
      oracle_violated(name, "RFC 7252 4.7", o,
                      "request 0x%04x of session %u waits, though nothing is in flight",
                      waiting[i].mid, waiting[i].session);
      return;
    }
    i++;
  }
}

static void
observe(const struct obs *o) {
  switch (o->kind) {
  case OBS_OUT:
    if (o->malformed == NULL && o->msg->type == TYPE_CON && o->msg->code != 0 && o->value >= 0)
      check_sent(o);
    break;
  case OBS_SEND:
    taken(o);
    break;
  case OBS_NACK:
    forget(o->session, o->value);
    break;
  case OBS_GONE:
    forget(o->session, -1);
    break;
  case OBS_API:
    if (o->value == OBS_API_DISCONNECT || o->value == OBS_API_CANCEL)
      forget(o->session, -1);
    break;
  case OBS_STATE:
    if (o->secure)
      saw_state(o);
    break;
  case OBS_MEMORY: /* end of an operation */
    check_waiting(o);
    break;
  default:
    break;
  }
}

#define KINDS                                                                                      \
  (OBS_BIT(OBS_OUT) | OBS_BIT(OBS_SEND) | OBS_BIT(OBS_NACK) | OBS_BIT(OBS_GONE) |                  \
   OBS_BIT(OBS_API) | OBS_BIT(OBS_STATE) | OBS_BIT(OBS_MEMORY))

const struct oracle oracle_in_flight = {name, KINDS, reset, observe};
