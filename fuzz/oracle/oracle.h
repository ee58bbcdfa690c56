/* oracle.h -- what is observed of a run, and who judges it.
 *
 * The world reports everything that can be seen from outside the library (bytes on the wire, calls
 * made and handlers called, what the public getters say) as a stream of observations. Each oracle
 * reads that stream and knows nothing else, so that a test can feed it a made-up one. */
#ifndef FUZZ_ORACLE_ORACLE_H_
#define FUZZ_ORACLE_ORACLE_H_

#include "world/message.h"

#include <stddef.h>
#include <stdint.h>

enum obs_kind {
  OBS_OP,       /* an operation begins; value: enum prog_kind */
  OBS_IN,       /* a datagram was put into a library socket's queue; flag: sent to a group */
  OBS_OUT,      /* the library sent one; value: its length or -errno; flag: sent to a group */
  OBS_SEND,     /* coap_send() returned; value: message ID or -1; flag: observe requested */
  OBS_REQUEST,  /* request handler; flag: sent to a group */
  OBS_REPLY,    /* request handler returns; value: payload bytes it gave; flag: no answer yet */
  OBS_RESPONSE, /* response handler; value: message ID of the request or -1 */
  OBS_NACK,     /* NACK handler; value: message ID; extra: reason */
  OBS_EVENT,    /* event handler; value: the event */
  OBS_PING,     /* ping handler; value: message ID */
  OBS_PONG,     /* pong handler; value: message ID */
  OBS_API,      /* value: enum obs_api; extra: references that the program holds afterwards;
                   flag: of a client's session */
  OBS_BORN,     /* a session is seen for the first time; value: type; extra: state; flag: mcast */
  OBS_GONE,     /* its pointer is dead from now on; value: enum obs_gone */
  OBS_STATE,    /* after each operation; value: state; extra: type; count: references held */
  OBS_PARAM,    /* value: which (order of program_spec.c); extra: the value read back */
  OBS_SETTING,  /* a context's; value: which, -1: it was created; extra: the value */
  OBS_FAULT,    /* memory or socket failure injected */
  OBS_MEMORY,   /* after each operation; count: live bytes; value: live blocks */
  OBS_SETTLED,  /* all references given back and long enough waited; contexts still there */
  OBS_CONN,     /* a connection; value: enum obs_conn; flag: the library opened it */
  OBS_CHUNK_IN, /* bytes for the library to read; value: how many; flag: when it next reads at all
                 */
  OBS_ROOM,     /* what it may write is limited (flag) or not */
  OBS_GOT,      /* the last of a message's bytes was put there */
  OBS_SENT,     /* ... was written by the library */
  OBS_FRAME,    /* a WebSocket frame or upgrade; value: opcode, -1: an HTTP head; flag: sent */
  OBS_END,      /* contexts freed; count: live bytes; value: live blocks; extra: open sockets */
  OBS_WIRE      /* what really went over the wire of a secure session; flag: the library sent it;
                   value: length or -errno; OBS_IN and OBS_OUT are what was in it */
};

/* Values of OBS_EVENT that oracles ask for (coap_handler(3)). */
enum { EVENT_DTLS_CLOSED = 0, EVENT_DTLS_CONNECTED = 0x1de, EVENT_DTLS_ERROR = 0x200 };

#define OBS_BIT(kind) (UINT32_C(1) << (kind))

/* Observations of connections carry the connection's number as count. */
enum obs_conn { OBS_CONN_OPEN, OBS_CONN_CLOSED, OBS_CONN_FINISHED, OBS_CONN_BROKEN };

enum obs_api {
  OBS_API_REFERENCE,
  OBS_API_RELEASE,
  OBS_API_DISCONNECT, /* count: the reason */
  OBS_API_SET_TYPE_CLIENT,
  OBS_API_CANCEL, /* an observation: the library sends a request of its own */
  OBS_API_PING,
  OBS_API_RESPOND, /* a deferred answer is sent; count: its payload */
  OBS_API_CLOSE_ENDPOINT,
  OBS_API_CLOSE_CONTEXT
};

enum obs_gone { OBS_GONE_DELETED, OBS_GONE_RELEASED, OBS_GONE_CONTEXT };

struct obs {
  enum obs_kind kind;
  unsigned int op;        /* index of the operation */
  uint64_t now;           /* ms */
  unsigned int session;   /* 1.., 0: none */
  uint64_t local, remote; /* place keys; of the session's ends where a session is named */
  int stream;             /* the world speaks TCP or WebSockets */
  int secure;             /* ... through (D)TLS */
  int blocks;             /* enum prog_blocks of the world */
  int flag;
  long value;
  long extra;
  size_t count;
  const uint8_t *data; /* OBS_IN, OBS_OUT, OBS_WIRE */
  size_t length;
  const struct msg *msg; /* OBS_IN, OBS_OUT, OBS_SEND, OBS_REQUEST, OBS_RESPONSE, OBS_NACK (sent) */
  const char *malformed; /* OBS_IN, OBS_OUT: what msg_parse() said */
};

struct oracle {
  const char *name;
  uint32_t kinds; /* which observations it wants: OBS_BIT() of each */
  void (*reset)(void);
  void (*observe)(const struct obs *o);
};

/* All of them, and those that judge whatever the application does; each ends with NULL. */
extern const struct oracle *const oracles[];
extern const struct oracle *const oracles_of_a_free_hand[];

/* `free_hand`: the application may do what most of them cannot follow. */
void oracle_reset_all(int free_hand);
void oracle_observe_all(const struct obs *o);

/* Reports a violated rule and aborts, so that any fuzzer keeps the input. `section` is where the
 * rule stands. */
void oracle_violated(const char *oracle, const char *section, const struct obs *o,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A client's session (set-type-client makes others such) ends with the last reference to it, even
 * within its own handler. */
static inline int
oracle_is_last_release(const struct obs *o) {
  return o->kind == OBS_API && o->value == OBS_API_RELEASE && o->flag && o->extra == 0;
}

/* Whether what a stack is known to do wrong (world/stack.h) ends no run: FUZZ_PAST_KNOWN is in the
 * environment. */
int oracle_past_known(void);

/* For tests: called instead of printing and aborting. NULL restores. */
typedef void (*oracle_sink)(const char *oracle, const char *section);
void oracle_set_sink(oracle_sink sink);

/* Limits that an oracle's tables keep; past them it lets go of the oldest. */
#define ORACLE_MESSAGES 1024U
#define ORACLE_SESSIONS 256U

uint64_t oracle_hash(const uint8_t *data, size_t len);

#endif /* FUZZ_ORACLE_ORACLE_H_ */
