/* world.h -- runs a session program against the library, through its public calls, on simulated
 * clock, network, memory and randomness. */
#ifndef FUZZ_WORLD_WORLD_H_
#define FUZZ_WORLD_WORLD_H_

#include "world/program.h"

#include <stdio.h>

struct world_options {
  FILE *text;   /* trace as text, or NULL */
  FILE *pcapng; /* what went over the simulated wire, or NULL */
};

/* What is made once, before the first run, which does it when nobody has: engines that count edges
 * would see the first run differ from the same one later. */
void world_prepare(void);

/* Runs `p` from a clean start to an empty end. Aborts when an oracle objects. Returns the trace
 * hash: the same program gives the same hash. */
uint64_t world_run(const struct program *p, const struct world_options *options);

/* Of the last run: a hash of what the library said on connections and told the application, which
 * does not depend on how streams were cut into pieces. */
uint64_t world_talk_hash(void);

/* Of the last run: the Sec-WebSocket-Accept that the library's first request for an upgrade
 * demands; empty when there was none. */
const char *world_upgrade_accept(void);

#endif /* FUZZ_WORLD_WORLD_H_ */
