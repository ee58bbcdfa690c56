/* real_group.c -- a group on the loopback interface, where the kernel allows one. */
#include "test.h"

#include "real_world.h"

#include <netinet/in.h>

#define GROUP "224.0.1.187"

static real_server_t server;
static real_client_t client;

/* Why a group cannot be used here, or NULL when it can. */
static const char *
open_group(void) {
  coap_address_t group;
  coap_address_t local;

  if (!real_server_open(&server, "0.0.0.0"))
    return "no socket for all addresses";
  if (coap_join_mcast_group_intf(server.context, GROUP, "lo") != 0)
    return "the kernel refuses to join a group on lo";
  coap_address_init(&group);
  group.size = sizeof(group.addr.sin);
  group.addr.sin.sin_family = AF_INET;
  group.addr.sin.sin_addr.s_addr = htonl(0xe00001bb); /* GROUP */
  group.addr.sin.sin_port = server.address.addr.sin.sin_port;
  local = group;
  local.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  local.addr.sin.sin_port = 0;
  if (!real_client_open(&client, &server.address))
    return "no client socket";
  coap_session_release(client.session);
  client.session = coap_new_client_session(client.context, &local, &group, COAP_PROTO_UDP);
  if (!client.session || real_request(&client, COAP_MESSAGE_NON) == COAP_INVALID_MID)
    return "the kernel refuses to send to a group over lo";
  return NULL;
}

static void
run_until_answered(void) {
  uint64_t start = real_now_ms();

  while (!client.responses && real_now_ms() - start < 8000) {
    coap_io_process(server.context, COAP_IO_NO_WAIT);
    coap_io_process(client.context, 20);
  }
}

/* RFC 7252 8.2: the answer comes from the member's own address. */
static void
a_member_answers_from_its_own_address(void **state) {
  (void)state;
  run_until_answered();
  assert_int_equal(client.responses, 1);
  assert_string_equal(client.payload, "hello");
  assert_false(coap_is_mcast(&client.from));
  assert_int_equal(coap_address_get_port(&client.from), coap_address_get_port(&server.address));
}

static void
get_addr_mcast_stays_the_group(void **state) {
  const coap_address_t *group = coap_session_get_addr_mcast(client.session);

  (void)state;
  assert_non_null(group);
  assert_true(coap_is_mcast(group));
  assert_false(coap_is_mcast(coap_session_get_addr_remote(client.session)));
}

static void
the_next_request_goes_to_the_group_again(void **state) {
  (void)state;
  client.responses = 0;
  assert_true(real_request(&client, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  assert_true(coap_is_mcast(coap_session_get_addr_remote(client.session)));
  run_until_answered();
  assert_int_equal(client.responses, 1);
}

int
main(void) {
  /* One after the other: they are one conversation. */
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_member_answers_from_its_own_address),
      cmocka_unit_test(get_addr_mcast_stays_the_group),
      cmocka_unit_test(the_next_request_goes_to_the_group_again),
  };
  const char *obstacle;
  int failed = 0;

  coap_set_log_level(COAP_LOG_EMERG);
  coap_startup();
  obstacle = open_group();
  if (obstacle)
    printf("1..0 # SKIP %s\n", obstacle);
  else
    failed = cmocka_run_group_tests(tests, NULL, NULL);
  real_client_close(&client);
  real_server_close(&server);
  coap_cleanup();
  return failed;
}
