/* server_main.c -- coapspec-server: a CoAP server with the plugtest resources. */
#include "arguments.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char program[] = "coapspec-server";

/* The handler writes here, so that a signal wakes the wait however the two race. */
static int quit_pipe[2] = {-1, -1};

static void
on_signal(int number) {
  int saved = errno;
  ssize_t written = write(quit_pipe[1], "q", 1);

  (void)number;
  (void)written; /* a full pipe has woken the loop already */
  errno = saved;
}

static int
catch_signals(void) {
  struct sigaction action;

  if (pipe(quit_pipe) < 0)
    return 0;
  for (int i = 0; i < 2; i++) {
    fcntl(quit_pipe[i], F_SETFD, FD_CLOEXEC);
    fcntl(quit_pipe[i], F_SETFL, O_NONBLOCK);
  }
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0;
}

uint64_t
server_now_ms(void) {
  coap_tick_t now;

  coap_ticks(&now);
  return now * 1000 / COAP_TICKS_PER_SECOND;
}

/* "ADDRESS:PORT ..." as the library writes it: up to the first blank, with the actual port. */
static void
announce(const coap_endpoint_t *endpoint, const char *scheme) {
  const char *text = coap_endpoint_str(endpoint);

  printf("%s: listening on %s://%.*s\n", program, scheme, (int)strcspn(text, " "), text);
  fflush(stdout);
}

/* One more endpoint on a port of its own. 1, or 0: said on stderr. */
static int
listen_apart(const server_t *server, const coap_address_t *bound, coap_proto_t proto,
             unsigned long port, char option, coap_endpoint_t **endpoint) {
  coap_address_t address = *bound;

  coap_address_set_port(&address, (uint16_t)port);
  errno = 0;
  *endpoint = coap_new_endpoint(server->context, &address, proto);
  if (!*endpoint)
    complain(program, "cannot listen on port %lu: %s; choose another with -%c", port,
             errno ? strerror(errno) : "keys are missing (-k, -c)", option);
  return *endpoint != NULL;
}

/* WebSockets, when asked for. */
static int
listen_on_ws(const server_t *server, const coap_address_t *bound, coap_endpoint_t *endpoints[2]) {
  const server_options_t *options = server->options;

  endpoints[0] = endpoints[1] = NULL;
  if (options->with_ws &&
      !listen_apart(server, bound, COAP_PROTO_WS, options->ws_port, 'W', &endpoints[0]))
    return 0;
  return !options->with_wss ||
         listen_apart(server, bound, COAP_PROTO_WSS, options->wss_port, 'S', &endpoints[1]);
}

static coap_endpoint_t *
listen_on(const server_t *server, const coap_address_t *found) {
  coap_address_t address = *found;

  coap_address_set_port(&address, (uint16_t)server->options->port);
  return coap_new_endpoint(server->context, &address, COAP_PROTO_UDP);
}

/* The address of an endpoint, from its text: the port may have been a free one. */
static coap_address_t
address_of(const coap_endpoint_t *endpoint, const coap_address_t *found) {
  const char *port = strrchr(coap_endpoint_str(endpoint), ':');
  coap_address_t address = *found;

  coap_address_set_port(&address, port ? (uint16_t)strtoul(port + 1, NULL, 10) : 0);
  return address;
}

/* One endpoint: the first address that can be listened on, *bound with its port. */
static coap_endpoint_t *
open_endpoint(const server_t *server, coap_address_t *bound) {
  const server_options_t *options = server->options;
  coap_str_const_t host = {options->address ? strlen(options->address) : 0,
                           (const uint8_t *)options->address};
  coap_addr_info_t *list =
      coap_resolve_address_info(options->address ? &host : NULL, (uint16_t)options->port, 0, 0, 0,
                                0, 1 << COAP_URI_SCHEME_COAP, COAP_RESOLVE_TYPE_LOCAL);
  coap_endpoint_t *endpoint = NULL;
  int reason = 0;

  if (!list && options->address) {
    complain(program, "-A %s: no such address: give one of this host's", options->address);
    return NULL;
  }
  for (coap_addr_info_t *info = list; info && !endpoint; info = info->next) {
    errno = 0;
    endpoint = listen_on(server, &info->addr);
    reason = errno;
    *bound = endpoint ? address_of(endpoint, &info->addr) : info->addr;
  }
  coap_free_address_info(list);
  if (!endpoint)
    complain(program, "cannot listen on %s port %lu: %s; choose another with -A and -p",
             options->address ? options->address : "any address", options->port,
             reason ? strerror(reason) : "the address cannot be used");
  return endpoint;
}

/* A free UDP port may be one that somebody has on TCP: then another is tried, so often. */
enum { PORT_TRIES = 16 };

/* UDP, and TCP on the same port. */
static coap_endpoint_t *
open_endpoints(const server_t *server, coap_address_t *bound) {
  for (int tries = 0;; tries++) {
    coap_endpoint_t *endpoint = open_endpoint(server, bound);

    if (!endpoint || coap_new_endpoint(server->context, bound, COAP_PROTO_TCP))
      return endpoint;
    if (server->options->port || tries == PORT_TRIES) {
      complain(program, "cannot listen on TCP port %u: %s; choose another with -p",
               (unsigned int)coap_address_get_port(bound), strerror(errno));
      return NULL;
    }
    coap_free_endpoint(endpoint);
  }
}

/* DTLS and TLS one port higher, as coaps is to coap (RFC 7252 12.7), when there are keys. */
static int
open_secure(const server_t *server, const coap_address_t *bound, coap_endpoint_t **endpoint) {
  unsigned long port = server->options->port ? server->options->port + 1UL : 0;

  *endpoint = NULL;
  if (!credentials_are_given(&server->options->credentials))
    return 1;
  if (!credentials_serve(&server->options->credentials, program, server->context))
    return 0;
  for (int tries = 0;; tries++) {
    coap_address_t address;

    if (!listen_apart(server, bound, COAP_PROTO_DTLS, port, 'p', endpoint))
      return 0;
    address = address_of(*endpoint, bound);
    if (coap_new_endpoint(server->context, &address, COAP_PROTO_TLS))
      return 1;
    if (port || tries == PORT_TRIES) {
      complain(program, "cannot listen on TLS port %u: %s; choose another with -p",
               (unsigned int)coap_address_get_port(&address), strerror(errno));
      return 0;
    }
    coap_free_endpoint(*endpoint);
  }
}

static int
join_groups(const server_t *server) {
  const server_options_t *options = server->options;

  for (unsigned int i = 0; i < options->group_count; i++) {
    const char *own = options->groups[i].interface;
    const char *interface = own[0] ? own : options->interface;

    if (coap_join_mcast_group_intf(server->context, options->groups[i].name, interface) != 0) {
      complain(program, "-g %s: cannot join this group on %s", options->groups[i].name,
               interface ? interface : "the default interface");
      return 0;
    }
  }
  return 1;
}

static int
add_resources(server_t *server) {
  coap_resource_release_userdata_handler(server->context, node_free);
  if (resources_add_plain(server) && resources_add_stored(server) && resources_add_large(server) &&
      resources_add_observe(server) && resources_add_separate(server) &&
      resources_add_dynamic(server))
    return 1;
  complain(program, "out of memory");
  return 0;
}

static int
add_security(server_t *server) {
  const char *names = server->options->oscore;
  coap_oscore_conf_t *conf = names ? oscore_file_read(&server->oscore, program, names) : NULL;

  if (!names)
    return 1;
  if (!conf)
    return 0;
  if (coap_context_oscore_server(server->context, conf))
    return 1;
  complain(program, "-E %s: no security context can be derived: an ID is too long", names);
  return 0;
}

/* 1 when a signal ended it, 0 when it cannot go on. */
static int
serve(server_t *server) {
  for (;;) {
    uint32_t separate = separate_tick(server);
    uint32_t observe = observe_tick(server);
    fd_set readable;

    FD_ZERO(&readable);
    FD_SET(quit_pipe[0], &readable);
    if (coap_io_process_with_fds(server->context, separate < observe ? separate : observe,
                                 quit_pipe[0] + 1, &readable, NULL, NULL) < 0) {
      complain(program, "waiting for messages failed");
      return 0;
    }
    if (FD_ISSET(quit_pipe[0], &readable))
      return 1;
  }
}

static int
prepare(server_t *server) {
  coap_endpoint_t *endpoint;
  coap_endpoint_t *secure;
  coap_endpoint_t *ws[2];
  coap_address_t bound;

  server->context = coap_new_context(NULL);
  if (!server->context) {
    complain(program, "out of memory or file descriptors");
    return 0;
  }
  coap_set_app_data(server->context, server);
  coap_context_set_csm_optional(server->context, server->options->csm_optional);
  coap_context_set_block_mode(server->context,
                              (uint32_t)server->options->block_mode |
                                  COAP_BLOCK_MAX_SIZE_SET(server->options->block_szx));
  /* One line says why the program ends; the library's own would be a second. */
  coap_set_log_level(server->options->level > COAP_LOG_ERR ? (coap_log_t)server->options->level
                                                           : COAP_LOG_CRIT);
  endpoint = open_endpoints(server, &bound);
  if (!endpoint || !open_secure(server, &bound, &secure) || !listen_on_ws(server, &bound, ws) ||
      !join_groups(server))
    return 0;
  coap_set_log_level((coap_log_t)server->options->level);
  if (server->options->mcast_per_resource)
    coap_mcast_per_resource(server->context);
  if (!add_resources(server) || !add_security(server))
    return 0;
  announce(endpoint, "coap");
  if (ws[0])
    announce(ws[0], "coap+ws");
  if (secure)
    announce(secure, "coaps");
  if (ws[1])
    announce(ws[1], "coaps+ws");
  return 1;
}

int
main(int argc, char **argv) {
  server_options_t options;
  server_t server = {.options = &options};
  int exit_code;

  if (!server_options_read(&options, argc, argv, &exit_code)) {
    credentials_clear(&options.credentials);
    return exit_code;
  }
  if (!catch_signals()) {
    complain(program, "cannot set up signals: %s", strerror(errno));
    return EXIT_FAILED;
  }
  coap_startup();
  log_to_stderr();
  if (options.loss && !coap_debug_set_packet_loss(options.loss)) {
    complain(program, "-l %s: neither a percentage nor a list of numbers", options.loss);
    exit_code = EXIT_USAGE;
  } else {
    exit_code = prepare(&server) && serve(&server) ? EXIT_DONE : EXIT_FAILED;
  }
  separate_free(&server);
  coap_free_context(server.context);
  oscore_file_clear(&server.oscore);
  observe_free(&server);
  credentials_clear(&options.credentials);
  coap_cleanup();
  return exit_code;
}
