/* stream_flood.c -- connections that are opened to a server and not gone on with: no CSM, no HTTP
 * upgrade, no TLS handshake, or each of them a byte at a time. They are bounded in number and time,
 * and leave nothing. */
#include "test.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/net_sim.h"
#include "session/core.h"
#include "sim_world.h"

enum { FLOOD = 500, SESSIONS_MAX = 200, TIMEOUT_MS = 5000, PORT = 7000 };

static coap_context_t *server;
static unsigned int connections[FLOOD];
static unsigned int closed; /* by the server */

static void
on_closed(void *user, unsigned int conn) {
  (void)user;
  (void)conn;
  closed++;
}

static int
setup(void **state) {
  static const coap_net_sim_stream_tap_t tap = {.closed = on_closed};

  sim_setup(state);
  closed = 0;
  coap_net_sim_set_stream_tap(&tap, NULL);
  server = sim_server_context();
  coap_context_set_csm_timeout_ms(server, TIMEOUT_MS);
  return 0;
}

static coap_core_t *
core(void) {
  return coap_context_core(server);
}

static void
set_keys(void) {
  coap_dtls_spsk_t psk = {.version = COAP_DTLS_SPSK_SETUP_VERSION};

  psk.psk_info.key = (coap_bin_const_t){6, (const uint8_t *)"secret"};
  assert_int_equal(coap_context_set_psk2(server, &psk), 1);
}

static void
listen_for(coap_proto_t proto) {
  coap_address_t at = sim_address(SIM_HOST, PORT);

  if (proto == COAP_PROTO_TLS || proto == COAP_PROTO_WSS)
    set_keys();
  assert_non_null(coap_new_endpoint(server, &at, proto));
}

/* From many ports of many hosts; never more than those that may be there at a time are. */
static void
flood(unsigned int bound) {
  coap_address_t at = sim_address(SIM_HOST, PORT);

  for (uint16_t i = 0; i < FLOOD; i++) {
    coap_address_t from = sim_address("10.9.0.1", 1024 + i);

    assert_int_equal(coap_net_sim_stream_open(&from, &at, &connections[i]), 0);
    sim_settle();
    coap_io_process(server, COAP_IO_NO_WAIT);
    assert_true(core()->session_count <= bound);
  }
}

/* All of them send one byte of what could become a message, a request or a ClientHello. */
static void
drip(const char *bytes, size_t at) {
  for (unsigned int i = 0; i < FLOOD; i++)
    coap_net_sim_stream_push(connections[i], (const uint8_t *)bytes + at, 1);
  for (int i = 0; i < FLOOD / 32; i++)
    coap_io_process(server, COAP_IO_NO_WAIT);
}

/* `bound` connections stay while others are refused; bytes that drip in gain them no time. */
static void
flood_of(coap_proto_t proto, unsigned int bound, const char *bytes) {
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats during;
  struct coap_mem_sim_stats after;
  unsigned int sockets;

  core()->max_sessions = SESSIONS_MAX;
  listen_for(proto);
  coap_mem_sim_stats(&before);
  sockets = coap_net_sim_open_count();
  flood(bound);
  assert_int_equal(core()->session_count, bound);
  assert_int_equal(closed, FLOOD - bound);
  assert_true(core()->counters.rx_refused >= FLOOD - bound);
  assert_int_equal(coap_net_sim_open_count(), sockets + bound);
  coap_mem_sim_stats(&during);
  assert_in_range(during.live_bytes - before.live_bytes, 1, bound * 8192UL);
  for (unsigned int ms = 0; ms + 1000 < TIMEOUT_MS; ms += 1000) {
    drip(bytes, ms / 1000);
    assert_int_equal(core()->session_count, bound);
    sim_run(1000);
  }
  sim_run(1000);
  assert_int_equal(core()->session_count, 0);
  assert_int_equal(core()->handshakes, 0);
  assert_int_equal(closed, FLOOD);
  assert_int_equal(coap_net_sim_open_count(), sockets);
  coap_mem_sim_stats(&after);
  /* What is kept: the table of timers, as long as it had to be. */
  assert_in_range(after.live_bytes, 0, before.live_bytes + SESSIONS_MAX * 4 * sizeof(void *));
}

/* RFC 8323 5.3: the CSM does not come. */
static void
connections_without_csm(void **state) {
  (void)state;
  flood_of(COAP_PROTO_TCP, SESSIONS_MAX, "\xd0\xff\xe1\x20");
}

/* RFC 8323 8.1: the upgrade is never asked for. */
static void
connections_without_upgrade(void **state) {
  (void)state;
  flood_of(COAP_PROTO_WS, SESSIONS_MAX, "GET ");
}

static void
connections_without_handshake(coap_proto_t proto) {
  flood_of(proto, COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS, "\x16\x03\x01\x01");
}

static void
tls_connections_without_handshake(void **state) {
  (void)state;
  connections_without_handshake(COAP_PROTO_TLS);
}

static void
wss_connections_without_handshake(void **state) {
  (void)state;
  connections_without_handshake(COAP_PROTO_WSS);
}

static unsigned int
connect_from(uint16_t port) {
  coap_address_t at = sim_address(SIM_HOST, PORT);
  coap_address_t from = sim_address("10.9.0.2", port);
  unsigned int conn = 0;

  assert_int_equal(coap_net_sim_stream_open(&from, &at, &conn), 0);
  sim_settle();
  return conn;
}

/* RFC 8323 5.3: an empty CSM. */
static void
go_on(unsigned int conn) {
  assert_int_equal(coap_net_sim_stream_push(conn, (const uint8_t *)"\x00\xe1", 2), 0);
  sim_settle();
}

/* Who goes on is not counted among them any more, and is let in while they hold every place: at
 * once where one has had its time. */
static void
half_open_is_a_bound_of_its_own(void **state) {
  enum { HALF_OPEN = 50, GRACE_MS = 2000, OTHERS = 3 };

  (void)state;
  core()->max_half_open = HALF_OPEN;
  listen_for(COAP_PROTO_TCP);
  for (uint16_t i = 0; i < OTHERS; i++)
    go_on(connect_from(2000 + i));
  assert_int_equal(core()->half_open_count, 0);
  flood(HALF_OPEN + OTHERS);
  assert_int_equal(core()->half_open_count, HALF_OPEN);
  assert_int_equal(core()->counters.half_open_evicted, 0);
  connect_from(3000);
  assert_int_equal(closed, FLOOD - HALF_OPEN + 1);
  sim_run(GRACE_MS);
  drip("\xd0", 0);
  assert_int_equal(core()->session_count, HALF_OPEN + OTHERS);
  go_on(connect_from(3001));
  assert_int_equal(core()->counters.half_open_evicted, 1);
  assert_int_equal(core()->half_open_count, HALF_OPEN - 1);
  assert_int_equal(core()->session_count, HALF_OPEN + OTHERS);
  sim_run(TIMEOUT_MS);
  assert_int_equal(core()->half_open_count, 0);
  assert_int_equal(core()->session_count, OTHERS + 1);
}

static void
the_endpoint_may_go_with_one_of_them(void **state) {
  coap_address_t at = sim_address(SIM_HOST, PORT);
  coap_endpoint_t *endpoint = coap_new_endpoint(server, &at, COAP_PROTO_TCP);

  (void)state;
  core()->max_half_open = 1;
  connect_from(2000);
  sim_run(2000);
  sim_free_endpoint_at(COAP_EVENT_TCP_CLOSED, endpoint);
  connect_from(2001);
  assert_true(sim_endpoint_is_freed());
  assert_int_equal(core()->session_count, 0);
  assert_int_equal(closed, 2);
}

static void
the_endpoint_may_go_with_an_idle_one(void **state) {
  coap_address_t at = sim_address(SIM_HOST, PORT);
  coap_endpoint_t *endpoint = coap_new_endpoint(server, &at, COAP_PROTO_TCP);

  (void)state;
  coap_context_set_max_idle_sessions(server, 1);
  go_on(connect_from(2000));
  sim_free_endpoint_at(COAP_EVENT_SERVER_SESSION_DEL, endpoint);
  connect_from(2001);
  assert_true(sim_endpoint_is_freed());
  assert_int_equal(core()->session_count, 0);
  assert_int_equal(closed, 2);
}

#define FLOOD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      FLOOD_TEST(connections_without_csm),
      FLOOD_TEST(connections_without_upgrade),
      FLOOD_TEST(half_open_is_a_bound_of_its_own),
      FLOOD_TEST(the_endpoint_may_go_with_one_of_them),
      FLOOD_TEST(the_endpoint_may_go_with_an_idle_one),
      FLOOD_TEST(tls_connections_without_handshake),
      FLOOD_TEST(wss_connections_without_handshake),
  };
  size_t count = sizeof(tests) / sizeof(tests[0]);

  if (!coap_tls_is_supported())
    count -= 2;
  return _cmocka_run_group_tests("stream_flood", tests, count, NULL, NULL);
}
