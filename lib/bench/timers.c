/* timers.c -- what a timer costs among a million others, in virtual time.
 *
 * usage: timers COUNT
 * So many retransmissions wait, each for a random time of up to 93 s (MAX_TRANSMIT_WAIT, RFC 7252
 * 4.8.2). Says nanoseconds of processor time as JSON: for the first arming, for an exchange that
 * ends while another begins (cancel and arm), and for one that is due and is armed again. */
#include "session/timer.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LONGEST_MS = 93000, AT_ONCE = 64 };

typedef struct exchange_t {
  coap_timer_t timer;
  unsigned int fired;
} exchange_t;

static coap_timers_t timers;
static uint64_t random_state = 0x9e3779b97f4a7c15u;
static unsigned long fired;

static uint64_t
draw(uint64_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state % below;
}

static double
now_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The next retransmission of the same exchange. */
static void
fire(coap_timer_t *timer, uint64_t now) {
  exchange_t *exchange = (exchange_t *)((char *)timer - offsetof(exchange_t, timer));

  exchange->fired++;
  fired++;
  coap_timer_arm(&timers, timer, now + 1 + draw(LONGEST_MS));
}

static void
arm_all(exchange_t *exchanges, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) {
    exchanges[i].timer.fire = fire;
    if (!coap_timer_arm(&timers, &exchanges[i].timer, draw(LONGEST_MS)))
      exit(EXIT_FAILURE);
  }
}

static void
replace_some(exchange_t *exchanges, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) {
    coap_timer_t *timer = &exchanges[draw(count)].timer;

    coap_timer_cancel(&timers, timer);
    coap_timer_arm(&timers, timer, draw(LONGEST_MS));
  }
}

/* Virtual time goes from deadline to deadline until so many have been due. */
static void
let_time_pass(unsigned long count) {
  while (fired < count)
    coap_timers_expire(&timers, coap_timers_next(&timers), AT_ONCE);
}

int
main(int argc, char **argv) {
  unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
  exchange_t *exchanges = calloc(count ? count : 1, sizeof(*exchanges));
  double start;
  double armed;
  double replaced;
  double ended;

  if (!count || !exchanges) {
    fputs("usage: timers COUNT\n", stderr);
    return 2;
  }
  coap_timers_init(&timers);
  start = now_ns();
  arm_all(exchanges, count);
  armed = now_ns();
  replace_some(exchanges, count);
  replaced = now_ns();
  let_time_pass(count);
  ended = now_ns();
  printf("{\"arm_ns\": %.1f, \"replace_ns\": %.1f, \"fire_ns\": %.1f, \"count\": %lu}\n",
         (armed - start) / (double)count, (replaced - armed) / (double)count,
         (ended - replaced) / (double)count, count);
  coap_timers_clear(&timers);
  free(exchanges);
  return EXIT_SUCCESS;
}
