/* program.h -- session programs: the one input format of fuzzing, recordings and regressions.
 *
 * A program is a world line (which roles the library plays, address family, seed) and a list of
 * operations. It exists as compact bytes (program_codec.c; any byte string is some program) and as
 * readable text (program_write.c, program_parse.c), lossless both ways. The table in
 * program_spec.c describes each operation's fields once; codec and text are driven by it. */
#ifndef FUZZ_WORLD_PROGRAM_H_
#define FUZZ_WORLD_PROGRAM_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROG_OPS_MAX     512U
#define PROG_OPTIONS_MAX 2048U /* in the whole program */
#define PROG_MSG_OPTIONS 24U   /* in one message */
#define PROG_FIELDS_MAX  10U
#define PROG_LARGE       20000U /* longest body of send-large */
#define PROG_NEW_DATA    1024U  /* longest payload made by size= */

/* Numbers are part of the stored format: never renumber, only append. */
enum prog_kind {
  PROG_DATAGRAM = 0,
  PROG_MESSAGE = 1,
  PROG_ADVANCE = 2,
  PROG_SEND = 3,
  PROG_PROCESS = 4,
  PROG_FAULT = 5,
  PROG_OPEN_ENDPOINT = 6,
  PROG_CLOSE_ENDPOINT = 7,
  PROG_OPEN_CLIENT = 8,
  PROG_REFERENCE = 9,
  PROG_RELEASE = 10,
  PROG_DISCONNECT = 11,
  PROG_SET_TYPE_CLIENT = 12,
  PROG_HOLD = 13,
  PROG_RESPOND = 14,
  PROG_CANCEL = 15,
  PROG_PING = 16,
  PROG_NOTIFY = 17,
  PROG_SET = 18,
  PROG_FAIL_ALLOC = 19,
  PROG_FAIL_SEND = 20,
  PROG_ICMP = 21,
  PROG_REACT = 22,
  PROG_CONFIG = 23,
  PROG_RESOURCE = 24,
  PROG_CLOSE = 25,
  PROG_CONNECT = 26,
  PROG_CONNECTS = 27,
  PROG_STREAM = 28,
  PROG_STREAM_MESSAGE = 29,
  PROG_FRAME = 30,
  PROG_UPGRADE = 31,
  PROG_END_STREAM = 32,
  PROG_ROOM = 33,
  PROG_SPLIT = 34,
  PROG_OBSERVE = 35,
  PROG_SEND_LARGE = 36,
  PROG_HANDSHAKE = 37,
  PROG_PROTECTED = 38,
  PROG_TAMPER = 39,
  PROG_PEER_TLS = 40,
  PROG_KEYS = 41,
  PROG_ASYNC = 42,
  PROG_CALL = 43,
  PROG_KINDS
};

enum prog_roles { PROG_ROLE_SERVER, PROG_ROLE_CLIENT, PROG_ROLE_BOTH };

/* What all sessions of the world speak; the second half is the first secured. In the bytes it
 * shares the roles' place. */
enum prog_proto { PROG_UDP, PROG_TCP, PROG_WS, PROG_DTLS, PROG_TLS, PROG_WSS };

/* Who sees to bodies in blocks (coap_block(3)): the application, or the library, which hands over
 * single blocks, whole bodies, or these by Q-Block too. It shares the roles' place as well. */
enum prog_blocks { PROG_BLOCKS_NO, PROG_BLOCKS_PLAIN, PROG_BLOCKS_SINGLE, PROG_BLOCKS_QUICK };

enum prog_mid { PROG_MID_LITERAL, PROG_MID_NEXT, PROG_MID_LAST /* 3 more: last-1 .. last-3 */ };
#define PROG_MID_MODES 6U

/* A message ID field: mode in the upper half, the literal in the lower. */
#define PROG_MID(mode, value) (((uint32_t)(mode) << 16) | (value))
#define PROG_MID_MODE(v)      ((v) >> 16)
#define PROG_MID_VALUE(v)     ((uint16_t)((v)&0xffffU))

enum prog_token {
  PROG_TOKEN_LITERAL,
  PROG_TOKEN_LAST, /* 3 more: last-1 .. last-3 */
  PROG_TOKEN_OWN = 5,
  PROG_TOKEN_NEW = 6
};
#define PROG_TOKEN_MODES 7U

/* Of a FIELD_COUNT, what bytes by chance make is below. */
#define PROG_COUNT_FEW 8U

enum prog_field_type {
  FIELD_END = 0,
  FIELD_ENUM,    /* one byte; names[] */
  FIELD_NUMBER,  /* varint up to max */
  FIELD_COUNT,   /* of repetitions, up to max; bytes by chance make few */
  FIELD_CODE,    /* one byte; text c.dd */
  FIELD_MID,     /* mode byte, 2 bytes when literal */
  FIELD_TOKEN,   /* mode byte, length and bytes when literal */
  FIELD_OPTIONS, /* count, then (number, length, bytes) each */
  FIELD_BYTES    /* length and bytes */
};

struct prog_field {
  const char *name;
  enum prog_field_type type;
  uint32_t max;             /* FIELD_ENUM: number of names minus one */
  const char *const *names; /* FIELD_ENUM only */
};

struct prog_spec {
  const char *name;
  struct prog_field fields[PROG_FIELDS_MAX + 1];
};

struct prog_span {
  const uint8_t *p;
  uint32_t n;
};

struct prog_option {
  uint16_t number;
  struct prog_span value;
};

/* v[i] holds the i-th field when it is a number, enum, code or mid, and a token's mode. Spans
 * point into the bytes or the arena that the program came from. */
struct prog_op {
  uint8_t kind;
  uint8_t n_options;
  uint16_t first_option;
  uint32_t v[PROG_FIELDS_MAX];
  struct prog_span token;
  struct prog_span data;
};

struct program {
  uint32_t roles; /* enum prog_roles */
  uint32_t ipv6;  /* 0 or 1 */
  uint32_t seed;
  uint32_t proto;     /* enum prog_proto */
  uint32_t blocks;    /* enum prog_blocks */
  uint32_t free_hand; /* 1: the application does what most oracles cannot follow; the target's, not
                         part of what is stored */
  uint32_t n_ops;
  uint32_t n_options;
  struct prog_op ops[PROG_OPS_MAX];
  struct prog_option options[PROG_OPTIONS_MAX];
};

/* Field positions of PROG_MESSAGE and PROG_SEND, which several files look into. */
enum {
  MSG_PEER,
  MSG_TO,
  MSG_VERSION,
  MSG_TYPE,
  MSG_CODE,
  MSG_MID,
  MSG_TOKEN,
  MSG_OPT,
  MSG_PAYLOAD,
  MSG_CUT
};
enum {
  STREAM_PEER,
  STREAM_CODE,
  STREAM_TOKEN,
  STREAM_OPT,
  STREAM_PAYLOAD,
  STREAM_LONGER, /* what Len says too much */
  STREAM_CUT,    /* bytes left out at the end */
  STREAM_FRAMES  /* of a WebSocket message */
};
enum { FRAME_PEER, FRAME_OPCODE, FRAME_MORE, FRAME_RSV, FRAME_MASK, FRAME_FORM, FRAME_LONGER };
enum { OBSERVE_PEER, OBSERVE_DO, OBSERVE_RESOURCE, OBSERVE_COUNT, OBSERVE_FIRST };
enum {
  HANDSHAKE_PEER,
  HANDSHAKE_TO,
  HANDSHAKE_AS,
  HANDSHAKE_VERSION,
  HANDSHAKE_MTU,
  HANDSHAKE_STOP
};
enum { CALL_CONTEXT, CALL_DO, CALL_SESSION, CALL_VALUE };
enum { ASYNC_DO, ASYNC_MS, ASYNC_NTH };
enum { TAMPER_DIR, TAMPER_DO, TAMPER_SKIP, TAMPER_AT, TAMPER_VALUE };
enum { LARGE_SESSION, LARGE_TYPE, LARGE_CODE, LARGE_OPT, LARGE_SIZE };
enum { SEND_SESSION, SEND_TYPE, SEND_CODE, SEND_TOKEN, SEND_OPT, SEND_PAYLOAD };

/* NULL for a kind that has no row. */
const struct prog_spec *prog_spec(unsigned int kind);
extern const struct prog_spec prog_world_spec;

/* Never fails; spans point into `bytes`, which must outlive the program. */
void prog_decode(struct program *p, const uint8_t *bytes, size_t len);

/* Canonical bytes. Returns the length they need; `out` is complete when that is at most `size`. */
size_t prog_encode(const struct program *p, uint8_t *out, size_t size);

/* Field-wise equality. */
int prog_equal(const struct program *a, const struct program *b);

void prog_write_text(const struct program *p, FILE *out);
void prog_write_op(const struct program *p, const struct prog_op *op, FILE *out);

/* Where and what of a parse error, 1-based. */
struct prog_error {
  unsigned int line;
  unsigned int column;
  char message[200];
};

/* Parses `len` characters of text; the bytes of spans are put into `arena`, which needs no more
 * than `len` bytes. Returns 1, or 0 with `error` filled and `p` unspecified. */
int prog_parse_text(struct program *p, const char *text, size_t len, uint8_t *arena,
                    struct prog_error *error);

/* Appends an op with every field zero; NULL when the program is full. */
struct prog_op *prog_append(struct program *p, enum prog_kind kind);

/* Adds an option to the last appended op. 0 when there is no room. */
int prog_add_option(struct program *p, struct prog_op *op, uint16_t number, const uint8_t *value,
                    uint32_t len);

/* Name of a CoAP option, or NULL; number of a name, or -1. */
const char *prog_option_name(uint16_t number);
int prog_option_number(const char *name, size_t len);

#endif /* FUZZ_WORLD_PROGRAM_H_ */
