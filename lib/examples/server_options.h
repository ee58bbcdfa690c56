/* server_options.h -- what the command line of coapspec-server says. */
#ifndef COAPSPEC_EXAMPLES_SERVER_OPTIONS_H_
#define COAPSPEC_EXAMPLES_SERVER_OPTIONS_H_

#include "credentials.h"

enum { SERVER_GROUPS_MAX = 8 };

typedef struct server_options_t {
  const char *address; /* NULL: any */
  unsigned long port;  /* 0: a free one */
  unsigned long ws_port;
  int with_ws;         /* -W */
  unsigned long level; /* log level */
  unsigned long dynamic_max;
  unsigned long block_mode; /* -L */
  unsigned int block_szx;   /* -b; 0: the largest */
  int echo;
  int csm_optional; /* -X */
  int notify_non;
  int mcast_per_resource;
  const char *loss;
  int with_wss; /* -S */
  unsigned long wss_port;
  credentials_t credentials;
  const char *oscore; /* -E; NULL: no protected requests */
  const char *interface;
  unsigned int group_count;
  struct {
    char name[64];
    char interface[32]; /* empty: `interface`, or the system's choice */
  } groups[SERVER_GROUPS_MAX];
} server_options_t;

/* Fills `options`. 1 to go on; 0 when the program ends now with `*exit_code`, everything said. */
int server_options_read(server_options_t *options, int argc, char **argv, int *exit_code);

#endif /* COAPSPEC_EXAMPLES_SERVER_OPTIONS_H_ */
