/* file_io.c -- whole files in, and files out that appear complete or not at all. */
#include "tools/convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint8_t *
file_read(const char *path, size_t *len) {
  FILE *in = fopen(path, "rb");
  uint8_t *data = NULL;
  size_t size = 0;
  int saved;

  *len = 0;
  if (in == NULL)
    return NULL;
  for (;;) {
    size_t n;

    if (*len + 1 >= size) {
      uint8_t *grown = realloc(data, size = size * 2 + 4096);

      if (grown == NULL)
        break;
      data = grown;
    }
    n = fread(data + *len, 1, size - *len - 1, in);
    *len += n;
    if (n > 0)
      continue;
    if (ferror(in))
      break;
    data[*len] = '\0';
    fclose(in);
    return data;
  }
  saved = errno;
  fclose(in);
  free(data);
  errno = saved;
  return NULL;
}

FILE *
file_begin(struct file_output *f, const char *path) {
  mode_t mask = umask(0);
  int fd;

  umask(mask);
  f->stream = NULL;
  f->path = strdup(path);
  f->temporary = malloc(strlen(path) + 8);
  if (f->path == NULL || f->temporary == NULL) {
    file_abandon(f);
    errno = ENOMEM;
    return NULL;
  }
  sprintf(f->temporary, "%s.XXXXXX", path);
  fd = mkstemp(f->temporary);
  if (fd >= 0 && fchmod(fd, 0666 & ~mask) == 0)
    f->stream = fdopen(fd, "wb");
  if (f->stream == NULL) {
    int saved = errno;

    if (fd >= 0) {
      close(fd);
      unlink(f->temporary);
    }
    free(f->path);
    free(f->temporary);
    f->path = f->temporary = NULL;
    errno = saved;
  }
  return f->stream;
}

int
file_commit(struct file_output *f) {
  int failed = ferror(f->stream);

  failed |= fclose(f->stream) != 0;
  f->stream = NULL;
  if (!failed && rename(f->temporary, f->path) == 0) {
    free(f->path);
    free(f->temporary);
    return 1;
  }
  failed = errno;
  file_abandon(f);
  errno = failed;
  return 0;
}

void
file_abandon(struct file_output *f) {
  if (f->stream != NULL)
    fclose(f->stream);
  if (f->temporary != NULL)
    unlink(f->temporary);
  free(f->path);
  free(f->temporary);
  f->stream = NULL;
  f->path = f->temporary = NULL;
}
