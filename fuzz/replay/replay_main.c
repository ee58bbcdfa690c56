/* replay_main.c -- a fuzz target without an engine: runs it on files, one after the other.
 *
 * Text programs (*.session) and captures are taken as well as raw inputs. Exit codes: 0 all ran, 1
 * an input could not be read or parsed, 2 usage. A violated oracle or a sanitizer report ends the
 * process with a signal or the sanitizer's own code. */
#include "oracle/oracle.h"
#include "targets/target.h"
#include "tools/convert.h"
#include "world/world.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: %s [--trace] [--text] [--hash] [--pcapng FILE] FILE|DIRECTORY...\n"
    "Runs the target on each input: text programs (*.session), anything else as raw bytes.\n"
    "  --text         print the program that the input is\n"
    "  --trace        print all that is seen of the run, operation by operation\n"
    "  --hash         print the hash of that (--trace does too)\n"
    "  --pcapng FILE  write what went over the simulated wire (one input only)\n"
    "  --quiet        no count at the end\n";

static struct {
  int text, trace, hash, quiet;
  FILE *pcapng;
  size_t inputs;
  const char *self;
} run;

static int
complain(const char *what, const char *why) {
  fprintf(stderr, "%s: %s: %s\n", run.self, what, why);
  return 1;
}

static void
run_datagram(const uint8_t *data, size_t len) {
  uint8_t *exact = malloc(len > 0 ? len : 1); /* so that a read past the end is seen */

  if (exact == NULL)
    abort();
  if (len > 0)
    memcpy(exact, data, len);
  LLVMFuzzerTestOneInput(exact, len);
  free(exact);
  run.inputs++;
}

static void
run_program(struct program *p) {
  struct world_options options = {run.trace ? stdout : NULL, run.pcapng};
  uint64_t hash;

  fuzz_target.adjust(p);
  if (run.text)
    prog_write_text(p, stdout);
  fflush(stdout);
  hash = world_run(p, &options);
  if (run.trace || run.hash)
    printf("trace-hash: %016" PRIx64 "\n", hash);
  run.inputs++;
}

/* The datagrams of a program, each an input of its own. */
static void
run_datagrams_of(const struct program *p) {
  static uint8_t datagram[65536];
  unsigned int i;

  if (run.text)
    prog_write_text(p, stdout);
  for (i = 0; i < p->n_ops; i++) {
    if (p->ops[i].kind == PROG_DATAGRAM || p->ops[i].kind == PROG_MESSAGE) {
      size_t len = export_datagram(p, &p->ops[i], datagram, sizeof(datagram));

      run_datagram(datagram, len < sizeof(datagram) ? len : sizeof(datagram));
    }
  }
}

static int
is_text(const char *path) {
  size_t n = strlen(path);

  return n > 8 && strcmp(path + n - 8, ".session") == 0;
}

static int
run_file(const char *path) {
  static struct program program;
  struct prog_error error;
  size_t len;
  uint8_t *data = file_read(path, &len);
  uint8_t *arena = NULL;
  int ok = 1;

  if (data == NULL)
    return complain(path, strerror(errno));
  if (is_text(path)) {
    arena = malloc(len + 1);
    ok = arena != NULL && prog_parse_text(&program, (const char *)data, len, arena, &error);
    if (arena == NULL)
      complain(path, strerror(ENOMEM));
    else if (!ok)
      fprintf(stderr, "%s: %s: line %u, column %u: %s\n", run.self, path, error.line, error.column,
              error.message);
  } else if (fuzz_target.adjust != NULL) {
    prog_decode(&program, data, len);
  }
  if (ok && fuzz_target.adjust != NULL)
    run_program(&program);
  else if (ok && arena != NULL)
    run_datagrams_of(&program);
  else if (ok)
    run_datagram(data, len);
  free(arena);
  free(data);
  return !ok;
}

static int
visible(const struct dirent *entry) {
  return entry->d_name[0] != '.' && strcmp(entry->d_name, "README.md") != 0;
}

static int run_path(const char *path);

static int
run_directory(const char *path) {
  struct dirent **entries;
  int n = scandir(path, &entries, visible, alphasort);
  int failed = 0;
  int i;

  if (n < 0)
    return complain(path, strerror(errno));
  for (i = 0; i < n; i++) {
    char child[4096];

    if (snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name) < (int)sizeof(child))
      failed |= run_path(child);
    free(entries[i]);
  }
  free(entries);
  return failed;
}

static int
run_path(const char *path) {
  struct stat st;

  if (stat(path, &st) != 0)
    return complain(path, strerror(errno));
  return S_ISDIR(st.st_mode) ? run_directory(path) : run_file(path);
}

int
main(int argc, char **argv) {
  static const struct option options[] = {{"trace", no_argument, NULL, 't'},
                                          {"text", no_argument, NULL, 'x'},
                                          {"hash", no_argument, NULL, 'H'},
                                          {"pcapng", required_argument, NULL, 'p'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  int failed = 0;
  int c;

  run.self = fuzz_target.name;
  while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
    switch (c) {
    case 't':
      run.trace = 1;
      break;
    case 'x':
      run.text = 1;
      break;
    case 'H':
      run.hash = 1;
      break;
    case 'q':
      run.quiet = 1;
      break;
    case 'p':
      run.pcapng = fopen(optarg, "wb");
      if (run.pcapng == NULL)
        return complain(optarg, strerror(errno));
      capture_write_header(run.pcapng, "", 0);
      break;
    case 'h':
      printf(usage, argv[0]);
      return 0;
    default:
      fprintf(stderr, usage, argv[0]);
      return 2;
    }
  }
  if (optind == argc) {
    fprintf(stderr, usage, argv[0]);
    return 2;
  }
  LLVMFuzzerInitialize(&argc, &argv);
  for (; optind < argc; optind++)
    failed |= run_path(argv[optind]);
  if (run.pcapng != NULL)
    failed |= fclose(run.pcapng) != 0;
  if (!run.quiet)
    printf("%s: %zu inputs\n", fuzz_target.name, run.inputs);
  return failed;
}
