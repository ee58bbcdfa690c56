/* import.c -- a capture becomes a program.
 *
 * The library under test takes the place of one side; the other side's datagrams are replayed. Its
 * own message IDs and tokens will not be those of the capture, so a datagram that answers one of
 * that side's messages refers to "the last (or last but n) seen" instead of to the number. */
#include "tools/convert.h"
#include "world/message.h"

#include <string.h>

#define RECENT            4U /* as far back as a program can refer */
#define OPTION_OBSERVE    6
#define OBSERVED_RESOURCE 1 /* "obs" of world_server.c */

/* What the replaced side sent to one remote, newest first. */
struct flow {
  struct place remote;
  uint16_t mids[RECENT]; /* of its CON and NON messages */
  unsigned int n_mids;
  struct prog_span tokens[RECENT]; /* of its requests */
  unsigned int n_tokens;
  unsigned int deferred; /* empty acknowledgements of its that wait for their answer */
  int used;
};

struct state {
  struct import *im;
  struct place server;
  struct flow flows[PLACE_PEERS];
  uint64_t last_us;
};

static int
same_place(const struct place *a, const struct place *b) {
  return a->ipv6 == b->ipv6 && a->port == b->port &&
         memcmp(a->address, b->address, a->ipv6 ? 16 : 4) == 0;
}

/* The flow of the capture's client at `who`: its index is the peer's (library as server) or the
 * session's (library as client). */
static unsigned int
flow_of(struct state *s, const struct place *who) {
  unsigned int count = s->im->as_client ? 4 : PLACE_PEERS;
  unsigned int i;

  for (i = 0; i < count; i++) {
    if (s->flows[i].used && same_place(&s->flows[i].remote, who))
      return i;
    if (!s->flows[i].used) {
      s->flows[i].used = 1;
      s->flows[i].remote = *who;
      if (s->im->as_client && i > 0) {
        struct prog_op *op = prog_append(s->im->program, PROG_OPEN_CLIENT);

        if (op != NULL)
          op->v[0] = i;
      }
      return i;
    }
  }
  return count - 1;
}

static int
mid_index(const struct flow *f, uint16_t mid) {
  unsigned int i;

  for (i = 0; i < f->n_mids; i++) {
    if (f->mids[i] == mid)
      return (int)i;
  }
  return -1;
}

static int
token_index(const struct flow *f, const struct msg *m) {
  unsigned int i;

  for (i = 0; i < f->n_tokens; i++) {
    if (f->tokens[i].n == m->token_length &&
        (m->token_length == 0 || memcmp(f->tokens[i].p, m->token, m->token_length) == 0))
      return (int)i;
  }
  return -1;
}

/* Remembers a message of the replaced side; 0 when it is a repetition. */
static int
remember(struct flow *f, const struct msg *m) {
  if (m->type == TYPE_CON || m->type == TYPE_NON) {
    if (mid_index(f, m->mid) >= 0)
      return 0;
    memmove(f->mids + 1, f->mids, sizeof(f->mids[0]) * (RECENT - 1));
    f->mids[0] = m->mid;
    f->n_mids += f->n_mids < RECENT;
  }
  if (msg_is_request(m->code) && token_index(f, m) < 0) {
    memmove(f->tokens + 1, f->tokens, sizeof(f->tokens[0]) * (RECENT - 1));
    f->tokens[0].p = m->token;
    f->tokens[0].n = m->token_length;
    f->n_tokens += f->n_tokens < RECENT;
  }
  return 1;
}

static void
advance_to(struct state *s, uint64_t time_us) {
  struct program *p = s->im->program;
  uint64_t ms = time_us > s->last_us ? (time_us - s->last_us) / 1000 : 0;
  uint32_t max = prog_spec(PROG_ADVANCE)->fields[0].max;
  struct prog_op *op = p->n_ops > 0 ? &p->ops[p->n_ops - 1] : NULL;

  if (ms == 0)
    return;
  s->last_us += ms * 1000;
  if (op != NULL && op->kind == PROG_ADVANCE)
    ms += op->v[0];
  else
    op = prog_append(p, PROG_ADVANCE);
  if (op != NULL)
    op->v[0] = ms < max ? (uint32_t)ms : max;
}

/* 1 when every option of `m` fits a program's message. */
static int
copy_options(struct program *p, struct prog_op *op, const struct msg *m) {
  unsigned int i;

  for (i = 0; i < m->n_options; i++) {
    if (!prog_add_option(p, op, m->options[i].number, m->options[i].value, m->options[i].length))
      return 0;
  }
  return 1;
}

static void
set_data(struct prog_op *op, const uint8_t *data, size_t len) {
  op->data.p = data;
  op->data.n = (uint32_t)len;
}

/* A structured message when writing it gives the captured bytes again, else the bytes. */
static void
add_delivery(struct state *s, const struct packet *p, unsigned int peer, unsigned int to,
             const struct flow *f) {
  struct program *program = s->im->program;
  struct prog_op *op = prog_append(program, PROG_MESSAGE);
  uint8_t again[65536];
  struct msg m;
  int index;

  if (op == NULL) {
    s->im->dropped++;
    return;
  }
  op->v[MSG_PEER] = peer;
  op->v[MSG_TO] = to;
  if (msg_parse(&m, p->data, p->length) != NULL ||
      msg_write(&m, again, sizeof(again)) != p->length || memcmp(again, p->data, p->length) != 0 ||
      !copy_options(program, op, &m)) {
    program->n_options -= op->n_options;
    op->n_options = 0;
    op->kind = PROG_DATAGRAM;
    set_data(op, p->data, p->length);
    return;
  }
  op->v[MSG_TYPE] = m.type;
  op->v[MSG_CODE] = m.code;
  index = m.type == TYPE_ACK || m.type == TYPE_RST ? mid_index(f, m.mid) : -1;
  op->v[MSG_MID] =
      index >= 0 ? PROG_MID(PROG_MID_LAST + index, 0) : PROG_MID(PROG_MID_LITERAL, m.mid);
  index = msg_is_response(m.code) ? token_index(f, &m) : -1;
  if (index >= 0) {
    op->v[MSG_TOKEN] = (uint32_t)(PROG_TOKEN_LAST + index);
  } else {
    op->token.p = m.token;
    op->token.n = m.token_length;
  }
  set_data(op, m.payload, m.payload_length);
}

/* The capture's client sent a request: the library's client is told to send its like. */
static void
add_send(struct state *s, const struct msg *m, unsigned int session) {
  struct program *program = s->im->program;
  struct prog_op *op = prog_append(program, PROG_SEND);

  if (op == NULL) {
    s->im->dropped++;
    return;
  }
  op->v[SEND_SESSION] = session;
  op->v[SEND_TYPE] = m->type;
  op->v[SEND_CODE] = m->code;
  op->v[SEND_TOKEN] = PROG_TOKEN_NEW;
  if (!copy_options(program, op, m))
    s->im->dropped++;
  set_data(op, m->payload, m->payload_length);
}

/* The capture's server said something of its own accord: the library's application is told to do
 * its like, a notification or an answer that it had put off. */
static void
add_server_message(struct state *s, const struct msg *m, struct flow *f) {
  struct program *program = s->im->program;
  int notification = msg_option(m, OPTION_OBSERVE) != NULL;
  struct prog_op *op;

  if (m->type == TYPE_ACK && m->code == 0)
    f->deferred++;
  if (m->type > TYPE_NON || !msg_is_response(m->code) || (!notification && f->deferred == 0))
    return;
  op = prog_append(program, notification ? PROG_NOTIFY : PROG_RESPOND);
  if (op == NULL) {
    s->im->dropped++;
  } else if (notification) {
    op->v[0] = OBSERVED_RESOURCE;
  } else {
    f->deferred--;
    op->v[0] = m->type;
    op->v[1] = m->code;
    op->v[2] = (uint32_t)(m->payload_length < PROG_NEW_DATA ? m->payload_length : PROG_NEW_DATA);
  }
}

static void
import_one(struct state *s, const struct packet *p) {
  int from_client = same_place(&p->to, &s->server);
  struct flow *f;
  struct msg m;
  unsigned int index;

  if (!from_client && !same_place(&p->from, &s->server))
    return;
  advance_to(s, p->time_us);
  index = flow_of(s, from_client ? &p->from : &p->to);
  f = &s->flows[index];
  if (from_client && !s->im->as_client) {
    add_delivery(s, p, index, 0, f);
  } else if (!from_client && s->im->as_client) {
    add_delivery(s, p, 0, 3 + index, f);
  } else if (msg_parse(&m, p->data, p->length) == NULL && remember(f, &m)) {
    if (!from_client)
      add_server_message(s, &m, f);
    else if (msg_is_request(m.code))
      add_send(s, &m, index);
  }
}

/* The receiver of the first request (or, when a port is given, the first end with that port). */
static int
find_server(struct state *s, const struct packet *packets, size_t count) {
  uint16_t port = s->im->server_port;
  struct msg m;
  size_t i;

  for (i = 0; i < count; i++) {
    const struct packet *p = &packets[i];

    if (port != 0 && p->from.port == port)
      s->server = p->from;
    else if (port != 0 ? p->to.port == port
                       : msg_parse(&m, p->data, p->length) == NULL && msg_is_request(m.code))
      s->server = p->to;
    else
      continue;
    s->last_us = packets[0].time_us;
    return 1;
  }
  return 0;
}

int
import_packets(struct import *im, const struct packet *packets, size_t count) {
  struct state s;
  size_t i;

  memset(&s, 0, sizeof(s));
  s.im = im;
  im->dropped = 0;
  im->program->n_ops = 0;
  im->program->n_options = 0;
  im->program->seed = 0;
  if (!find_server(&s, packets, count))
    return 0;
  im->program->roles = im->as_client ? PROG_ROLE_CLIENT : PROG_ROLE_SERVER;
  im->program->ipv6 = s.server.ipv6;
  for (i = 0; i < count; i++)
    import_one(&s, &packets[i]);
  return 1;
}
