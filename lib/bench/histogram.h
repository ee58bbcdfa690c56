/* histogram.h -- counts of durations in buckets that grow with them: from any of 2^BITS on, none is
 * wider than a 128th of what it holds, so percentiles are right to 0.8 % from nanoseconds to hours,
 * in memory that does not grow with the number of them. */
#ifndef COAPSPEC_BENCH_HISTOGRAM_H_
#define COAPSPEC_BENCH_HISTOGRAM_H_

#include <stdint.h>
#include <stdio.h>

enum { HISTOGRAM_BITS = 7, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS };

typedef struct histogram_t {
  uint64_t count;
  uint64_t sum;
  uint64_t min;
  uint64_t max;
  uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram_t;

void histogram_clear(histogram_t *histogram);
void histogram_add(histogram_t *histogram, uint64_t value);

/* The value that so many percent (0 to 100) of all are at most as large as; 0 when there is none.
 */
uint64_t histogram_percentile(const histogram_t *histogram, double percent);

uint64_t histogram_mean(const histogram_t *histogram);

/* One line for each bucket in use: value in microseconds and the share of all up to it. */
void histogram_print(const histogram_t *histogram, FILE *file);

#endif /* COAPSPEC_BENCH_HISTOGRAM_H_ */
