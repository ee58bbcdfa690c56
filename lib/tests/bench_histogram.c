/* bench_histogram.c -- the load generator's percentiles, held against sorted values. */
#include "test.h"

#include "bench/histogram.h"

enum { COUNT = 20000 };

static histogram_t histogram;
static uint64_t values[COUNT];

static int
setup(void **state) {
  (void)state;
  histogram_clear(&histogram);
  return 0;
}

static int
compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a;
  uint64_t y = *(const uint64_t *)b;

  return (x > y) - (x < y);
}

static void
nothing_is_zero(void **state) {
  (void)state;
  assert_int_equal(histogram_percentile(&histogram, 99), 0);
  assert_int_equal(histogram_mean(&histogram), 0);
}

static void
small_values_are_exact(void **state) {
  (void)state;
  for (uint64_t value = 1; value <= 100; value++)
    histogram_add(&histogram, value);
  assert_int_equal(histogram_percentile(&histogram, 50), 50);
  assert_int_equal(histogram_percentile(&histogram, 99), 99);
  assert_int_equal(histogram_percentile(&histogram, 100), 100);
  assert_int_equal(histogram_mean(&histogram), 50);
  assert_int_equal(histogram.min, 1);
  assert_int_equal(histogram.max, 100);
}

/* From nanoseconds to hours, one in each: never below the value that was added, and near it. */
static void
every_magnitude_keeps_its_digits(void **state) {
  (void)state;
  for (uint64_t value = 1; value < (uint64_t)1 << 62; value += value / 4 + 1) {
    histogram_clear(&histogram);
    histogram_add(&histogram, value);
    histogram_add(&histogram, UINT64_MAX);
    assert_true(histogram_percentile(&histogram, 50) >= value);
    assert_true(histogram_percentile(&histogram, 50) - value <= value / 128);
  }
}

static void
percentiles_are_those_of_sorted_values(void **state) {
  static const double percents[] = {1, 10, 50, 90, 99, 99.9};
  uint64_t random = 88172645463325252u;

  (void)state;
  for (int i = 0; i < COUNT; i++) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    values[i] = random >> (14 + random % 40); /* of many magnitudes */
    histogram_add(&histogram, values[i]);
  }
  qsort(values, COUNT, sizeof(values[0]), compare);
  for (size_t i = 0; i < COUNT_OF(percents); i++) {
    uint64_t right = values[(size_t)(percents[i] / 100 * COUNT) - 1];

    assert_in_range(histogram_percentile(&histogram, percents[i]), right, right + right / 128);
  }
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(nothing_is_zero, setup),
      cmocka_unit_test_setup(small_values_are_exact, setup),
      cmocka_unit_test_setup(every_magnitude_keeps_its_digits, setup),
      cmocka_unit_test_setup(percentiles_are_those_of_sorted_values, setup),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
