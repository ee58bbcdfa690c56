/* world_observe.c -- many observers in one operation: a peer's registrations with the library's
 * server, or the library's own with a peer. */
#include "world/internal.h"

#include <string.h>

enum { REGISTER, CANCEL, RESET, ACKNOWLEDGE };
enum { OPTION_OBSERVE = 6, OPTION_PATH = 11 };

static void
deliver(uint32_t peer, const struct msg *m) {
  uint8_t datagram[64];
  struct place from;
  struct place to;
  uint64_t local;

  if (world_is_stream()) {
    world_stream_message(peer, m);
    return;
  }
  place_peer(&from, peer, (int)world.program->ipv6);
  world_target(0, &to, &local);
  world_deliver_message(&from, &to, datagram, msg_write(m, datagram, sizeof(datagram)));
}

static struct world_flow *
flow_of(uint32_t peer) {
  struct place from;
  struct place to;
  uint64_t local;

  place_peer(&from, peer, (int)world.program->ipv6);
  world_target(0, &to, &local);
  return world_flow(local, place_key(&from));
}

/* GET with Observe 0 or 1 (RFC 7641 2). */
static void
request(const struct prog_op *op, uint8_t token) {
  static const uint8_t one = 1;
  coap_str_const_t path = world_resource_path(op->v[OBSERVE_RESOURCE]);
  struct msg m = {.version = 1, .code = 1, .token = &token, .token_length = 1, .n_options = 2};

  m.type = token & 1 ? TYPE_NON : TYPE_CON;
  m.mid = flow_of(op->v[OBSERVE_PEER])->next_mid++;
  m.options[0].number = OPTION_OBSERVE;
  m.options[0].length = op->v[OBSERVE_DO] == CANCEL;
  m.options[0].value = &one;
  m.options[1].number = OPTION_PATH;
  m.options[1].length = (uint16_t)path.length;
  m.options[1].value = path.s;
  deliver(op->v[OBSERVE_PEER], &m);
}

/* What the library sent this peer last, rejected or acknowledged. */
static void
reply(const struct prog_op *op, uint32_t back) {
  struct msg m = {.version = 1};

  m.type = op->v[OBSERVE_DO] == RESET ? TYPE_RST : TYPE_ACK;
  m.mid = flow_of(op->v[OBSERVE_PEER])->mids[back % WORLD_RECENT];
  if (!world_is_stream())
    deliver(op->v[OBSERVE_PEER], &m);
}

static void
own(const struct prog_op *op, struct world_session *s, uint8_t token) {
  coap_binary_t named = {1, &token};

  if (op->v[OBSERVE_DO] == REGISTER)
    world_send_observe(s, world_resource_path(op->v[OBSERVE_RESOURCE]), token);
  else if (op->v[OBSERVE_DO] == CANCEL)
    world_cancel_token(s, &named);
}

void
world_observe(const struct prog_op *op) {
  /* Through (D)TLS they cost much, and are no others. */
  uint32_t most = world_is_secure() ? 16 : UINT32_MAX;
  uint32_t i;

  for (i = 0; i <= op->v[OBSERVE_COUNT] && i < most; i++) {
    uint8_t token = (uint8_t)(op->v[OBSERVE_FIRST] + i);
    struct world_session *s =
        world.program->roles == PROG_ROLE_SERVER ? NULL : world_slot(op->v[OBSERVE_PEER]);

    if (s != NULL)
      own(op, s, token);
    else if (world.context[WORLD_SERVER] != NULL && op->v[OBSERVE_DO] <= CANCEL)
      request(op, token);
    else if (world.context[WORLD_SERVER] != NULL)
      reply(op, i);
    if (i % 8 == 7) /* the queue of a socket is short */
      world_process();
  }
  world_process();
}
