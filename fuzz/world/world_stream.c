/* world_stream.c -- what peers do on connections: operations of programs in worlds of streams. */
#include "world/conn.h"
#include "world/frame_reader.h"
#include "world/world.h"

#include <stdio.h>
#include <string.h>

#define UNLIMITED 65535U /* of "room" */

enum {
  UP_RIGHT,
  UP_NO_KEY,
  UP_BAD_KEY,
  UP_NO_PROTOCOL,
  UP_PROTOCOL,
  UP_VERSION,
  UP_PATH,
  UP_METHOD,
  UP_NO_HOST,
  UP_NO_UPGRADE,
  UP_ACCEPT,
  UP_EXTENSION,
  UP_STATUS,
  UP_LF,
  UP_FOLD,
  UP_BODY
};

static uint8_t scratch[70000];
static uint8_t framed[2 * 70000];
static char upgrade_accept[29]; /* conn_accept() of the last run */

void
world_stream_reset(void) {
  conn_reset();
}

void
world_stream_end(void) {
  memcpy(upgrade_accept, conn_accept(), strlen(conn_accept()) + 1);
  conn_reset();
}

void
world_stream_pump(void) {
  conn_pump();
}

int
world_stream_waiting(void) {
  return conn_waiting();
}

void
world_stream_settle(void) {
  conn_settle();
  world_process();
}

void
world_stream_peer(uint32_t peer, struct place *out) {
  const struct world_conn *c = world_is_stream() ? conn_find(peer) : NULL;

  if (c != NULL)
    *out = c->remote;
  else
    place_peer(out, peer, (int)world.program->ipv6);
}

const char *
world_upgrade_accept(void) {
  return upgrade_accept;
}

/* The head of a request, or of an answer to the library's. */
static void
upgrade(struct world_conn *c, uint32_t how, const struct prog_span *more) {
  char *text = (char *)scratch;
  const char *end = how == UP_LF ? "\n" : "\r\n";
  size_t size = sizeof(scratch);
  size_t n = 0;

#define LINE(...)                                                                                  \
  do {                                                                                             \
    n += (size_t)snprintf(text + n, size - n, __VA_ARGS__);                                        \
    n += (size_t)snprintf(text + n, size - n, "%s", end);                                          \
  } while (0)
  if (c->client) {
    LINE("HTTP/1.1 %s", how == UP_STATUS ? "404 Not Found" : "101 Switching Protocols");
  } else {
    LINE("%s %s HTTP/1.1", how == UP_METHOD ? "POST" : "GET",
         how == UP_PATH ? "/" : "/.well-known/coap");
    if (how != UP_NO_HOST)
      LINE("Host: server");
    if (how != UP_NO_KEY)
      LINE("Sec-WebSocket-Key: %s", how == UP_BAD_KEY ? "AAAA" : "dGhlIHNhbXBsZSBub25jZQ==");
    LINE("Sec-WebSocket-Version: %d", how == UP_VERSION ? 8 : 13);
  }
  if (how != UP_NO_UPGRADE)
    LINE("Upgrade: websocket");
  LINE("Connection: Upgrade");
  if (c->client && how != UP_NO_KEY)
    LINE("Sec-WebSocket-Accept: %s%s", how == UP_ACCEPT ? "x" : "", c->accept);
  if (how != UP_NO_PROTOCOL)
    LINE("Sec-WebSocket-Protocol: %s", how == UP_PROTOCOL ? "mqtt" : "coap");
  if (how == UP_EXTENSION)
    LINE("Sec-WebSocket-Extensions: permessage-deflate");
  if (how == UP_FOLD)
    LINE(" folded");
  if (how == UP_BODY)
    LINE("Content-Length: 5");
  if (more->n > 0 && more->n < size - n - 4) {
    memcpy(text + n, more->p, more->n);
    n += more->n;
  }
  LINE("%s", "");
#undef LINE
  conn_deliver(c, scratch, n);
}

static int
has_spoken(const struct world_conn *c) {
  return world_is_secure() ? c->secure.spoken > 0 : c->passed > 0;
}

/* The connection that an operation is about; a peer of a server connects when it has to. */
static struct world_conn *
connection(uint32_t peer, int upgraded) {
  static const struct prog_span none = {NULL, 0};
  struct world_conn *c = conn_find(peer);

  if (c == NULL && world.context[WORLD_SERVER] != NULL) {
    c = conn_open(peer, 0);
    world_process();
  }
  if (c != NULL && upgraded && world_is_ws() && !has_spoken(c) && c->state == CONN_OPEN)
    upgrade(c, UP_RIGHT, &none);
  return c != NULL && c->state == CONN_OPEN ? c : NULL;
}

static size_t
add_frame(const struct world_conn *c, size_t at, unsigned int opcode, unsigned int fin,
          const uint8_t *payload, size_t length) {
  struct ws_frame f = {.fin = fin,
                       .opcode = opcode,
                       .masked = !c->client,
                       .length = length,
                       .key = {0x37, 0xfa, 0x21, 0x3d}};
  size_t size = ws_frame_write(&f, 0, payload, length, framed + at, sizeof(framed) - at);

  return size <= sizeof(framed) - at ? at + size : at;
}

/* A message in frames, as "frames" says. */
static void
deliver_framed(struct world_conn *c, const uint8_t *data, size_t length, uint32_t frames) {
  size_t first = length / 2;
  size_t at = 0;
  size_t i;

  if (frames == 0 || length < 2) {
    at = add_frame(c, at, WS_BIN, 1, data, length);
  } else if (frames == 3 && length < 200) {
    for (i = 0; i < length; i++)
      at = add_frame(c, at, i == 0 ? WS_BIN : WS_CONT, i + 1 == length, data + i, 1);
  } else {
    at = add_frame(c, at, WS_BIN, 0, data, first);
    if (frames == 2)
      at = add_frame(c, at, WS_PING, 1, (const uint8_t *)"hi", 2);
    at = add_frame(c, at, WS_CONT, 1, data + first, length - first);
  }
  conn_deliver(c, framed, at);
}

static void
deliver_message(const struct prog_op *op, uint32_t peer, uint8_t code, uint32_t token_mode,
                uint32_t longer, uint32_t cut, uint32_t frames) {
  struct world_conn *c = connection(peer, 1);
  int ws = world_is_ws();
  struct world_flow *f;
  uint8_t fresh[2];
  struct msg m;
  size_t length;

  if (c == NULL)
    return;
  f = world_flow(place_key(&c->local), place_key(&c->remote));
  f->next_mid++;
  memset(&m, 0, sizeof(m));
  m.code = code;
  world_message_token(op, token_mode, f, &m, fresh);
  world_message_content(op, f, &m);
  length = ws ? msg_write_ws(&m, scratch, sizeof(scratch))
              : msg_write_tcp(&m, longer, scratch, sizeof(scratch));
  if (length > sizeof(scratch))
    length = sizeof(scratch);
  length = length > cut ? length - cut : 0;
  if (ws)
    deliver_framed(c, scratch, length, frames);
  else
    conn_deliver(c, scratch, length);
}

void
world_stream_message(uint32_t peer, const struct msg *m) {
  struct world_conn *c = connection(peer, 1);
  size_t length;

  if (c == NULL)
    return;
  if (world_is_ws()) {
    length = msg_write_ws(m, scratch, sizeof(scratch));
    deliver_framed(c, scratch, length, 0);
  } else {
    length = msg_write_tcp(m, 0, scratch, sizeof(scratch));
    conn_deliver(c, scratch, length);
  }
}

static void
do_frame(const struct prog_op *op) {
  struct world_conn *c = connection(op->v[FRAME_PEER], 1);
  struct ws_frame f = {.key = {0x37, 0xfa, 0x21, 0x3d}};
  size_t size;

  if (c == NULL)
    return;
  f.fin = op->v[FRAME_MORE] == 0;
  f.opcode = op->v[FRAME_OPCODE];
  f.rsv = op->v[FRAME_RSV];
  f.masked = (op->v[FRAME_MASK] == 0) == !c->client;
  f.length = (uint64_t)op->data.n + op->v[FRAME_LONGER];
  size = ws_frame_write(&f, op->v[FRAME_FORM], op->data.p, op->data.n, framed, sizeof(framed));
  if (size <= sizeof(framed))
    conn_deliver(c, framed, size);
}

static void
do_connects(const struct prog_op *op) {
  struct world_conn *c;

  if (op->v[0] == 0) {
    conn_policy(op->v[1]);
    return;
  }
  c = conn_pending(0);
  if (c != NULL)
    conn_resolve(c, op->v[1]);
  world_process();
}

static void
on_connection(const struct prog_op *op) {
  struct world_conn *c = connection(op->v[0], op->kind == PROG_ROOM);

  if (c == NULL)
    return;
  switch (op->kind) {
  case PROG_UPGRADE:
    upgrade(c, op->v[1], &op->data);
    break;
  case PROG_END_STREAM:
    conn_end(c, op->v[1]);
    break;
  case PROG_ROOM:
    conn_room(c, op->v[1] == UNLIMITED ? SIZE_MAX : op->v[1]);
    break;
  default:
    if (world_is_secure())
      conn_secure_raw(c, op->data.p, op->data.n);
    else
      conn_deliver(c, op->data.p, op->data.n);
    break;
  }
  world_process();
}

int
world_stream_execute(const struct prog_op *op) {
  if (!world_is_stream())
    return op->kind >= PROG_CONNECT && op->kind <= PROG_SPLIT;
  switch (op->kind) {
  case PROG_CONNECT:
    conn_open(op->v[0], op->v[1]);
    world_process();
    return 1;
  case PROG_CONNECTS:
    do_connects(op);
    return 1;
  case PROG_MESSAGE:
    deliver_message(op, op->v[MSG_PEER], (uint8_t)op->v[MSG_CODE], op->v[MSG_TOKEN], 0,
                    op->v[MSG_CUT], 0);
    return 1;
  case PROG_STREAM_MESSAGE:
    deliver_message(op, op->v[STREAM_PEER], (uint8_t)op->v[STREAM_CODE], op->v[STREAM_TOKEN],
                    op->v[STREAM_LONGER], op->v[STREAM_CUT], op->v[STREAM_FRAMES]);
    return 1;
  case PROG_FRAME:
    do_frame(op);
    return 1;
  case PROG_SPLIT:
    conn_split(op->v[0], op->v[1], (int)op->v[2]);
    return 1;
  case PROG_DATAGRAM:
  case PROG_STREAM:
  case PROG_UPGRADE:
  case PROG_END_STREAM:
  case PROG_ROOM:
    on_connection(op);
    return 1;
  case PROG_FAULT:
  case PROG_ICMP:
    return 1; /* datagrams' */
  default:
    return 0;
  }
}
