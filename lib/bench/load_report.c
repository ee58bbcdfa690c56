/* load_report.c -- what came of a run: for people, for programs, for plots. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double percents[] = {50, 90, 99, 99.9, 99.99};
static const char *const percent_names[] = {"p50", "p90", "p99", "p999", "p9999"};

enum { PERCENTS = sizeof(percents) / sizeof(percents[0]) };

static double
us(uint64_t ns) {
  return (double)ns / 1000;
}

static double
seconds(const load_result_t *result) {
  return (double)(result->ended - result->began) / (double)LOAD_NS;
}

void
load_say(const load_t *load, const char *what, uint64_t count, uint64_t of) {
  static uint64_t said;
  uint64_t now = load_now();

  if (load->options->is_quiet || now - said < LOAD_NS || !isatty(STDERR_FILENO))
    return;
  if (said && of)
    fprintf(stderr, "coapspec-load: %llu of %llu %s\n", (unsigned long long)count,
            (unsigned long long)of, what);
  else if (said)
    fprintf(stderr, "coapspec-load: %llu %s\n", (unsigned long long)count, what);
  said = now;
}

static void
print_text(const load_t *load) {
  const load_result_t *result = &load->result;

  printf("%s: %lu sessions, %.2f s\n", load->options->text, load->options->sessions,
         seconds(result));
  printf("  answers       %12.0f /s\n", (double)result->in_time / seconds(result));
  if (result->server_cpu)
    printf(
        "  answers       %12.0f for each second that the server computes, which it did %.0f %% of\n"
        "                             the time\n",
        (double)result->in_time / ((double)result->server_cpu / (double)LOAD_NS),
        100.0 * (double)result->server_cpu / (double)(result->ended - result->began));
  printf("  requests      %12llu, answered %llu (errors %llu), lost %llu, reset %llu\n",
         (unsigned long long)result->sent, (unsigned long long)result->answered,
         (unsigned long long)result->errors, (unsigned long long)result->lost,
         (unsigned long long)result->reset);
  if (result->notifications)
    printf("  notifications %12llu, in %u rounds\n", (unsigned long long)result->notifications,
           result->round_count);
  if (result->bodies)
    printf("  bodies        %12llu, %.1f MB/s\n", (unsigned long long)result->bodies,
           (double)result->bytes / 1e6 / seconds(result));
  if (result->stray || result->failed)
    printf("  stray         %12llu, not sent %llu\n", (unsigned long long)result->stray,
           (unsigned long long)result->failed);
  printf("  %s in us: mean %.1f", load->options->task == LOAD_HANDSHAKES ? "handshake" : "latency",
         us(histogram_mean(&result->latency)));
  for (unsigned int i = 0; i < PERCENTS; i++)
    printf(", %s %.1f", percent_names[i], us(histogram_percentile(&result->latency, percents[i])));
  printf(", most %.1f\n", us(result->latency.max));
}

/* A URI may hold what JSON wants escaped. */
static void
print_string(FILE *file, const char *text) {
  fputc('"', file);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      fputc('\\', file);
    if ((unsigned char)*text < 0x20)
      fprintf(file, "\\u%04x", (unsigned int)*text);
    else
      fputc(*text, file);
  }
  fputc('"', file);
}

static void
print_number(FILE *file, const char *name, uint64_t value) {
  fprintf(file, ", \"%s\": %llu", name, (unsigned long long)value);
}

static void
print_latency(FILE *file, const histogram_t *latency) {
  fprintf(file, ", \"latency_us\": {\"count\": %llu, \"mean\": %.3f, \"min\": %.3f",
          (unsigned long long)latency->count, us(histogram_mean(latency)),
          us(latency->count ? latency->min : 0));
  for (unsigned int i = 0; i < PERCENTS; i++)
    fprintf(file, ", \"%s\": %.3f", percent_names[i],
            us(histogram_percentile(latency, percents[i])));
  fprintf(file, ", \"max\": %.3f}", us(latency->max));
}

static void
print_timeline(FILE *file, const load_result_t *result) {
  uint64_t count = (result->ended - result->began) / (LOAD_TICK_MS * 1000000ULL);

  fprintf(file, ", \"timeline\": {\"ms\": %d, \"answers\": [", LOAD_TICK_MS);
  for (uint64_t i = 0; i < count && i < LOAD_TICKS_MAX; i++)
    fprintf(file, "%s%u", i ? ", " : "", result->ticks[i]);
  fputs("]}, \"rounds\": [", file);
  for (unsigned int i = 0; i < result->round_count; i++)
    fprintf(file, "%s{\"count\": %llu, \"ms\": %.3f}", i ? ", " : "",
            (unsigned long long)result->rounds[i].count,
            us(result->rounds[i].last - result->rounds[i].first) / 1000);
  fputs("]", file);
}

static void
print_json(FILE *file, const load_t *load) {
  const load_result_t *result = &load->result;

  fputs("{\"uri\": ", file);
  print_string(file, load->options->text);
  print_number(file, "sessions", load->options->sessions);
  print_number(file, "outstanding", load->options->outstanding);
  print_number(file, "rate", load->options->rate);
  fprintf(file, ", \"seconds\": %.6f, \"per_second\": %.3f, \"cpu_seconds\": %.6f", seconds(result),
          (double)result->in_time / seconds(result), result->cpu_seconds);
  fprintf(file, ", \"server_cpu_seconds\": %.6f", (double)result->server_cpu / (double)LOAD_NS);
  print_number(file, "answers", result->in_time);
  print_number(file, "requests", result->sent);
  print_number(file, "answered", result->answered);
  print_number(file, "errors", result->errors);
  print_number(file, "lost", result->lost);
  print_number(file, "reset", result->reset);
  print_number(file, "stray", result->stray);
  print_number(file, "failed", result->failed);
  print_number(file, "connections", result->connections);
  print_number(file, "bodies", result->bodies);
  print_number(file, "bytes", result->bytes);
  print_number(file, "notifications", result->notifications);
  print_latency(file, &result->latency);
  print_timeline(file, result);
  fputs("}\n", file);
}

static FILE *
open_file(const char *path) {
  FILE *file = strcmp(path, "-") ? fopen(path, "w") : stdout;

  if (!file)
    fprintf(stderr, "coapspec-load: %s: %s\n", path, strerror(errno));
  return file;
}

static int
close_file(FILE *file, const char *path) {
  if (file == stdout ? fflush(file) == 0 : fclose(file) == 0)
    return 1;
  fprintf(stderr, "coapspec-load: %s: %s\n", path, strerror(errno));
  return 0;
}

int
load_report(const load_t *load) {
  const load_options_t *options = load->options;
  FILE *file;

  if (!options->json || strcmp(options->json, "-"))
    print_text(load);
  if (options->json) {
    file = open_file(options->json);
    if (!file)
      return 0;
    print_json(file, load);
    if (!close_file(file, options->json))
      return 0;
  }
  if (!options->percentiles)
    return 1;
  file = open_file(options->percentiles);
  if (!file)
    return 0;
  histogram_print(&load->result.latency, file);
  return close_file(file, options->percentiles);
}
