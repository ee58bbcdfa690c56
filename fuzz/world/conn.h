/* conn.h -- connections of the simulated world: bytes that go in, in pieces, and what comes out,
 * put together again to messages that the oracles see. */
#ifndef FUZZ_WORLD_CONN_H_
#define FUZZ_WORLD_CONN_H_

#include "world/frame_reader.h"
#include "world/internal.h"

#define WORLD_CONNS 64U

struct conn_bytes {
  uint8_t *data;
  size_t length;
  size_t room;
};

/* One direction, as the harness reads it. */
struct conn_side {
  struct conn_bytes bytes;   /* not read yet */
  struct conn_bytes message; /* WebSocket: of the fragments so far */
  int head_done;             /* WebSocket: the upgrade has passed */
  int in_message;
  int broken; /* past reading */
};

struct world_conn {
  unsigned int id; /* of net_sim.h */
  enum { CONN_CLOSED, CONN_PENDING, CONN_OPEN } state;
  int client;              /* the library opened it */
  int peer;                /* number, -1: none */
  struct world_conn *link; /* the library's own other end */
  struct place local, remote;
  uint64_t passed;        /* bytes that were put into it */
  struct conn_bytes wire; /* to be put into it, piece by piece */
  int finish;             /* and then the end */
  struct conn_side got, sent;
  char accept[29]; /* that answers the library's upgrade */
};

void conn_reset(void);

/* A peer connects; NULL when it cannot. */
struct world_conn *conn_open(uint32_t peer, uint32_t endpoint);
/* The newest open one of that peer, else any one; NULL when there is none. */
struct world_conn *conn_find(uint32_t peer);
struct world_conn *conn_pending(uint32_t peer);

/* What becomes of connections that the library opens from now on: order of program_spec.c. */
void conn_policy(uint32_t outcome);
void conn_resolve(struct world_conn *c, uint32_t outcome);

/* How what is delivered is cut; see PROG_SPLIT. */
void conn_split(uint32_t at, uint32_t size, int join);
void conn_deliver(struct world_conn *c, const uint8_t *data, size_t length);
void conn_end(struct world_conn *c, uint32_t how);
void conn_room(struct world_conn *c, size_t bytes);

/* What answers the upgrade on the first connection; empty: there is none. */
const char *conn_accept(void);

/* A piece of each that has something to carry. */
void conn_pump(void);
/* No limits any more. */
void conn_settle(void);

#endif /* FUZZ_WORLD_CONN_H_ */
