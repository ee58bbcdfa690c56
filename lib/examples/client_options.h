/* client_options.h -- what the command line of coapspec-client says. */
#ifndef COAPSPEC_EXAMPLES_CLIENT_OPTIONS_H_
#define COAPSPEC_EXAMPLES_CLIENT_OPTIONS_H_

#include "credentials.h"

#include <coap3/coap.h>

/* Beside those of arguments.h: done is a 2.xx response, this one of 4.xx or 5.xx; failed is what
 * was not sent or not answered. */
enum { CLIENT_EXIT_ERROR = 3 };

typedef struct client_options_t {
  const char *uri;
  coap_request_t method;
  uint8_t *payload; /* -e, owned */
  size_t payload_length;
  const char *payload_file; /* -f */
  const char *output;       /* -o; NULL: stdout */
  const char *oscore;       /* -E; NULL: not protected */
  credentials_t credentials;
  const char *address; /* -a */
  unsigned long port;  /* -p */
  unsigned long level;
  unsigned long break_s;
  unsigned long observe_s;
  unsigned long keepalive_s;
  unsigned long repeat;
  unsigned long block_mode; /* -L */
  const char *loss;
  int has_break, has_observe, has_format, has_accept, has_block;
  int non, newline, no_uri_host, csm_optional;
  uint16_t format;
  uint16_t accept;
  unsigned int block_num;
  unsigned int block_szx;
  uint8_t *token; /* -T, owned; NULL: chosen by the library */
  size_t token_length;
  coap_optlist_t *extra; /* -O, owned */
} client_options_t;

extern const char client_program[];

/* Fills `options`. 1 to go on; 0 when the program ends now with `*exit_code`, everything said. */
int client_options_read(client_options_t *options, int argc, char **argv, int *exit_code);

void client_options_clear(client_options_t *options);

#endif /* COAPSPEC_EXAMPLES_CLIENT_OPTIONS_H_ */
