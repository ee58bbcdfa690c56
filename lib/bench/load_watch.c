/* load_watch.c -- the scheduler's account of processes: /proc/PID/task/TID/schedstat, whose first
 * number is nanoseconds on a processor. */
#include "load_watch.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

int
load_watch_read(load_watched_t *watched, const char *text) {
  char *end;

  watched->count = 0;
  do {
    if (watched->count == LOAD_WATCHED_MAX)
      return 0;
    watched->pids[watched->count] = strtoul(text, &end, 10);
    if (end == text || !watched->pids[watched->count])
      return 0;
    watched->count++;
    text = end + 1;
  } while (*end == ',');
  return *end == '\0';
}

static uint64_t
cpu_of_thread(const char *path) {
  unsigned long long ns = 0;
  FILE *file = fopen(path, "r");

  if (!file)
    return 0;
  if (fscanf(file, "%llu", &ns) != 1)
    ns = 0;
  fclose(file);
  return ns;
}

uint64_t
load_watch_cpu(const load_watched_t *watched) {
  uint64_t sum = 0;

  for (unsigned int i = 0; i < watched->count; i++) {
    char pattern[64];
    glob_t threads;

    snprintf(pattern, sizeof(pattern), "/proc/%lu/task/*/schedstat", watched->pids[i]);
    if (glob(pattern, 0, NULL, &threads) != 0)
      continue;
    for (size_t j = 0; j < threads.gl_pathc; j++)
      sum += cpu_of_thread(threads.gl_pathv[j]);
    globfree(&threads);
  }
  return sum;
}
