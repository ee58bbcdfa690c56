/* file_sim.c -- a few files in memory, for tests and harnesses. */
#include "seams/file.h"

#include "seams/memory.h"

#include <errno.h>
#include <string.h>

enum { SIM_FILES = 8, SIM_NAME = 64, SIM_ROOM = 65536 };

static struct {
  char name[SIM_NAME];
  size_t length;
  uint8_t data[SIM_ROOM];
} files[SIM_FILES];
static int next_error;

static int
find(const char *path) {
  for (int i = 0; i < SIM_FILES; i++) {
    if (strcmp(files[i].name, path) == 0)
      return i;
  }
  return -1;
}

int
coap_file_read(const char *path, size_t max, uint8_t **data, size_t *length) {
  int i = find(path);

  if (i < 0 || !*path)
    return -ENOENT;
  if (files[i].length > max)
    return -EFBIG;
  *data = coap_mem_alloc(files[i].length);
  if (!*data)
    return -ENOMEM;
  *length = files[i].length;
  memcpy(*data, files[i].data, *length);
  return 0;
}

int
coap_file_replace(const char *path, const uint8_t *data, size_t length) {
  int i = find(path);
  int error = next_error;

  next_error = 0;
  if (error)
    return -error;
  if (i < 0)
    i = find(""); /* a free one */
  if (i < 0 || length > SIM_ROOM || strlen(path) >= SIM_NAME)
    return -ENOSPC;
  memcpy(files[i].name, path, strlen(path) + 1);
  if (length)
    memcpy(files[i].data, data, length);
  files[i].length = length;
  return 0;
}

void
coap_file_sim_reset(void) {
  memset(files, 0, sizeof(files));
  next_error = 0;
}

void
coap_file_sim_fail(int error) {
  next_error = error;
}
