/* world_secure.c -- what secure worlds of datagrams and of connections share: how peers will do
 * their next handshake, what is done to records on their way, and whose an operation is. */
#include "world/internal.h"
#include "world/record.h"
#include "world/tls_peer.h"
#include "world/tls_view.h"
#include "world/world_secure.h"

#include <string.h>

static struct tls_peer_side manners[PLACE_PEERS];
static struct tamper tampers[2];

void
world_secure_reset(void) {
  memset(manners, 0, sizeof(manners));
  world_secure_settle();
  world_dtls_reset();
  if (!world_is_secure())
    return;
  tls_view_reset();
  tls_peer_begin_run(world.program->seed);
}

void
world_secure_settle(void) {
  tampers[WIRE_IN].active = tampers[WIRE_OUT].active = 0;
  tampers[WIRE_IN].held_length = tampers[WIRE_OUT].held_length = 0;
}

struct tls_peer_side
world_manner(int peer) {
  return manners[peer < 0 ? 0 : peer];
}

struct tamper *
world_tamper(int direction) {
  return &tampers[direction];
}

/* How far it goes counts for one that the peer begins now, the rest for those to come as well. */
static void
do_handshake(const struct prog_op *op) {
  struct tls_peer_side *m = &manners[op->v[HANDSHAKE_PEER]];
  int begun;

  m->as = op->v[HANDSHAKE_AS];
  m->version = op->v[HANDSHAKE_VERSION];
  m->mtu = op->v[HANDSHAKE_MTU];
  m->stop = op->v[HANDSHAKE_STOP];
  begun = world_is_stream() ? conn_secure_handshake(op) : world_dtls_handshake(op);
  if (begun)
    m->stop = 0;
}

static void
do_tamper(const struct prog_op *op) {
  tamper_arm(&tampers[op->v[TAMPER_DIR]], op->v[TAMPER_DO], op->v[TAMPER_SKIP], op->v[TAMPER_AT],
             op->v[TAMPER_VALUE]);
}

int
world_secure_execute(const struct prog_op *op) {
  if (op->kind < PROG_HANDSHAKE || op->kind > PROG_KEYS)
    return 0;
  if (!world_is_secure())
    return 1;
  if (op->kind == PROG_KEYS)
    world_keys(op->v[0], op->v[1]);
  else if (op->kind == PROG_TAMPER)
    do_tamper(op);
  else if (op->kind == PROG_HANDSHAKE)
    do_handshake(op);
  else if (world_is_stream())
    conn_secure_execute(op);
  else
    world_dtls_execute(op);
  if (op->kind != PROG_KEYS && op->kind != PROG_TAMPER)
    world_process();
  return 1;
}
