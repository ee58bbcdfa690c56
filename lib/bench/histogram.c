/* histogram.c -- durations in buckets: a power of two each, cut into 128 of the same width. */
#include "histogram.h"

#include <string.h>

void
histogram_clear(histogram_t *histogram) {
  memset(histogram, 0, sizeof(*histogram));
  histogram->min = UINT64_MAX;
}

/* How many low bits the bucket of this value does not tell apart. */
static unsigned int
shift_of(uint64_t value) {
  unsigned int bits = 64U - (unsigned int)__builtin_clzll(value | 1);

  return bits > HISTOGRAM_BITS + 1 ? bits - HISTOGRAM_BITS - 1 : 0;
}

static size_t
bucket_of(uint64_t value) {
  unsigned int shift = shift_of(value);

  return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The largest value that falls into this bucket. */
static uint64_t
bucket_end(size_t bucket) {
  size_t first = (size_t)2 << HISTOGRAM_BITS;
  unsigned int shift = bucket < first ? 0 : (unsigned int)(bucket >> HISTOGRAM_BITS) - 1;
  uint64_t step = bucket - ((size_t)shift << HISTOGRAM_BITS);

  return (step << shift) + (((uint64_t)1 << shift) - 1);
}

void
histogram_add(histogram_t *histogram, uint64_t value) {
  histogram->buckets[bucket_of(value)]++;
  histogram->count++;
  histogram->sum += value;
  if (value < histogram->min)
    histogram->min = value;
  if (value > histogram->max)
    histogram->max = value;
}

uint64_t
histogram_percentile(const histogram_t *histogram, double percent) {
  double wanted = (double)histogram->count * percent / 100;
  uint64_t seen = 0;

  for (size_t i = 0; i < HISTOGRAM_BUCKETS && histogram->count; i++) {
    seen += histogram->buckets[i];
    if (seen && (double)seen >= wanted)
      return bucket_end(i) < histogram->max ? bucket_end(i) : histogram->max;
  }
  return histogram->max;
}

uint64_t
histogram_mean(const histogram_t *histogram) {
  return histogram->count ? histogram->sum / histogram->count : 0;
}

void
histogram_print(const histogram_t *histogram, FILE *file) {
  uint64_t seen = 0;

  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    if (!histogram->buckets[i])
      continue;
    seen += histogram->buckets[i];
    fprintf(file, "%.3f %.9f\n", (double)bucket_end(i) / 1000,
            (double)seen / (double)histogram->count);
  }
}
