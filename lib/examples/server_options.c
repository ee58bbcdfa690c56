/* server_options.c -- what the command line of coapspec-server says. */
#include "server_options.h"

#include "arguments.h"

#include <coap3/coap.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char program[] = "coapspec-server";

static const char help[] =
    "usage: coapspec-server [options]\n"
    "A CoAP server (UDP, TCP, WebSockets; with keys DTLS and TLS, too, a port higher) with the\n"
    "resources that plugtests ask for; ^C or SIGTERM ends it.\n"
    "\n"
    "  -A address       listen on this address (default: all)\n"
    "  -p port          listen on this port, 0: a free one (default: 5683); the first line on\n"
    "                   stdout says where\n"
    "  -d max           clients may make up to so many resources with PUT (default: 32)\n"
    "  -e               a PUT is answered with what was put\n"
    "  -E file[,number] take requests protected by OSCORE too, as the configuration file says; "
    "the\n"
    "                   sequence number is kept in the file `number`\n"
    "  -g group[,if]    join the multicast group, on interface `if`; may be repeated\n"
    "  -G interface     the interface for groups without one of their own\n"
    "  -b size          blocks of at most so many bytes: 32, 64 .. 1024 (default: 1024)\n"
    "  -L mode          block mode as a number, see coap_block(3) (default: 3; 7 with Q-Block)\n"
    "  -l loss          drop datagrams on purpose: \"10%\" of them, or those numbered \"1,4-6\"\n"
    "  -N               notifications are NON wherever that is allowed\n"
    "  -r               answer multicast requests only where a resource says so\n"
    "  -W port          listen for WebSockets on this port, 0: a free one, too (default: do not);\n"
    "                   another line on stdout says where\n"
    "  -X               peers on connections need not send a CSM\n"
    "  -S port          the same secured by TLS; it needs -k or -c\n" CREDENTIALS_HELP
    "  -v level         0..8: how much to log on stderr (default: 3, errors)\n"
    "  -h, --help       this text\n"
    "  -V, --version    version\n"
    "\n"
    "Resources: /.well-known/core lists them. DELETE restores /test, /validate, /large-update and\n"
    "(a few seconds later) /obs; it removes what clients have made.\n"
    "\n"
    "Exit code: 0 ended by a signal; 1 cannot listen on the address or port, or join the group;\n"
    "2 wrong usage.\n";

static int
read_group(server_options_t *options) {
  const char *comma = strchr(optarg, ',');
  size_t length = comma ? (size_t)(comma - optarg) : strlen(optarg);

  if (options->group_count == SERVER_GROUPS_MAX)
    return complain_value(program, 'g', "too many groups, 8 are possible");
  if (length == 0 || length >= sizeof(options->groups[0].name) ||
      (comma && strlen(comma + 1) >= sizeof(options->groups[0].interface)))
    return complain_value(program, 'g', "not group or group,interface");
  memcpy(options->groups[options->group_count].name, optarg, length);
  options->groups[options->group_count].name[length] = '\0';
  snprintf(options->groups[options->group_count].interface, sizeof(options->groups[0].interface),
           "%s", comma ? comma + 1 : "");
  options->group_count++;
  return 1;
}

static int
read_block_size(server_options_t *options) {
  unsigned long size;

  if (!argument_number(optarg, 32, 1024, &size) || (size & (size - 1)) != 0)
    return complain_value(program, 'b', "not a size of 32, 64 .. 1024");
  for (options->block_szx = 1; (16UL << options->block_szx) < size;)
    options->block_szx++;
  return 1;
}

static int
read_option(server_options_t *options, int option, char **argv, int *exit_code) {
  if (option_is_answered(program, option, help, exit_code))
    return 0;
  switch (option) {
  case 'A':
    options->address = optarg;
    return 1;
  case 'b':
    return read_block_size(options);
  case 'd':
    return option_number(program, option, 0, 100000, &options->dynamic_max);
  case 'e':
    options->echo = 1;
    return 1;
  case 'E':
    options->oscore = optarg;
    return 1;
  case 'g':
    return read_group(options);
  case 'G':
    options->interface = optarg;
    return 1;
  case 'l':
    options->loss = optarg;
    return 1;
  case 'L':
    return option_number(program, option, 0, UINT32_MAX, &options->block_mode);
  case 'N':
    options->notify_non = 1;
    return 1;
  case 'p':
    return option_number(program, option, 0, 65535, &options->port);
  case 'r':
    options->mcast_per_resource = 1;
    return 1;
  case 'S':
    options->with_wss = 1;
    return option_number(program, option, 0, 65535, &options->wss_port);
  case 'W':
    options->with_ws = 1;
    return option_number(program, option, 0, 65535, &options->ws_port);
  case 'X':
    options->csm_optional = 1;
    return 1;
  case 'v':
    return option_number(program, option, 0, 8, &options->level);
  default:
    switch (credentials_take(&options->credentials, program, option, optarg)) {
    case 1:
      return 1;
    case 0:
      complain_option(program, option, argv);
      break;
    }
    return 0;
  }
}

int
server_options_read(server_options_t *options, int argc, char **argv, int *exit_code) {
  int option;

  memset(options, 0, sizeof(*options));
  options->port = COAP_DEFAULT_PORT;
  options->level = COAP_LOG_ERR;
  options->block_mode = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY;
  options->dynamic_max = 32;
  while ((option = getopt_long(argc, argv, ":A:b:d:eE:g:G:l:L:Np:rS:v:W:XhV" CREDENTIALS_OPTIONS,
                               argument_long_options, NULL)) != -1) {
    if (!read_option(options, option, argv, exit_code))
      return 0;
  }
  if (optind < argc) {
    complain(program, "%s: no such argument is expected; say %s --help for the options",
             argv[optind], program);
    *exit_code = EXIT_USAGE;
    return 0;
  }
  return 1;
}
