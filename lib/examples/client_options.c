/* client_options.c -- what the command line of coapspec-client says. */
#include "client_options.h"

#include "arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char client_program[] = "coapspec-client";

static const char help[] =
    "usage: coapspec-client [options] URI\n"
    "Sends a CoAP request (UDP, TCP, WebSockets, plain or by DTLS and TLS) and prints the payload\n"
    "of the answer.\n"
    "\n"
    "  -m method        get (default), put, post, delete, fetch, patch or ipatch\n"
    "  -e text          payload, %XX stands for a byte\n"
    "  -E file[,number] protect requests by OSCORE as the configuration file says; the sequence\n"
    "                   number is kept in the file `number`\n"
    "  -f file          payload from a file, '-' for stdin\n"
    "  -t format        Content-Format of the payload: a number, or plain, link-format, xml,\n"
    "                   octet-stream, exi, json, cbor\n"
    "  -A format        Accept, likewise\n"
    "  -b [num,]size    block size 16, 32 .. 1024, starting at block num\n"
    "  -L mode          block mode as a number, see coap_block(3) (default: 3; 7 with -N: "
    "Q-Block)\n"
    "  -o file          the payload goes there and not to stdout; the file appears when complete\n"
    "  -w               end the output with a newline\n"
    "  -N               send the request as NON\n"
    "  -s seconds       observe the resource for so long\n"
    "  -B seconds       wait at most so long for the answer (default: 90; multicast: 7)\n"
    "  -G count         send the request so many times, a second apart (1..255)\n"
    "  -K seconds       ping the server after so many seconds of silence\n"
    "  -T token         token as text, or 0x and hex digits; may be empty\n"
    "  -O num,text      add option `num`; text, or 0x and hex digits\n"
    "  -U               no Uri-Host and Uri-Port options\n" CREDENTIALS_HELP
    "  -a address       local address\n"
    "  -p port          local port\n"
    "  -l loss          drop datagrams on purpose: \"10%\" of them, or those numbered \"1,4-6\"\n"
    "  -X               a connection's peer need not send a CSM: it is awaited for 1 second\n"
    "  -v level         0..8: how much to log on stderr (default: 3; 6 says who answered)\n"
    "  -h, --help       this text\n"
    "  -V, --version    version\n"
    "\n"
    "The URI is coap://host[:port]/path?query, or coap+tcp://, coap+ws://, coaps://, "
    "coaps+tcp://,\n"
    "coaps+ws://; a multicast host makes the request a NON and collects the answers of the group\n"
    "until -B. Error responses go to stderr.\n"
    "\n"
    "Exit code: 0 the answer is 2.xx; 1 not sent or no answer; 2 wrong usage or URI; 3 the answer\n"
    "is 4.xx or 5.xx.\n";

static int
stop(int *exit_code, int code) {
  *exit_code = code;
  return 0;
}

static int
read_format(int option, uint16_t *out, int *has) {
  *has = 1;
  return argument_format(optarg, out) ||
         complain_value(client_program, option, "no such content format: a name or 0..65535");
}

static int
read_method(client_options_t *options) {
  static const char *const names[] = {"get", "put", "post", "delete", "fetch", "patch", "ipatch"};
  static const coap_request_t methods[] = {
      COAP_REQUEST_GET,   COAP_REQUEST_PUT,   COAP_REQUEST_POST,  COAP_REQUEST_DELETE,
      COAP_REQUEST_FETCH, COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH};

  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (strcmp(optarg, names[i]) == 0) {
      options->method = methods[i];
      return 1;
    }
  }
  return complain_value(client_program, 'm',
                        "no such method: get, put, post, delete, fetch, patch or ipatch");
}

static int
read_block(client_options_t *options) {
  const char *comma = strchr(optarg, ',');
  char number[12] = "0";
  unsigned long num = 0;
  unsigned long size = 0;
  int is_right = 1;

  if (comma)
    is_right = snprintf(number, sizeof(number), "%.*s", (int)(comma - optarg), optarg) <
               (int)sizeof(number);
  is_right = is_right && argument_number(number, 0, 0xfffff, &num) &&
             argument_number(comma ? comma + 1 : optarg, 16, 1024, &size) &&
             (size & (size - 1)) == 0;
  if (!is_right)
    return complain_value(client_program, 'b', "not [num,]size with a size of 16, 32 .. 1024");
  options->has_block = 1;
  options->block_num = (unsigned int)num;
  /* RFC 7959 2.2: the size is two to the power of SZX + 4. */
  for (options->block_szx = 0; (16UL << options->block_szx) < size;)
    options->block_szx++;
  return 1;
}

static int
read_extra(client_options_t *options, int *exit_code) {
  const char *comma = strchr(optarg, ',');
  char number[8];
  unsigned long num;
  size_t length = 0;
  uint8_t *value;
  coap_optlist_t *option;

  if (!comma || (size_t)(comma - optarg) >= sizeof(number))
    return complain_value(client_program, 'O', "not num,text");
  snprintf(number, sizeof(number), "%.*s", (int)(comma - optarg), optarg);
  if (!argument_number(number, 0, UINT16_MAX, &num))
    return complain_value(client_program, 'O', "the option number is not one from 0 to 65535");
  value = argument_hex_or_text(comma + 1, &length);
  if (!value)
    return complain_value(client_program, 'O', "after 0x only pairs of hex digits");
  option = coap_new_optlist((uint16_t)num, length, value);
  free(value);
  if (!option || !coap_insert_optlist(&options->extra, option)) {
    complain(client_program, "out of memory");
    return stop(exit_code, EXIT_FAILED);
  }
  return 1;
}

static int
read_token(client_options_t *options) {
  free(options->token);
  options->token = argument_hex_or_text(optarg, &options->token_length);
  if (!options->token || options->token_length > COAP_TOKEN_EXT_MAX)
    return complain_value(client_program, 'T', "not a token");
  return 1;
}

static int
read_payload(client_options_t *options) {
  free(options->payload);
  options->payload = argument_percent_decode(optarg, &options->payload_length);
  return options->payload ||
         complain_value(client_program, 'e', "% is not followed by two hex digits");
}

static int
read_value(client_options_t *options, int option, char **argv, int *exit_code) {
  switch (option) {
  case 'A':
    return read_format(option, &options->accept, &options->has_accept);
  case 'b':
    return read_block(options);
  case 'B':
    options->has_break = 1;
    return option_number(client_program, option, 1, 86400, &options->break_s);
  case 'e':
    return read_payload(options);
  case 'G':
    return option_number(client_program, option, 1, 255, &options->repeat);
  case 'K':
    return option_number(client_program, option, 1, 86400, &options->keepalive_s);
  case 'L':
    return option_number(client_program, option, 0, UINT32_MAX, &options->block_mode);
  case 'm':
    return read_method(options);
  case 'O':
    return read_extra(options, exit_code);
  case 'p':
    return option_number(client_program, option, 0, 65535, &options->port);
  case 's':
    options->has_observe = 1;
    return option_number(client_program, option, 1, 86400, &options->observe_s);
  case 't':
    return read_format(option, &options->format, &options->has_format);
  case 'T':
    return read_token(options);
  case 'v':
    return option_number(client_program, option, 0, 8, &options->level);
  default:
    switch (credentials_take(&options->credentials, client_program, option, optarg)) {
    case 1:
      return 1;
    case 0:
      complain_option(client_program, option, argv);
      break;
    }
    return 0;
  }
}

/* Options whose value is taken as it stands, and flags. */
static int
read_option(client_options_t *options, int option, char **argv, int *exit_code) {
  if (option_is_answered(client_program, option, help, exit_code))
    return 0;
  switch (option) {
  case 'a':
    options->address = optarg;
    return 1;
  case 'E':
    options->oscore = optarg;
    return 1;
  case 'f':
    options->payload_file = optarg;
    return 1;
  case 'l':
    options->loss = optarg;
    return 1;
  case 'N':
    options->non = 1;
    return 1;
  case 'o':
    options->output = optarg;
    return 1;
  case 'U':
    options->no_uri_host = 1;
    return 1;
  case 'X':
    options->csm_optional = 1;
    return 1;
  case 'w':
    options->newline = 1;
    return 1;
  default:
    return read_value(options, option, argv, exit_code);
  }
}

static int
read_arguments(client_options_t *options, int argc, char **argv, int *exit_code) {
  if (argc != 1) {
    complain(client_program, "%s; say %s --help for the options",
             argc ? "more than one URI" : "a URI is missing", client_program);
    return stop(exit_code, EXIT_USAGE);
  }
  if (options->payload && options->payload_file) {
    complain(client_program, "-e and -f: the payload comes from one of them");
    return stop(exit_code, EXIT_USAGE);
  }
  if (options->has_observe && options->method != COAP_REQUEST_GET &&
      options->method != COAP_REQUEST_FETCH) {
    complain(client_program, "-s: only get and fetch can observe");
    return stop(exit_code, EXIT_USAGE);
  }
  options->uri = argv[0];
  return 1;
}

int
client_options_read(client_options_t *options, int argc, char **argv, int *exit_code) {
  int option;

  memset(options, 0, sizeof(*options));
  options->method = COAP_REQUEST_GET;
  options->level = COAP_LOG_ERR;
  options->repeat = 1;
  options->block_mode = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY;
  while ((option = getopt_long(argc, argv,
                               ":a:A:b:B:e:E:f:G:hK:l:L:m:No:O:p:s:t:T:Uv:VwX" CREDENTIALS_OPTIONS,
                               argument_long_options, NULL)) != -1) {
    if (!read_option(options, option, argv, exit_code))
      return 0;
  }
  return read_arguments(options, argc - optind, argv + optind, exit_code);
}

void
client_options_clear(client_options_t *options) {
  free(options->payload);
  free(options->token);
  credentials_clear(&options->credentials);
  coap_delete_optlist(options->extra);
}
