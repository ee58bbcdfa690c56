/* clock.h -- the time seam.
 *
 * One of clock_real.c (CLOCK_MONOTONIC) or clock_sim.c (virtual time) is linked in; nothing above
 * the seams reads a clock any other way. */
#ifndef COAP_SEAMS_CLOCK_H_
#define COAP_SEAMS_CLOCK_H_

#include <stdint.h>

/* Milliseconds since an arbitrary start; never goes back. */
uint64_t coap_clock_now(void);

/* Microseconds since the Unix epoch, for display and for coap_ticks_to_rt(3); may jump. */
uint64_t coap_clock_wall_us(void);

/* Virtual clock only (clock_sim.c): sets both clocks; `now_ms` must not go back. */
void coap_clock_sim_set(uint64_t now_ms);

#endif /* COAP_SEAMS_CLOCK_H_ */
