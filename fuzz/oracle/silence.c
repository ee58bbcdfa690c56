/* silence.c -- a session that was disconnected or given back sends nothing by itself, and handlers
 * are called for established sessions only (coap_session(3)). */
#include "oracle/all.h"
#include "oracle/outbox.h"

#define STATE_ESTABLISHED 4

static const char name[] = "silence";

static void
reset(void) {
}

static void
observe(const struct obs *o) {
  const struct outflow *f;

  if (o->kind == OBS_OUT) {
    f = outbox_flow(o->local, o->remote);
    if (f != NULL && f->closed && !outflow_may_reopen(f))
      oracle_violated(name, "coap_session(3)", o, "a closed session sent a message");
  } else if ((o->kind == OBS_REQUEST || o->kind == OBS_RESPONSE) && o->extra != STATE_ESTABLISHED) {
    oracle_violated(name, "coap_session(3)", o, "handler called in session state %ld", o->extra);
  }
}

const struct oracle oracle_silence = {
    name, OBS_BIT(OBS_OUT) | OBS_BIT(OBS_REQUEST) | OBS_BIT(OBS_RESPONSE), reset, observe};
