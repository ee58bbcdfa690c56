/* world_calls.c -- what else an application may ask of the library: one operation, "call", for the
 * functions that no operation of their own stands for. Only in worlds of a free hand
 * (program.h): most oracles cannot follow what comes of these. */
#include "world/calls.h"
#include "world/internal.h"

/* The older names are called, too. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <sys/epoll.h>
#include <sys/select.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKETS 8

/* How the library of a context is given its time; order of `value` of "io". */
enum { IO_PROCESS, IO_PREPARE, IO_EPOLL, IO_WITH_FDS, IO_OLD, IO_WAYS };

static int io_way[WORLD_CONTEXTS];
static uint32_t io_wait[WORLD_CONTEXTS];

/* The compiler is to see that a result is used; what it is decides nothing. */
static volatile size_t looked_at;

static void
look(size_t value) {
  looked_at = value;
}

static void
look_text(const char *text) {
  look(text != NULL ? strlen(text) : 0);
}

void
world_calls_hold(int holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "this does not hold: %s\n", what);
  abort();
}

/* The sockets that the library shows are taken to be ready for all they wait for. */
static void
do_sockets(coap_context_t *context, int old) {
  coap_socket_t *sockets[SOCKETS];
  unsigned int count = 0;
  unsigned int i;
  coap_tick_t now;

  coap_ticks(&now);
  if (old)
    coap_write(context, sockets, SOCKETS, &count, now);
  else
    coap_io_prepare_io(context, sockets, SOCKETS, &count, now);
  for (i = 0; i < count; i++) {
    if (sockets[i]->flags & COAP_SOCKET_WANT_READ)
      sockets[i]->flags |= COAP_SOCKET_CAN_READ;
    if (sockets[i]->flags & COAP_SOCKET_WANT_ACCEPT)
      sockets[i]->flags |= COAP_SOCKET_CAN_ACCEPT;
    if (sockets[i]->flags & COAP_SOCKET_WANT_WRITE)
      sockets[i]->flags |= COAP_SOCKET_CAN_WRITE;
  }
  if (old)
    coap_read(context, now);
  else
    coap_io_do_io(context, now);
}

void
world_calls_process(int which) {
  coap_context_t *context = world.context[which];
  struct epoll_event event;
  coap_tick_t now;
  fd_set none;

  switch (io_way[which]) {
  case IO_PREPARE:
    do_sockets(context, 0);
    break;
  case IO_OLD:
    do_sockets(context, 1);
    coap_run_once(context, io_wait[which]);
    break;
  case IO_EPOLL:
    memset(&event, 0, sizeof(event));
    coap_ticks(&now);
    coap_io_prepare_epoll(context, now);
    coap_io_do_epoll(context, &event, 1);
    break;
  case IO_WITH_FDS:
    FD_ZERO(&none);
    coap_io_process_with_fds(context, io_wait[which], 0, &none, NULL, NULL);
    break;
  default:
    coap_io_process(context, io_wait[which]);
    break;
  }
}

static void
do_io(int which, uint32_t value) {
  static const uint32_t waits[] = {COAP_IO_NO_WAIT, COAP_IO_WAIT, 7, 100000};

  io_way[which] = (int)(value % 8 % IO_WAYS);
  io_wait[which] = waits[value / 8 % 4]; /* simulated time stands still meanwhile */
  look((size_t)coap_io_pending(world.context[which]) + (size_t)coap_can_exit(world.context[which]) +
       (size_t)coap_context_get_coap_fd(world.context[which]));
}

static void
get_of_context(coap_context_t *c) {
  coap_set_app_data(c, c);
  look((size_t)(coap_get_app_data(c) == c) + coap_context_get_max_idle_sessions(c) +
       coap_context_get_session_timeout(c) + coap_context_get_max_handshake_sessions(c) +
       coap_context_get_csm_timeout(c) + coap_context_get_csm_timeout_ms(c) +
       coap_context_get_csm_max_message_size(c));
  if (world.endpoint[0] != NULL)
    look_text(coap_endpoint_str(world.endpoint[0]));
}

/* From now on the application wants to know of less; of events it has to, or cannot follow. */
static void
stop_listening(coap_context_t *c) {
  coap_register_nack_handler(c, NULL);
  coap_register_ping_handler(c, NULL);
  coap_register_pong_handler(c, NULL);
  coap_register_response_handler(c, NULL);
}

static void
set_of_context(coap_context_t *c, uint32_t value) {
  switch (value % 8) {
  case 0:
    coap_context_set_csm_timeout(c, value / 8);
    break;
  case 1:
    coap_context_set_csm_optional(c, (int)(value / 8 % 2));
    break;
  case 2:
    coap_context_set_max_handshake_sessions(c, value / 8);
    break;
  case 3:
    if (value / 8 % 2)
      stop_listening(c);
    else
      coap_mcast_per_resource(c);
    break;
  case 4:
    coap_register_option(c, (uint16_t)(value / 8));
    break;
  case 5:
    coap_context_set_block_mode(c, value / 8 % 128 | COAP_BLOCK_MAX_SIZE_SET(value / 1024 % 8));
    break;
  case 6:
    coap_context_set_csm_max_message_size(c, value / 8);
    coap_clear_event_handler(c);
    coap_set_event_handler(c, NULL);
    world_handlers_register(c == world.context[WORLD_CLIENT] ? WORLD_CLIENT : WORLD_SERVER);
    break;
  default:
    coap_context_set_max_token_size(c, value / 8);
    break;
  }
}

static void
get_of_session(coap_session_t *s) {
  coap_tls_library_t library;
  uint8_t token[8];
  size_t length = 0;

  coap_session_set_app_data(s, s);
  look((size_t)(coap_session_get_app_data(s) == s) + (size_t)coap_session_get_ifindex(s) +
       coap_session_max_pdu_size(s) + (coap_session_get_psk_hint(s) != NULL) +
       (coap_session_get_psk_identity(s) != NULL) + (coap_session_get_psk_key(s) != NULL) +
       (coap_session_get_tls(s, &library) != NULL));
  look((size_t)coap_session_get_default_leisure(s).integer_part +
       coap_session_get_non_timeout(s).integer_part +
       coap_session_get_non_receive_timeout(s).integer_part + coap_session_get_max_payloads(s) +
       coap_session_get_non_max_retransmit(s) + coap_session_get_probing_rate(s));
  look_text(coap_session_str(s));
  coap_session_new_token(s, &length, token);
}

static void
set_of_session(coap_session_t *s, uint32_t value, const struct prog_span *data) {
  coap_str_const_t host = {data->n, data->p};
  coap_fixed_point_t point = {(uint16_t)(value / 64), (uint16_t)(value % 1000)};

  switch (value % 8) {
  case 0:
    coap_session_set_mtu(s, value / 8);
    break;
  case 1:
    coap_session_set_no_observe_cancel(s);
    break;
  case 2:
    coap_session_init_token(s, data->n < 8 ? data->n : 8, data->p);
    break;
  case 3:
    coap_ws_set_host_request(s, &host);
    break;
  case 4:
    coap_mcast_set_hops(s, value / 8);
    break;
  case 5:
    coap_session_set_default_leisure(s, point);
    coap_session_set_non_timeout(s, point);
    coap_session_set_non_receive_timeout(s, point);
    break;
  case 6:
    coap_session_set_max_payloads(s, (uint16_t)(value / 8));
    coap_session_set_non_max_retransmit(s, (uint16_t)(value / 8));
    coap_session_set_probing_rate(s, value / 8);
    break;
  default:
    coap_handle_event(coap_session_get_context(s), COAP_EVENT_MSG_RETRANSMITTED, s);
    break;
  }
}

static void
no_log(coap_log_t level, const char *message) {
  (void)level;
  look_text(message);
}

static void
do_log(uint32_t value) {
  coap_set_log_handler(no_log);
  coap_set_log_level((coap_log_t)(value % (COAP_LOG_DTLS_BASE + 1)));
  coap_dtls_set_log_level((coap_log_t)(value / 16 % (COAP_LOG_DTLS_BASE + 1)));
  coap_set_show_pdu_output(0);
  look((size_t)coap_dtls_get_log_level());
  coap_show_tls_version(COAP_LOG_EMERG);
  look_text(coap_package_name());
  look_text(coap_package_version());
  look_text(coap_package_build());
  look_text(coap_socket_strerror());
}

static void
do_loss(const struct prog_span *data) {
  char text[32];
  size_t n = data->n < sizeof(text) - 1 ? data->n : sizeof(text) - 1;

  if (n > 0)
    memcpy(text, data->p, n);
  text[n] = '\0';
  coap_debug_set_packet_loss(text);
}

static void
on_session(const struct prog_op *op, struct world_session *s) {
  if (s == NULL)
    return;
  if (op->v[CALL_DO] == CALL_SESSION_GET)
    get_of_session(s->session);
  else
    set_of_session(s->session, op->v[CALL_VALUE], &op->data);
}

static void
on_context(const struct prog_op *op, int which) {
  coap_context_t *c = world.context[which];
  uint32_t value = op->v[CALL_VALUE];

  if (c == NULL)
    return;
  switch (op->v[CALL_DO]) {
  case CALL_GET:
    get_of_context(c);
    break;
  case CALL_SET:
    set_of_context(c, value);
    break;
  case CALL_IO:
    do_io(which, value);
    break;
  default:
    world_calls_server(op, c);
    break;
  }
}

void
world_calls_reset(void) {
  unsigned int i;

  memset(io_way, 0, sizeof(io_way));
  for (i = 0; i < WORLD_CONTEXTS; i++)
    io_wait[i] = COAP_IO_NO_WAIT;
  if (!world.program->free_hand)
    return;
  coap_set_log_level(COAP_LOG_EMERG);
  coap_dtls_set_log_level(COAP_LOG_EMERG);
  coap_set_log_handler(NULL);
  coap_debug_set_packet_loss("0");
  world_calls_server_reset();
  world_calls_keep_reset();
}

void
world_calls_end(void) {
  if (world.program->free_hand && world.context[WORLD_SERVER] != NULL)
    world_calls_server_end(world.context[WORLD_SERVER]);
}

void
world_call(const struct prog_op *op) {
  if (!world.program->free_hand)
    return;
  switch (op->v[CALL_DO]) {
  case CALL_LOG:
    do_log(op->v[CALL_VALUE]);
    break;
  case CALL_LOSS:
    do_loss(&op->data);
    break;
  case CALL_SESSION_GET:
  case CALL_SESSION_SET:
    on_session(op, world_slot(op->v[CALL_SESSION]));
    break;
  case CALL_NOTHING:
    world_calls_nothing();
    world_calls_half();
    break;
  case CALL_VALUES:
  case CALL_ADDRESS:
    world_calls_values(op);
    break;
  case CALL_PERSIST:
  case CALL_OSCORE:
    world_calls_keep(op);
    break;
  default:
    on_context(op, (int)op->v[CALL_CONTEXT]);
    break;
  }
  world_process();
}
