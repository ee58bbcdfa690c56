/* openings.c -- a datagram session is opened by a well-formed Confirmable or Non-confirmable
 * message of that peer, by nothing else: an acknowledgement or a Reset from nobody known answers
 * nothing, and nothing is to be kept of its sender (RFC 7252 4.2, 4.3). */
#include "oracle/all.h"
#include "oracle/omap.h"

enum { TYPE_SERVER = 2 };

static const char name[] = "openings";
static struct omap heard; /* (0, peer, 0): it has sent what may open a session */

static void
reset(void) {
  omap_reset(&heard);
}

static void
observe(const struct obs *o) {
  if (o->stream || o->secure)
    return;
  if (o->kind == OBS_IN) {
    if (o->malformed == NULL && (o->msg->type == TYPE_CON || o->msg->type == TYPE_NON) &&
        omap_find(&heard, 0, o->remote, 0) < 0)
      omap_add(&heard, 0, o->remote, 0);
    return;
  }
  if (o->value == TYPE_SERVER && heard.count < OMAP_SIZE && omap_find(&heard, 0, o->remote, 0) < 0)
    oracle_violated(name, "RFC 7252 4.2", o, "a session for a peer that has opened none");
}

const struct oracle oracle_openings = {name, OBS_BIT(OBS_IN) | OBS_BIT(OBS_BORN), reset, observe};
