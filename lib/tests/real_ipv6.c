/* real_ipv6.c -- the same over IPv6, where the host has it. */
#include "test.h"

#include "real_world.h"

static real_server_t server;
static real_client_t client;

static void
run_until_answered(void) {
  uint64_t start = real_now_ms();

  while (!client.responses && !client.nacks && real_now_ms() - start < 5000) {
    coap_io_process(server.context, COAP_IO_NO_WAIT);
    coap_io_process(client.context, 20);
  }
}

static void
a_request_is_answered(void **state) {
  (void)state;
  client.responses = 0;
  assert_true(real_request(&client, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  run_until_answered();
  assert_int_equal(client.responses, 1);
  assert_string_equal(client.payload, "hello");
}

static void
addresses_are_ipv6(void **state) {
  (void)state;
  assert_int_equal(coap_session_get_addr_remote(client.session)->addr.sa.sa_family, AF_INET6);
  assert_int_equal(coap_session_get_addr_local(client.session)->addr.sa.sa_family, AF_INET6);
  assert_true(coap_address_equals(&client.from, &server.address));
  assert_non_null(server.last_session);
  assert_int_equal(coap_session_get_ifindex(server.last_session), real_lo_index());
}

static void
a_closed_port_is_an_icmp_nack(void **state) {
  (void)state;
  client.responses = 0;
  real_server_close(&server);
  real_request(&client, COAP_MESSAGE_CON);
  for (int i = 0; i < 250 && !client.nacks; i++)
    coap_io_process(client.context, 20);
  assert_int_equal(client.nacks, 1);
  assert_int_equal(client.reason, COAP_NACK_ICMP_ISSUE);
}

/* A socket for all addresses takes IPv4 too. */
static void
the_unspecified_address_takes_both_families(void **state) {
  real_server_t both;
  real_client_t four;
  coap_address_t address = loopback_address();

  (void)state;
  assert_true(real_server_open(&both, "::"));
  coap_address_set_port(&address, coap_address_get_port(&both.address));
  assert_true(real_client_open(&four, &address));
  assert_true(real_request(&four, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  for (int i = 0; i < 250 && !four.responses; i++) {
    coap_io_process(both.context, COAP_IO_NO_WAIT);
    coap_io_process(four.context, 20);
  }
  assert_int_equal(four.responses, 1);
  real_client_close(&four);
  real_server_close(&both);
}

int
main(void) {
  /* One after the other: they are one conversation. */
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_answered),
      cmocka_unit_test(addresses_are_ipv6),
      cmocka_unit_test(a_closed_port_is_an_icmp_nack),
      cmocka_unit_test(the_unspecified_address_takes_both_families),
  };
  int failed = 0;

  coap_set_log_level(COAP_LOG_EMERG);
  coap_startup();
  if (real_server_open(&server, "::1") && real_client_open(&client, &server.address))
    failed = cmocka_run_group_tests(tests, NULL, NULL);
  else
    printf("1..0 # SKIP this host has no IPv6 on its loopback interface\n");
  real_client_close(&client);
  real_server_close(&server);
  coap_cleanup();
  return failed;
}
