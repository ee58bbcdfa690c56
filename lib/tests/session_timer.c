/* session_timer.c -- the timer heap, against a list that is searched from end to end. */
#include "test.h"

#include "seams/memory.h"
#include "session/timer.h"

enum { MANY = 200, STEPS = 20000 };

typedef struct alarm_t {
  coap_timer_t timer; /* first: the handler casts back */
  unsigned int fired;
  uint64_t fired_at;
  int again_for; /* re-arms itself so often */
} alarm_t;

static coap_timers_t timers;
static alarm_t alarms[MANY];
static unsigned int order[MANY * 4];
static unsigned int order_count;

static void
on_fire(coap_timer_t *timer, uint64_t now) {
  alarm_t *alarm = (alarm_t *)(void *)timer;

  assert_int_equal(timer->place, 0);
  alarm->fired++;
  alarm->fired_at = now;
  if (order_count < COUNT_OF(order))
    order[order_count++] = (unsigned int)(alarm - alarms);
  if (alarm->again_for-- > 0)
    assert_int_equal(coap_timer_arm(&timers, timer, now), 1);
}

static int
setup(void **state) {
  (void)state;
  coap_mem_sim_reset();
  coap_timers_init(&timers);
  memset(alarms, 0, sizeof(alarms));
  for (int i = 0; i < MANY; i++)
    alarms[i].timer.fire = on_fire;
  order_count = 0;
  return 0;
}

static int
teardown(void **state) {
  struct coap_mem_sim_stats stats;

  (void)state;
  coap_timers_clear(&timers);
  coap_mem_sim_stats(&stats);
  return stats.live_blocks != 0;
}

static void
an_empty_heap_has_no_deadline(void **state) {
  (void)state;
  assert_true(coap_timers_next(&timers) == COAP_TIMER_NEVER);
  assert_int_equal(coap_timers_expire(&timers, UINT64_MAX - 1, 10), 0);
}

static void
the_earliest_fires_first(void **state) {
  static const uint64_t deadlines[] = {50, 10, 40, 20, 30};

  (void)state;
  for (unsigned int i = 0; i < COUNT_OF(deadlines); i++)
    assert_int_equal(coap_timer_arm(&timers, &alarms[i].timer, deadlines[i]), 1);
  assert_int_equal(coap_timers_next(&timers), 10);
  assert_int_equal(coap_timers_expire(&timers, 35, 10), 3);
  assert_int_equal(order_count, 3);
  assert_int_equal(order[0], 1);
  assert_int_equal(order[1], 3);
  assert_int_equal(order[2], 4);
  assert_int_equal(coap_timers_next(&timers), 40);
}

static void
nothing_fires_before_its_time(void **state) {
  (void)state;
  coap_timer_arm(&timers, &alarms[0].timer, 100);
  assert_int_equal(coap_timers_expire(&timers, 99, 10), 0);
  assert_int_equal(alarms[0].fired, 0);
  assert_int_equal(coap_timers_expire(&timers, 100, 10), 1);
  assert_int_equal(alarms[0].fired_at, 100);
}

static void
arming_again_moves_the_deadline(void **state) {
  (void)state;
  coap_timer_arm(&timers, &alarms[0].timer, 100);
  coap_timer_arm(&timers, &alarms[1].timer, 50);
  coap_timer_arm(&timers, &alarms[0].timer, 10);
  assert_int_equal(coap_timers_next(&timers), 10);
  coap_timer_arm(&timers, &alarms[0].timer, 200);
  assert_int_equal(coap_timers_next(&timers), 50);
  assert_int_equal(timers.used, 2);
}

static void
a_cancelled_timer_does_not_fire(void **state) {
  (void)state;
  coap_timer_arm(&timers, &alarms[0].timer, 10);
  coap_timer_arm(&timers, &alarms[1].timer, 20);
  coap_timer_cancel(&timers, &alarms[0].timer);
  coap_timer_cancel(&timers, &alarms[0].timer);
  assert_int_equal(coap_timers_next(&timers), 20);
  assert_int_equal(coap_timers_expire(&timers, 100, 10), 1);
  assert_int_equal(alarms[0].fired, 0);
}

static void
a_handler_that_re_arms_for_now_is_bounded(void **state) {
  (void)state;
  alarms[0].again_for = 1000000;
  coap_timer_arm(&timers, &alarms[0].timer, 5);
  assert_int_equal(coap_timers_expire(&timers, 5, 7), 7);
  assert_int_equal(alarms[0].fired, 7);
  coap_timer_cancel(&timers, &alarms[0].timer);
}

static void
without_memory_arming_says_so(void **state) {
  (void)state;
  coap_mem_sim_fail(1, 1);
  assert_int_equal(coap_timer_arm(&timers, &alarms[0].timer, 5), 0);
  assert_int_equal(alarms[0].timer.place, 0);
  assert_true(coap_timers_next(&timers) == COAP_TIMER_NEVER);
  coap_mem_sim_fail(0, 0);
  assert_int_equal(coap_timer_arm(&timers, &alarms[0].timer, 5), 1);
}

static void
reserved_room_cannot_fail(void **state) {
  (void)state;
  assert_int_equal(coap_timers_reserve(&timers, MANY), 1);
  coap_mem_sim_fail(1, 1);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(coap_timer_arm(&timers, &alarms[i].timer, (uint64_t)(MANY - i)), 1);
  /* Moving what is armed needs no room. */
  assert_int_equal(coap_timer_arm(&timers, &alarms[0].timer, 0), 1);
  coap_mem_sim_fail(0, 0);
  assert_int_equal(coap_timers_next(&timers), 0);
}

static void
clearing_disarms_everything(void **state) {
  (void)state;
  for (int i = 0; i < MANY; i++)
    coap_timer_arm(&timers, &alarms[i].timer, (uint64_t)i);
  coap_timers_clear(&timers);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(alarms[i].timer.place, 0);
  coap_timers_init(&timers);
}

/* The same numbers every time, so that a failure repeats. */
static uint32_t
next_random(uint32_t *seed) {
  *seed = *seed * 1664525U + 1013904223U;
  return *seed >> 8;
}

/* What the heap must agree with: a deadline per alarm, UINT64_MAX for none. */
static uint64_t model[MANY];

static uint64_t
model_next(void) {
  uint64_t next = COAP_TIMER_NEVER;

  for (int i = 0; i < MANY; i++) {
    if (model[i] < next)
      next = model[i];
  }
  return next;
}

static size_t
model_expire(uint64_t now) {
  size_t due = 0;

  for (int i = 0; i < MANY; i++) {
    if (model[i] > now)
      continue;
    due++;
    model[i] = COAP_TIMER_NEVER;
  }
  return due;
}

static void
random_use_agrees_with_the_model(void **state) {
  uint32_t seed = 2026;
  uint64_t now = 0;

  (void)state;
  for (int i = 0; i < MANY; i++)
    model[i] = COAP_TIMER_NEVER;
  for (int i = 0; i < STEPS; i++) {
    uint32_t which = next_random(&seed) % MANY;
    uint32_t what = next_random(&seed) % 8;

    if (what < 5) {
      model[which] = now + next_random(&seed) % 1000;
      assert_int_equal(coap_timer_arm(&timers, &alarms[which].timer, model[which]), 1);
    } else if (what < 7) {
      model[which] = COAP_TIMER_NEVER;
      coap_timer_cancel(&timers, &alarms[which].timer);
    } else {
      now += next_random(&seed) % 50;
      order_count = 0;
      assert_int_equal(coap_timers_expire(&timers, now, SIZE_MAX), model_expire(now));
    }
    assert_true(coap_timers_next(&timers) == model_next());
  }
}

static void
random_deadlines_fire_in_order(void **state) {
  uint32_t seed = 7;

  (void)state;
  for (int i = 0; i < MANY; i++) {
    model[i] = next_random(&seed) % 500;
    coap_timer_arm(&timers, &alarms[i].timer, model[i]);
  }
  assert_int_equal(coap_timers_expire(&timers, 500, SIZE_MAX), MANY);
  assert_int_equal(order_count, MANY);
  for (int i = 1; i < MANY; i++)
    assert_true(model[order[i - 1]] <= model[order[i]]);
}

#define TIMER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TIMER_TEST(an_empty_heap_has_no_deadline),
      TIMER_TEST(the_earliest_fires_first),
      TIMER_TEST(nothing_fires_before_its_time),
      TIMER_TEST(arming_again_moves_the_deadline),
      TIMER_TEST(a_cancelled_timer_does_not_fire),
      TIMER_TEST(a_handler_that_re_arms_for_now_is_bounded),
      TIMER_TEST(without_memory_arming_says_so),
      TIMER_TEST(reserved_room_cannot_fail),
      TIMER_TEST(clearing_disarms_everything),
      TIMER_TEST(random_use_agrees_with_the_model),
      TIMER_TEST(random_deadlines_fire_in_order),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
