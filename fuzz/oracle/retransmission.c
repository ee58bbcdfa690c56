/* retransmission.c -- a Confirmable message is repeated unchanged, within the bounds of its
 * parameters, and not after it was acknowledged or reset; a Non-confirmable one is not repeated
 * (RFC 7252 4.2, 4.3). */
#include "oracle/all.h"
#include "oracle/outbox.h"
#include "world/stack.h"

#include <inttypes.h>

#define SLACK_MS 2U /* rounding of milliseconds */

static const char name[] = "retransmission";

static void
reset(void) {
}

/* What is rounded to a part of a second may be off by half of it. */
static uint64_t
rounding(const struct timing *t) {
  uint64_t of = (uint64_t)t->ack_timeout_ms + t->factor_milli + 1000;

  return world_stack.parts_of_a_second == 0 ? 0 : of / (2 * world_stack.parts_of_a_second);
}

static void
check_gap(const struct obs *o, const struct sent *s) {
  uint64_t gap = o->now - s->last;
  uint64_t off = SLACK_MS + rounding(&s->timing);
  uint64_t low = s->timing.ack_timeout_ms;
  uint64_t high = (uint64_t)s->timing.ack_timeout_ms * s->timing.factor_milli / 1000 + off;

  if (s->copies > DOUBLINGS_MAX)
    return;
  if (s->copies > 1) {
    low = s->first_gap << (s->copies - 1);
    high = low;
    off = SLACK_MS;
  }
  if (gap + off < low || gap > high + ((uint64_t)SLACK_MS << s->copies))
    oracle_violated(name, "RFC 7252 4.2", o,
                    "retransmission %u of 0x%04x after %" PRIu64 " ms, not within %" PRIu64
                    "..%" PRIu64,
                    s->copies, o->msg->mid, gap, low, high);
}

static void
check_copy(const struct obs *o, const struct sent *s) {
  if (s->type == TYPE_NON) {
    oracle_violated(name, "RFC 7252 4.3", o, "Non-confirmable message 0x%04x repeated",
                    o->msg->mid);
    return;
  }
  if (s->answered && !(world_stack.timers_first && s->answered_at == o->now))
    oracle_violated(name, "RFC 7252 4.2", o, "0x%04x retransmitted after it was answered",
                    o->msg->mid);
  if (s->over)
    oracle_violated(name, "RFC 7252 4.2", o, "0x%04x retransmitted after it was given up",
                    o->msg->mid);
  if (s->timing.changed)
    return;
  if (s->copies > s->timing.max_retransmit)
    oracle_violated(name, "RFC 7252 4.2", o, "0x%04x sent %u times with MAX_RETRANSMIT %u",
                    o->msg->mid, s->copies + 1, s->timing.max_retransmit);
  check_gap(o, s);
}

static void
observe(const struct obs *o) {
  const struct sent *s;
  const struct outflow *f;

  if (o->malformed != NULL || o->msg->type > TYPE_NON || outbox_disturbed())
    return;
  s = outbox_find(o->local, o->remote, o->msg->mid);
  f = outbox_flow(o->local, o->remote);
  if (s != NULL && f != NULL && s->epoch == f->epoch && !s->failed &&
      s->hash == oracle_hash(o->data, o->length))
    check_copy(o, s);
}

const struct oracle oracle_retransmission = {name, OBS_BIT(OBS_OUT), reset, observe};
