/* message_ids.c -- a message ID is not used again for another message to the same endpoint within
 * EXCHANGE_LIFETIME (RFC 7252 4.4). A session that ended takes its memory of them with it. */
#include "oracle/all.h"
#include "oracle/outbox.h"

#define EXCHANGE_LIFETIME_MS 247000U

static const char name[] = "message-ids";

static void
reset(void) {
}

static void
observe(const struct obs *o) {
  const struct sent *s;
  const struct outflow *f;

  if (o->malformed != NULL || o->msg->type > TYPE_NON)
    return;
  s = outbox_find(o->local, o->remote, o->msg->mid);
  f = outbox_flow(o->local, o->remote);
  if (s != NULL && f != NULL && s->epoch == f->epoch && o->now - s->first < EXCHANGE_LIFETIME_MS &&
      s->hash != oracle_hash(o->data, o->length))
    oracle_violated(name, "RFC 7252 4.4", o, "message ID 0x%04x used for two messages",
                    o->msg->mid);
}

const struct oracle oracle_message_ids = {name, OBS_BIT(OBS_OUT), reset, observe};
