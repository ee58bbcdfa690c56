/* client_main.c -- coapspec-client: sends a CoAP request and prints the answer. */
#include "arguments.h"
#include "client_files.h"
#include "client_options.h"
#include "client_request.h"
#include "oscore_file.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  DEFAULT_WAIT_S = 90,
  /* DEFAULT_LEISURE (RFC 7252 8.2) and a little for the way. */
  DEFAULT_GROUP_WAIT_S = 7,
  CANCEL_WAIT_MS = 5000,
  STEP_MS = 1000
};

typedef struct client_t {
  const client_options_t *options;
  coap_context_t *context;
  coap_session_t *session;
  output_t output;
  oscore_file_t oscore;
  uint8_t token[64];   /* of the request under way */
  size_t token_length; /* the rest of a longer token is not compared */
  int is_group;
  int is_cancelling; /* the observation: its last answer is no news */
  int answers;       /* responses taken since the last request */
  int is_ended;      /* nothing more is expected of the last request */
  int exit_code;     /* by the last response or failure */
} client_t;

static volatile sig_atomic_t interrupted;

static void
on_signal(int number) {
  (void)number;
  interrupted = 1;
}

static void
fail(client_t *client, const char *reason) {
  complain(client_program, "%s: %s", client->options->uri, reason);
  client->exit_code = EXIT_FAILED;
  client->is_ended = 1;
}

/* Diagnostic payloads come from anywhere: what could steer a terminal is left out. */
static void
print_diagnostic(const uint8_t *data, size_t length) {
  for (size_t i = 0; i < length; i++)
    fputc(data[i] < 0x80 && iscntrl(data[i]) ? '.' : data[i], stderr);
}

static void
print_error(const coap_pdu_t *received) {
  coap_pdu_code_t code = coap_pdu_get_code(received);
  const char *phrase = coap_response_phrase((unsigned char)code);
  const uint8_t *data;
  size_t length;

  fprintf(stderr, "%u.%02u", (unsigned int)code >> 5, (unsigned int)code & 0x1f);
  if (coap_get_data(received, &length, &data) && length) {
    fputc(' ', stderr);
    print_diagnostic(data, length);
  } else if (phrase) {
    fprintf(stderr, " %s", phrase);
  }
  fputc('\n', stderr);
}

static void
log_answer(const coap_session_t *session, const coap_pdu_t *received) {
  coap_pdu_code_t code = coap_pdu_get_code(received);
  unsigned char from[64];
  coap_opt_iterator_t it;
  coap_opt_t *option;

  coap_print_addr(coap_session_get_addr_remote(session), from, sizeof(from));
  coap_log_info("%u.%02u from %s\n", (unsigned int)code >> 5, (unsigned int)code & 0x1f,
                (const char *)from);
  coap_option_iterator_init(received, &it, COAP_OPT_ALL);
  while ((option = coap_option_next(&it))) {
    if (it.number == COAP_OPTION_LOCATION_PATH || it.number == COAP_OPTION_LOCATION_QUERY)
      coap_log_info("location %c%.*s\n", it.number == COAP_OPTION_LOCATION_PATH ? '/' : '?',
                    (int)coap_opt_length(option), (const char *)coap_opt_value(option));
  }
}

static int
is_observed(const client_t *client, const coap_pdu_t *received) {
  coap_opt_iterator_t it;

  return client->options->has_observe && coap_check_option(received, COAP_OPTION_OBSERVE, &it);
}

static int
has_our_token(const client_t *client, const coap_pdu_t *received) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  size_t compared = token.length < sizeof(client->token) ? token.length : sizeof(client->token);

  return token.length == client->token_length && memcmp(token.s, client->token, compared) == 0;
}

static void
take_body(client_t *client, const coap_pdu_t *received) {
  const uint8_t *data = NULL;
  size_t length = 0;
  size_t offset = 0;
  size_t total = 0;

  if (!coap_get_data_large(received, &length, &data, &offset, &total))
    length = 0;
  if (!client->output.file && !output_open(&client->output, client->options->output))
    goto failed;
  if (!output_write(&client->output, data, length) ||
      (client->options->newline && length &&
       !output_write(&client->output, (const uint8_t *)"\n", 1)))
    goto failed;
  client->exit_code = EXIT_DONE;
  return;

failed:
  client->exit_code = EXIT_FAILED;
  client->is_ended = 1;
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  client_t *client = coap_get_app_data(coap_session_get_context(session));

  (void)sent;
  (void)mid;
  /* A notification of an observation that has ended: the Reset stops it (RFC 7641 3.6). */
  if (!has_our_token(client, received) || (client->is_ended && !client->is_group))
    return COAP_RESPONSE_FAIL;
  log_answer(session, received);
  if (client->is_cancelling) {
    client->is_ended = 1;
    return COAP_RESPONSE_OK;
  }
  client->answers++;
  if (COAP_RESPONSE_CLASS(coap_pdu_get_code(received)) == 2) {
    take_body(client, received);
  } else {
    print_error(received);
    if (!client->is_group || client->exit_code != EXIT_DONE)
      client->exit_code = CLIENT_EXIT_ERROR;
  }
  if (!client->is_group && !is_observed(client, received))
    client->is_ended = 1;
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
        const coap_mid_t mid) {
  client_t *client = coap_get_app_data(coap_session_get_context(session));

  (void)sent;
  (void)mid;
  if (client->is_ended || client->is_cancelling) {
    client->is_ended = 1;
    return;
  }
  switch (reason) {
  case COAP_NACK_TOO_MANY_RETRIES:
    fail(client, "no answer, however often the request was repeated");
    break;
  case COAP_NACK_RST:
    fail(client, "the server rejected the message (Reset)");
    break;
  case COAP_NACK_ICMP_ISSUE:
    fail(client, "nothing listens there (ICMP unreachable)");
    break;
  case COAP_NACK_TLS_FAILED:
    fail(client, "no security with this server: the handshake failed (-v 4 says why)");
    break;
  case COAP_NACK_TLS_LAYER_FAILED:
    fail(client, "security with this server has ended");
    break;
  case COAP_NACK_BAD_RESPONSE:
    fail(client, "the answer cannot be understood");
    break;
  default:
    fail(client, "the request could not be delivered");
    break;
  }
}

static uint64_t
now_ms(void) {
  coap_tick_t now;

  coap_ticks(&now);
  return now * 1000 / COAP_TICKS_PER_SECOND;
}

typedef enum until_t { UNTIL_TIME, UNTIL_ANSWER, UNTIL_END } until_t;

static int
is_reached(const client_t *client, until_t until) {
  return (until == UNTIL_ANSWER && client->answers) || (until != UNTIL_TIME && client->is_ended);
}

/* Processes messages until `deadline`, or until that has come. */
static void
process_until(client_t *client, uint64_t deadline, until_t until) {
  uint64_t now = now_ms();

  while (!interrupted && now < deadline && !is_reached(client, until)) {
    uint64_t left = deadline - now;

    if (coap_io_process(client->context, left < STEP_MS ? (uint32_t)left : STEP_MS) < 0) {
      fail(client, "waiting for messages failed");
      return;
    }
    now = now_ms();
  }
}

static void
cancel_observation(client_t *client) {
  coap_binary_t *token = coap_new_binary(client->token_length);
  coap_pdu_type_t type = client->options->non ? COAP_MESSAGE_NON : COAP_MESSAGE_CON;

  if (!token)
    return;
  memcpy(token->s, client->token, client->token_length);
  client->is_cancelling = 1;
  if (coap_cancel_observe(client->session, token, type))
    process_until(client, now_ms() + CANCEL_WAIT_MS, UNTIL_END);
  client->is_cancelling = 0;
  coap_delete_binary(token);
}

/* Waits for what one request brings. */
static void
wait_for_answer(client_t *client) {
  const client_options_t *options = client->options;
  unsigned long seconds = options->has_break ? options->break_s
                          : client->is_group ? DEFAULT_GROUP_WAIT_S
                                             : DEFAULT_WAIT_S;
  uint64_t start = now_ms();
  uint64_t deadline = start + seconds * 1000;

  if (options->has_observe) {
    /* -B bounds the wait for the first answer, -s the whole. */
    process_until(client, deadline, UNTIL_ANSWER);
    deadline = start + options->observe_s * 1000;
    if (client->answers)
      process_until(client, deadline, UNTIL_END);
    if (client->answers && !client->is_ended && client->exit_code == EXIT_DONE)
      cancel_observation(client);
  } else {
    process_until(client, deadline, UNTIL_END);
  }
  if (!client->answers && !client->is_ended)
    fail(client, interrupted ? "interrupted" : "no answer in time");
  client->is_ended = 1;
}

static int
send_request(client_t *client, const coap_uri_t *uri, const uint8_t *payload, size_t length) {
  coap_pdu_t *pdu = request_build(client->options, client->session, uri, payload, length);
  coap_bin_const_t token;

  if (!pdu)
    return 0;
  token = coap_pdu_get_token(pdu);
  client->token_length = token.length;
  memcpy(client->token, token.s,
         token.length < sizeof(client->token) ? token.length : sizeof(client->token));
  client->answers = 0;
  client->is_ended = 0;
  client->exit_code = EXIT_FAILED;
  if (coap_send(client->session, pdu) == COAP_INVALID_MID) {
    if (!client->is_ended)
      fail(client, "the request could not be sent");
    return 0;
  }
  return 1;
}

static void
run(client_t *client, const coap_uri_t *uri, const uint8_t *payload, size_t length) {
  for (unsigned long i = 0; i < client->options->repeat && !interrupted; i++) {
    uint64_t next = now_ms() + 1000;

    if (!send_request(client, uri, payload, length))
      break;
    wait_for_answer(client);
    if (i + 1 < client->options->repeat)
      process_until(client, next, UNTIL_TIME);
  }
}

static coap_session_t *
open_session(client_t *client, const coap_address_t *server, coap_proto_t proto,
             const coap_uri_t *uri) {
  const client_options_t *options = client->options;
  coap_oscore_conf_t *conf;

  client->context = coap_new_context(NULL);
  if (!client->context) {
    complain(client_program, "out of memory or file descriptors");
    return NULL;
  }
  coap_set_app_data(client->context, client);
  coap_context_set_block_mode(client->context, (uint32_t)options->block_mode);
  if (options->csm_optional) {
    coap_context_set_csm_optional(client->context, 1);
    coap_context_set_csm_timeout(client->context, 1);
  }
  coap_context_set_keepalive(client->context, (unsigned int)options->keepalive_s);
  if (options->token_length > COAP_TOKEN_DEFAULT_MAX)
    coap_context_set_max_token_size(client->context, options->token_length);
  coap_register_response_handler(client->context, on_response);
  coap_register_nack_handler(client->context, on_nack);
  client->is_group = coap_is_mcast(server);
  if (!options->oscore)
    return target_connect(options, client->context, server, proto, uri, NULL);
  conf = oscore_file_read(&client->oscore, client_program, options->oscore);
  return conf ? target_connect(options, client->context, server, proto, uri, conf) : NULL;
}

static int
run_client(const client_options_t *options) {
  client_t client = {.options = options, .exit_code = EXIT_FAILED};
  size_t length = options->payload_length;
  uint8_t *from_file = NULL;
  coap_address_t server;
  coap_proto_t proto = COAP_PROTO_NONE;
  coap_uri_t uri;

  if (options->loss && !coap_debug_set_packet_loss(options->loss)) {
    complain(client_program, "-l %s: neither a percentage nor a list of numbers", options->loss);
    return EXIT_USAGE;
  }
  if (!target_resolve(options, &uri, &server, &proto, &client.exit_code))
    return client.exit_code;
  if (options->payload_file) {
    from_file = payload_read(options->payload_file, &length);
    if (!from_file)
      return EXIT_FAILED;
  }
  client.session = open_session(&client, &server, proto, &uri);
  if (client.session) {
    run(&client, &uri, from_file ? from_file : options->payload, length);
    coap_session_release(client.session);
  }
  coap_free_context(client.context);
  oscore_file_clear(&client.oscore);
  if (!output_finish(&client.output, client.exit_code == EXIT_DONE))
    client.exit_code = EXIT_FAILED;
  free(from_file);
  return client.exit_code;
}

int
main(int argc, char **argv) {
  struct sigaction action;
  client_options_t options;
  int exit_code = EXIT_USAGE;

  coap_startup();
  log_to_stderr();
  if (client_options_read(&options, argc, argv, &exit_code)) {
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    coap_set_log_level((coap_log_t)options.level);
    exit_code = run_client(&options);
  }
  client_options_clear(&options);
  coap_cleanup();
  return exit_code;
}
