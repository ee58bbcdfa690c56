/* amplification.c -- what a datagram from an unverified peer sets off is no more than three times
 * its size, payloads that the application gave left out (RFC 7252 11.3, RFC 9175 2.4 item 3). A
 * peer is verified once it has answered a message of ours. */
#include "oracle/all.h"
#include "oracle/inbox.h"
#include "oracle/omap.h"
#include "oracle/outbox.h"
#include "world/stack.h"

#define OPTION_OBSERVE  6
#define OPTION_BLOCK2   23
#define OPTION_Q_BLOCK2 31
#define FACTOR          3U
#define FRAME_OVERHEAD  42U /* Ethernet, IPv4 and UDP headers, as RFC 9175 counts */
#define ASKED_MAX       8U  /* NON requests of one moment whose tokens are kept */

static const char name[] = "amplification";

struct peer {
  uint64_t now; /* what follows is of this moment */
  size_t in, out, given;
  uint64_t asked[ASKED_MAX];
  unsigned int n_asked;
  int verified;
};

static struct omap map; /* (local, remote, 0) */
static struct peer peers[OMAP_SIZE];

static void
reset(void) {
  omap_reset(&map);
}

/* A stack that reads one datagram at a time answers those of a moment later on: there it is the
 * whole run. */
static struct peer *
peer_of(const struct obs *o) {
  struct peer *p = omap_record(&map, o->local, o->remote, peers, sizeof(*p));

  if (p != NULL && p->now != o->now && !world_stack.reads_one) {
    p->now = o->now;
    p->in = p->out = p->given = 0;
    p->n_asked = 0;
  }
  return p;
}

static uint64_t
token_hash(const struct msg *m) {
  return oracle_hash(m->token, m->token_length);
}

/* Whether an answer with a message ID of its own is one to a datagram of this moment: those to a
 * group wait for their leisure (RFC 7252 8.2). */
static int
answers_now(const struct peer *p, const struct msg *m) {
  unsigned int i;

  for (i = 0; i < p->n_asked; i++) {
    if (p->asked[i] == token_hash(m))
      return 1;
  }
  return 0;
}

static int
is_counted(const struct peer *p, const struct obs *o) {
  /* What the socket refused never left. */
  if (o->value < 0)
    return 0;
  /* The library's own messages, notifications among them, are no answer to this datagram; nor is
   * the next block of a body of its own. */
  if (o->msg->type == TYPE_CON || msg_is_request(o->msg->code) ||
      msg_option(o->msg, OPTION_OBSERVE) != NULL)
    return 0;
  return o->msg->type != TYPE_NON || answers_now(p, o->msg);
}

static void
observe(const struct obs *o) {
  const struct arrival *repeated;
  struct peer *p;

  p = peer_of(o);
  if (p == NULL)
    return;
  switch (o->kind) {
  case OBS_IN:
    p->in += o->length + FRAME_OVERHEAD;
    if (o->malformed == NULL && !o->flag && o->msg->type == TYPE_NON && p->n_asked < ASKED_MAX)
      p->asked[p->n_asked++] = token_hash(o->msg);
    if (o->length >= MSG_HEADER_SIZE && o->msg->type >= TYPE_ACK &&
        outbox_find(o->local, o->remote, o->msg->mid) != NULL)
      p->verified = 1;
    break;
  case OBS_SEND: /* the application talks to this peer of its own will */
    p->verified = 1;
    break;
  case OBS_API:
    p->given += o->value == OBS_API_RESPOND ? o->count + FRAME_OVERHEAD : 0;
    break;
  case OBS_REPLY:
    p->given += (size_t)o->value;
    break;
  default:
    if (!is_counted(p, o))
      break;
    repeated = inbox_find(o->local, o->remote, o->msg->mid);
    if (repeated != NULL && repeated->reply == (oracle_hash(o->data, o->length) | 1U))
      p->given += o->length; /* what the application gave for the first copy */
    /* A later block is of a body that the application gave before; by RFC 9177 7.2 one request
     * draws a set of them. */
    if (o->blocks && msg_option(o->msg, OPTION_BLOCK2) != NULL)
      p->given += o->msg->payload_length;
    else if (o->blocks && msg_option(o->msg, OPTION_Q_BLOCK2) != NULL)
      p->given += o->length + FRAME_OVERHEAD;
    p->out += o->length + FRAME_OVERHEAD;
    if (!p->verified && p->in > 0 && p->out > FACTOR * p->in + p->given)
      oracle_violated(name, "RFC 9175 2.4", o, "%zu bytes sent for %zu received", p->out, p->in);
    break;
  }
}

const struct oracle oracle_amplification = {name,
                                            OBS_BIT(OBS_IN) | OBS_BIT(OBS_OUT) | OBS_BIT(OBS_API) |
                                                OBS_BIT(OBS_REPLY) | OBS_BIT(OBS_SEND),
                                            reset, observe};
