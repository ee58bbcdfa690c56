/* sim_world.c -- the whole library on simulated seams. */
#include "sim_world.h"

#include "test.h"
#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/net_sim.h"
#include "seams/random.h"
#include "session/core.h"

#include <arpa/inet.h>

enum { CONTEXTS_MAX = 4, SETTLE_ROUNDS = 200, IFINDEX = 7 };

sim_told_t sim_told;

static struct {
  coap_context_t *contexts[CONTEXTS_MAX];
  coap_resource_t *resource;
  sim_sent_t sent[SIM_SENT_MAX];
  unsigned int sent_count;
  unsigned int activity;
  coap_endpoint_t *leaving;
  coap_event_t leaving_at;
  unsigned int drop;
  unsigned int fail_count;
  int fail_error;
  uint64_t start;
} world;

static ssize_t
tap(void *user, const coap_address_t *from, const coap_address_t *to, const uint8_t *data,
    size_t length) {
  sim_sent_t *sent;

  (void)user;
  if (world.fail_count) {
    world.fail_count--;
    return world.fail_error;
  }
  assert_true(world.sent_count < SIM_SENT_MAX);
  assert_true(length <= SIM_BYTES_MAX);
  sent = &world.sent[world.sent_count++];
  sent->from = *from;
  sent->to = *to;
  sent->at = sim_now();
  sent->length = length;
  memcpy(sent->bytes, data, length);
  world.activity++;
  if (world.drop)
    world.drop--;
  else
    coap_net_sim_deliver(from, to, IFINDEX, data, length);
  return (ssize_t)length;
}

int
sim_setup(void **state) {
  uint64_t start = coap_clock_now() + 1000;

  (void)state;
  memset(&world, 0, sizeof(world));
  memset(&sim_told, 0, sizeof(sim_told));
  sim_told.nack_reason = -1;
  coap_mem_sim_reset();
  coap_random_sim_seed(42);
  coap_clock_sim_set(start);
  world.start = start;
  coap_net_sim_reset();
  coap_net_sim_set_tap(tap, NULL);
  coap_set_log_level(COAP_LOG_EMERG);
  coap_startup();
  return 0;
}

/* 1 when something that must not have happened has. */
static int
end_context(coap_context_t *context) {
  int wrong = coap_context_core(context)->counters.fsm_impossible != 0;

  if (wrong)
    fprintf(stderr, "an impossible row was taken\n");
  coap_free_context(context);
  return wrong;
}

int
sim_teardown(void **state) {
  struct coap_mem_sim_stats stats;
  int wrong = 0;

  (void)state;
  coap_mem_sim_fail(0, 0);
  for (int i = 0; i < CONTEXTS_MAX; i++) {
    if (world.contexts[i])
      wrong |= end_context(world.contexts[i]);
  }
  coap_cleanup();
  coap_mem_sim_stats(&stats);
  if (stats.live_blocks || coap_net_sim_open_count()) {
    fprintf(stderr, "left: %zu blocks, %zu bytes, %u sockets\n", stats.live_blocks,
            stats.live_bytes, coap_net_sim_open_count());
    wrong = 1;
  }
  return wrong;
}

coap_address_t
sim_address(const char *ip, uint16_t port) {
  coap_address_t address;

  coap_address_init(&address);
  if (inet_pton(AF_INET, ip, &address.addr.sin.sin_addr) == 1) {
    address.addr.sin.sin_family = AF_INET;
    address.size = sizeof(address.addr.sin);
  } else {
    assert_int_equal(inet_pton(AF_INET6, ip, &address.addr.sin6.sin6_addr), 1);
    address.addr.sin6.sin6_family = AF_INET6;
    address.size = sizeof(address.addr.sin6);
  }
  coap_address_set_port(&address, port);
  return address;
}

void
sim_on_get_body(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                const coap_string_t *query, coap_pdu_t *response) {
  const coap_bin_const_t *body = coap_resource_get_userdata(resource);

  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query,
                               COAP_MEDIATYPE_APPLICATION_OCTET_STREAM, -1, 1, body->length,
                               body->s, NULL, NULL);
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)session;
  (void)sent;
  sim_told.responses++;
  sim_told.response_mid = mid;
  sim_told.response_code = coap_pdu_get_code(received);
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)session;
  (void)sent;
  sim_told.nacks++;
  sim_told.nack_reason = (int)reason;
  sim_told.nack_mid = mid;
}

static int
on_event(coap_session_t *session, const coap_event_t event) {
  coap_endpoint_t *leaving = world.leaving;

  sim_told.events[(unsigned int)event % COUNT_OF(sim_told.events)]++;
  sim_told.event_session = session;
  if (leaving && event == world.leaving_at) {
    /* Its end has events, too. */
    world.leaving = NULL;
    coap_free_endpoint(leaving);
  }
  return 0;
}

static void
on_ping(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session;
  (void)received;
  (void)mid;
  sim_told.pings++;
}

static void
on_pong(coap_session_t *session, const coap_pdu_t *received, const coap_mid_t mid) {
  (void)session;
  (void)received;
  (void)mid;
  sim_told.pongs++;
}

unsigned int
sim_event_count(coap_event_t event) {
  return sim_told.events[(unsigned int)event % COUNT_OF(sim_told.events)];
}

void
sim_free_endpoint_at(coap_event_t event, coap_endpoint_t *endpoint) {
  assert_non_null(endpoint);
  world.leaving = endpoint;
  world.leaving_at = event;
}

int
sim_endpoint_is_freed(void) {
  return !world.leaving;
}

static coap_context_t *
add_context(void) {
  coap_context_t *context = coap_new_context(NULL);
  int place = 0;

  assert_non_null(context);
  while (world.contexts[place])
    place++;
  assert_true(place < CONTEXTS_MAX);
  world.contexts[place] = context;
  return context;
}

coap_context_t *
sim_client_context(void) {
  coap_context_t *context = add_context();

  coap_register_response_handler(context, on_response);
  coap_register_nack_handler(context, on_nack);
  coap_register_event_handler(context, on_event);
  coap_register_ping_handler(context, on_ping);
  coap_register_pong_handler(context, on_pong);
  return context;
}

static void
on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
           const coap_string_t *query, coap_pdu_t *response) {
  char text[16];

  (void)resource;
  (void)session;
  (void)request;
  (void)query;
  sim_told.requests++;
  snprintf(text, sizeof(text), "r%u", sim_told.requests);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static void
on_slow_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
                const coap_string_t *query, coap_pdu_t *response) {
  (void)resource;
  (void)session;
  (void)request;
  (void)query;
  (void)response;
  sim_told.requests++;
}

coap_resource_t *
sim_serve(coap_context_t *context) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("r"), 0);

  assert_non_null(resource);
  coap_register_request_handler(resource, COAP_REQUEST_GET, on_request);
  coap_register_request_handler(resource, COAP_REQUEST_POST, on_request);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, on_request);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(context, resource);
  return resource;
}

coap_context_t *
sim_server_context(void) {
  coap_context_t *context = sim_client_context();
  coap_address_t address = sim_address(SIM_HOST, 5683);
  coap_resource_t *slow = coap_resource_init(coap_make_str_const("slow"), 0);

  world.resource = sim_serve(context);
  assert_non_null(slow);
  coap_register_request_handler(slow, COAP_REQUEST_GET, on_slow_request);
  coap_add_resource(context, slow);
  assert_non_null(coap_new_endpoint(context, &address, COAP_PROTO_UDP));
  return context;
}

coap_resource_t *
sim_server_resource(void) {
  return world.resource;
}

void
sim_forget_context(coap_context_t *context) {
  for (int i = 0; i < CONTEXTS_MAX; i++) {
    if (world.contexts[i] == context)
      world.contexts[i] = NULL;
  }
}

coap_session_t *
sim_client_session(coap_context_t *context, const coap_address_t *peer) {
  coap_session_t *session = coap_new_client_session(context, NULL, peer, COAP_PROTO_UDP);

  assert_non_null(session);
  return session;
}

coap_mid_t
sim_request(coap_session_t *session, coap_pdu_type_t type) {
  coap_pdu_t *pdu = coap_new_pdu(type, COAP_REQUEST_CODE_GET, session);
  uint8_t token[8];
  size_t length;

  assert_non_null(pdu);
  coap_session_new_token(session, &length, token);
  assert_int_equal(coap_add_token(pdu, length, token), 1);
  assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r") > 0);
  return coap_send(session, pdu);
}

uint64_t
sim_now(void) {
  return coap_clock_now() - world.start;
}

void
sim_settle(void) {
  unsigned int before;
  int rounds = 0;

  do {
    before = world.activity;
    for (int i = 0; i < CONTEXTS_MAX; i++) {
      if (world.contexts[i])
        assert_true(coap_io_process(world.contexts[i], COAP_IO_NO_WAIT) >= 0);
    }
    assert_true(++rounds < SETTLE_ROUNDS);
  } while (world.activity != before);
}

static uint64_t
next_deadline(void) {
  uint64_t next = UINT64_MAX;

  for (int i = 0; i < CONTEXTS_MAX; i++) {
    if (world.contexts[i]) {
      uint64_t own = coap_core_next_deadline(coap_context_core(world.contexts[i]));

      next = own < next ? own : next;
    }
  }
  return next;
}

uint64_t
sim_next_deadline(void) {
  uint64_t next = next_deadline();
  uint64_t now = coap_clock_now();

  if (next == UINT64_MAX)
    return next;
  return next > now ? next - now : 0;
}

void
sim_run(uint64_t ms) {
  uint64_t end = coap_clock_now() + ms;
  uint64_t next;

  sim_settle();
  while ((next = next_deadline()) <= end) {
    coap_clock_sim_set(next > coap_clock_now() ? next : coap_clock_now());
    sim_settle();
  }
  coap_clock_sim_set(end);
  sim_settle();
}

int
sim_inject_bytes(const coap_address_t *from, const coap_address_t *to, const uint8_t *bytes,
                 size_t length) {
  world.activity++;
  return coap_net_sim_deliver(from, to, IFINDEX, bytes, length);
}

int
sim_inject(const coap_address_t *from, const coap_address_t *to, const raw_message_t *message) {
  int result = sim_inject_bytes(from, to, message->bytes, message->length);

  sim_settle();
  return result;
}

unsigned int
sim_sent_count(void) {
  return world.sent_count;
}

const sim_sent_t *
sim_sent(unsigned int index) {
  assert_true(index < world.sent_count);
  return &world.sent[index];
}

const sim_sent_t *
sim_last(void) {
  return sim_sent(world.sent_count - 1);
}

void
sim_forget_sent(void) {
  world.sent_count = 0;
}

void
sim_drop(unsigned int count) {
  world.drop = count;
}

void
sim_fail_send(int error, unsigned int count) {
  world.fail_error = error;
  world.fail_count = count;
}
