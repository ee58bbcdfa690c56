/* conn.c -- see conn.h. */
#include "world/conn.h"

#include "seams/net_sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ACCEPT, REFUSE, UNREACHABLE, LEAVE };
enum { END_FIN, END_RESET, END_TIMEOUT };

/* A run cuts off so many: megabytes byte by byte take seconds. */
enum { PIECES_MAX = 8192 };

static struct world_conn conns[WORLD_CONNS];
static unsigned int n_conns;
static uint32_t policy;
static struct {
  uint32_t at, size;
  int join;
  uint32_t pieces; /* that it has cut off so far */
} split;

struct obs
conn_obs(const struct world_conn *c, enum obs_kind kind) {
  struct obs o = world_obs(kind);

  o.local = place_key(&c->local);
  o.remote = place_key(&c->remote);
  o.count = c->id;
  return o;
}

static void
emit(const struct world_conn *c, enum obs_kind kind, long value, int flag) {
  struct obs o = conn_obs(c, kind);

  o.value = value;
  o.flag = flag;
  world_emit(&o);
}

static struct world_conn *
by_id(unsigned int id) {
  unsigned int i;

  for (i = 0; i < n_conns; i++) {
    if (conns[i].id == id)
      return &conns[i];
  }
  return NULL;
}

static struct world_conn *
conn_new(unsigned int id, int client, int peer, const struct place *local,
         const struct place *remote) {
  struct world_conn *c = &conns[n_conns++];

  memset(c, 0, sizeof(*c));
  c->id = id;
  c->client = client;
  c->peer = peer;
  c->local = *local;
  c->remote = *remote;
  c->state = CONN_OPEN;
  if (world_is_secure() && peer >= 0)
    conn_secure_begin(c);
  return c;
}

void
conn_append(struct conn_bytes *b, const uint8_t *data, size_t length) {
  if (length == 0)
    return;
  if (b->length + length > b->room) {
    b->room = 2 * (b->length + length);
    b->data = realloc(b->data, b->room);
    if (b->data == NULL)
      abort();
  }
  memcpy(b->data + b->length, data, length);
  b->length += length;
}

void
conn_drop(struct conn_bytes *b, size_t length) {
  b->length -= length;
  if (length > 0 && b->length > 0)
    memmove(b->data, b->data + length, b->length);
}

/* Reading
 * ------------------------------------------------------------------------------------------
 */

static struct conn_side *
side(struct world_conn *c, int sent) {
  return sent ? &c->sent : &c->got;
}

/* The library's requests, for "token=last". */
static void
remember_token(const struct world_conn *c, const struct msg *m) {
  world_flow_remember_token(world_flow(place_key(&c->local), place_key(&c->remote)), m);
}

/* RFC 8323 5.5: from then on the session may have another peer. */
static int
leads_elsewhere(const struct world_conn *c, const struct msg *m) {
  enum { RELEASE = 0xe4, ALTERNATIVE_ADDRESS = 2 };

  return c->client && m->code == RELEASE && msg_option(m, ALTERNATIVE_ADDRESS) != NULL;
}

static void
saw_message(struct world_conn *c, int sent, const uint8_t *data, size_t length) {
  struct obs o = conn_obs(c, sent ? OBS_SENT : OBS_GOT);
  int ws = world_is_ws();
  struct msg m;

  o.flag = c->client;
  o.data = data;
  o.length = length;
  o.malformed = ws ? msg_parse_ws(&m, data, length) : msg_parse_tcp(&m, data, length);
  if (!sent && o.malformed == NULL && m.token_length > COAP_TOKEN_DEFAULT_MAX &&
      world.max_token[c->client ? WORLD_CLIENT : WORLD_SERVER] == COAP_TOKEN_DEFAULT_MAX)
    o.malformed = "token longer than 8 bytes (RFC 8323 3.2)";
  o.msg = &m;
  world_emit(&o);
  if (o.malformed != NULL)
    side(c, sent)->broken = 1;
  else if (sent)
    remember_token(c, &m);
  else if (leads_elsewhere(c, &m))
    world.led_elsewhere = 1;
}

static void
saw_frame(struct world_conn *c, int sent, long opcode, const char *wrong, const uint8_t *data,
          size_t length) {
  struct obs o = conn_obs(c, OBS_FRAME);

  o.value = opcode;
  o.flag = sent;
  o.malformed = wrong;
  o.data = data;
  o.length = length;
  world_emit(&o);
  if (wrong != NULL)
    side(c, sent)->broken = 1;
}

/* Bytes of one message; 0 when it is not complete. */
static size_t
read_tcp(struct world_conn *c, int sent) {
  const struct conn_bytes *b = &side(c, sent)->bytes;
  uint64_t total = 0;
  int known = msg_tcp_size(b->data, b->length, &total);

  if (known == 0 || (known == 1 && total > b->length))
    return 0;
  if (known < 0)
    total = b->length;
  saw_message(c, sent, b->data, (size_t)total);
  return (size_t)total;
}

static size_t
read_head(struct world_conn *c, int sent) {
  struct conn_side *s = side(c, sent);
  size_t length = ws_head_length(s->bytes.data, s->bytes.length);

  if (length == 0)
    return 0;
  s->head_done = 1;
  if (sent && c->client)
    ws_accept_for(s->bytes.data, length, c->accept);
  saw_frame(c, sent, -1, NULL, s->bytes.data, length);
  return length;
}

static size_t
read_frame(struct world_conn *c, int sent) {
  struct conn_side *s = side(c, sent);
  uint8_t control[125];
  struct ws_frame f;
  const char *wrong;
  uint8_t *payload;

  if (!ws_frame_header(&f, s->bytes.data, s->bytes.length))
    return 0;
  wrong = ws_frame_wrong(&f, sent == c->client, s->in_message);
  if (wrong != NULL) {
    saw_frame(c, sent, (long)f.opcode, wrong, NULL, 0);
    return 0;
  }
  if (f.length > s->bytes.length - f.header)
    return 0;
  payload = s->bytes.data + f.header;
  if (f.opcode >= WS_CLOSE) {
    ws_unmask(&f, control, payload, (size_t)f.length);
    saw_frame(c, sent, (long)f.opcode, NULL, control, (size_t)f.length);
    return f.header + (size_t)f.length;
  }
  ws_unmask(&f, payload, payload, (size_t)f.length);
  conn_append(&s->message, payload, (size_t)f.length);
  s->in_message = !f.fin;
  if (f.fin) {
    saw_message(c, sent, s->message.data, s->message.length);
    s->message.length = 0;
  }
  return f.header + (size_t)f.length;
}

void
conn_read(struct world_conn *c, int sent, const uint8_t *data, size_t length) {
  struct conn_side *s = side(c, sent);
  size_t used = 1;

  if (s->broken)
    return;
  conn_append(&s->bytes, data, length);
  while (used > 0 && !s->broken && s->bytes.length > 0) {
    if (!world_is_ws())
      used = read_tcp(c, sent);
    else
      used = s->head_done ? read_frame(c, sent) : read_head(c, sent);
    conn_drop(&s->bytes, used);
  }
}

/* Taps of the simulated network
 * --------------------------------------------------------------------
 */

/* The library connects to its own endpoint. 1 when it does. */
static int
link_up(struct world_conn *c, const coap_address_t *from, const coap_address_t *to) {
  unsigned int other = 0;

  /* What is in (D)TLS between both ends of the library does not show. */
  if (n_conns == WORLD_CONNS || world_is_secure() ||
      coap_net_sim_stream_open(from, to, &other) != 0)
    return 0;
  c->link = conn_new(other, 0, -1, &c->remote, &c->local);
  c->link->link = c;
  emit(c->link, OBS_CONN, OBS_CONN_OPEN, 0);
  return 1;
}

static int
on_connect(void *user, unsigned int id, const coap_address_t *from, const coap_address_t *to) {
  static const int results[] = {0, -ECONNREFUSED, -EHOSTUNREACH, -EINPROGRESS};
  struct world_conn *c;
  struct place local;
  struct place remote;
  int result = results[policy];

  (void)user;
  if (n_conns == WORLD_CONNS)
    return -ECONNREFUSED;
  world_to_place(from, &local);
  world_to_place(to, &remote);
  c = conn_new(id, 1, place_peer_number(&remote), &local, &remote);
  if (c->peer < 0 && !link_up(c, from, to))
    result = -ECONNREFUSED;
  else if (c->peer < 0)
    result = 0;
  c->state = result == 0 ? CONN_OPEN : result == -EINPROGRESS ? CONN_PENDING : CONN_CLOSED;
  if (result == 0)
    emit(c, OBS_CONN, OBS_CONN_OPEN, 1);
  return result;
}

static void
on_write(void *user, unsigned int id, const uint8_t *data, size_t length) {
  struct world_conn *c = by_id(id);

  (void)user;
  if (c == NULL)
    return;
  if (world_is_secure())
    conn_secure_wrote(c, data, length);
  else
    conn_read(c, 1, data, length);
  if (c->link != NULL)
    conn_append(&c->link->wire, data, length);
}

static void
on_closed(void *user, unsigned int id) {
  struct world_conn *c = by_id(id);

  (void)user;
  if (c == NULL)
    return;
  c->wire.length = 0;
  if (c->link != NULL)
    c->link->finish = 1;
  if (c->state == CONN_OPEN)
    emit(c, OBS_CONN, OBS_CONN_CLOSED, c->client);
  c->state = CONN_CLOSED;
}

void
conn_reset(void) {
  static const coap_net_sim_stream_tap_t tap = {on_connect, on_write, on_closed};
  unsigned int i;

  for (i = 0; i < n_conns; i++) {
    free(conns[i].wire.data);
    free(conns[i].got.bytes.data);
    free(conns[i].got.message.data);
    free(conns[i].sent.bytes.data);
    free(conns[i].sent.message.data);
    conn_secure_free(&conns[i]);
  }
  n_conns = 0;
  policy = ACCEPT;
  memset(&split, 0, sizeof(split));
  coap_net_sim_set_stream_tap(&tap, NULL);
}

/* What peers do
 * ------------------------------------------------------------------------------------
 */

static int
is_taken(const struct place *place) {
  unsigned int i;

  for (i = 0; i < n_conns; i++) {
    if (conns[i].state == CONN_OPEN && place_key(&conns[i].remote) == place_key(place))
      return 1;
  }
  return 0;
}

struct world_conn *
conn_open(uint32_t peer, uint32_t endpoint) {
  struct place local;
  struct place remote;
  coap_address_t from;
  coap_address_t to;
  unsigned int id = 0;
  struct world_conn *c;

  if (n_conns == WORLD_CONNS)
    return NULL;
  place_endpoint(&local, endpoint, (int)world.program->ipv6);
  place_peer(&remote, peer, (int)world.program->ipv6);
  if (is_taken(&remote))
    remote.port = (uint16_t)(50000U + n_conns);
  world_to_address(&remote, &from);
  world_to_address(&local, &to);
  if (coap_net_sim_stream_open(&from, &to, &id) != 0)
    return NULL;
  c = conn_new(id, 0, (int)peer, &local, &remote);
  emit(c, OBS_CONN, OBS_CONN_OPEN, 0);
  return c;
}

static struct world_conn *
newest(int peer, int state) {
  unsigned int i;

  for (i = n_conns; i-- > 0;) {
    struct world_conn *c = &conns[i];

    if (c->state == (unsigned int)state && c->link == NULL && (peer < 0 || c->peer == peer))
      return c;
  }
  return NULL;
}

struct world_conn *
conn_find(uint32_t peer) {
  struct world_conn *c = newest((int)peer, CONN_OPEN);

  return c != NULL || world.context[WORLD_SERVER] != NULL ? c : newest(-1, CONN_OPEN);
}

struct world_conn *
conn_pending(uint32_t peer) {
  struct world_conn *c = newest((int)peer, CONN_PENDING);

  return c != NULL ? c : newest(-1, CONN_PENDING);
}

const char *
conn_accept(void) {
  return n_conns > 0 ? conns[0].accept : "";
}

void
conn_policy(uint32_t outcome) {
  policy = outcome;
}

void
conn_resolve(struct world_conn *c, uint32_t outcome) {
  if (outcome == ACCEPT && coap_net_sim_stream_accept(c->id) == 0) {
    c->state = CONN_OPEN;
    emit(c, OBS_CONN, OBS_CONN_OPEN, 1);
  } else if (outcome == REFUSE || outcome == UNREACHABLE) {
    c->state = CONN_CLOSED;
    coap_net_sim_stream_fail(c->id, outcome == REFUSE ? ECONNREFUSED : EHOSTUNREACH);
  }
}

void
conn_split(uint32_t at, uint32_t size, int join) {
  split.at = at;
  split.size = size;
  split.join = join;
}

/* Puts the next piece into the connection. 0 when there was none. */
static int
carry_piece(struct world_conn *c) {
  size_t length = c->wire.length;

  if (length == 0 && c->finish && c->state == CONN_OPEN) {
    c->finish = 0;
    emit(c, OBS_CONN, OBS_CONN_FINISHED, c->client);
    coap_net_sim_stream_finish(c->id);
    return 1;
  }
  if (length == 0 || c->state != CONN_OPEN)
    return 0;
  if (split.size > 0 && length > split.size && split.pieces < PIECES_MAX) {
    length = split.size;
    split.pieces++;
  }
  if (split.at > c->passed && length > split.at - c->passed)
    length = (size_t)(split.at - c->passed);
  if (coap_net_sim_stream_push(c->id, c->wire.data, length) != 0) {
    c->wire.length = 0;
    return 0;
  }
  c->passed += length;
  emit(c, OBS_CHUNK_IN, (long)length, split.join);
  if (world_is_secure())
    conn_secure_passed(c);
  else
    conn_read(c, 0, c->wire.data, length);
  conn_drop(&c->wire, length);
  return 1;
}

void
conn_deliver(struct world_conn *c, const uint8_t *data, size_t length) {
  if (world_is_secure())
    conn_secure_say(c, data, length);
  else
    conn_append(&c->wire, data, length);
  conn_carry(c);
}

void
conn_carry(struct world_conn *c) {
  while (carry_piece(c)) {
    if (!split.join)
      world_process();
  }
}

void
conn_end(struct world_conn *c, uint32_t how) {
  if (how == END_FIN) {
    c->finish = 1;
    carry_piece(c);
  } else {
    emit(c, OBS_CONN, OBS_CONN_BROKEN, c->client);
    coap_net_sim_stream_fail(c->id, how == END_RESET ? ECONNRESET : ETIMEDOUT);
  }
}

void
conn_room(struct world_conn *c, size_t bytes) {
  coap_net_sim_stream_room(c->id, bytes);
  emit(c, OBS_ROOM, 0, bytes != SIZE_MAX);
}

void
conn_pump(void) {
  unsigned int i;

  for (i = 0; i < n_conns; i++) {
    if (conns[i].link != NULL || conns[i].secure.tls != NULL)
      carry_piece(&conns[i]);
  }
}

int
conn_waiting(void) {
  unsigned int i;

  for (i = 0; i < n_conns; i++) {
    if (conns[i].secure.tls != NULL && conns[i].state == CONN_OPEN && conns[i].wire.length > 0)
      return 1;
  }
  return 0;
}

void
conn_settle(void) {
  unsigned int i;

  conn_split(0, 0, 0);
  for (i = 0; i < n_conns; i++) {
    if (conns[i].state == CONN_OPEN)
      conn_room(&conns[i], SIZE_MAX);
  }
}
