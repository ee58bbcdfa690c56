/* inbox.h -- what the library has been sent: CON and NON messages by (local, remote, MID), and how
 * each was answered. Kept once for the oracles that ask. */
#ifndef FUZZ_ORACLE_INBOX_H_
#define FUZZ_ORACLE_INBOX_H_

#include "oracle/oracle.h"

/* So many other messages of one ID are told from the first; with more, nobody says what was not
 * sent. */
#define INBOX_OTHERS 4U

struct arrival {
  uint64_t first;         /* ms */
  uint64_t first_content; /* inbox_content() of the first one of this life of the MID */
  uint64_t reply;         /* hash of the ACK or RST that answered it, 0: none yet */
  unsigned int op;        /* operation of the latest */
  unsigned int copies;
  unsigned int types;      /* bit per type, of all */
  unsigned int good_types; /* bit per type, of the well-formed */
  unsigned int replies;    /* sent with success */
  unsigned int handled;    /* request handler calls */
  unsigned int sequence;   /* among the flow's message IDs */
  uint64_t bytes;          /* the flow's reply bytes when it came */
  uint32_t epoch;
  int unicast;    /* some copy was not sent to a group */
  int idempotent; /* all copies were requests of such methods (RFC 7252 5.1, RFC 8132 2, 3) */
  uint64_t other_contents[INBOX_OTHERS];
  unsigned int others; /* how many contents but the first there were */
  int loose;           /* the library may have forgotten it: a copy may count as new */
};

/* NULL when nothing with that message ID came in. */
struct arrival *inbox_find(uint64_t local, uint64_t remote, uint16_t mid);

/* For a reply that answers none of them: what it is likely for, as words to be put behind a
 * report's, so that findings of different causes do not look alike. */
const char *inbox_suspicion(uint64_t local, uint64_t remote, uint16_t mid);

/* 1 when more came in than is remembered: what is not found may have been there. */
int inbox_is_full(void);

/* Hash of code, token, critical options and payload. Elective options are left out: those out of
 * range are to be ignored (RFC 7252 5.4.3), which the library does by taking them out. */
uint64_t inbox_content(const struct msg *m);

/* Whether a message of that content may have come in with that ID. */
int inbox_had_content(const struct arrival *a, uint64_t content);

/* A request that the library may put to its handler again, for each notification (RFC 7641 3.2). */
int inbox_is_observation(const struct msg *m);

extern const struct oracle inbox_tracker;

#endif /* FUZZ_ORACLE_INBOX_H_ */
