/* oscore_replay.h -- which sequence numbers a recipient has seen (RFC 8613 7.4): a sliding window.
 */
#ifndef COAP_SECURE_OSCORE_REPLAY_H_
#define COAP_SECURE_OSCORE_REPLAY_H_

#include <stdint.h>

enum { COAP_OSCORE_WINDOW_DEFAULT = 32, COAP_OSCORE_WINDOW_MAX = 63 };

typedef struct coap_oscore_replay_t {
  uint64_t newest; /* highest number accepted */
  uint64_t seen;   /* bit i: newest - i was accepted; 0 when none was yet */
  unsigned int size;
} coap_oscore_replay_t;

static inline void
coap_oscore_replay_init(coap_oscore_replay_t *window, unsigned int size) {
  window->newest = window->seen = 0;
  window->size = size;
}

/* 1 when `number` is neither seen nor too old to know. */
static inline int
coap_oscore_replay_is_new(const coap_oscore_replay_t *window, uint64_t number) {
  uint64_t age = window->newest - number;

  if (!window->seen || number > window->newest)
    return 1;
  return age < window->size && !(window->seen >> age & 1);
}

/* Takes note of a number that is new and whose message has been verified. */
static inline void
coap_oscore_replay_accept(coap_oscore_replay_t *window, uint64_t number) {
  if (!window->seen) {
    window->newest = number;
    window->seen = 1;
  } else if (number > window->newest) {
    uint64_t step = number - window->newest;

    window->seen = (step < 64 ? window->seen << step : 0) | 1;
    window->newest = number;
  } else {
    window->seen |= UINT64_C(1) << (window->newest - number);
  }
}

/* The window begins anew with `number`: nothing below it is accepted (RFC 8613 B.1.2). */
static inline void
coap_oscore_replay_restart(coap_oscore_replay_t *window, uint64_t number) {
  window->newest = number;
  window->seen = ~UINT64_C(0);
}

#endif /* COAP_SECURE_OSCORE_REPLAY_H_ */
