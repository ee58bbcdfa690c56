/* oscore_file.h -- an OSCORE configuration from a file, its sequence number in another; shared by
 * both programs. */
#ifndef COAPSPEC_EXAMPLES_OSCORE_FILE_H_
#define COAPSPEC_EXAMPLES_OSCORE_FILE_H_

#include <coap3/coap.h>

typedef struct oscore_file_t {
  char *number_path; /* owned; NULL: the number is not kept */
} oscore_file_t;

/* Reads what `-E conf_file[,seq_file]` names: the configuration, and the sequence number to begin
 * with (0 when there is no such file yet), which is kept there from then on. `file` lasts as long
 * as the configuration is used. NULL: said on stderr. */
coap_oscore_conf_t *oscore_file_read(oscore_file_t *file, const char *program, const char *names);

void oscore_file_clear(oscore_file_t *file);

#endif /* COAPSPEC_EXAMPLES_OSCORE_FILE_H_ */
