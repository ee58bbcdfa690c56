/* client_files.h -- where the request's payload comes from and the answer's goes to. */
#ifndef COAPSPEC_EXAMPLES_CLIENT_FILES_H_
#define COAPSPEC_EXAMPLES_CLIENT_FILES_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads a whole file ("-": stdin) into memory that the caller frees. NULL: said on stderr. */
uint8_t *payload_read(const char *path, size_t *length);

typedef struct output_t {
  const char *path; /* NULL: stdout */
  char *temporary;  /* written first, then renamed to `path`; NULL: written in place */
  FILE *file;
  size_t written;
} output_t;

/* `path` NULL or "-" is stdout. A regular or new file is written beside and appears whole with
 * output_finish(); anything else (a pipe, a device) is written to as it is. 1, or 0: said on
 * stderr. */
int output_open(output_t *output, const char *path);
int output_write(output_t *output, const uint8_t *data, size_t length);

/* Ends the output. Without `keep` a file that was written beside is dropped. 1, or 0: said on
 * stderr. */
int output_finish(output_t *output, int keep);

#endif /* COAPSPEC_EXAMPLES_CLIENT_FILES_H_ */
