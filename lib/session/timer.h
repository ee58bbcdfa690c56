/* timer.h -- deadlines in one binary heap: arm, cancel and expire are O(log n). */
#ifndef COAP_SESSION_TIMER_H_
#define COAP_SESSION_TIMER_H_

#include <stddef.h>
#include <stdint.h>

typedef struct coap_timer_t coap_timer_t;

/* Called when due, the timer already disarmed, so that it may be armed again or freed. */
typedef void (*coap_timer_fire_t)(coap_timer_t *timer, uint64_t now);

/* Embedded in what it times; zeroed memory is a disarmed timer. */
struct coap_timer_t {
  coap_timer_fire_t fire;
  size_t place; /* 1-based place in the heap, 0 when disarmed */
};

/* Deadlines lie side by side, so that comparing them touches no timer. */
typedef struct coap_timer_slot_t {
  uint64_t deadline; /* ms, clock of coap_clock_now() */
  coap_timer_t *timer;
} coap_timer_slot_t;

typedef struct coap_timers_t {
  coap_timer_slot_t *heap; /* 1-based: heap[0] is not used */
  size_t used;
  size_t room;
} coap_timers_t;

#define COAP_TIMER_NEVER UINT64_MAX

void coap_timers_init(coap_timers_t *timers);

/* Disarms everything and frees the heap's memory. */
void coap_timers_clear(coap_timers_t *timers);

/* Makes room for `extra` more armed timers. Returns 1, or 0 when out of memory: after a success
 * that many coap_timer_arm() calls cannot fail. */
int coap_timers_reserve(coap_timers_t *timers, size_t extra);

/* Arms or re-arms. Returns 1, or 0 when out of memory (the timer is then disarmed). Re-arming an
 * armed timer cannot fail. */
int coap_timer_arm(coap_timers_t *timers, coap_timer_t *timer, uint64_t deadline);

/* Disarms; a disarmed timer is left alone. */
void coap_timer_cancel(coap_timers_t *timers, coap_timer_t *timer);

/* Earliest deadline or COAP_TIMER_NEVER. */
uint64_t coap_timers_next(const coap_timers_t *timers);

/* Fires what is due at `now`, earliest first, at most `limit` timers, so that a handler which
 * re-arms itself for now cannot keep the caller. Returns the number fired. */
size_t coap_timers_expire(coap_timers_t *timers, uint64_t now, size_t limit);

#endif /* COAP_SESSION_TIMER_H_ */
