/* workers.c -- coapspec-workers: one server, several processes, a core each. They share the port
 * (coap_context_set_shared_ports(3)) and nothing else: the system gives each client to one of them.
 */
#include "arguments.h"

#include <coap3/coap.h>

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS_MAX = 64 };

static const char program[] = "coapspec-workers";

static const char help[] =
    "usage: coapspec-workers [options]\n"
    "A CoAP server (UDP, TCP) of several processes, each on a core of its own; GET /hello says "
    "which\n"
    "of them has answered. A line on stdout says when all listen; ^C or SIGTERM ends it.\n"
    "\n"
    "  -A address       listen on this address (default: all)\n"
    "  -p port          listen on this port (default: 5683)\n"
    "  -n workers       so many processes, 1 to 64 (default: one for each core)\n"
    "  -h, --help       this text\n"
    "  -V, --version    version\n"
    "\n"
    "Exit code: 0 ended by a signal; 1 cannot listen, or a worker has ended; 2 wrong usage.\n";

typedef struct options_t {
  const char *address;
  unsigned long port;
  unsigned long workers;
} options_t;

static volatile sig_atomic_t is_over;

static void
on_signal(int number) {
  (void)number;
  is_over = 1;
}

/* Without SA_RESTART: a parent that waits for its children is to notice. */
static void
catch_signals(void) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* The worker -------------------------------------------------------------------------------------
 */

static void
say_hello(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  const unsigned long *number = coap_get_app_data(coap_session_get_context(session));
  char text[40];
  int length = snprintf(text, sizeof(text), "hello from worker %lu", *number);

  (void)resource;
  (void)request;
  (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, (size_t)length, (const uint8_t *)text);
}

static int
listen_there(coap_context_t *context, const options_t *options) {
  coap_str_const_t host = {options->address ? strlen(options->address) : 0,
                           (const uint8_t *)options->address};
  coap_addr_info_t *list =
      coap_resolve_address_info(options->address ? &host : NULL, (uint16_t)options->port, 0, 0, 0,
                                0, 1 << COAP_URI_SCHEME_COAP, COAP_RESOLVE_TYPE_LOCAL);
  int listens = list && coap_new_endpoint(context, &list->addr, COAP_PROTO_UDP) &&
                coap_new_endpoint(context, &list->addr, COAP_PROTO_TCP);

  coap_free_address_info(list);
  return listens;
}

/* Its own context, on the number-th of the cores that the process may use. Tells through the pipe
 * that it listens. */
static int
work(const options_t *options, unsigned long number, int ready_fd) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("hello"), 0);
  coap_context_t *context = coap_new_context(NULL);
  int exit_code = EXIT_FAILED;

  if (!context || !resource)
    return EXIT_FAILED;
  coap_set_app_data(context, &number);
  coap_register_request_handler(resource, COAP_REQUEST_GET, say_hello);
  coap_add_resource(context, resource);
  coap_context_set_shared_ports(context, 1);
  if (listen_there(context, options)) {
    exit_code = write(ready_fd, "", 1) == 1 ? EXIT_DONE : EXIT_FAILED;
    while (!is_over && exit_code == EXIT_DONE) {
      if (coap_io_process(context, 1000) < 0)
        exit_code = EXIT_FAILED;
    }
  } else {
    complain(program, "worker %lu cannot listen on %s port %lu: %s", number,
             options->address ? options->address : "any address", options->port, strerror(errno));
  }
  coap_free_context(context);
  return exit_code;
}

/* The parent -------------------------------------------------------------------------------------
 */

/* The number-th core that the process may use; beyond the last one, the first ones again. */
static void
take_core(unsigned long number) {
  cpu_set_t usable;
  cpu_set_t own;
  int core = 0;

  if (sched_getaffinity(0, sizeof(usable), &usable) < 0)
    return;
  number %= (unsigned long)CPU_COUNT(&usable);
  for (; !CPU_ISSET(core, &usable) || number; core++)
    number -= CPU_ISSET(core, &usable) ? 1 : 0;
  CPU_ZERO(&own);
  CPU_SET(core, &own);
  sched_setaffinity(0, sizeof(own), &own);
}

/* 1 when as many bytes have come as there are workers: 0 when one of them has ended before. */
static int
all_listen(int fd, unsigned long workers) {
  char byte;

  while (workers && read(fd, &byte, 1) == 1)
    workers--;
  return workers == 0;
}

static void
end_all(const pid_t *pids, unsigned long count) {
  for (unsigned long i = 0; i < count; i++) {
    if (pids[i] > 0)
      kill(pids[i], SIGTERM);
  }
  for (unsigned long i = 0; i < count; i++) {
    while (pids[i] > 0 && waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
      continue;
  }
}

/* Until a signal comes, or one of them ends by itself. */
static int
watch(void) {
  while (!is_over) {
    pid_t pid = wait(NULL);

    if (pid > 0) {
      complain(program, "worker process %ld has ended", (long)pid);
      return EXIT_FAILED;
    }
  }
  return EXIT_DONE;
}

static int
run(const options_t *options) {
  pid_t pids[WORKERS_MAX];
  unsigned long started;
  int exit_code = EXIT_FAILED;
  int ready[2];

  if (pipe(ready) < 0) {
    complain(program, "no pipe: %s", strerror(errno));
    return EXIT_FAILED;
  }
  for (started = 0; started < options->workers; started++) {
    pids[started] = fork();
    if (pids[started] < 0)
      complain(program, "cannot start worker %lu: %s", started, strerror(errno));
    if (pids[started] < 0)
      break;
    if (pids[started] == 0) {
      close(ready[0]);
      take_core(started);
      _exit(work(options, started, ready[1]));
    }
  }
  close(ready[1]);
  if (started == options->workers && all_listen(ready[0], started)) {
    printf("%s: %lu workers listen on port %lu\n", program, started, options->port);
    fflush(stdout);
    exit_code = watch();
  }
  close(ready[0]);
  end_all(pids, started);
  return exit_code;
}

/* 1 to go on; 0: the program ends with `*exit_code`, everything said. */
static int
take_option(options_t *options, int option, char **argv, int *exit_code) {
  if (option_is_answered(program, option, help, exit_code))
    return 0;
  switch (option) {
  case 'n':
    return option_number(program, option, 1, WORKERS_MAX, &options->workers);
  case 'A':
    options->address = optarg;
    return 1;
  case 'p':
    return option_number(program, option, 1, 65535, &options->port);
  default:
    complain_option(program, option, argv);
    return 0;
  }
}

int
main(int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  options_t options = {.port = COAP_DEFAULT_PORT,
                       .workers = cores < 1             ? 1
                                  : cores > WORKERS_MAX ? WORKERS_MAX
                                                        : (unsigned long)cores};
  int exit_code = EXIT_USAGE;
  int goes_on = 1;
  int option;

  while (goes_on &&
         (option = getopt_long(argc, argv, ":A:hn:p:V", argument_long_options, NULL)) != -1)
    goes_on = take_option(&options, option, argv, &exit_code);
  if (goes_on && optind < argc) {
    complain(program, "%s: no argument is wanted; say %s --help for the options", argv[optind],
             program);
    return EXIT_USAGE;
  }
  if (!goes_on)
    return exit_code;
  catch_signals();
  coap_startup();
  log_to_stderr();
  exit_code = run(&options);
  coap_cleanup();
  return exit_code;
}
