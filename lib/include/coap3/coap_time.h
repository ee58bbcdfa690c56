/* coap_time.h -- ticks. */
#ifndef COAP_TIME_H_
#define COAP_TIME_H_

#include <coap3/coap_forward_decls.h>

#include <time.h>

COAP_BEGIN_DECLS

/* A point in, or a length of, time; never goes back. */
typedef uint64_t coap_tick_t;
typedef int64_t coap_tick_diff_t;

/* Seconds since the Unix epoch. */
typedef time_t coap_time_t;

#define COAP_TICKS_PER_SECOND ((coap_tick_t)1000U)

/* Ties ticks to wall-clock time; coap_startup() calls it. */
void coap_clock_init(void);

/* Puts the time now into *t. */
void coap_ticks(coap_tick_t *t);

/* Ticks as wall-clock seconds or microseconds since the Unix epoch, and back. */
coap_time_t coap_ticks_to_rt(coap_tick_t t);
uint64_t coap_ticks_to_rt_us(coap_tick_t t);
coap_tick_t coap_ticks_from_rt_us(uint64_t t);

COAP_END_DECLS

#endif /* COAP_TIME_H_ */
