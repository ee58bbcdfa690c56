/* real_accept.c -- a server without file descriptors left: it neither spins nor forgets who waits.
 */
#include "test.h"

#include "api/context.h"
#include "real_world.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MS = 400, PATIENCE_MS = 5000 };

static unsigned int sessions;

static int
on_event(coap_session_t *session, const coap_event_t event) {
  (void)session;
  sessions += event == COAP_EVENT_SERVER_SESSION_NEW;
  return 0;
}

static coap_endpoint_t *
listen_on_loopback(coap_context_t *context, coap_address_t *at) {
  coap_endpoint_t *endpoint;

  *at = loopback_address();
  endpoint = coap_new_endpoint(context, at, COAP_PROTO_TCP);
  assert_non_null(endpoint);
  *at = endpoint->bind_addr;
  return endpoint;
}

/* Allows no descriptor beyond those that are open. */
static struct rlimit
take_descriptors_away(void) {
  struct rlimit before;
  struct rlimit none;
  int next = open("/dev/null", O_RDONLY);

  assert_true(next >= 0);
  close(next);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  none = before;
  none.rlim_cur = (rlim_t)next;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  return before;
}

static unsigned int
turns_within(coap_context_t *context, uint64_t ms, unsigned int enough) {
  uint64_t start = real_now_ms();
  unsigned int turns = 0;

  while (real_now_ms() - start < ms && sessions < enough) {
    assert_true(coap_io_process(context, 100) >= 0);
    turns++;
  }
  return turns;
}

static void
without_descriptors_it_waits_and_goes_on(void **state) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t at;
  struct rlimit before;
  int peer = socket(AF_INET, SOCK_STREAM, 0);

  (void)state;
  sessions = 0;
  listen_on_loopback(context, &at);
  coap_register_event_handler(context, on_event);
  assert_true(peer >= 0);
  before = take_descriptors_away();
  assert_int_equal(connect(peer, &at.addr.sa, at.size), 0);
  /* A loop of turns that each end at once would make thousands. */
  assert_in_range(turns_within(context, LOOK_MS, 1), 1, 50);
  assert_int_equal(sessions, 0);
  assert_in_range(context->core.counters.accept_failed, 1, 2);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  turns_within(context, PATIENCE_MS, 1);
  assert_int_equal(sessions, 1);
  close(peer);
  coap_free_context(context);
}

/* The endpoint's rest must not outlive it. */
static void
an_endpoint_may_be_freed_meanwhile(void **state) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t at;
  coap_endpoint_t *endpoint = listen_on_loopback(context, &at);
  struct rlimit before;
  int peer = socket(AF_INET, SOCK_STREAM, 0);

  (void)state;
  sessions = 0;
  assert_true(peer >= 0);
  before = take_descriptors_away();
  assert_int_equal(connect(peer, &at.addr.sa, at.size), 0);
  turns_within(context, LOOK_MS, 1);
  coap_free_endpoint(endpoint);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  turns_within(context, 1000, 1);
  close(peer);
  coap_free_context(context);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_descriptors_it_waits_and_goes_on),
      cmocka_unit_test(an_endpoint_may_be_freed_meanwhile),
  };

  return cmocka_run_group_tests(tests, quiet_setup, quiet_teardown);
}
