/* load_main.c -- coapspec-load: what the command line says. */
#include "load.h"

#include "examples/arguments.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

enum { PORTS = 1, SESSIONS_MAX = 4000000 };

#define LOOPBACK_FIRST "127.64.0.0"

static const char program[] = "coapspec-load";

static const char help[] =
    "usage: coapspec-load [options] URI\n"
    "Sends requests to a CoAP server (coap, coap+tcp, coaps) and says how many a second it\n"
    "answers, and after what time.\n"
    "\n"
    "Closed loop, unless -r is there: so many requests are always under way.\n"
    "  -c sessions      clients, each with an address, port or connection of its own (default: "
    "64)\n"
    "  -o outstanding   requests under way at the same time, of all sessions (default: 64)\n"
    "Open loop:\n"
    "  -r rate          requests a second, whether or not earlier ones are answered; latency "
    "counts\n"
    "                   from the time at which each was due\n"
    "  -P               at random times with that mean\n"
    "What is done instead of single requests:\n"
    "  -D               each session fetches bodies block by block (RFC 7959)\n"
    "  -H               each session connects, asks once, and begins anew; latency is that of the\n"
    "                   handshake\n"
    "  -O               each session registers as an observer (RFC 7641); a line says when all\n"
    "                   have; then notifications are counted\n"
    "The requests:\n"
    "  -m method        get (default), post, put, delete, fetch, patch or ipatch\n"
    "  -b bytes         of payload, at most 1024 (default: 0)\n"
    "  -N               Non-confirmable ones\n"
    "The run:\n"
    "  -t seconds       that count, 0.01 to 3600 (default: 10)\n"
    "  -w seconds       before these, to warm up (default: 1)\n"
    "  -n requests      at most so many\n"
    "  -T ms            after that an answer is missing (default: 2000)\n"
    "  -s address       the first session's IPv4 address, the others have the next ones; "
    "\"ports\":\n"
    "                   each is a socket instead (default: " LOOPBACK_FIRST " towards 127.0.0.0/8, "
    "else ports)\n"
    "  -k key           pre-shared key for coaps: text, or 0x and hex digits\n"
    "  -u name          the identity that goes with it\n"
    "What comes of it:\n"
    "  -i pid           the server's process on this machine, or several with commas between "
    "them:\n"
    "                   its processor time is told, too\n"
    "  -j file          all figures as JSON; \"-\": on stdout, and nothing else there\n"
    "  -p file          the distribution of latency, a line a step: microseconds, share of all\n"
    "  -q               no progress on a terminal\n"
    "  -h, --help       this text\n"
    "  -V, --version    version\n"
    "\n"
    "SIGINT and SIGTERM end the run early; what came of it until then is said all the same.\n"
    "\n"
    "Exit code: 0 the server has answered; 1 it has not; 2 wrong usage.\n";

static const struct {
  const char *name;
  coap_pdu_code_t code;
} methods[] = {
    {"get", COAP_REQUEST_CODE_GET},       {"post", COAP_REQUEST_CODE_POST},
    {"put", COAP_REQUEST_CODE_PUT},       {"delete", COAP_REQUEST_CODE_DELETE},
    {"fetch", COAP_REQUEST_CODE_FETCH},   {"patch", COAP_REQUEST_CODE_PATCH},
    {"ipatch", COAP_REQUEST_CODE_IPATCH},
};

static int
take_method(load_options_t *options, const char *name) {
  for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
    if (strcmp(name, methods[i].name) == 0) {
      options->template.code = methods[i].code;
      return 1;
    }
  }
  return 0;
}

static int
take_source(load_options_t *options, const char *text) {
  struct in_addr address;

  if (strcmp(text, "ports") == 0) {
    options->first_source = PORTS;
    return 1;
  }
  if (inet_pton(AF_INET, text, &address) != 1)
    return 0;
  options->first_source = ntohl(address.s_addr);
  return options->first_source > PORTS;
}

static int
take_key(load_options_t *options, const char *text) {
  free(options->key);
  options->key = argument_hex_or_text(text, &options->key_length);
  return options->key != NULL;
}

static int
take_seconds(double *seconds, double least) {
  char *end;

  *seconds = strtod(optarg, &end);
  return end != optarg && *end == '\0' && *seconds >= least && *seconds <= 3600;
}

/* The numbers: where each goes, and its range. 1, 0 for another option, -1 out of range. */
static int
take_number(load_options_t *options, int option) {
  unsigned long payload = 0;
  int taken = 0;

  switch (option) {
  case 'b':
    taken = argument_number(optarg, 0, LOAD_PAYLOAD_MAX, &payload) ? 1 : -1;
    options->template.payload_length = payload;
    return taken;
  case 'c':
    return argument_number(optarg, 1, SESSIONS_MAX, &options->sessions) ? 1 : -1;
  case 'n':
    return argument_number(optarg, 1, 4000000000UL, &options->requests) ? 1 : -1;
  case 'o':
    return argument_number(optarg, 1, 1000000, &options->outstanding) ? 1 : -1;
  case 'r':
    return argument_number(optarg, 1, 100000000, &options->rate) ? 1 : -1;
  case 't':
    return take_seconds(&options->seconds, 0.01) ? 1 : -1;
  case 'T':
    return argument_number(optarg, 1, 600000, &options->patience_ms) ? 1 : -1;
  case 'w':
    return take_seconds(&options->warm_up, 0) ? 1 : -1;
  default:
    return 0;
  }
}

/* As take_number(): words, and options without a value. */
static int
take_word(load_options_t *options, int option) {
  switch (option) {
  case 'D':
    options->task = LOAD_DOWNLOAD;
    return 1;
  case 'H':
    options->task = LOAD_HANDSHAKES;
    return 1;
  case 'O':
    options->task = LOAD_OBSERVE;
    return 1;
  case 'N':
    options->template.type = COAP_MESSAGE_NON;
    return 1;
  case 'P':
    options->is_random = 1;
    return 1;
  case 'q':
    options->is_quiet = 1;
    return 1;
  case 'j':
    options->json = optarg;
    return 1;
  case 'p':
    options->percentiles = optarg;
    return 1;
  case 'u':
    options->identity = optarg;
    return 1;
  case 'i':
    return load_watch_read(&options->server_processes, optarg) ? 1 : -1;
  case 'k':
    return take_key(options, optarg) ? 1 : -1;
  case 'm':
    return take_method(options, optarg) ? 1 : -1;
  case 's':
    return take_source(options, optarg) ? 1 : -1;
  default:
    return 0;
  }
}

/* 1 to go on; 0: the program ends with `*exit_code`, everything said. */
static int
take_option(load_options_t *options, int option, char **argv, int *exit_code) {
  int taken;

  if (option_is_answered(program, option, help, exit_code))
    return 0;
  taken = take_number(options, option);
  taken = taken ? taken : take_word(options, option);
  if (taken == 0)
    complain_option(program, option, argv);
  else if (taken < 0)
    complain_value(program, option, "not a value that it can have");
  return taken == 1;
}

static int
take_address(load_options_t *options, const coap_uri_t *uri) {
  coap_addr_info_t *list =
      coap_resolve_address_info(&uri->host, uri->port, uri->port, uri->port, uri->port, 0,
                                1 << uri->scheme, COAP_RESOLVE_TYPE_REMOTE);

  if (!list && uri->scheme == COAP_URI_SCHEME_COAPS) /* the library knows no DTLS, we do */
    list = coap_resolve_address_info(&uri->host, uri->port, uri->port, uri->port, uri->port, 0,
                                     1 << COAP_URI_SCHEME_COAP, COAP_RESOLVE_TYPE_REMOTE);
  if (!list) {
    complain(program, "%s: no address for this host", options->text);
    return 0;
  }
  coap_address_copy(&options->server, &list->addr);
  coap_address_set_port(&options->server, uri->port);
  coap_free_address_info(list);
  return 1;
}

static int
by_number(const coap_optlist_t *a, const coap_optlist_t *b) {
  return (int)a->number - (int)b->number;
}

/* What every request has of the URI, and Observe. */
static int
take_path(load_options_t *options, const coap_uri_t *uri) {
  coap_optlist_t *list = NULL;
  uint8_t scratch[LOAD_OPTIONS_MAX];
  int taken = 0;

  if ((options->task != LOAD_OBSERVE ||
       coap_insert_optlist(&list, coap_new_optlist(COAP_OPTION_OBSERVE, 0, NULL))) &&
      coap_uri_into_options(uri, &options->server, &list, 1, scratch, sizeof(scratch)) >= 0) {
    LL_SORT(list, by_number);
    taken = load_template_options(&options->template, list);
  }
  coap_delete_optlist(list);
  if (!taken)
    complain(program, "%s: this does not become options: too long?", options->text);
  return taken;
}

static int
take_uri(load_options_t *options, int argc, char **argv) {
  coap_uri_t uri;

  if (argc != 1) {
    complain(program, "one URI is wanted; say %s --help for the options", program);
    return 0;
  }
  options->text = argv[0];
  if (coap_split_uri((const uint8_t *)argv[0], strlen(argv[0]), &uri) < 0 || !uri.host.length ||
      (uri.scheme != COAP_URI_SCHEME_COAP && uri.scheme != COAP_URI_SCHEME_COAP_TCP &&
       uri.scheme != COAP_URI_SCHEME_COAPS)) {
    complain(program, "%s: not a URI of coap, coap+tcp or coaps", argv[0]);
    return 0;
  }
  options->proto = uri.scheme == COAP_URI_SCHEME_COAP_TCP ? COAP_PROTO_TCP
                   : uri.scheme == COAP_URI_SCHEME_COAPS  ? COAP_PROTO_DTLS
                                                          : COAP_PROTO_UDP;
  options->template.is_reliable = options->proto == COAP_PROTO_TCP;
  return take_address(options, &uri) && take_path(options, &uri);
}

static int
is_loopback(const coap_address_t *address) {
  return address->addr.sa.sa_family == AF_INET &&
         ntohl(address->addr.sin.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* What one option means for another. */
static int
complete(load_options_t *options) {
  if (options->task == LOAD_HANDSHAKES || options->task == LOAD_DOWNLOAD)
    options->outstanding = options->sessions;
  if (options->proto == COAP_PROTO_DTLS && (!options->key || !options->identity)) {
    complain(program, "coaps needs a key (-k) and an identity (-u)");
    return 0;
  }
  if (options->rate && options->task != LOAD_REQUESTS) {
    complain(program, "-r goes with single requests: neither -D, -H nor -O");
    return 0;
  }
  if (options->is_random && !options->rate) {
    complain(program, "-P needs a rate (-r)");
    return 0;
  }
  if (options->first_source == 0 && is_loopback(&options->server))
    options->first_source = ntohl(inet_addr(LOOPBACK_FIRST));
  if (options->first_source > PORTS && options->server.addr.sa.sa_family != AF_INET) {
    complain(program, "-s takes addresses of IPv4, as the server's has to be; else -s ports");
    return 0;
  }
  if (options->first_source == PORTS)
    options->first_source = 0;
  memset(options->template.payload, 'x', options->template.payload_length);
  return 1;
}

static int
run(const load_options_t *options) {
  load_t *load = calloc(1, sizeof(*load));
  int exit_code = EXIT_FAILED;

  if (!load) {
    complain(program, "out of memory");
    return EXIT_FAILED;
  }
  if (load_run(load, options) && load_report(load)) {
    exit_code = load->result.in_time ? EXIT_DONE : EXIT_FAILED;
    if (!load->result.in_time && options->task != LOAD_OBSERVE)
      complain(program, "%s: no answer: does the server listen there?", options->text);
  }
  free(load);
  return exit_code;
}

int
main(int argc, char **argv) {
  load_options_t options = {.sessions = 64,
                            .outstanding = 64,
                            .seconds = 10,
                            .warm_up = 1,
                            .patience_ms = 2000,
                            .template = {.code = COAP_REQUEST_CODE_GET}};
  int exit_code = EXIT_USAGE;
  int goes_on = 1;
  int option;

  coap_startup();
  while (goes_on && (option = getopt_long(argc, argv, ":b:c:Dhi:j:Hk:m:n:No:Op:Pqr:s:t:T:u:Vw:",
                                          argument_long_options, NULL)) != -1)
    goes_on = take_option(&options, option, argv, &exit_code);
  if (goes_on) {
    exit_code = EXIT_USAGE;
    if (take_uri(&options, argc - optind, argv + optind) && complete(&options))
      exit_code = run(&options);
  }
  free(options.key);
  coap_cleanup();
  return exit_code;
}
