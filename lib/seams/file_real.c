/* file_real.c -- files of the file system: written beside, then renamed (rename(2) is atomic). */
#include "seams/file.h"

#include "seams/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static int
read_all(int fd, uint8_t *data, size_t length) {
  size_t done = 0;

  while (done < length) {
    ssize_t count = read(fd, data + done, length - done);

    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return count < 0 ? -errno : -EIO;
    done += (size_t)count;
  }
  return 0;
}

static int
write_all(int fd, const uint8_t *data, size_t length) {
  while (length) {
    ssize_t count = write(fd, data, length);

    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return -errno;
    data += count;
    length -= (size_t)count;
  }
  return fsync(fd) < 0 ? -errno : 0;
}

int
coap_file_read(const char *path, size_t max, uint8_t **data, size_t *length) {
  struct stat info;
  int result = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return -errno;
  if (fstat(fd, &info) < 0)
    result = -errno;
  else if ((uintmax_t)info.st_size > max)
    result = -EFBIG;
  *length = result < 0 ? 0 : (size_t)info.st_size;
  *data = result < 0 ? NULL : coap_mem_alloc(*length);
  if (result == 0)
    result = *data ? read_all(fd, *data, *length) : -ENOMEM;
  close(fd);
  if (result < 0)
    coap_mem_free(*data);
  return result;
}

int
coap_file_replace(const char *path, const uint8_t *data, size_t length) {
  char beside[PATH_ROOM];
  int result;
  int fd;

  if (strlen(path) + sizeof(".new") > sizeof(beside))
    return -ENAMETOOLONG;
  snprintf(beside, sizeof(beside), "%s.new", path);
  fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return -errno;
  result = write_all(fd, data, length);
  close(fd);
  if (result == 0 && rename(beside, path) < 0)
    result = -errno;
  if (result < 0)
    unlink(beside);
  return result;
}
