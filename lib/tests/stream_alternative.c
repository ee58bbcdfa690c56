/* stream_alternative.c -- a server that says Release and where to go instead (RFC 8323 5.5). */
#include "test.h"

#include "session/session.h"
#include "session/stream.h"
#include "stream_fixture.h"

#include <errno.h>

#define OTHER_HOST "10.0.0.77"

static coap_session_t *
open_ready(void) {
  coap_address_t peer = sim_address(SIM_PEER, 5683);
  coap_session_t *session = coap_new_client_session(st_context, NULL, &peer, COAP_PROTO_TCP);

  assert_non_null(session);
  st_settle();
  st_expect(st_begun(), ST_CSM);
  st_send_csm(st_begun());
  return session;
}

static int
is_at(const coap_session_t *session, const char *ip, uint16_t port) {
  coap_address_t address = sim_address(ip, port);

  return coap_address_equals(coap_session_get_addr_remote(session), &address);
}

/* Release with these options, which ends the connection: nothing is open. */
static void
release_with(const char *options, size_t length) {
  st_conn_t *conn = st_begun();
  uint8_t bytes[128];

  assert_true(length <= 100);
  bytes[0] = (uint8_t)(length < 13 ? length << 4 : 0xd0);
  bytes[1] = (uint8_t)(length < 13 ? ST_RELEASE : length - 13);
  bytes[2] = ST_RELEASE;
  memcpy(bytes + (length < 13 ? 2 : 3), options, length);
  st_push(conn, bytes, length + (length < 13 ? 2 : 3));
  assert_int_equal(conn->closed, 1);
}

static void
the_next_connection_goes_there(void **state) {
  coap_session_t *session = open_ready();

  (void)state;
  release_with("\x2d\x01" OTHER_HOST ":7000", 16);
  assert_true(is_at(session, SIM_PEER, 5683));
  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(st_connects, 2);
  assert_int_equal(st_connect_port, 7000);
  assert_true(is_at(session, OTHER_HOST, 7000));
  st_settle();
  st_expect(st_begun(), ST_CSM);
  st_send_csm(st_begun());
  st_expect(st_begun(), RAW_GET);
  /* What was good once is tried once more, and then given up. */
  st_connect_result = -ECONNREFUSED;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  assert_true(is_at(session, OTHER_HOST, 7000));
  sim_request(session, COAP_MESSAGE_CON);
  st_settle();
  assert_true(is_at(session, SIM_PEER, 5683));
  coap_session_release(session);
}

static void
a_dead_end_leads_back(void **state) {
  coap_session_t *session = open_ready();

  (void)state;
  release_with("\x29" OTHER_HOST, 10);
  st_connect_result = -ECONNREFUSED;
  sim_request(session, COAP_MESSAGE_CON);
  st_settle();
  assert_int_equal(st_connects, 2);
  assert_true(is_at(session, SIM_PEER, 5683));
  st_connect_result = 0;
  assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(st_connects, 3);
  assert_true(is_at(session, SIM_PEER, 5683));
  coap_session_release(session);
}

static void
what_is_no_literal_address_is_passed_over(void **state) {
  /* A name, a path, a port beyond all ports, the other family, a user: then a good one. */
  static const char then_good[] = "\x25"
                                  "a.b.c"
                                  "\x09" OTHER_HOST;
  static const struct {
    const char *bytes;
    size_t length;
  } useless[] = {
      {"\x25"
       "a.b.c",
       6},
      {"\x2b" OTHER_HOST "/x", 12},
      {"\x2d\x02" OTHER_HOST ":70000", 17},
      {"\x25"
       "[::1]",
       6},
      {"\x2b"
       "u@10.0.0.77",
       12},
      {"\x29"
       "10.0.0.7?",
       10},
      {"\x21"
       ":",
       2},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
    coap_session_t *session = open_ready();
    unsigned int before = st_connects;

    release_with(useless[i].bytes, useless[i].length);
    assert_true(sim_request(session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
    assert_int_equal(st_connects, before + 1);
    assert_true(is_at(session, SIM_PEER, 5683));
    coap_session_release(session);
    /* The fixture counts a few connections only. */
    st_teardown(state);
    assert_int_equal(st_setup_client(state), 0);
  }
  {
    coap_session_t *session = open_ready();

    release_with(then_good, 16);
    sim_request(session, COAP_MESSAGE_CON);
    assert_true(is_at(session, OTHER_HOST, 5683));
    coap_session_release(session);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, st_setup_client, st_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_next_connection_goes_there),
      TEST(a_dead_end_leads_back),
      TEST(what_is_no_literal_address_is_passed_over),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
