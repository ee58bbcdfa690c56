/* in_flight.c -- at most NSTART Confirmable messages wait for an acknowledgement (RFC 7252 4.7). */
#include "oracle/all.h"
#include "oracle/outbox.h"

static const char name[] = "in-flight";

static void
reset(void) {
}

static void
observe(const struct obs *o) {
  const struct sent *s;
  const struct outflow *f;
  unsigned int already;

  if (o->malformed != NULL || o->msg->type != TYPE_CON || o->msg->code == 0 || o->value < 0)
    return;
  s = outbox_find(o->local, o->remote, o->msg->mid);
  f = outbox_flow(o->local, o->remote);
  if (f == NULL || (s != NULL && s->epoch == f->epoch && s->copies > 0))
    return; /* a copy of one already counted */
  already = outbox_in_flight(o->local, o->remote, o->now);
  if (already >= f->timing.nstart)
    oracle_violated(name, "RFC 7252 4.7", o, "a Confirmable message sent with %u unacknowledged",
                    already);
}

const struct oracle oracle_in_flight = {name, OBS_BIT(OBS_OUT), reset, observe};
