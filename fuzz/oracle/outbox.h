/* outbox.h -- what the library has sent: CON and NON messages by (local, remote, MID), and when
 * each was answered. Kept once for the oracles that ask. */
#ifndef FUZZ_ORACLE_OUTBOX_H_
#define FUZZ_ORACLE_OUTBOX_H_

#include "oracle/oracle.h"

/* Transmission parameters of a session (RFC 7252 4.8). */
struct timing {
  uint32_t ack_timeout_ms;
  uint32_t factor_milli; /* ACK_RANDOM_FACTOR * 1000 */
  uint32_t max_retransmit;
  uint32_t nstart;
  int changed; /* after the message went out: its bounds are not known */
};

struct sent {
  uint64_t first, last; /* ms */
  uint64_t first_gap;   /* ms between the first two copies, 0: none yet */
  uint64_t hash;
  uint64_t token; /* hash */
  struct outflow *flow;
  struct sent *earlier; /* among the flow's open ones, or NULL */
  int open;             /* it is among them */
  struct timing timing;
  unsigned int copies;
  uint8_t type, code;
  uint32_t epoch;
  uint64_t answered_at; /* ms */
  int answered;         /* an ACK or RST for it came in */
  int responded;        /* a response with its token came in */
  int doubtful;         /* it may be over for a stack that goes its own way (world/stack.h) */
  int over;             /* NACK handler called for it, or its session closed */
  int failed;           /* the socket refused a copy */
};

/* So many of 65 s, 65 times as long and in milliseconds, are less than 64 bits and more than any
 * run: further on nothing is measured. */
enum { DOUBLINGS_MAX = 20 };

enum { OUTFLOW_TOKENS = 32 };

struct outflow {
  struct sent *latest; /* of those of which something may still be heard, or NULL */
  struct timing timing;
  uint32_t epoch; /* one more for each session that ended */
  int closed;     /* disconnected or given back: nothing may go out by itself */
  int client;     /* the library is the client; a datagram does not reopen it */
  /* During this operation, so that what came in may still wait to be handled: */
  int heard;                        /* a datagram came in */
  unsigned int n_answers;           /* responses that came in, more than OUTFLOW_TOKENS perhaps */
  uint64_t answers[OUTFLOW_TOKENS]; /* hashes of their tokens */
};

struct sent *outbox_find(uint64_t local, uint64_t remote, uint16_t mid);
struct outflow *outbox_flow(uint64_t local, uint64_t remote);

/* 1: closed or not, a datagram that waits to be handled may open it. */
static inline int
outflow_may_reopen(const struct outflow *f) {
  return f->heard && !f->client;
}

/* CONs of that flow that are in flight at `now` (RFC 7252 4.7), Empty ones left out. */
unsigned int outbox_in_flight(uint64_t local, uint64_t remote, uint64_t now);

/* 0 when no CON of that flow can be in flight any more, Empty ones included. */
int outbox_perhaps_in_flight(uint64_t local, uint64_t remote, uint64_t now);

/* 1 when there was no room for all that was sent: what is not found may be a copy all the same. */
int outbox_is_full(void);

/* 1 when memory or socket failures were injected. */
int outbox_disturbed(void);

extern const struct oracle outbox_tracker;

#endif /* FUZZ_ORACLE_OUTBOX_H_ */
