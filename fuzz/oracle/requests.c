/* requests.c -- the request handler sees each request once, as it was sent, and only well-formed
 * ones; a Confirmable one that it saw is acknowledged (RFC 7252 4.2, 4.5). */
#include "oracle/all.h"
#include "oracle/inbox.h"

#define PENDING_MAX 64U

static const char name[] = "requests";
static struct {
  uint64_t local, remote;
  uint16_t mid;
} pending[PENDING_MAX]; /* Confirmable ones of this operation */
static unsigned int n_pending;
static int disturbed; /* a reply may be lost by a failing socket or for want of memory */

static void
reset(void) {
  n_pending = 0;
  disturbed = 0;
}

/* Critical options that have a meaning (RFC 7252, 7959, 8613, 9177, 9668); others are not to be
 * passed over (RFC 7252 5.4.1). */
static int
has_unknown_critical(const struct msg *m) {
  static const uint16_t known[] = {1, 3, 5, 7, 9, 11, 15, 17, 19, 21, 23, 27, 31, 35, 39};
  unsigned int i;
  size_t k;

  for (i = 0; i < m->n_options; i++) {
    for (k = 0; k < sizeof(known) / sizeof(known[0]) && known[k] != m->options[i].number; k++)
      continue;
    if ((m->options[i].number & 1U) && k == sizeof(known) / sizeof(known[0]))
      return 1;
  }
  return 0;
}

static void
check_request(const struct obs *o) {
  const struct arrival *a = inbox_find(o->local, o->remote, o->msg->mid);
  uint64_t content = inbox_content(o->msg);

  if (a == NULL && inbox_is_full())
    return;
  if (a == NULL || (a->good_types & (1U << TYPE_CON | 1U << TYPE_NON)) == 0) {
    oracle_violated(name, "RFC 7252 4.2", o, "handler called for a request 0x%04x never received",
                    o->msg->mid);
    return;
  }
  if (!msg_is_request(o->msg->code))
    oracle_violated(name, "RFC 7252 4.2", o, "handler called for code %u.%02u", o->msg->code >> 5,
                    o->msg->code & 31U);
  if (has_unknown_critical(o->msg))
    oracle_violated(name, "RFC 7252 5.4.1", o, "handler called for an unknown critical option");
  if (a->handled > 0 && inbox_is_observation(o->msg))
    return;
  if (!inbox_had_content(a, content))
    oracle_violated(name, "RFC 7252 3", o, "handler sees another request than the one sent");
  if (a->loose ? a->handled >= a->copies : a->handled > 0)
    oracle_violated(name, "RFC 7252 4.5", o, "handler called %u times for message 0x%04x",
                    a->handled + 1, o->msg->mid);
  if (o->msg->type == TYPE_CON && n_pending < PENDING_MAX) {
    pending[n_pending].local = o->local;
    pending[n_pending].remote = o->remote;
    pending[n_pending++].mid = o->msg->mid;
  }
}

static void
check_acknowledged(const struct obs *o) {
  unsigned int i;

  for (i = 0; i < n_pending; i++) {
    const struct arrival *a = inbox_find(pending[i].local, pending[i].remote, pending[i].mid);

    if (!disturbed && a != NULL && a->reply == 0)
      oracle_violated(name, "RFC 7252 4.2", o, "Confirmable request 0x%04x not acknowledged",
                      pending[i].mid);
  }
  n_pending = 0;
}

static void
observe(const struct obs *o) {
  switch (o->kind) {
  case OBS_REQUEST:
    if (!o->stream) /* stream_requests.c */
      check_request(o);
    break;
  case OBS_MEMORY: /* end of an operation */
    check_acknowledged(o);
    break;
  case OBS_FAULT:
    disturbed = 1;
    break;
  case OBS_API: /* the application closed the session in its handler */
    if (o->value == OBS_API_DISCONNECT || o->value == OBS_API_CLOSE_ENDPOINT ||
        o->value == OBS_API_CLOSE_CONTEXT || oracle_is_last_release(o))
      n_pending = 0;
    break;
  default:
    break;
  }
}

const struct oracle oracle_requests = {
    name, OBS_BIT(OBS_REQUEST) | OBS_BIT(OBS_MEMORY) | OBS_BIT(OBS_FAULT) | OBS_BIT(OBS_API), reset,
    observe};
