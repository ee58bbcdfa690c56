/* client_files.c -- where the request's payload comes from and the answer's goes to. */
#include "client_files.h"

#include "arguments.h"
#include "client_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 16384, PAYLOAD_MAX = 16 * 1024 * 1024 };

static uint8_t *
read_stream(FILE *file, size_t *length) {
  uint8_t *data = NULL;
  size_t room = 0;
  size_t got;

  *length = 0;
  do {
    if (*length == room) {
      uint8_t *grown = room < PAYLOAD_MAX ? realloc(data, room + READ_STEP) : NULL;

      if (!grown) {
        free(data);
        errno = EFBIG;
        return NULL;
      }
      data = grown;
      room += READ_STEP;
    }
    got = fread(data + *length, 1, room - *length, file);
    *length += got;
  } while (got);
  if (ferror(file)) {
    free(data);
    return NULL;
  }
  return data;
}

uint8_t *
payload_read(const char *path, size_t *length) {
  int is_stdin = strcmp(path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen(path, "rb");
  uint8_t *data = file ? read_stream(file, length) : NULL;

  if (!data)
    complain(client_program, "-f %s: cannot read: %s", path, strerror(errno));
  if (file && !is_stdin)
    fclose(file);
  return data;
}

static int
cannot_write(const output_t *output) {
  complain(client_program, "-o %s: cannot write: %s", output->path ? output->path : "-",
           strerror(errno));
  return 0;
}

/* A new name in the folder of the target, so that it can be renamed. */
static FILE *
open_temporary(output_t *output) {
  static const char suffix[] = ".XXXXXX";
  size_t length = strlen(output->path);
  mode_t mask;
  int fd;

  output->temporary = malloc(length + sizeof(suffix));
  if (!output->temporary)
    return NULL;
  memcpy(output->temporary, output->path, length);
  memcpy(output->temporary + length, suffix, sizeof(suffix));
  fd = mkstemp(output->temporary);
  if (fd < 0)
    return NULL;
  /* mkstemp() makes it private; a file made by its own name would not be. */
  mask = umask(0);
  umask(mask);
  fchmod(fd, 0666 & ~mask);
  return fdopen(fd, "wb");
}

int
output_open(output_t *output, const char *path) {
  struct stat existing;

  memset(output, 0, sizeof(*output));
  if (!path || strcmp(path, "-") == 0) {
    output->file = stdout;
    return 1;
  }
  output->path = path;
  if (stat(path, &existing) == 0 && !S_ISREG(existing.st_mode))
    output->file = fopen(path, "wb");
  else
    output->file = open_temporary(output);
  if (output->file)
    return 1;
  cannot_write(output);
  free(output->temporary);
  output->temporary = NULL;
  return 0;
}

int
output_write(output_t *output, const uint8_t *data, size_t length) {
  if (length && fwrite(data, 1, length, output->file) != length)
    return cannot_write(output);
  output->written += length;
  if (fflush(output->file) != 0)
    return cannot_write(output);
  return 1;
}

int
output_finish(output_t *output, int keep) {
  int is_right = 1;

  if (!output->file)
    return 1;
  if (!output->path)
    is_right = fflush(stdout) == 0 || cannot_write(output);
  else if (fclose(output->file) != 0)
    is_right = cannot_write(output);
  output->file = NULL;
  if (output->temporary) {
    if (keep && is_right && rename(output->temporary, output->path) != 0)
      is_right = cannot_write(output);
    if (!keep || !is_right)
      unlink(output->temporary);
    free(output->temporary);
    output->temporary = NULL;
  }
  return is_right;
}
