/* observations.c -- a server notifies those only who have registered and have not left since, and
 * no notification is older than the one before it (RFC 7641 3.2, 3.6, 4.4). */
#include "oracle/all.h"
#include "oracle/connections.h"
#include "oracle/inbox.h"
#include "oracle/omap.h"
#include "oracle/outbox.h"

#define FRESH_MS 128000U /* RFC 7641 4.4 */
#define HALF     (UINT32_C(1) << 23)

enum { OPTION_OBSERVE = 6, OPTION_PATH = 11 };

static const char name[] = "observations";

struct observation {
  int registered; /* ever */
  int ended;
  unsigned int ended_op; /* in that operation: what came before it may still be acted on */
  int several;           /* different requests have used the token: which one it is does not show */
  int asked;             /* and not answered yet */
  int counted;           /* `number` is of a notification */
  uint64_t path;
  uint32_t number;
  uint64_t when;
  long mid; /* of the last one in a message of its own that was not answered, -1: none */
  int confirmable;
};

static struct omap map; /* (local, remote, token) */
static struct observation all[OMAP_SIZE];
static int disturbed;

static void
reset(void) {
  omap_reset(&map);
  disturbed = 0;
}

static struct observation *
find(const struct obs *o, int make) {
  uint64_t h = oracle_hash(o->msg->token, o->msg->token_length);
  uint32_t token = (uint32_t)(h ^ h >> 32);
  int i = omap_find(&map, o->local, o->remote, token);

  if (i < 0 && make) {
    i = omap_add(&map, o->local, o->remote, token);
    if (i >= 0)
      all[i] = (struct observation){.mid = -1};
  }
  return i < 0 ? NULL : &all[i];
}

static uint32_t
observe_value(const struct msg_option *option) {
  uint32_t value = 0;
  unsigned int i;

  for (i = 0; i < option->length && i < 4; i++)
    value = value << 8 | option->value[i];
  return value;
}

static uint64_t
path_of(const struct msg *m) {
  uint64_t h = m->code;
  unsigned int i;

  for (i = 0; i < m->n_options; i++) {
    if (m->options[i].number == OPTION_PATH)
      h = h * 31 + oracle_hash(m->options[i].value, m->options[i].length);
  }
  return h;
}

/* Nothing in the request could have it refused or taken for a copy. */
static int
is_plain(const struct obs *o) {
  unsigned int i;

  for (i = 0; i < o->msg->n_options; i++) {
    if (o->msg->options[i].number != OPTION_OBSERVE && o->msg->options[i].number != OPTION_PATH)
      return 0;
  }
  if (o->stream)
    return connection_by_id(o->count)->csm_got && !connection_by_id(o->count)->spoiled;
  return !o->flag && inbox_find(o->local, o->remote, o->msg->mid) == NULL;
}

static void
end(struct observation *e, const struct obs *o) {
  e->ended = 1;
  e->ended_op = o->op;
}

static void
requested(const struct obs *o) {
  const struct msg_option *option = msg_option(o->msg, OPTION_OBSERVE);
  struct observation *e = find(o, option != NULL);
  uint64_t path = path_of(o->msg);

  if (e == NULL)
    return;
  e->several |= e->path != 0 && e->path != path;
  e->path = path;
  if (option == NULL)
    return;
  if (observe_value(option) == 0) {
    e->counted &= !e->ended; /* what was left may begin with any number */
    e->registered = e->asked = 1;
    e->ended = 0;
    e->mid = -1; /* a Reset of what came before does not reach the new registration */
  } else if (observe_value(option) == 1 && option->length == 1 && is_plain(o)) {
    end(e, o);
  }
}

/* RFC 7641 3.6, 4.5: a notification that is rejected is the last one. */
static void
replied(const struct obs *o) {
  uint32_t i;

  for (i = 0; i < map.count; i++) {
    if (map.key[i].local != o->local || map.key[i].remote != o->remote || all[i].mid != o->msg->mid)
      continue;
    if (o->msg->type == TYPE_ACK && !all[i].confirmable)
      continue; /* matches nothing (RFC 7252 4.2), a Reset still does */
    if (o->msg->type == TYPE_RST)
      end(&all[i], o);
    all[i].mid = -1;
  }
}

static int
is_older(uint32_t number, uint32_t than) {
  return number < than ? than - number < HALF : number - than > HALF;
}

/* RFC 7252 4.2: by time-out, or as the answer to a copy of the request. */
static int
is_copy(const struct obs *o) {
  const struct sent *sent = outbox_find(o->local, o->remote, o->msg->mid);
  const struct arrival *a = inbox_find(o->local, o->remote, o->msg->mid);
  uint64_t hash = oracle_hash(o->data, o->length);

  if (o->msg->type == TYPE_ACK)
    return a != NULL && (a->loose || a->reply == (hash | 1U));
  return sent != NULL ? sent->hash == hash : o->msg->type == TYPE_CON && outbox_is_full();
}

static int
is_delayed(const struct obs *o) {
  const struct connection *c = connection_by_id(o->count);

  return o->stream && (c->limited || c->late);
}

static void
notified(const struct obs *o) {
  const struct msg_option *option = msg_option(o->msg, OPTION_OBSERVE);
  struct observation *e = find(o, 0);
  uint32_t number;

  if (!o->stream && is_copy(o))
    return; /* of what was sent when it was due */
  if (option == NULL) {
    if (e != NULL && msg_class(o->msg->code) > 2)
      e->counted = 0; /* RFC 7641 4.2: it is over; a new one may follow */
    return;
  }
  if (e == NULL || !e->registered) {
    if (map.count < OMAP_SIZE)
      oracle_violated(name, "RFC 7641 4.2", o, "a notification to one who never registered");
    return;
  }
  /* What ends it may still be waiting to be read when the registration is answered, or when what
   * was read before it makes room for a notification. What waits to be written was said before. */
  if (e->ended && e->ended_op != o->op && !e->asked && !e->several && !disturbed && !is_delayed(o))
    oracle_violated(name, "RFC 7641 3.6", o, "a notification to one who has left");
  number = observe_value(option);
  /* Without memory nobody is told that a resource has gone; the next one counts from the start. */
  if (e->counted && !e->several && !disturbed && o->now - e->when < FRESH_MS &&
      is_older(number, e->number))
    oracle_violated(name, "RFC 7641 4.4", o, "notification %u behind %u", number, e->number);
  e->counted = 1;
  e->number = number;
  e->when = o->now;
  /* The answer to the registration is none of the notifications that a Reset ends. */
  if (!o->stream && o->msg->type <= TYPE_NON) {
    e->mid = o->value >= 0 && !e->asked ? o->msg->mid : -1;
    e->confirmable = o->msg->type == TYPE_CON;
  }
  e->asked = 0;
}

static void
forget(const struct obs *o) {
  uint32_t i;

  for (i = 0; i < map.count; i++) {
    if (map.key[i].local == o->local && map.key[i].remote == o->remote)
      all[i] = (struct observation){.mid = -1, .registered = 1, .several = 1};
  }
}

static int
ends_session(const struct obs *o) {
  return o->kind == OBS_API &&
         (o->value == OBS_API_DISCONNECT || o->value >= OBS_API_CLOSE_ENDPOINT);
}

static void
observe(const struct obs *o) {
  if (o->kind == OBS_FAULT)
    disturbed = 1;
  else if (o->kind == OBS_GONE || ends_session(o))
    forget(o); /* what comes of the endpoint now is another session's */
  else if (o->kind == OBS_API || o->malformed != NULL)
    return;
  else if ((o->kind == OBS_IN || o->kind == OBS_GOT) && msg_is_request(o->msg->code) &&
           (o->stream ||
            o->msg->type <= TYPE_NON)) /* with others it means nothing (RFC 7252 4.2) */
    requested(o);
  else if (o->kind == OBS_IN && o->msg->code == 0 && o->msg->type >= TYPE_ACK)
    replied(o);
  else if ((o->kind == OBS_OUT || o->kind == OBS_SENT) && msg_is_response(o->msg->code))
    notified(o);
}

#define KINDS                                                                                      \
  (OBS_BIT(OBS_FAULT) | OBS_BIT(OBS_GONE) | OBS_BIT(OBS_API) | OBS_BIT(OBS_IN) |                   \
   OBS_BIT(OBS_GOT) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_SENT))

const struct oracle oracle_observations = {name, KINDS, reset, observe};
