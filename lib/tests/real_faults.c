/* real_faults.c -- a process without descriptors left: new contexts and sessions are refused, with
 * a reason and without a leak; what is open goes on; and once there are descriptors again all is as
 * before. (Connections that wait to be accepted: real_accept.c.) */
#include "test.h"

#include "real_world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TRIES = 100, STEP_MS = 20, STEPS = 200 };

static real_server_t server;
static real_client_t client;
static struct rlimit before;

static int
setup(void **state) {
  (void)state;
  assert_int_equal(real_server_open(&server, "127.0.0.1"), 1);
  assert_int_equal(real_client_open(&client, &server.address), 1);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  return 0;
}

static int
teardown(void **state) {
  (void)state;
  setrlimit(RLIMIT_NOFILE, &before);
  real_client_close(&client);
  real_server_close(&server);
  return 0;
}

/* As many as are open, and `more`. */
static void
leave_descriptors(rlim_t more) {
  struct rlimit few = before;
  int next = open("/dev/null", O_RDONLY);

  assert_true(next >= 0);
  close(next);
  few.rlim_cur = (rlim_t)next + more;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
}

static void
is_answered(void) {
  unsigned int wanted = client.responses + 1;

  real_request(&client, COAP_MESSAGE_CON);
  for (int i = 0; i < STEPS && client.responses < wanted; i++) {
    coap_io_process(server.context, COAP_IO_NO_WAIT);
    coap_io_process(client.context, STEP_MS);
  }
  assert_int_equal(client.responses, wanted);
}

static void
sessions_are_refused_and_the_open_one_goes_on(void **state) {
  int open_before = real_open_descriptors();

  (void)state;
  leave_descriptors(0);
  for (int i = 0; i < TRIES; i++) {
    errno = 0;
    assert_null(coap_new_client_session(client.context, NULL, &server.address, COAP_PROTO_UDP));
    assert_null(coap_new_client_session(client.context, NULL, &server.address, COAP_PROTO_TCP));
  }
  is_answered();
  setrlimit(RLIMIT_NOFILE, &before);
  assert_int_equal(real_open_descriptors(), open_before);
  is_answered();
}

/* A context has more than one descriptor: each of them may be the one that is not to be had. */
static void
contexts_are_refused_without_a_leak(void **state) {
  int open_before = real_open_descriptors();

  (void)state;
  for (rlim_t more = 0; more < 2; more++) {
    leave_descriptors(more);
    for (int i = 0; i < TRIES; i++)
      assert_null(coap_new_context(NULL));
    setrlimit(RLIMIT_NOFILE, &before);
  }
  assert_int_equal(real_open_descriptors(), open_before);
  is_answered();
}

static void
endpoints_are_refused(void **state) {
  coap_address_t any = server.address;

  (void)state;
  coap_address_set_port(&any, 0);
  leave_descriptors(0);
  assert_null(coap_new_endpoint(server.context, &any, COAP_PROTO_UDP));
  assert_int_equal(errno, EMFILE);
  assert_null(coap_new_endpoint(server.context, &any, COAP_PROTO_TCP));
  assert_int_equal(errno, EMFILE);
  setrlimit(RLIMIT_NOFILE, &before);
  assert_non_null(coap_new_endpoint(server.context, &any, COAP_PROTO_UDP));
  is_answered();
}

#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      FAULT_TEST(sessions_are_refused_and_the_open_one_goes_on),
      FAULT_TEST(contexts_are_refused_without_a_leak),
      FAULT_TEST(endpoints_are_refused),
  };

  return cmocka_run_group_tests(tests, quiet_setup, quiet_teardown);
}
