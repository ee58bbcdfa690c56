/* clock_real.c -- the system's clocks. */
#include "seams/clock.h"

#include <time.h>

static uint64_t
read_clock(clockid_t id, uint64_t per_second) {
  struct timespec ts;

  clock_gettime(id, &ts);
  return (uint64_t)ts.tv_sec * per_second +
         (uint64_t)ts.tv_nsec / (UINT64_C(1000000000) / per_second);
}

uint64_t
coap_clock_now(void) {
  return read_clock(CLOCK_MONOTONIC, 1000);
}

uint64_t
coap_clock_wall_us(void) {
  return read_clock(CLOCK_REALTIME, 1000000);
}
