/* time.c -- ticks: milliseconds of the monotonic clock, counted from coap_clock_init(). */
#include <coap3/coap.h>

#include "seams/clock.h"

static uint64_t wall_start_us; /* wall time at tick 0 */

void
coap_clock_init(void) {
  wall_start_us = coap_clock_wall_us() - coap_clock_now() * 1000;
}

void
coap_ticks(coap_tick_t *t) {
  if (t)
    *t = coap_clock_now();
}

coap_time_t
coap_ticks_to_rt(coap_tick_t t) {
  return (coap_time_t)(coap_ticks_to_rt_us(t) / 1000000);
}

uint64_t
coap_ticks_to_rt_us(coap_tick_t t) {
  return wall_start_us + t * (1000000 / COAP_TICKS_PER_SECOND);
}

coap_tick_t
coap_ticks_from_rt_us(uint64_t t) {
  return t > wall_start_us ? (t - wall_start_us) / (1000000 / COAP_TICKS_PER_SECOND) : 0;
}
