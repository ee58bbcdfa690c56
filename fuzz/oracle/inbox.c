/* inbox.c -- see inbox.h. An arrival is loose when the rules allow the library to have forgotten
 * it: its lifetime is over (RFC 7252 4.8.2), its session ended, memory ran out, or so many messages
 * came since that a bounded memory need not hold it any more. */
#include "oracle/inbox.h"
#include "oracle/omap.h"

#define OPTION_OBSERVE  6
#define OPTION_Q_BLOCK1 19
#define OPTION_BLOCK1   27
#define LIFETIME_MS     145000U /* NON_LIFETIME, the shorter one */
#define MESSAGES_KEPT   16U     /* at least so many MIDs of a peer are remembered */
#define REPLY_BYTES_MAX 4096U   /* when their replies are together no longer than this */

#define LOOKED_BACK 64U /* datagrams that a reply may be for: a stack may read late */

/* One that came in with a header, whatever it was. */
struct datagram {
  uint16_t mid;
  uint8_t type;
  uint8_t code;
  uint8_t version;
  int malformed;
};

struct flow {
  unsigned int messages;
  uint64_t reply_bytes;
  uint32_t epoch;
  unsigned int datagrams;
  struct datagram latest[LOOKED_BACK];
};

static struct omap map;
static struct arrival arrivals[OMAP_SIZE];
static struct omap flow_map;
static struct flow flows[OMAP_SIZE];
static int disturbed; /* memory failed, or parameters that decide lifetimes were changed */

static void
reset(void) {
  omap_reset(&map);
  omap_reset(&flow_map);
  disturbed = 0;
}

static struct flow *
flow_of(uint64_t local, uint64_t remote) {
  return omap_record(&flow_map, local, remote, flows, sizeof(flows[0]));
}

struct arrival *
inbox_find(uint64_t local, uint64_t remote, uint16_t mid) {
  int i = omap_find(&map, local, remote, mid);
  const struct flow *f;

  if (i < 0)
    return NULL;
  f = flow_of(local, remote);
  arrivals[i].loose |= f == NULL || arrivals[i].epoch != f->epoch;
  return &arrivals[i];
}

static const char *
suspicion_of(const struct datagram *d) {
  if (d->version != 1)
    return ", likely a datagram of another version";
  if (d->type == TYPE_RST)
    return d->malformed ? ", likely a malformed Reset" : ", likely a Reset";
  if (d->type == TYPE_ACK && d->malformed)
    return ", likely a malformed acknowledgement";
  if (d->type == TYPE_ACK && d->code == 0)
    return ", likely an Empty acknowledgement";
  if (d->type == TYPE_ACK && msg_is_request(d->code))
    return ", likely an acknowledgement with a request";
  if (d->type == TYPE_ACK)
    return msg_is_response(d->code) ? ", likely an acknowledgement with a response"
                                    : ", likely an acknowledgement of a reserved class";
  return d->malformed ? ", likely a malformed message" : "";
}

/* A reply's message ID is 0 where none was read of what is no message. */
const char *
inbox_suspicion(uint64_t local, uint64_t remote, uint16_t mid) {
  const struct flow *f = flow_of(local, remote);
  unsigned int i;

  for (i = 1; f != NULL && i <= LOOKED_BACK && i <= f->datagrams; i++) {
    const struct datagram *d = &f->latest[(f->datagrams - i) % LOOKED_BACK];

    if (d->mid == mid && suspicion_of(d)[0] != '\0')
      return suspicion_of(d);
    if (mid == 0 && d->version != 1)
      return ", of no message ID, likely a datagram of another version";
  }
  return mid == 0 ? ", of no message ID" : "";
}

int
inbox_is_full(void) {
  return map.count == OMAP_SIZE || flow_map.count == OMAP_SIZE;
}

static int
is_block1(uint16_t number) {
  return number == OPTION_BLOCK1 || number == OPTION_Q_BLOCK1;
}

uint64_t
inbox_content(const struct msg *m) {
  uint64_t h = oracle_hash(m->token, m->token_length) * 31 + m->code;
  int in_blocks = msg_option(m, OPTION_BLOCK1) != NULL || msg_option(m, OPTION_Q_BLOCK1) != NULL;
  unsigned int i;

  for (i = 0; i < m->n_options; i++) {
    if ((m->options[i].number & 1U) && !is_block1(m->options[i].number))
      h = (h ^ m->options[i].number) * UINT64_C(0x100000001b3) +
          oracle_hash(m->options[i].value, m->options[i].length);
  }
  /* Of a body in blocks the handler is shown the whole (RFC 7959 2.5). */
  return in_blocks ? h : h * 31 + oracle_hash(m->payload, m->payload_length);
}

int
inbox_had_content(const struct arrival *a, uint64_t content) {
  unsigned int i;

  if (content == a->first_content || a->others > INBOX_OTHERS)
    return 1;
  for (i = 0; i < a->others; i++) {
    if (a->other_contents[i] == content)
      return 1;
  }
  return 0;
}

int
inbox_is_observation(const struct msg *m) {
  return msg_option(m, OPTION_OBSERVE) != NULL;
}

static int
is_idempotent(uint8_t code) {
  enum { GET = 1, PUT = 3, DELETE = 4, FETCH = 5, IPATCH = 7 };

  return code == GET || code == PUT || code == DELETE || code == FETCH || code == IPATCH;
}

static void
remember(const struct obs *o) {
  struct flow *f = flow_of(o->local, o->remote);

  if (f == NULL || o->length < MSG_HEADER_SIZE)
    return;
  f->latest[f->datagrams++ % LOOKED_BACK] =
      (struct datagram){.mid = (uint16_t)(o->data[2] << 8 | o->data[3]),
                        .type = o->data[0] >> 4 & 3U,
                        .code = o->data[1],
                        .version = o->data[0] >> 6,
                        .malformed = o->malformed != NULL};
}

static void
arrived(const struct obs *o) {
  uint64_t content = inbox_content(o->msg);
  struct flow *f = flow_of(o->local, o->remote);
  struct arrival *a = inbox_find(o->local, o->remote, o->msg->mid);
  int i;

  if (f == NULL)
    return;
  if (a == NULL) {
    i = omap_add(&map, o->local, o->remote, o->msg->mid);
    if (i < 0)
      return;
    a = &arrivals[i];
    *a = (struct arrival){.first = o->now, .sequence = f->messages++, .epoch = f->epoch};
    a->bytes = f->reply_bytes;
    a->idempotent = 1;
    a->first_content = content;
  } else if (o->now - a->first >= LIFETIME_MS || f->messages - a->sequence > MESSAGES_KEPT ||
             f->reply_bytes - a->bytes > REPLY_BYTES_MAX) {
    a->loose = 1;
  }
  if (a->copies > 0 &&
      (a->first_content != content || (a->good_types == 0) != (o->malformed != NULL))) {
    /* Another message with the same ID is no copy, though it may be taken for one. */
    a->loose = 1;
  }
  a->loose |= disturbed;
  /* Forgotten or not: a loose one may be remembered anew, and push others out. */
  if (a->copies > 0 && a->loose)
    f->messages++;
  a->op = o->op;
  a->copies++;
  a->types |= 1U << o->msg->type;
  if (o->malformed == NULL)
    a->good_types |= 1U << o->msg->type;
  a->unicast |= !o->flag;
  a->idempotent &= is_idempotent(o->msg->code);
  if (!inbox_had_content(a, content)) {
    if (a->others < INBOX_OTHERS)
      a->other_contents[a->others] = content;
    a->others++;
  }
}

static void
replied(const struct obs *o) {
  struct arrival *a = inbox_find(o->local, o->remote, o->msg->mid);
  struct flow *f = flow_of(o->local, o->remote);
  uint64_t hash = oracle_hash(o->data, o->length) | 1U;

  if (a == NULL || f == NULL)
    return;
  if (o->value >= 0)
    a->replies++;
  if (a->reply != hash || a->loose)
    f->reply_bytes += o->length;
  /* A broken copy draws a Reset, and leaves the stored answer as it is. */
  if (a->reply == 0 || (a->loose && o->msg->type != TYPE_RST))
    a->reply = hash;
}

static void
forget_flow(const struct obs *o) {
  struct flow *f = flow_of(o->local, o->remote);

  if (f != NULL)
    f->epoch++;
}

static int
has_header(const struct obs *o) {
  return o->length >= MSG_HEADER_SIZE && o->msg->version == 1;
}

static void
observe(const struct obs *o) {
  struct arrival *a;

  switch (o->kind) {
  case OBS_IN:
    remember(o);
    if (has_header(o) && (o->msg->type == TYPE_CON || o->msg->type == TYPE_NON))
      arrived(o);
    break;
  case OBS_OUT:
    if (has_header(o) && (o->msg->type == TYPE_ACK || o->msg->type == TYPE_RST))
      replied(o);
    break;
  case OBS_REQUEST:
    a = inbox_find(o->local, o->remote, o->msg->mid);
    if (a != NULL && (a->handled == 0 || !inbox_is_observation(o->msg)))
      a->handled++;
    break;
  case OBS_API:
    if (o->value == OBS_API_DISCONNECT || oracle_is_last_release(o))
      forget_flow(o);
    break;
  case OBS_GONE:
    forget_flow(o);
    break;
  case OBS_EVENT: /* RFC 7252 9.1.1: messages of another DTLS session are others */
    if (o->value == EVENT_DTLS_CONNECTED)
      forget_flow(o);
    break;
  case OBS_FAULT:
  case OBS_PARAM:
    disturbed = 1;
    break;
  default:
    break;
  }
}

/* Runs after the oracles, so that they see the state before the observation. */
const struct oracle inbox_tracker = {"inbox",
                                     OBS_BIT(OBS_IN) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_REQUEST) |
                                         OBS_BIT(OBS_API) | OBS_BIT(OBS_GONE) | OBS_BIT(OBS_FAULT) |
                                         OBS_BIT(OBS_EVENT) | OBS_BIT(OBS_PARAM),
                                     reset, observe};
