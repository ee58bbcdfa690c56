/* load_open.c -- opening the sessions of a transport that knows when they are established. */
#include "load_open.h"

#include <stdio.h>

enum { WAIT_NS = 5000000 };

static int
start_some(load_t *load, const load_opening_t *opening, uint32_t *started) {
  while (*started < load->options->sessions && *started - *opening->count < opening->at_once) {
    if (!opening->start(load, (*started)++))
      return 0;
  }
  return 1;
}

int
load_open_all(load_t *load, const load_opening_t *opening) {
  unsigned long sessions = load->options->sessions;
  uint64_t last = load_now();
  uint32_t started = 0;
  uint32_t before = 0;

  while (*opening->count < sessions) {
    if (!start_some(load, opening, &started))
      return 0;
    load->ops->flush(load);
    load->ops->receive(load, WAIT_NS);
    load_say(load, opening->what, *opening->count, sessions);
    if (*opening->count != before)
      last = load_now();
    before = *opening->count;
    if (load_now() - last > opening->patience_ms * 1000000ULL) {
      fprintf(stderr, "coapspec-load: %s: %u of %lu are done and no more come: %s\n", opening->what,
              before, sessions, opening->advice);
      return 0;
    }
  }
  return 1;
}
