/* oscore_file.c -- an OSCORE configuration from a file, its sequence number in another. */
#include "oscore_file.h"

#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONF_MAX = 64 * 1024 };

/* RFC 8613 B.1.1: the old number or the new one, whatever happens meanwhile. */
static int
save_number(uint64_t number, void *param) {
  const oscore_file_t *file = param;
  size_t room = strlen(file->number_path) + sizeof(".new");
  char *path = malloc(room);
  FILE *out = NULL;
  int done = 0;

  if (path) {
    snprintf(path, room, "%s.new", file->number_path);
    out = fopen(path, "w");
  }
  if (out) {
    done = fprintf(out, "%" PRIu64 "\n", number) > 0 && fflush(out) == 0 && fsync(fileno(out)) == 0;
    done = fclose(out) == 0 && done && rename(path, file->number_path) == 0;
  }
  free(path);
  return done;
}

/* A file that is not there yet is 0. One that holds more than a number is some other file. */
static int
read_number(const oscore_file_t *file, uint64_t *number) {
  FILE *in = fopen(file->number_path, "r");
  char text[32];
  char *end = text;
  size_t length;

  *number = 0;
  if (!in)
    return errno == ENOENT;
  length = fread(text, 1, sizeof(text) - 1, in);
  fclose(in);
  text[length] = '\0';
  errno = 0;
  if (isdigit((unsigned char)text[0]))
    *number = strtoull(text, &end, 10);
  return end > text && !errno && end + (*end == '\n') == text + length;
}

static char *
read_text(const char *path, size_t *length) {
  FILE *in = fopen(path, "rb");
  char *text = in ? malloc(CONF_MAX) : NULL;

  if (text) {
    *length = fread(text, 1, CONF_MAX, in);
    if (ferror(in) || *length == CONF_MAX) {
      free(text);
      text = NULL;
      errno = EFBIG;
    }
  }
  if (in)
    fclose(in);
  return text;
}

static coap_oscore_conf_t *
parse(oscore_file_t *file, const char *program, const char *path) {
  coap_str_const_t mem = {0, NULL};
  uint64_t number = 0;
  coap_oscore_conf_t *conf;
  char *text;

  if (file->number_path && !read_number(file, &number)) {
    complain(program, "-E: %s: no sequence number can be read from it", file->number_path);
    return NULL;
  }
  text = read_text(path, &mem.length);
  if (!text) {
    complain(program, "-E %s: cannot read: %s", path, strerror(errno));
    return NULL;
  }
  mem.s = (const uint8_t *)text;
  conf = coap_new_oscore_conf(mem, file->number_path ? save_number : NULL, file, number);
  explicit_bzero(text, CONF_MAX);
  free(text);
  if (!conf)
    complain(program, "-E %s: no OSCORE configuration; say -v 4 for the line", path);
  return conf;
}

coap_oscore_conf_t *
oscore_file_read(oscore_file_t *file, const char *program, const char *names) {
  const char *comma = strchr(names, ',');
  char *path = comma ? strndup(names, (size_t)(comma - names)) : strdup(names);
  coap_oscore_conf_t *conf = NULL;

  file->number_path = comma ? strdup(comma + 1) : NULL;
  if (path && (!comma || file->number_path))
    conf = parse(file, program, path);
  else
    complain(program, "out of memory");
  free(path);
  return conf;
}

void
oscore_file_clear(oscore_file_t *file) {
  free(file->number_path);
  file->number_path = NULL;
}
