/* connections.h -- the connections of a run, kept once for the oracles that ask. */
#ifndef FUZZ_ORACLE_CONNECTIONS_H_
#define FUZZ_ORACLE_CONNECTIONS_H_

#include "oracle/oracle.h"

#define CONNECTIONS_MAX 256U

struct connection {
  size_t id; /* 0: none */
  uint64_t local, remote;
  int client; /* the library opened it */
  int open;
  int finished; /* the peer sends no more, or it broke */
  int limited;  /* the library could not always write */
  int late;     /* what came was not always read at once */
  int csm_got;
  int spoiled; /* the peer broke a rule or said goodbye: what the library owes it is over */
};

/* Never NULL; the id 0 when there is none. */
const struct connection *connection_by_id(size_t id);

/* The newest with these ends: that of a session. */
const struct connection *connection_of(uint64_t local, uint64_t remote);

/* What an oracle keeps of each connection: CONNECTIONS_MAX records of `size` bytes that begin with
 * the connection's id, a size_t. Reset, they are nobody's; one that is asked for by a new id begins
 * with zeroes. */
void connection_states_reset(void *states, size_t size);
void *connection_state(void *states, size_t size, size_t id);

/* 1 when memory or socket failures were injected. */
int connections_disturbed(void);

extern const struct oracle connections_tracker;

#endif /* FUZZ_ORACLE_CONNECTIONS_H_ */
