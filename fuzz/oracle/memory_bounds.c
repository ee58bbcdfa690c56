/* memory_bounds.c -- memory is bounded by what there is to remember, and none is left when all
 * contexts are freed. The bounds are those that lib/session/core.h documents, rounded up. */
#include "oracle/all.h"

#include "world/program.h"

#include <inttypes.h>

#define CONTEXT_BYTES (96U * 1024U) /* its receive buffer, endpoints, resources, tables */
#define SESSION_BYTES (16U * 1024U) /* a session with its cached replies */
#define MESSAGE_BYTES (4U * 1024U)  /* an outstanding message of up to the MTU */

#define OBSERVER_BYTES    (4U * 1024U) /* its registration, and a notification that waits */
#define SESSION_OBSERVERS 64U

#define BODIES_BYTES (64U * 1024U * 1024U) /* lib/exchange/exchange.h */
#define QUEUE_BYTES  (3U * 1024U * 1024U)  /* a session's, for a peer that does not read */

enum { SETTING_CREATED = -1, OPTION_OBSERVE = 6 };

static const char name[] = "memory-bounds";
static size_t contexts;
static size_t sessions;
static size_t messages;
static size_t observers; /* registrations that came in */
static size_t received;  /* by streams, in all */
static int limited;      /* some connection took not all that was written */

static void
reset(void) {
  contexts = sessions = messages = observers = received = 0;
  limited = 0;
}

static size_t
least(size_t a, size_t b) {
  return a < b ? a : b;
}

static void
observe(const struct obs *o) {
  size_t bound;

  switch (o->kind) {
  case OBS_SETTING:
    contexts += o->value == SETTING_CREATED;
    break;
  case OBS_BORN:
    sessions++;
    break;
  case OBS_GONE:
    sessions -= sessions > 0;
    break;
  case OBS_SEND:
    messages++;
    break;
  case OBS_API:
    messages += o->value == OBS_API_PING || o->value == OBS_API_RESPOND;
    break;
  case OBS_REPLY:
    messages += o->flag != 0;
    break;
  case OBS_IN:
    received += o->blocks ? o->length : 0;
    /* fall through */
  case OBS_GOT:
    observers += o->malformed == NULL && msg_option(o->msg, OPTION_OBSERVE) != NULL;
    break;
  case OBS_CHUNK_IN:
    received += (size_t)o->value;
    break;
  case OBS_ROOM:
    limited |= o->flag;
    break;
  case OBS_MEMORY:
    bound = contexts * CONTEXT_BYTES + sessions * SESSION_BYTES + messages * MESSAGE_BYTES +
            least(observers, sessions * SESSION_OBSERVERS) * OBSERVER_BYTES + 2 * received +
            (limited ? sessions * (size_t)QUEUE_BYTES : 0);
    if (o->blocks) /* bodies that come in; one by Q-Block may begin with its end */
      bound += 2 * received + (o->blocks == PROG_BLOCKS_QUICK ? contexts * BODIES_BYTES : 0);
    if (o->count > bound)
      oracle_violated(name, "design: bounded memory", o,
                      "%zu bytes held with %zu sessions and %zu messages", o->count, sessions,
                      messages);
    break;
  case OBS_END:
    if (o->count != 0 || o->value != 0)
      oracle_violated(name, "design: nothing left", o, "%zu bytes in %ld blocks leaked", o->count,
                      o->value);
    if (o->extra != 0)
      oracle_violated(name, "design: nothing left", o, "%ld sockets left open", o->extra);
    break;
  default:
    break;
  }
}

const struct oracle oracle_memory_bounds = {
    name,
    OBS_BIT(OBS_SETTING) | OBS_BIT(OBS_BORN) | OBS_BIT(OBS_GONE) | OBS_BIT(OBS_SEND) |
        OBS_BIT(OBS_API) | OBS_BIT(OBS_REPLY) | OBS_BIT(OBS_MEMORY) | OBS_BIT(OBS_CHUNK_IN) |
        OBS_BIT(OBS_ROOM) | OBS_BIT(OBS_IN) | OBS_BIT(OBS_GOT) | OBS_BIT(OBS_END),
    reset, observe};

const struct oracle oracle_memory_left = {name, OBS_BIT(OBS_END), reset, observe};
