/* file.h -- the file seam: small files read and replaced as a whole.
 *
 * file_real.c is the file system; file_sim.c keeps a few files in memory. */
#ifndef COAP_SEAMS_FILE_H_
#define COAP_SEAMS_FILE_H_

#include <stddef.h>
#include <stdint.h>

/* Reads all of the file into memory for coap_mem_free(); 0, -ENOENT when there is none, -EFBIG when
 * it is longer than `max` bytes, or another negative errno value. */
int coap_file_read(const char *path, size_t max, uint8_t **data, size_t *length);

/* Replaces the file: whoever reads it, even after a crash, finds all of the old or of the new one.
 * 0 or a negative errno value. */
int coap_file_replace(const char *path, const uint8_t *data, size_t length);

/* Simulated files only (file_sim.c): forgets all; makes the next coap_file_replace() fail. */
void coap_file_sim_reset(void);
void coap_file_sim_fail(int error);

#endif /* COAP_SEAMS_FILE_H_ */
