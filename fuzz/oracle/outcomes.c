/* outcomes.c -- every request that coap_send() took ends in a response or in one call of the NACK
 * handler, never in both, never twice; a response carries the request's token (RFC 7252 4.2, 5.3.2,
 * coap_handler(3)). Observations and group requests may have many responses; a notification that is
 * older than one shown before is not shown (RFC 7641 3.4). */
#include "oracle/all.h"
#include "oracle/omap.h"
#include "world/program.h"

enum { OPTION_OBSERVE = 6, OPTION_BLOCK2 = 23 };

/* RFC 7641 3.4 */
enum { SERIAL_HALF = 1 << 23, FRESH_MS = 128 * 1000 };

static const char name[] = "outcomes";

struct request {
  uint64_t token;
  unsigned int responses;
  unsigned int nacks;
  int refused; /* coap_send() said no */
  int many;    /* observation, group */
  int more;    /* the last response was a block with others to come */
  int observing;
  uint32_t newest; /* number of the newest notification */
  uint64_t newest_at;
};

static struct omap map; /* (session, 0, MID) */
static struct request requests[OMAP_SIZE];
static int disturbed;
static int own_requests; /* the library sends some itself (cancelling an observation) */

static void
reset(void) {
  omap_reset(&map);
  disturbed = 0;
  own_requests = 0;
}

static struct request *
find(const struct obs *o, uint16_t mid) {
  int i = omap_find(&map, o->session, 0, mid);

  return i < 0 ? NULL : &requests[i];
}

/* Reported before the call with extra 0 and after it with extra 1, as handlers may run inside. */
static void
sent(const struct obs *o) {
  struct request *r = find(o, o->msg->mid);

  if (o->extra == 1) {
    if (r != NULL && o->value < 0) {
      r->refused = 1;
      if (r->nacks > 0 && !disturbed)
        oracle_violated(name, "coap_handler(3)", o, "request 0x%04x refused and reported as well",
                        o->msg->mid);
    }
    return;
  }
  if (r == NULL) {
    int i = omap_add(&map, o->session, 0, o->msg->mid);

    if (i < 0)
      return;
    r = &requests[i];
  }
  *r = (struct request){.token = oracle_hash(o->msg->token, o->msg->token_length), .many = o->flag};
}

/* RFC 7959 2.2: M of Block2. */
static int
has_more(const struct msg *m) {
  const struct msg_option *block = msg_option(m, OPTION_BLOCK2);

  return block != NULL && block->length > 0 && (block->value[block->length - 1] & 8) != 0;
}

static int
is_newer(uint32_t before, uint32_t number) {
  return (before < number && number - before < SERIAL_HALF) ||
         (before > number && before - number > SERIAL_HALF);
}

/* Over datagrams only: a connection keeps the order (RFC 8323 7.1). Blocks are shown when they are
 * all there. */
static void
check_order(const struct obs *o, struct request *r) {
  const struct msg_option *observe = msg_option(o->msg, OPTION_OBSERVE);
  uint32_t number = 0;
  unsigned int i;

  if (o->stream || o->blocks != PROG_BLOCKS_NO || observe == NULL || observe->length > 3 ||
      o->msg->code >> 5 != 2)
    return;
  for (i = 0; i < observe->length; i++)
    number = number << 8 | observe->value[i];
  if (r->observing && !is_newer(r->newest, number) && o->now <= r->newest_at + FRESH_MS)
    oracle_violated(name, "RFC 7641 3.4", o, "notification %u shown behind %u", number, r->newest);
  r->observing = 1;
  r->newest = number;
  r->newest_at = o->now;
}

static void
answered(const struct obs *o) {
  struct request *r = o->value < 0 ? NULL : find(o, (uint16_t)o->value);

  if (r == NULL) {
    if (!own_requests && map.count < OMAP_SIZE)
      oracle_violated(name, "RFC 7252 5.3.2", o, "response to a request never sent");
    return;
  }
  if (r->token != oracle_hash(o->msg->token, o->msg->token_length))
    oracle_violated(name, "RFC 7252 5.3.2", o, "response with another token than the request");
  if (r->nacks > 0)
    oracle_violated(name, "coap_handler(3)", o, "response after the request was given up");
  r->more = has_more(o->msg);
  check_order(o, r);
  /* Where the library hands over single blocks, each is one (RFC 7959 2.4). */
  if (o->blocks == PROG_BLOCKS_PLAIN && msg_option(o->msg, OPTION_BLOCK2) != NULL)
    r->many = 1;
  if (r->responses > 0 && !r->many)
    oracle_violated(name, "RFC 7252 5.3.2", o, "two responses to one request");
  r->responses++;
}

static void
given_up(const struct obs *o) {
  struct request *r = find(o, (uint16_t)o->value);

  if (r == NULL)
    return; /* a response or a ping of the library's own */
  if (r->nacks > 0)
    oracle_violated(name, "coap_handler(3)", o, "request 0x%04x given up twice",
                    (unsigned int)o->value);
  if (r->responses > 0 && !r->more) /* the blocks that were handed over are not all */
    oracle_violated(name, "coap_handler(3)", o, "request 0x%04x given up after its response",
                    (unsigned int)o->value);
  r->nacks++;
}

static void
check_all(const struct obs *o) {
  uint32_t i;

  if (disturbed)
    return;
  for (i = 0; i < map.count; i++) {
    const struct request *r = &requests[i];

    if (!r->refused && !r->many && r->responses + r->nacks == 0)
      oracle_violated(name, "coap_handler(3)", o,
                      "request 0x%04x of session %u had neither response nor NACK",
                      map.key[i].number, (unsigned int)map.key[i].local);
  }
}

static void
observe(const struct obs *o) {
  switch (o->kind) {
  case OBS_SEND:
    sent(o);
    break;
  case OBS_RESPONSE:
    answered(o);
    break;
  case OBS_NACK:
    given_up(o);
    break;
  case OBS_API:
    own_requests |= o->value == OBS_API_CANCEL;
    break;
  case OBS_FAULT:
    disturbed = 1;
    break;
  case OBS_SETTLED:
    check_all(o);
    break;
  default:
    break;
  }
}

const struct oracle oracle_outcomes = {name,
                                       OBS_BIT(OBS_SEND) | OBS_BIT(OBS_RESPONSE) |
                                           OBS_BIT(OBS_NACK) | OBS_BIT(OBS_API) |
                                           OBS_BIT(OBS_FAULT) | OBS_BIT(OBS_SETTLED),
                                       reset, observe};
