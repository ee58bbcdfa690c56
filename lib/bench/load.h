/* load.h -- one run of the load generator: what is asked for, what is under way, what came of it.
 *
 *   load_main -> load_run -> load_link_udp, load_link_dtls -> load_datagrams
 *                       \--> load_link_tcp */
#ifndef COAPSPEC_BENCH_LOAD_H_
#define COAPSPEC_BENCH_LOAD_H_

#include "histogram.h"
#include "load_message.h"
#include "load_watch.h"

#include <stddef.h>
#include <stdint.h>

#define LOAD_NS 1000000000ULL /* a second */

typedef enum load_task_t {
  LOAD_REQUESTS,  /* one request after another */
  LOAD_OBSERVE,   /* each session registers, then notifications are counted */
  LOAD_DOWNLOAD,  /* each session fetches bodies block by block */
  LOAD_HANDSHAKES /* each session connects, asks once, and begins anew */
} load_task_t;

typedef struct load_options_t {
  const char *text; /* the URI */
  coap_proto_t proto;
  coap_address_t server;
  load_template_t template;
  load_task_t task;
  unsigned long sessions;
  unsigned long outstanding;
  unsigned long rate; /* requests a second; 0: as many as are answered */
  int is_random;      /* at random times */
  double seconds;
  double warm_up;
  unsigned long requests; /* at most; 0: no bound */
  unsigned long patience_ms;
  uint32_t first_source; /* address of the first session, host order; 0: ports */
  const char *identity;
  uint8_t *key; /* owned */
  size_t key_length;
  const char *json;
  const char *percentiles;
  int is_quiet;
  load_watched_t server_processes;
} load_options_t;

enum { LOAD_TICK_MS = 100, LOAD_TICKS_MAX = 36000, LOAD_ROUNDS_MAX = 1000 };

/* Notifications that came with no pause between them. */
typedef struct load_round_t {
  uint64_t first;
  uint64_t last;
  uint64_t count;
} load_round_t;

typedef struct load_result_t {
  uint64_t sent;
  uint64_t answered;    /* of these, however late */
  uint64_t in_time;     /* answers that came while counting, to whatever */
  uint64_t errors;      /* of the answered, with a code of 4.xx or 5.xx */
  uint64_t lost;        /* no answer in time */
  uint64_t reset;       /* answered by a Reset, or the connection broke */
  uint64_t stray;       /* what answers nothing that is waited for */
  uint64_t failed;      /* datagrams that the system did not take */
  uint64_t connections; /* established */
  uint64_t bodies;
  uint64_t bytes; /* payload of bodies */
  uint64_t notifications;
  uint64_t began; /* of the time that counts, after warming up */
  uint64_t ended;
  double cpu_seconds;  /* the generator's own */
  uint64_t server_cpu; /* of the processes that are watched, ns */
  histogram_t latency;
  uint32_t ticks[LOAD_TICKS_MAX]; /* answers, by LOAD_TICK_MS */
  load_round_t rounds[LOAD_ROUNDS_MAX];
  unsigned int round_count;
} load_result_t;

typedef struct load_t load_t;

/* A transport; one of the load_link_*.c. */
typedef struct load_link_ops_t {
  /* All sessions, established where the transport knows of that. 1, or 0: said on stderr. */
  int (*open)(load_t *load);
  void (*close)(load_t *load);

  /* Queues one message. */
  void (*send)(load_t *load, uint32_t session, const uint8_t *message, size_t length);
  void (*flush)(load_t *load);

  /* Gives what has come to load_take(); waits so long at most when there is nothing. */
  void (*receive)(load_t *load, int64_t wait_ns);

  /* Ends a session and begins it anew; load_connected() or load_broken() follows. */
  void (*renew)(load_t *load, uint32_t session);
} load_link_ops_t;

extern const load_link_ops_t load_link_udp;
extern const load_link_ops_t load_link_tcp;
extern const load_link_ops_t load_link_dtls;

/* A request that is under way. */
typedef struct load_slot_t {
  uint64_t due; /* when it was to be sent, which is when its latency begins */
  uint64_t sent;
  uint32_t generation; /* the request's number in this slot: with it, the token is new */
  uint32_t session;
  uint32_t block;    /* of a body */
  uint32_t last_mid; /* of a notification; beyond 16 bits: none has come */
  int is_waiting;
  int is_counted;                  /* sent while counting */
  struct load_slot_t *prev, *next; /* in order of sending */
} load_slot_t;

struct load_t {
  const load_options_t *options;
  const load_link_ops_t *ops;
  void *link; /* the transport's own */
  load_result_t result;
  load_slot_t *slots;
  uint32_t slot_count;
  uint32_t *unused; /* stack of slots */
  uint32_t unused_count;
  load_slot_t *waiting; /* oldest first */
  uint16_t *mids;       /* last used, by session */
  uint64_t started;     /* requests, since counting began */
  uint64_t turn;        /* of the sessions, for the next request */
  uint64_t next_due;    /* of the next request that a rate asks for */
  uint64_t random;
  uint32_t observing; /* sessions that have registered */
  int is_counting;    /* warmed up */
};

uint64_t load_now(void);

/* Runs it. 1, or 0: said on stderr. */
int load_run(load_t *load, const load_options_t *options);

/* From the transports: a response, a session that is established anew, one that has ended. */
void load_take(load_t *load, uint32_t session, const load_reply_t *reply);
void load_connected(load_t *load, uint32_t session);
void load_broken(load_t *load, uint32_t session);

/* Progress: on a terminal, on stderr, about once a second. */
void load_say(const load_t *load, const char *what, uint64_t count, uint64_t of);

/* What came of it, on stdout and in the files asked for. 1, or 0: said on stderr. */
int load_report(const load_t *load);

#endif /* COAPSPEC_BENCH_LOAD_H_ */
