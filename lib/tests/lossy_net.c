/* lossy_net.c -- datagrams wait in a list in order of arrival. */
#include "lossy_net.h"

#include "test.h"
#include "seams/net_sim.h"

#include <stdlib.h>

enum { SHORTEST_MS = 5, SPREAD_MS = 11, LATE_MS = 40, IFINDEX = 7 };

typedef struct flight_t {
  struct flight_t *next;
  uint64_t at;
  coap_address_t from;
  coap_address_t to;
  size_t length;
  uint8_t bytes[];
} flight_t;

static struct {
  flight_t *flights;
  lossy_judge_t judge;
  uint64_t random;
  unsigned int loss;
  unsigned int count;
  unsigned int lost;
} net;

/* A generator of its own (xorshift), so that the library's draws change nothing here. */
static unsigned int
draw(unsigned int below) {
  net.random ^= net.random << 13;
  net.random ^= net.random >> 7;
  net.random ^= net.random << 17;
  return (unsigned int)(net.random >> 20) % below;
}

static void
launch(const coap_address_t *from, const coap_address_t *to, const uint8_t *data, size_t length,
       uint64_t delay) {
  flight_t *flight = malloc(sizeof(*flight) + length);
  flight_t **place = &net.flights;

  assert_non_null(flight);
  flight->at = sim_now() + delay;
  flight->from = *from;
  flight->to = *to;
  flight->length = length;
  memcpy(flight->bytes, data, length);
  while (*place && (*place)->at <= flight->at)
    place = &(*place)->next;
  flight->next = *place;
  *place = flight;
}

static ssize_t
tap(void *user, const coap_address_t *from, const coap_address_t *to, const uint8_t *data,
    size_t length) {
  unsigned int index = net.count++;
  lossy_fate_t fate = LOSSY_PASS;

  (void)user;
  if (net.judge)
    fate = net.judge(index, data, length);
  else if (draw(1000) < net.loss)
    fate = LOSSY_DROP;
  if (fate == LOSSY_DROP) {
    net.lost++;
    return (ssize_t)length;
  }
  launch(from, to, data, length,
         SHORTEST_MS + draw(SPREAD_MS) + (fate == LOSSY_LATE ? LATE_MS : 0));
  if (fate == LOSSY_TWICE)
    launch(from, to, data, length, SHORTEST_MS + draw(SPREAD_MS));
  return (ssize_t)length;
}

void
lossy_setup(uint64_t seed, unsigned int loss) {
  lossy_clear();
  memset(&net, 0, sizeof(net));
  net.random = seed * 0x9e3779b97f4a7c15u + 1;
  net.loss = loss;
  coap_net_sim_set_tap(tap, NULL);
}

void
lossy_set_judge(lossy_judge_t judge) {
  net.judge = judge;
}

static void
land(void) {
  flight_t *flight = net.flights;

  net.flights = flight->next;
  coap_net_sim_deliver(&flight->from, &flight->to, IFINDEX, flight->bytes, flight->length);
  free(flight);
  sim_settle();
}

int
lossy_run(const unsigned int *done, uint64_t limit_ms) {
  uint64_t end = sim_now() + limit_ms;

  sim_settle();
  while (!done || !*done) {
    uint64_t timer = sim_next_deadline();
    uint64_t next = timer == UINT64_MAX ? end + 1 : sim_now() + timer;

    if (net.flights && net.flights->at <= next)
      next = net.flights->at;
    if (next > end) {
      sim_run(end - sim_now());
      break;
    }
    sim_run(next - sim_now());
    if (net.flights && net.flights->at <= sim_now())
      land();
  }
  return done && *done;
}

unsigned int
lossy_count(void) {
  return net.count;
}

unsigned int
lossy_lost(void) {
  return net.lost;
}

void
lossy_clear(void) {
  while (net.flights) {
    flight_t *flight = net.flights;

    net.flights = flight->next;
    free(flight);
  }
}
