/* traffic_day.c -- a day of a server and three clients in virtual time, with every kind of traffic
 * over a network that loses and reorders datagrams: every request has one end, and after each hour
 * the memory is what it was after the first.
 *
 * Figures are printed as comments of TAP. */
#include "lossy_net.h"
#include "request_ends.h"

#include "test.h"
#include "seams/memory.h"
#include "session/core.h"

enum {
  HOURS = 24,
  CLIENTS = 3,
  SESSIONS = 4, /* of each client */
  LOSS = 100,   /* of 1000 */
  STEP_MS = 1000,
  BUSY_STEPS = 2600, /* of an hour; then nobody asks any more */
  NOTIFICATIONS = 6,
  PAUSE_MS = 100 * 1000, /* a Confirmable one is given up */
  QUIET_MS = 400 * 1000,
  BODY = 5000
};

static struct {
  coap_context_t *context;
  coap_session_t *sessions[SESSIONS];
} clients[CLIENTS];

static coap_context_t *server;
static unsigned int opened; /* sessions */
static uint8_t body[BODY];
static coap_bin_const_t whole_body = {sizeof(body), body};
static uint64_t random_state;

static unsigned int
draw(unsigned int below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (unsigned int)(random_state >> 20) % below;
}

/* The server -------------------------------------------------------------------------------------
 */

static void
put_body(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
         const coap_string_t *query, coap_pdu_t *response) {
  (void)resource;
  (void)session;
  (void)request;
  (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);
}

static void
open_server(void) {
  coap_resource_t *large = coap_resource_init(coap_make_str_const("large"), 0);

  server = sim_server_context();
  assert_non_null(large);
  coap_register_request_handler(large, COAP_REQUEST_GET, sim_on_get_body);
  coap_resource_set_userdata(large, &whole_body);
  coap_register_request_handler(large, COAP_REQUEST_PUT, put_body);
  coap_add_resource(server, large);
  coap_context_set_block_mode(server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
}

/* The clients ------------------------------------------------------------------------------------
 */

static coap_session_t *
session_of(unsigned int client, unsigned int place) {
  coap_address_t at = sim_address(SIM_HOST, 5683);
  coap_session_t **session = &clients[client].sessions[place];

  if (!*session) {
    *session = sim_client_session(clients[client].context, &at);
    opened++;
  }
  return *session;
}

static coap_pdu_t *
new_request(coap_session_t *session, coap_pdu_type_t type, coap_pdu_code_t code) {
  coap_pdu_t *pdu = coap_new_pdu(type, code, session);
  uint8_t token[8];
  size_t length;

  assert_non_null(pdu);
  coap_session_new_token(session, &length, token);
  assert_int_equal(coap_add_token(pdu, length, token), 1);
  return pdu;
}

/* Sends what has been begun, to this path. */
static void
ask(coap_session_t *session, coap_pdu_t *pdu, const char *path) {
  assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(path), (const uint8_t *)path) > 0);
  if (coap_pdu_get_code(pdu) == COAP_REQUEST_CODE_PUT)
    coap_add_data_large_request(session, pdu, sizeof(body), body, NULL, NULL);
  request_ends_send(session, pdu);
}

static void
observe(coap_session_t *session) {
  coap_pdu_t *pdu = new_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET);

  assert_true(coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL) > 0);
  ask(session, pdu, "r");
}

static void
close_session(unsigned int client, unsigned int place) {
  coap_session_release(clients[client].sessions[place]);
  clients[client].sessions[place] = NULL;
}

/* One second: what one client happens to do. */
static void
act(void) {
  unsigned int client = draw(CLIENTS);
  unsigned int place = draw(SESSIONS);
  coap_session_t *session = session_of(client, place);

  switch (draw(16)) {
  case 0:
    /* What it has asked for and not got is told as a NACK. */
    close_session(client, place);
    break;
  case 1:
    observe(session);
    break;
  case 2:
    coap_resource_notify_observers(sim_server_resource(), NULL);
    break;
  case 3:
    ask(session, new_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET), "large");
    break;
  case 4:
    ask(session, new_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT), "large");
    break;
  case 5:
    coap_session_send_ping(session);
    break;
  case 6:
  case 7:
    ask(session, new_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET), "no-such-thing");
    break;
  default:
    ask(session, new_request(session, COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET), "r");
    break;
  }
}

static void
close_all(void) {
  for (unsigned int i = 0; i < CLIENTS; i++) {
    for (unsigned int j = 0; j < SESSIONS; j++) {
      if (clients[i].sessions[j])
        close_session(i, j);
    }
  }
}

/* Until nobody waits for anything any more. An observer whose farewell was lost is found out by a
 * Confirmable notification, of which there is one in five (RFC 7641 4.5); the server's sessions end
 * after their time. */
static struct coap_mem_sim_stats
quiet(void) {
  struct coap_mem_sim_stats stats;

  close_all();
  for (int i = 0; i < NOTIFICATIONS; i++) {
    coap_resource_notify_observers(sim_server_resource(), NULL);
    lossy_run(NULL, PAUSE_MS);
  }
  lossy_run(NULL, QUIET_MS);
  assert_int_equal(coap_context_core(server)->session_count, 0);
  coap_mem_sim_stats(&stats);
  return stats;
}

static int
setup(void **state) {
  sim_setup(state);
  request_ends_reset();
  opened = 0;
  random_state = 88172645463325252u;
  lossy_setup(24, LOSS);
  open_server();
  for (unsigned int i = 0; i < CLIENTS; i++) {
    clients[i].context = sim_client_context();
    request_ends_watch(clients[i].context);
    coap_context_set_block_mode(clients[i].context,
                                COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  }
  return 0;
}

static int
teardown(void **state) {
  close_all();
  lossy_clear();
  return sim_teardown(state);
}

static void
memory_is_each_hour_what_it_was_after_the_first(void **state) {
  struct coap_mem_sim_stats first = {0};
  struct coap_mem_sim_stats now = {0};

  (void)state;
  for (int hour = 0; hour < HOURS; hour++) {
    for (int step = 0; step < BUSY_STEPS; step++) {
      act();
      lossy_run(NULL, STEP_MS);
    }
    now = quiet();
    if (hour == 0)
      first = now;
    assert_int_equal(now.live_bytes, first.live_bytes);
    assert_int_equal(now.live_blocks, first.live_blocks);
    assert_int_equal(request_ends.answered + request_ends.told, request_ends.asked);
  }
  assert_true(request_ends.asked > HOURS * BUSY_STEPS / 2);
  assert_true(request_ends.notified > request_ends.observed);
  assert_true(lossy_lost() > lossy_count() / 20);
  printf("# %u virtual hours: %u requests with one end each, %u refused, %u observations, %u "
         "notifications, %u sessions opened\n",
         HOURS, request_ends.asked, request_ends.refused, request_ends.observed,
         request_ends.notified, opened);
  printf("# datagrams: %u, lost %u; memory: %zu bytes after the first hour, %zu after the last, "
         "%zu at most\n",
         lossy_count(), lossy_lost(), first.live_bytes, now.live_bytes, now.peak_bytes);
}

int
main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(memory_is_each_hour_what_it_was_after_the_first, setup,
                                      teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
