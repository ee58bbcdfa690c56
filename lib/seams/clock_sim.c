/* clock_sim.c -- virtual time: stands still until the driver moves it. */
#include "seams/clock.h"

/* An arbitrary fixed day, so that wall-clock output repeats too. */
#define WALL_EPOCH_US UINT64_C(1700000000000000)

static uint64_t now;

uint64_t
coap_clock_now(void) {
  return now;
}

uint64_t
coap_clock_wall_us(void) {
  return WALL_EPOCH_US + now * 1000;
}

void
coap_clock_sim_set(uint64_t now_ms) {
  now = now_ms;
}
