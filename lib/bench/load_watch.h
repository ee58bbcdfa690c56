/* load_watch.h -- what the server's processes take of the machine, when they run on this one. */
#ifndef COAPSPEC_BENCH_LOAD_WATCH_H_
#define COAPSPEC_BENCH_LOAD_WATCH_H_

#include <stdint.h>

enum { LOAD_WATCHED_MAX = 16 };

typedef struct load_watched_t {
  unsigned long pids[LOAD_WATCHED_MAX];
  unsigned int count;
} load_watched_t;

/* Process IDs with commas between them. 1, or 0: that is none. */
int load_watch_read(load_watched_t *watched, const char *text);

/* Processor time of all of them so far, in nanoseconds; a process that is gone has none. */
uint64_t load_watch_cpu(const load_watched_t *watched);

#endif /* COAPSPEC_BENCH_LOAD_WATCH_H_ */
