/* conn.h -- connections of the simulated world: bytes that go in, in pieces, and what comes out,
 * put together again to messages that the oracles see. */
#ifndef FUZZ_WORLD_CONN_H_
#define FUZZ_WORLD_CONN_H_

#include "world/frame_reader.h"
#include "world/internal.h"
#include "world/tls_peer.h"

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

#define CONN_MARKS 16U

/* What a peer says on a secure connection: seen when the last byte of its record has passed. */
struct conn_secure {
  struct tls_peer *tls;    /* the peer's; NULL: the world is not secure */
  struct conn_bytes plain; /* said and not passed */
  struct {
    uint64_t end; /* of `put` */
    size_t length;
  } marks[CONN_MARKS];
  unsigned int n_marks;
  uint64_t put;    /* bytes that were made for the wire */
  uint64_t spoken; /* bytes that were said */
  int spoilt;      /* a record was changed: nothing that follows it is understood */
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
  struct conn_secure secure;
  char accept[29]; /* that answers the library's upgrade */
};

void conn_reset(void);

/* An observation of that connection. */
struct obs conn_obs(const struct world_conn *c, enum obs_kind kind);

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
/* 1: peers have said something that has not been carried. */
int conn_waiting(void);

void conn_append(struct conn_bytes *b, const uint8_t *data, size_t length);
void conn_drop(struct conn_bytes *b, size_t length);
/* Reads on what went in, or what the library sent. */
void conn_read(struct world_conn *c, int sent, const uint8_t *data, size_t length);
/* Bytes for the wire itself, in pieces. */
void conn_carry(struct world_conn *c);

/* conn_secure.c: the peers' (D)TLS on connections. */
/* Whoever opened the connection begins. */
void conn_secure_begin(struct world_conn *c);
void conn_secure_free(struct world_conn *c);
/* The peer says something. */
void conn_secure_say(struct world_conn *c, const uint8_t *data, size_t length);
/* Bytes of the wire's own, which are no records of the peer's. */
void conn_secure_raw(struct world_conn *c, const uint8_t *data, size_t length);
/* So many bytes have passed: what was said in them is there. */
void conn_secure_passed(struct world_conn *c);
/* The library has written these. */
void conn_secure_wrote(struct world_conn *c, const uint8_t *data, size_t length);
/* No limits any more. */
void conn_settle(void);

#endif /* FUZZ_WORLD_CONN_H_ */
