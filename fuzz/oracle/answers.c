/* answers.c -- ACK and RST answer something: a CON or NON of that peer, once per copy, with the
 * same bytes each time; never a message sent to a group, never an ACK or RST (RFC
 * 7252 4.2, 4.5, 8.1). */
#include "oracle/all.h"
#include "oracle/inbox.h"
#include "world/stack.h"

static const char name[] = "answers";

static void
reset(void) {
}

static void
check_reply(const struct obs *o, const struct arrival *a) {
  unsigned int wanted =
      o->msg->type == TYPE_ACK ? 1U << TYPE_CON : (1U << TYPE_CON | 1U << TYPE_NON);
  uint64_t hash = oracle_hash(o->data, o->length) | 1U;

  if (a == NULL && inbox_is_full())
    return;
  if (a == NULL) {
    oracle_violated(name, "RFC 7252 4.2", o, "%s with message ID 0x%04x answers nothing received%s",
                    o->msg->type == TYPE_ACK ? "ACK" : "RST", o->msg->mid,
                    inbox_suspicion(o->local, o->remote, o->msg->mid));
    return;
  }
  if ((a->types & wanted) == 0)
    oracle_violated(name, "RFC 7252 4.3", o, "ACK for a Non-confirmable message 0x%04x",
                    o->msg->mid);
  else if (o->msg->type == TYPE_ACK && (a->good_types & wanted) == 0)
    oracle_violated(name, "RFC 7252 4.2", o, "ACK for a malformed message 0x%04x", o->msg->mid);
  if (!a->unicast && !(world_stack.answers_confirmable_groups && (a->types & 1U << TYPE_CON)))
    oracle_violated(name, "RFC 7252 8.1", o, "reply of the message layer to a group message");
  if (o->value >= 0 && a->replies >= a->copies)
    oracle_violated(name, "RFC 7252 4.2", o, "%u replies to %u copies of 0x%04x%s", a->replies + 1,
                    a->copies, o->msg->mid, inbox_suspicion(o->local, o->remote, o->msg->mid));
  if (!a->loose && !(world_stack.repeats_idempotent && a->idempotent) && a->reply != 0 &&
      a->reply != hash)
    oracle_violated(name, "RFC 7252 4.5", o, "two different replies to message 0x%04x",
                    o->msg->mid);
}

static void
observe(const struct obs *o) {
  if (o->malformed != NULL)
    return;
  if (o->msg->type == TYPE_ACK || o->msg->type == TYPE_RST)
    check_reply(o, inbox_find(o->local, o->remote, o->msg->mid));
}

const struct oracle oracle_answers = {name, OBS_BIT(OBS_OUT), reset, observe};
