/* record.h -- records of DTLS as they lie in datagrams (RFC 6347 4.1), and what a program does to
 * them on their way. */
#ifndef FUZZ_WORLD_RECORD_H_
#define FUZZ_WORLD_RECORD_H_

#include <stddef.h>
#include <stdint.h>

#define RECORD_HEADER 13U

enum { RECORD_CHANGE = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };

struct record {
  uint8_t type;
  uint16_t version;
  uint16_t epoch;
  uint64_t sequence;     /* 48 bits */
  const uint8_t *header; /* of RECORD_HEADER bytes, the body behind it */
  const uint8_t *body;
  size_t length; /* of the body */
};

/* Takes the next record off *data, *left. 0: none is left, or what is left is none. */
int record_next(const uint8_t **data, size_t *left, struct record *out);

/* What becomes of one datagram of a direction; see "tamper" in program_spec.c. */
enum tampering {
  TAMPER_FLIP,     /* the byte at `at` is changed by `value` */
  TAMPER_CUT,      /* `at` bytes at the end are left out */
  TAMPER_TYPE,     /* the first record's header says something else */
  TAMPER_VERSION,  /* ... */
  TAMPER_EPOCH,    /* ... */
  TAMPER_SEQUENCE, /* ... */
  TAMPER_LENGTH,   /* ... */
  TAMPER_REPEAT,   /* sent twice */
  TAMPER_SPLIT,    /* a datagram for each record */
  TAMPER_JOIN,     /* comes in one datagram with the next one */
  TAMPER_DROP,
  TAMPER_INSERT,   /* a byte `value` more at `at` */
  TAMPER_ELSEWHERE /* a copy comes from another peer, number `at`; the library's own come twice */
};

#define TAMPER_HELD 4096U

struct tamper {
  int active;
  uint32_t what, skip, at, value;
  int is_elsewhere;   /* what `out` is given now comes from that peer */
  size_t held_length; /* to be joined with what follows */
  uint8_t held[TAMPER_HELD];
};

typedef void (*tamper_out)(void *user, const uint8_t *data, size_t length);

void tamper_arm(struct tamper *t, uint32_t what, uint32_t skip, uint32_t at, uint32_t value);

/* Gives `out` what becomes of it: nothing, one or several datagrams. `stream`: the data are bytes
 * of a connection, whose records have shorter headers and are not split or joined. */
void tamper_pass(struct tamper *t, int stream, const uint8_t *data, size_t length, tamper_out out,
                 void *user);

#endif /* FUZZ_WORLD_RECORD_H_ */
