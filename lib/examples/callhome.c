/* callhome.c -- coapspec-callhome: a device that nobody can reach opens the connection, and is
 * asked over it (coap_session(3), coap_session_set_type_client()). Both sides of it. */
#include "arguments.h"
#include "credentials.h"

#include <coap3/coap.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { STEP_MS = 200, PORT_IS_OF_URI = 65536 };

static const char program[] = "coapspec-callhome";

static const char help[] =
    "usage: coapspec-callhome [options] URI\n"
    "The device: opens a connection to the URI, whose path is of no account, and answers GET "
    "/hello\n"
    "over it until the other side closes.\n"
    "\n"
    "usage: coapspec-callhome -w [options] URI\n"
    "Home: waits at the URI's address for a device that calls, asks it for the URI's path, prints\n"
    "the answer.\n"
    "\n"
    "The scheme is coap+tcp, or with keys coaps or coaps+tcp.\n"
    "\n"
    "  -w               wait\n"
    "  -p port          with -w: at this port, 0: at a free one; a line on stdout says where\n"
    "  -t seconds       no longer than this (default: 30)\n" CREDENTIALS_HELP
    "  -v level         0..8: how much to log on stderr (default: 3, errors)\n"
    "  -h, --help       this text\n"
    "  -V, --version    version\n"
    "\n"
    "Exit code: 0 asked and answered; 1 not; 2 wrong usage.\n";

typedef struct call_t {
  const char *text; /* the URI */
  coap_uri_t uri;
  int is_home;
  unsigned long port;
  unsigned long seconds;
  unsigned long level;
  credentials_t credentials;
  coap_context_t *context;
  coap_session_t *session; /* owned: the device's, or the caller's turned into a client */
  int is_done;             /* home has its answer, the device was asked */
  int is_over;
} call_t;

static call_t *
call_of(const coap_session_t *session) {
  return coap_get_app_data(coap_session_get_context(session));
}

/* A session can be asked when it is up: over DTLS with its handshake, on a connection with the CSM
 * that comes after it (RFC 8323 5.3). */
static int
is_up(const coap_session_t *session, coap_event_t event) {
  return event == (coap_session_get_proto(session) == COAP_PROTO_DTLS
                       ? COAP_EVENT_DTLS_CONNECTED
                       : COAP_EVENT_SESSION_CONNECTED);
}

static int
is_end(coap_event_t event) {
  return event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR ||
         event == COAP_EVENT_TCP_CLOSED || event == COAP_EVENT_TCP_FAILED ||
         event == COAP_EVENT_SESSION_CLOSED || event == COAP_EVENT_SESSION_FAILED;
}

static int
on_event(coap_session_t *session, const coap_event_t event) {
  call_t *call = call_of(session);

  /* Whoever called becomes the one that is asked: from now on the session is a client's, with a
   * reference that is ours. */
  if (call->is_home && !call->session && is_up(session, event) &&
      coap_session_set_type_client(session))
    call->session = session;
  else if (session == call->session && is_end(event))
    call->is_over = 1;
  return 0;
}

static void
say_hello(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  static const char text[] = "hello from the device";

  (void)resource;
  (void)request;
  (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, sizeof(text) - 1, (const uint8_t *)text);
  call_of(session)->is_done = 1;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  call_t *call = call_of(session);
  coap_pdu_code_t code = coap_pdu_get_code(received);
  const uint8_t *data;
  size_t length;

  (void)sent;
  (void)mid;
  call->is_over = 1;
  if (COAP_RESPONSE_CLASS(code) != 2) {
    complain(program, "the device answers %u.%02u", (unsigned int)code >> 5,
             (unsigned int)code & 0x1f);
    return COAP_RESPONSE_OK;
  }
  call->is_done = 1;
  if (coap_get_data(received, &length, &data))
    fwrite(data, 1, length, stdout);
  putchar('\n');
  return COAP_RESPONSE_OK;
}

/* GET the URI's path over the session that the device has opened. */
static int
ask(call_t *call) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, call->session);
  coap_optlist_t *path = NULL;
  uint8_t scratch[1024];
  uint8_t token[8];
  size_t length = 0;
  int is_right;

  coap_session_new_token(call->session, &length, token);
  is_right = pdu && coap_add_token(pdu, length, token) &&
             coap_uri_into_options(&call->uri, coap_session_get_addr_remote(call->session), &path,
                                   0, scratch, sizeof(scratch)) >= 0 &&
             (!path || coap_add_optlist_pdu(pdu, &path));
  coap_delete_optlist(path);
  if (!is_right) {
    coap_delete_pdu(pdu);
    return 0;
  }
  return coap_send(call->session, pdu) != COAP_INVALID_MID;
}

/* Where the URI points to, on this host or another. 1, or 0: said on stderr. */
static int
resolve(call_t *call, coap_address_t *address, coap_proto_t *proto) {
  uint16_t port = call->uri.port;
  coap_addr_info_t *list =
      coap_resolve_address_info(&call->uri.host, port, port, port, port, 0, 1 << call->uri.scheme,
                                call->is_home ? COAP_RESOLVE_TYPE_LOCAL : COAP_RESOLVE_TYPE_REMOTE);

  if (!list) {
    complain(program, "%s: no address for this host, or the scheme is not built in", call->text);
    return 0;
  }
  coap_address_copy(address, &list->addr);
  *proto = list->proto;
  coap_free_address_info(list);
  if (call->is_home && call->port != PORT_IS_OF_URI)
    coap_address_set_port(address, (uint16_t)call->port);
  return 1;
}

static int
wait_at(call_t *call, const coap_address_t *address, coap_proto_t proto) {
  coap_endpoint_t *endpoint;
  const char *text;

  if (!credentials_serve(&call->credentials, program, call->context))
    return 0;
  endpoint = coap_new_endpoint(call->context, address, proto);
  if (!endpoint) {
    complain(program, "%s: cannot listen there; another port (-p), or keys (-k, -c)?", call->text);
    return 0;
  }
  text = coap_endpoint_str(endpoint);
  printf("%s: waiting at %.*s\n", program, (int)strcspn(text, " "), text);
  fflush(stdout);
  return 1;
}

static int
call_there(call_t *call, const coap_address_t *address, coap_proto_t proto) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("hello"), 0);

  if (!resource)
    return 0;
  coap_register_request_handler(resource, COAP_REQUEST_GET, say_hello);
  coap_add_resource(call->context, resource);
  if (proto == COAP_PROTO_TCP)
    call->session = coap_new_client_session(call->context, NULL, address, proto);
  else
    call->session = credentials_connect(&call->credentials, program, call->context, NULL, address,
                                        proto, &call->uri.host, NULL);
  if (!call->session && proto == COAP_PROTO_TCP)
    complain(program, "%s: cannot open a socket", call->text);
  return call->session != NULL;
}

/* Until it is over, or the time is. */
static void
run(call_t *call) {
  coap_tick_t now;
  coap_tick_t end;
  int is_asked = 0;

  coap_ticks(&now);
  end = now + call->seconds * COAP_TICKS_PER_SECOND;
  while (!call->is_over && now < end && coap_io_process(call->context, STEP_MS) >= 0) {
    if (call->is_home && call->session && !is_asked) {
      is_asked = 1;
      call->is_over = !ask(call);
    }
    coap_ticks(&now);
  }
  if (!call->is_done)
    complain(program, call->is_home ? "%s: nobody called and answered" : "%s: nobody asked",
             call->text);
}

static int
run_call(call_t *call) {
  coap_address_t address;
  coap_proto_t proto;

  call->context = coap_new_context(NULL);
  if (!call->context)
    return EXIT_FAILED;
  coap_set_app_data(call->context, call);
  coap_register_event_handler(call->context, on_event);
  coap_register_response_handler(call->context, on_response);
  if (resolve(call, &address, &proto) &&
      (call->is_home ? wait_at(call, &address, proto) : call_there(call, &address, proto)))
    run(call);
  coap_session_release(call->session);
  coap_free_context(call->context);
  return call->is_done ? EXIT_DONE : EXIT_FAILED;
}

/* 1 to go on; 0: the program ends with `*exit_code`, everything said. */
static int
take_option(call_t *call, int option, char **argv, int *exit_code) {
  int taken;

  if (option_is_answered(program, option, help, exit_code))
    return 0;
  switch (option) {
  case 'w':
    call->is_home = 1;
    return 1;
  case 'p':
    return option_number(program, option, 0, 65535, &call->port);
  case 't':
    return option_number(program, option, 1, 86400, &call->seconds);
  case 'v':
    return option_number(program, option, 0, 8, &call->level);
  default:
    taken = credentials_take(&call->credentials, program, option, optarg);
    if (taken == 0)
      complain_option(program, option, argv);
    return taken == 1;
  }
}

static int
take_uri(call_t *call, int argc, char **argv) {
  if (argc != 1) {
    complain(program, "one URI is wanted; say %s --help for the options", program);
    return 0;
  }
  call->text = argv[0];
  if (coap_split_uri((const uint8_t *)argv[0], strlen(argv[0]), &call->uri) == 0 &&
      call->uri.host.length &&
      (call->uri.scheme == COAP_URI_SCHEME_COAP_TCP || call->uri.scheme == COAP_URI_SCHEME_COAPS ||
       call->uri.scheme == COAP_URI_SCHEME_COAPS_TCP))
    return 1;
  complain(program, "%s: not a URI of coap+tcp, coaps or coaps+tcp", call->text);
  return 0;
}

int
main(int argc, char **argv) {
  call_t call = {.port = PORT_IS_OF_URI, .seconds = 30, .level = COAP_LOG_ERR};
  int exit_code = EXIT_USAGE;
  int goes_on = 1;
  int option;

  while (goes_on && (option = getopt_long(argc, argv, ":hp:t:v:Vw" CREDENTIALS_OPTIONS,
                                          argument_long_options, NULL)) != -1)
    goes_on = take_option(&call, option, argv, &exit_code);
  if (goes_on && !take_uri(&call, argc - optind, argv + optind)) {
    goes_on = 0;
    exit_code = EXIT_USAGE;
  }
  if (goes_on) {
    coap_startup();
    coap_set_log_level((coap_log_t)call.level);
    log_to_stderr();
    exit_code = run_call(&call);
    coap_cleanup();
  }
  credentials_clear(&call.credentials);
  return exit_code;
}
