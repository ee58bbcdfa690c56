/* repeats.c -- each copy of a Confirmable message is answered again with what has answered the
 * first (RFC 7252 4.5). What a socket has been given is read in order: that a message has been
 * answered says that those before it have been seen. */
#include "oracle/all.h"
#include "oracle/inbox.h"

#include <string.h>

#define WAITING_MAX 64U

static const char name[] = "repeats";
static struct waiting {
  uint64_t local, remote;
  uint16_t mid;
  int is_owed; /* an answer to it was there when it came */
} waiting[WAITING_MAX];
static unsigned int n_waiting;
static int disturbed; /* memory or a socket has failed */

static void
reset(void) {
  n_waiting = 0;
  disturbed = 0;
}

static int
is_same_flow(const struct waiting *w, const struct obs *o) {
  return w->local == o->local && w->remote == o->remote;
}

static void
arrived(const struct obs *o) {
  const struct arrival *a = inbox_find(o->local, o->remote, o->msg->mid);
  struct waiting *w;

  if (n_waiting == WAITING_MAX)
    n_waiting = 0;
  w = &waiting[n_waiting++];
  w->local = o->local;
  w->remote = o->remote;
  w->mid = o->msg->mid;
  w->is_owed = a != NULL && a->reply != 0 && !o->flag;
}

static int
may_be_forgotten(const struct waiting *w) {
  const struct arrival *a = inbox_find(w->local, w->remote, w->mid);

  return a == NULL || a->loose || a->types != 1U << TYPE_CON;
}

/* Takes those of the flow off the list that came before what is answered now, and that itself. */
static void
answered(const struct obs *o) {
  unsigned int place = 0;
  unsigned int kept = 0;
  unsigned int i;

  while (place < n_waiting &&
         !(is_same_flow(&waiting[place], o) && waiting[place].mid == o->msg->mid))
    place++;
  if (place == n_waiting)
    return;
  for (i = 0; i < n_waiting; i++) {
    const struct waiting *w = &waiting[i];

    if (i > place || !is_same_flow(w, o))
      waiting[kept++] = *w;
    else if (i < place && w->is_owed && !disturbed && !may_be_forgotten(w))
      oracle_violated(name, "RFC 7252 4.5", o, "the copy of 0x%04x has not been answered again",
                      w->mid);
  }
  n_waiting = kept;
}

static void
observe(const struct obs *o) {
  switch (o->kind) {
  case OBS_IN:
    if (!o->secure && o->malformed == NULL && o->msg->type == TYPE_CON)
      arrived(o);
    break;
  case OBS_OUT:
    if (o->malformed == NULL && (o->msg->type == TYPE_ACK || o->msg->type == TYPE_RST))
      answered(o);
    break;
  case OBS_FAULT:
    disturbed = 1;
    break;
  case OBS_API: /* what came before its session was closed is not answered any more */
  case OBS_GONE:
    if (o->kind == OBS_GONE || o->value == OBS_API_DISCONNECT ||
        o->value == OBS_API_CLOSE_ENDPOINT || o->value == OBS_API_CLOSE_CONTEXT)
      n_waiting = 0;
    break;
  default:
    break;
  }
}

const struct oracle oracle_repeats = {name,
                                      OBS_BIT(OBS_IN) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_FAULT) |
                                          OBS_BIT(OBS_API) | OBS_BIT(OBS_GONE),
                                      reset, observe};
