/* server.c -- the server that is measured. One source for this library and for another of the same
 * API: what differs is what it is linked with.
 *
 * usage: server PORT [KEY]
 * Listens on 127.0.0.1, on UDP and TCP, and with a pre-shared key on DTLS one port higher; says
 * "ready". /hello: 16 bytes; /work: the same, after some 20 microseconds of work; /large: 1 MiB;
 * /obs: observable, changes with SIGUSR1. SIGTERM ends it. */
#include <coap3/coap.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 1 << 20, WORK_STEPS = 10000, STEP_MS = 100, SESSIONS = 1200000 };

static volatile sig_atomic_t is_over;
static volatile sig_atomic_t has_changed;
static const uint8_t small[] = "sixteen bytes ..";
static uint8_t large[LARGE];

static void
on_signal(int number) {
  if (number == SIGUSR1)
    has_changed = 1;
  else
    is_over = 1;
}

static void
get_small(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  (void)resource;
  (void)session;
  (void)request;
  (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, sizeof(small) - 1, small);
}

/* Nothing that a compiler could leave out: each step needs the one before. */
static void
get_work(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         const coap_string_t *query, coap_pdu_t *response) {
  static volatile uint32_t result;
  uint32_t value = result + 1;

  for (int i = 0; i < WORK_STEPS; i++)
    value = value * 1664525U + 1013904223U;
  result = value;
  get_small(resource, session, request, query, response);
}

static void
get_large(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query,
                               COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, -1, 1, sizeof(large), large,
                               NULL, NULL);
}

static coap_resource_t *
add(coap_context_t *context, const char *path, coap_method_handler_t handler) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const(path), 0);

  if (!resource)
    exit(EXIT_FAILURE);
  coap_register_request_handler(resource, COAP_REQUEST_GET, handler);
  coap_add_resource(context, resource);
  return resource;
}

static int
listen_on(coap_context_t *context, unsigned long port, coap_proto_t proto) {
  coap_address_t here;

  coap_address_init(&here);
  here.size = sizeof(here.addr.sin);
  here.addr.sin.sin_family = AF_INET;
  here.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  here.addr.sin.sin_port = htons((uint16_t)port);
  return coap_new_endpoint(context, &here, proto) != NULL;
}

static int
take_key(coap_context_t *context, const char *key) {
  coap_dtls_spsk_t setup;

  memset(&setup, 0, sizeof(setup));
  setup.version = COAP_DTLS_SPSK_SETUP_VERSION;
  setup.psk_info.hint.s = (const uint8_t *)"bench";
  setup.psk_info.hint.length = 5;
  setup.psk_info.key.s = (const uint8_t *)key;
  setup.psk_info.key.length = strlen(key);
  return coap_context_set_psk2(context, &setup);
}

static int
serve(coap_context_t *context, coap_resource_t *observed) {
  while (!is_over) {
    if (coap_io_process(context, STEP_MS) < 0)
      return EXIT_FAILURE;
    if (has_changed) {
      has_changed = 0;
      coap_resource_notify_observers(observed, NULL);
    }
  }
  return EXIT_SUCCESS;
}

int
main(int argc, char **argv) {
  unsigned long port = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  coap_context_t *context;
  coap_resource_t *observed;
  int exit_code;

  if (argc < 2 || argc > 3 || port == 0 || port > 65534) {
    fputs("usage: server PORT [KEY]\n", stderr);
    return 2;
  }
  signal(SIGTERM, on_signal);
  signal(SIGUSR1, on_signal);
  memset(large, 'x', sizeof(large));
  coap_startup();
  coap_set_log_level((coap_log_t)0);
  context = coap_new_context(NULL);
  if (!context || (argc > 2 && !take_key(context, argv[2])) ||
      !listen_on(context, port, COAP_PROTO_UDP) || !listen_on(context, port, COAP_PROTO_TCP) ||
      (argc > 2 && !listen_on(context, port + 1, COAP_PROTO_DTLS))) {
    fprintf(stderr, "server: cannot listen on ports %lu and %lu of 127.0.0.1\n", port, port + 1);
    return EXIT_FAILURE;
  }
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP);
  coap_context_set_max_idle_sessions(context, SESSIONS);
  add(context, "hello", get_small);
  add(context, "work", get_work);
  add(context, "large", get_large);
  observed = add(context, "obs", get_small);
  coap_resource_set_get_observable(observed, 1);
  puts("ready");
  fflush(stdout);
  exit_code = serve(context, observed);
  coap_free_context(context);
  coap_cleanup();
  return exit_code;
}
