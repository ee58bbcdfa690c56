/* session_convert.c -- session programs between bytes, text and captures.
 *
 * Exit codes: 0 done, 1 bad input or output that cannot be written, 2 usage. */
#include "tools/convert.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum format { FORMAT_NONE, FORMAT_TEXT, FORMAT_BYTES, FORMAT_PCAPNG, FORMAT_DATAGRAMS };

static const char usage[] =
    "usage: session-convert [options] INPUT OUTPUT\n"
    "       session-convert [options] --to FORMAT [--prefix TEXT] INPUT... DIRECTORY/\n"
    "Converts session programs between text (*.session), bytes (any name) and captures (*.pcapng,\n"
    "*.pcap; written as pcapng). Formats follow the names; the options override them. Of many, "
    "each\n"
    "becomes a file of its name without .session in the directory.\n"
    "  --from text|bytes|pcapng            format of INPUT\n"
    "  --to text|bytes|pcapng|datagrams    format of OUTPUT; datagrams: a file for each in the\n"
    "                                      directory OUTPUT\n"
    "  --prefix TEXT                       many: in front of each name\n"
    "  --role server|client                capture: the side that the library plays (server)\n"
    "  --port N                            capture: the server's port (else the receiver of the\n"
    "                                      first request)\n"
    "  --help\n"
    "Exit codes: 0 done, 1 bad input or unwritable output, 2 usage.\n";

struct packets {
  struct packet *list;
  size_t count;
  size_t size;
  char *comment;
  size_t comment_len;
  int no_memory;
};

struct job {
  const char *input;
  const char *output;
  enum format from;
  enum format to;
  struct import import;
};

static int
complain(const char *what, const char *why) {
  fprintf(stderr, "session-convert: %s: %s\n", what, why);
  return 1;
}

static int
bad_usage(const char *what, const char *value) {
  fprintf(stderr, "session-convert: %s '%s'; see --help\n", what, value);
  return 2;
}

static int
ends_with(const char *text, const char *end) {
  size_t n = strlen(text);
  size_t k = strlen(end);

  return n >= k && strcmp(text + n - k, end) == 0;
}

static enum format
format_of_name(const char *path) {
  if (ends_with(path, ".session"))
    return FORMAT_TEXT;
  if (ends_with(path, ".pcapng") || ends_with(path, ".pcap"))
    return FORMAT_PCAPNG;
  return FORMAT_BYTES;
}

static enum format
format_named(const char *name) {
  static const char *const names[] = {"", "text", "bytes", "pcapng", "datagrams"};
  size_t i;

  for (i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
    if (strcmp(name, names[i]) == 0)
      return (enum format)i;
  }
  return FORMAT_NONE;
}

static int
keep_packet(void *user, const struct packet *packet) {
  struct packets *k = user;

  if (k->count == k->size) {
    size_t size = k->size * 2 + 64;
    struct packet *grown = realloc(k->list, size * sizeof(*grown));

    if (grown == NULL) {
      k->no_memory = 1;
      return 0;
    }
    k->list = grown;
    k->size = size;
  }
  k->list[k->count++] = *packet;
  return 1;
}

static void
keep_comment(void *user, const char *text, size_t len) {
  struct packets *k = user;
  char *grown = realloc(k->comment, k->comment_len + len + 1);

  if (grown == NULL) {
    k->no_memory = 1;
    return;
  }
  memcpy(grown + k->comment_len, text, len);
  k->comment = grown;
  k->comment_len += len;
  k->comment[k->comment_len] = '\0';
}

static int
by_time(const void *a, const void *b) {
  const struct packet *x = a;
  const struct packet *y = b;

  if (x->time_us != y->time_us)
    return x->time_us < y->time_us ? -1 : 1;
  return x->data < y->data ? -1 : x->data > y->data;
}

static int
parse_text(const struct job *job, const char *text, size_t len, uint8_t *arena) {
  struct prog_error error;

  if (prog_parse_text(job->import.program, text, len, arena, &error))
    return 0;
  fprintf(stderr, "session-convert: %s: line %u, column %u: %s\n", job->input, error.line,
          error.column, error.message);
  return 1;
}

static int
load_capture(struct job *job, const uint8_t *bytes, size_t len, uint8_t *arena,
             struct packets *keep) {
  struct capture_reader reader = {keep_packet, keep_comment, keep, 0, 0};
  struct capture_error error;
  size_t mark = strlen(CONVERT_MARK);

  if (!capture_read(&reader, bytes, len, &error)) {
    if (keep->no_memory)
      return complain(job->input, strerror(ENOMEM));
    fprintf(stderr, "session-convert: %s: offset %zu: %s\n", job->input, error.offset,
            error.message);
    return 1;
  }
  if (keep->comment_len >= mark && memcmp(keep->comment, CONVERT_MARK, mark) == 0)
    return parse_text(job, keep->comment + mark, keep->comment_len - mark, arena);
  if (keep->count > 0)
    qsort(keep->list, keep->count, sizeof(keep->list[0]), by_time);
  if (!import_packets(&job->import, keep->list, keep->count)) {
    fprintf(stderr,
            "session-convert: %s: expected a CoAP request over UDP to start from, found none in "
            "%zu datagrams (%zu other frames)\n",
            job->input, reader.packets, reader.skipped);
    return 1;
  }
  if (job->import.dropped > 0)
    fprintf(stderr, "session-convert: %s: %zu datagrams past %u operations left out\n", job->input,
            job->import.dropped, PROG_OPS_MAX);
  return 0;
}

static int
write_bytes(const struct program *p, FILE *out) {
  size_t len = prog_encode(p, NULL, 0);
  uint8_t *bytes = malloc(len);

  if (bytes == NULL)
    return 0;
  prog_encode(p, bytes, len);
  fwrite(bytes, 1, len, out);
  free(bytes);
  return 1;
}

static int
write_datagrams(const struct job *job) {
  const struct program *p = job->import.program;
  uint8_t datagram[65536];
  unsigned int i;

  for (i = 0; i < p->n_ops; i++) {
    const struct prog_op *op = &p->ops[i];
    struct file_output f;
    char path[4096];
    size_t len;

    if (op->kind != PROG_DATAGRAM && op->kind != PROG_MESSAGE)
      continue;
    len = export_datagram(p, op, datagram, sizeof(datagram));
    if (len > sizeof(datagram))
      len = sizeof(datagram);
    if (snprintf(path, sizeof(path), "%s/%03u", job->output, i) >= (int)sizeof(path))
      return complain(job->output, strerror(ENAMETOOLONG));
    if (file_begin(&f, path) == NULL)
      return complain(path, strerror(errno));
    fwrite(datagram, 1, len, f.stream);
    if (!file_commit(&f))
      return complain(path, strerror(errno));
  }
  return 0;
}

static int
save(const struct job *job) {
  struct file_output f;

  if (job->to == FORMAT_DATAGRAMS)
    return write_datagrams(job);
  if (file_begin(&f, job->output) == NULL)
    return complain(job->output, strerror(errno));
  if (job->to == FORMAT_TEXT) {
    prog_write_text(job->import.program, f.stream);
  } else if (job->to == FORMAT_PCAPNG) {
    export_program(job->import.program, f.stream);
  } else if (!write_bytes(job->import.program, f.stream)) {
    file_abandon(&f);
    return complain(job->output, strerror(ENOMEM));
  }
  return file_commit(&f) ? 0 : complain(job->output, strerror(errno));
}

static int
run(struct job *job) {
  struct packets keep;
  size_t len;
  uint8_t *bytes = file_read(job->input, &len);
  uint8_t *arena = NULL;
  int rc = 0;

  if (bytes == NULL)
    return complain(job->input, strerror(errno));
  memset(&keep, 0, sizeof(keep));
  arena = malloc(len + 1);
  if (arena == NULL)
    rc = complain(job->input, strerror(ENOMEM));
  else if (job->from == FORMAT_TEXT)
    rc = parse_text(job, (const char *)bytes, len, arena);
  else if (job->from == FORMAT_PCAPNG)
    rc = load_capture(job, bytes, len, arena, &keep);
  else
    prog_decode(job->import.program, bytes, len);
  if (rc == 0)
    rc = save(job);
  free(keep.list);
  free(keep.comment);
  free(arena);
  free(bytes);
  return rc;
}

/* Each input into the directory, under its own name with the ending of its format in place of the
 * old one's. The first that cannot be is the last. */
static int
run_many(struct job *job, const char *prefix, char **inputs, int count, const char *directory) {
  static const char *const endings[] = {"", ".session", "", ".pcapng", ""};
  enum format from = job->from;

  for (int i = 0; i < count; i++) {
    const char *slash = strrchr(inputs[i], '/');
    const char *name = slash ? slash + 1 : inputs[i];
    size_t len = strlen(name);
    char path[4096];
    int rc;

    job->input = inputs[i];
    job->output = path;
    job->from = from == FORMAT_NONE ? format_of_name(name) : from;
    if (ends_with(name, endings[job->from]))
      len -= strlen(endings[job->from]);
    if (snprintf(path, sizeof(path), "%s%s%.*s%s", directory, prefix, (int)len, name,
                 endings[job->to]) >= (int)sizeof(path))
      return complain(inputs[i], strerror(ENAMETOOLONG));
    rc = run(job);
    if (rc != 0)
      return rc;
  }
  return 0;
}

static int
parse_port(const char *text, uint16_t *out) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);

  if (*text == '\0' || *end != '\0' || value == 0 || value > 65535)
    return 0;
  *out = (uint16_t)value;
  return 1;
}

int
main(int argc, char **argv) {
  static const struct option options[] = {{"from", required_argument, NULL, 'f'},
                                          {"to", required_argument, NULL, 't'},
                                          {"role", required_argument, NULL, 'r'},
                                          {"port", required_argument, NULL, 'p'},
                                          {"prefix", required_argument, NULL, 'x'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  static struct program program;
  const char *prefix = NULL;
  struct job job;
  int c;

  memset(&job, 0, sizeof(job));
  job.import.program = &program;
  while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
    if (c == 'h') {
      fputs(usage, stdout);
      return 0;
    }
    if (c == 'f') {
      job.from = format_named(optarg);
      if (job.from == FORMAT_NONE || job.from == FORMAT_DATAGRAMS)
        return bad_usage("unknown input format", optarg);
    } else if (c == 't') {
      job.to = format_named(optarg);
      if (job.to == FORMAT_NONE)
        return bad_usage("unknown output format", optarg);
    } else if (c == 'r') {
      job.import.as_client = strcmp(optarg, "client") == 0;
      if (!job.import.as_client && strcmp(optarg, "server") != 0)
        return bad_usage("unknown role", optarg);
    } else if (c == 'x') {
      prefix = optarg;
    } else if (c == 'p') {
      if (!parse_port(optarg, &job.import.server_port))
        return bad_usage("not a port", optarg);
    } else {
      fputs(usage, stderr);
      return 2;
    }
  }
  if (argc - optind >= 2 && ends_with(argv[argc - 1], "/") && job.to != FORMAT_NONE &&
      job.to != FORMAT_DATAGRAMS)
    return run_many(&job, prefix ? prefix : "", argv + optind, argc - optind - 1, argv[argc - 1]);
  if (argc - optind != 2 || prefix) {
    fputs(usage, stderr);
    return 2;
  }
  job.input = argv[optind];
  job.output = argv[optind + 1];
  if (job.from == FORMAT_NONE)
    job.from = format_of_name(job.input);
  if (job.to == FORMAT_NONE)
    job.to = format_of_name(job.output);
  return run(&job);
}
