/* outbox.c -- see outbox.h. */
#include "oracle/outbox.h"
#include "oracle/omap.h"
#include "world/stack.h"

/* Order of "param" in program_spec.c. */
enum { PARAM_ACK_TIMEOUT, PARAM_RANDOM_FACTOR, PARAM_MAX_RETRANSMIT, PARAM_NSTART };

enum { NACK_ICMP_ISSUE = 4 }; /* coap_handler(3) */

static struct omap map;
static struct sent sents[OMAP_SIZE];
static struct omap flow_map;
static struct outflow flows[OMAP_SIZE];
static int disturbed;

static const struct timing defaults = {2000, 1500, 4, 1, 0};

static void
reset(void) {
  omap_reset(&map);
  omap_reset(&flow_map);
  disturbed = 0;
}

int
outbox_is_full(void) {
  return map.count == OMAP_SIZE;
}

int
outbox_disturbed(void) {
  return disturbed;
}

struct outflow *
outbox_flow(uint64_t local, uint64_t remote) {
  int i = omap_find(&flow_map, local, remote, 0);

  if (i < 0) {
    i = omap_add(&flow_map, local, remote, 0);
    if (i >= 0)
      flows[i] = (struct outflow){.timing = defaults};
  }
  return i < 0 ? NULL : &flows[i];
}

struct sent *
outbox_find(uint64_t local, uint64_t remote, uint16_t mid) {
  int i = omap_find(&map, local, remote, mid);

  return i < 0 ? NULL : &sents[i];
}

/* Whether nothing that can still happen to it matters to anybody who looks through all. */
static int
is_settled(const struct sent *s) {
  return (s->responded || !msg_is_request(s->code)) &&
         (s->answered || s->over || s->type != TYPE_CON);
}

/* The first open one at *link, or NULL; those settled by now are taken out. */
static struct sent *
open_at(struct sent **link) {
  while (*link != NULL && is_settled(*link)) {
    (*link)->open = 0;
    *link = (*link)->earlier;
  }
  return *link;
}

/* The shortest time after which a CON is given up (RFC 7252 4.8.2: MAX_TRANSMIT_WAIT without the
 * random factor). */
static uint64_t
given_up_after(const struct timing *t) {
  uint32_t doublings = t->max_retransmit < DOUBLINGS_MAX ? t->max_retransmit : DOUBLINGS_MAX;

  return (uint64_t)t->ack_timeout_ms * ((UINT64_C(2) << doublings) - 1);
}

/* The longest (RFC 7252 4.8.2: MAX_TRANSMIT_WAIT). */
static uint64_t
given_up_before(const struct timing *t) {
  return given_up_after(t) * t->factor_milli / 1000 + 1000;
}

int
outbox_perhaps_in_flight(uint64_t local, uint64_t remote, uint64_t now) {
  struct outflow *f = outbox_flow(local, remote);
  struct sent *s;

  if (f == NULL || outbox_is_full())
    return 1;
  for (s = open_at(&f->latest); s != NULL; s = open_at(&s->earlier)) {
    if (s->type == TYPE_CON && !s->answered && !s->over &&
        (s->timing.changed || now < s->first + given_up_before(&s->timing)))
      return 1;
  }
  return 0;
}

unsigned int
outbox_in_flight(uint64_t local, uint64_t remote, uint64_t now) {
  struct outflow *f = outbox_flow(local, remote);
  struct sent *s;
  unsigned int count = 0;

  if (f == NULL)
    return 0;
  for (s = open_at(&f->latest); s != NULL; s = open_at(&s->earlier)) {
    if (s->epoch == f->epoch && s->type == TYPE_CON && s->code != 0 && !s->answered &&
        !s->responded && !s->over && !s->doubtful && !s->failed &&
        /* The NACK for one block of a body bears another message ID: time alone would tell. */
        !s->timing.changed && now < s->first + given_up_after(&s->timing))
      count++;
  }
  return count;
}

/* A response that was read before its request, of a token used again, went out. */
static int
is_answered_already(const struct outflow *f, uint64_t token) {
  unsigned int i;

  for (i = 0; i < f->n_answers && i < OUTFLOW_TOKENS; i++) {
    if (f->answers[i] == token)
      return 1;
  }
  return f->n_answers > OUTFLOW_TOKENS;
}

static void
sent_one(const struct obs *o) {
  struct sent *s = outbox_find(o->local, o->remote, o->msg->mid);
  struct outflow *f = outbox_flow(o->local, o->remote);
  uint64_t hash = oracle_hash(o->data, o->length);

  if (f == NULL)
    return;
  if (s == NULL) {
    int i = omap_add(&map, o->local, o->remote, o->msg->mid);

    if (i < 0)
      return;
    s = &sents[i];
    s->copies = 0;
    s->open = 0;
  }
  if (s->copies == 0 || s->hash != hash || s->epoch != f->epoch) {
    *s = (struct sent){.first = o->now,
                       .hash = hash,
                       .token = oracle_hash(o->msg->token, o->msg->token_length),
                       .flow = f,
                       .earlier = s->earlier,
                       .open = s->open,
                       .timing = f->timing,
                       .type = o->msg->type,
                       .code = o->msg->code,
                       .epoch = f->epoch};
    s->responded = msg_is_request(s->code) && is_answered_already(f, s->token);
    if (!s->open) {
      s->open = 1;
      s->earlier = f->latest;
      f->latest = s;
    }
  } else if (s->copies == 1) {
    s->first_gap = o->now - s->last;
  }
  s->copies++;
  s->last = o->now;
  s->failed |= o->value < 0;
}

/* Class 3 is among the response codes, but nothing in it is defined (RFC 7252 12.1.2): whether such
 * a message counts is left open. */
static int
is_known_response(uint8_t code) {
  return msg_is_response(code) && msg_class(code) != 3;
}

/* Options that a response may have, with their lengths (RFC 7252 5.10, RFC 7641 2, RFC 7959 2.1,
 * 4).
 */
static int
is_fit(const struct msg_option *option) {
  static const struct {
    uint16_t number, least, most;
  } known[] = {{4, 1, 8},    {6, 0, 3},  {8, 0, 255}, {12, 0, 2}, {14, 0, 4},
               {20, 0, 255}, {23, 0, 3}, {27, 0, 3},  {28, 0, 4}, {60, 0, 4}};
  unsigned int i;

  for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    if (known[i].number == option->number)
      return option->length >= known[i].least && option->length <= known[i].most;
  }
  return (option->number & 1U) == 0;
}

static int
may_be_rejected(const struct msg *m) {
  unsigned int i = 0;

  while (i < m->n_options && is_fit(&m->options[i]))
    i++;
  return i < m->n_options;
}

/* An ACK or RST that the rules let match: RFC 7252 4.2, 5.3.2. */
static void
acknowledged(const struct obs *o) {
  struct sent *s = outbox_find(o->local, o->remote, o->msg->mid);
  const struct msg *m = o->msg;

  if (s == NULL || o->malformed != NULL || o->flag)
    return;
  if (world_stack.rejects_acknowledgements && may_be_rejected(m)) {
    s->doubtful = 1;
    return;
  }
  if (!s->answered)
    s->answered_at = o->now;
  if (m->code == 0)
    s->answered = 1;
  else if (m->type == TYPE_ACK && is_known_response(m->code))
    s->answered |= !msg_is_request(s->code) || s->token == oracle_hash(m->token, m->token_length);
  s->doubtful |= world_stack.acknowledged_by_id && m->type == TYPE_ACK;
}

/* A response in a message of its own ends the exchange too (RFC 7252 5.2.2); its request need not
 * be in flight any more, but the rules do not forbid another copy. */
static void
responded(const struct obs *o) {
  uint64_t token = oracle_hash(o->msg->token, o->msg->token_length);
  struct outflow *f = outbox_flow(o->local, o->remote);
  struct sent *s;

  if (f == NULL)
    return;
  for (s = open_at(&f->latest); s != NULL; s = open_at(&s->earlier))
    s->responded |= msg_is_request(s->code) && s->token == token;
  if (o->kind == OBS_IN && f->n_answers <= OUTFLOW_TOKENS) {
    unsigned int i = f->n_answers++;

    if (i < OUTFLOW_TOKENS)
      f->answers[i] = token;
  }
}

/* Cancelling an observation gives its request up without a word; the NACK for a body names its
 * first request, not that for the block; that for a request that waited for a Q-Block probe (RFC
 * 9177 4.1) one that never went out. Which one is over as well does not show. */
static void
abandon_requests(const struct obs *o) {
  struct outflow *f = outbox_flow(o->local, o->remote);
  struct sent *s;

  if (f == NULL)
    return;
  for (s = open_at(&f->latest); s != NULL; s = open_at(&s->earlier))
    s->responded |= msg_is_request(s->code);
}

static void
end_flow(const struct obs *o, int closed) {
  struct outflow *f = outbox_flow(o->local, o->remote);

  if (f == NULL)
    return;
  f->epoch++;
  f->closed |= closed;
  if (o->kind == OBS_GONE)
    f->timing = defaults;
}

static void
set_param(const struct obs *o) {
  struct outflow *f = outbox_flow(o->local, o->remote);
  uint32_t i;

  if (f == NULL)
    return;
  for (i = 0; i < map.count; i++)
    sents[i].timing.changed |= sents[i].flow == f;
  f->timing.changed |=
      world_stack.draws_timeout_early && outbox_perhaps_in_flight(o->local, o->remote, o->now);
  switch (o->value) {
  case PARAM_ACK_TIMEOUT:
    f->timing.ack_timeout_ms = (uint32_t)o->extra;
    break;
  case PARAM_RANDOM_FACTOR:
    f->timing.factor_milli = (uint32_t)o->extra;
    break;
  case PARAM_MAX_RETRANSMIT:
    f->timing.max_retransmit = (uint32_t)o->extra;
    break;
  case PARAM_NSTART:
    f->timing.nstart = (uint32_t)o->extra;
    break;
  default:
    break;
  }
}

static void
reopen(const struct obs *o, int by_peer) {
  struct outflow *f = outbox_flow(o->local, o->remote);

  if (f == NULL)
    return;
  if (o->kind == OBS_BORN)
    f->client = o->value == 1;
  if (!by_peer || !f->client)
    f->closed = 0;
  f->heard |= by_peer;
}

/* A datagram that was read before its session was closed opens another one when its turn comes. */
static void
sent_after_closing(const struct obs *o) {
  struct outflow *f = outbox_flow(o->local, o->remote);

  if (f != NULL && outflow_may_reopen(f))
    f->closed = 0;
}

static void
next_operation(void) {
  uint32_t i;

  for (i = 0; i < flow_map.count; i++) {
    flows[i].heard = 0;
    flows[i].n_answers = 0;
  }
}

/* An application may say so, too: nothing is closed by it. */
static void
doubt_all(const struct obs *o) {
  struct outflow *f = outbox_flow(o->local, o->remote);
  struct sent *s;

  for (s = f != NULL ? open_at(&f->latest) : NULL; s != NULL; s = open_at(&s->earlier))
    s->doubtful = 1;
}

/* RFC 7252 4.2: what an ICMP error tells MAY be the end of it, and need not. */
static void
refused(const struct obs *o) {
  struct sent *s = outbox_find(o->local, o->remote, (uint16_t)o->value);

  if (world_stack.goes_on_after_icmp && o->extra == NACK_ICMP_ISSUE) {
    if (s != NULL)
      s->doubtful = 1;
    return;
  }
  if (s == NULL || s->answered || s->responded)
    abandon_requests(o);
  if (s != NULL)
    s->over = 1;
}

static void
observe(const struct obs *o) {
  switch (o->kind) {
  case OBS_OP:
    next_operation();
    break;
  case OBS_OUT:
    sent_after_closing(o);
    if (o->length >= MSG_HEADER_SIZE && (o->msg->type == TYPE_CON || o->msg->type == TYPE_NON))
      sent_one(o);
    break;
  case OBS_BORN:
  case OBS_SEND:
    reopen(o, 0);
    break;
  case OBS_IN:
    reopen(o, 1);
    if (o->length < MSG_HEADER_SIZE || o->msg->version != 1)
      break;
    if (o->msg->type == TYPE_ACK || o->msg->type == TYPE_RST)
      acknowledged(o);
    else if (msg_is_response(o->msg->code) && o->malformed == NULL)
      responded(o);
    break;
  case OBS_RESPONSE: /* it may have come in before its request, of a token used again, went out */
    responded(o);
    break;
  case OBS_NACK:
    refused(o);
    break;
  case OBS_API:
    if (o->value == OBS_API_CANCEL)
      abandon_requests(o);
    if (o->value == OBS_API_DISCONNECT && world_stack.goes_on_after_icmp &&
        o->count == NACK_ICMP_ISSUE)
      doubt_all(o);
    else if (o->value == OBS_API_DISCONNECT)
      end_flow(o, 1);
    else if (o->value == OBS_API_PING || o->value == OBS_API_RESPOND || o->value == OBS_API_CANCEL)
      reopen(o, 0);
    break;
  case OBS_GONE:
    end_flow(o, o->value != OBS_GONE_DELETED);
    break;
  case OBS_PARAM:
    set_param(o);
    break;
  case OBS_FAULT:
    disturbed = 1;
    break;
  default:
    break;
  }
}

const struct oracle outbox_tracker = {
    "outbox",
    OBS_BIT(OBS_OP) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_IN) | OBS_BIT(OBS_RESPONSE) |
        OBS_BIT(OBS_BORN) | OBS_BIT(OBS_SEND) | OBS_BIT(OBS_NACK) | OBS_BIT(OBS_API) |
        OBS_BIT(OBS_GONE) | OBS_BIT(OBS_PARAM) | OBS_BIT(OBS_FAULT),
    reset, observe};
