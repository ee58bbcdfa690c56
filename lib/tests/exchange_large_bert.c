/* exchange_large_bert.c -- bodies over TCP between a client and a server of ours: several blocks of
 * 1024 bytes in a message where the peer's CSM allows it (BERT, RFC 8323 6). */
#include "body_world.h"

#include "seams/net_sim.h"
#include "session/session.h"
#include "session/stream.h"

enum {
  WHOLE = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY,
  MIB = 1024 * 1024,
  PIECE_MAX = 40000, /* what a connection passes on at a time */
  WAITING_MAX = 4 * MIB,
  SIDES = 2
};

/* The two ends of the connection, and what each is still to read. */
static struct {
  unsigned int id[SIDES];
  uint8_t bytes[SIDES][WAITING_MAX];
  size_t length[SIDES];
  unsigned int writes;
  coap_address_t from;
  int is_wanted;
} wire;

static int
on_connect(void *user, unsigned int id, const coap_address_t *from, const coap_address_t *to) {
  (void)user;
  (void)to;
  wire.id[0] = id;
  wire.from = *from;
  wire.is_wanted = 1;
  return 0;
}

static void
on_write(void *user, unsigned int id, const uint8_t *data, size_t length) {
  int to = id == wire.id[0];

  (void)user;
  assert_true(length <= WAITING_MAX - wire.length[to]);
  memcpy(wire.bytes[to] + wire.length[to], data, length);
  wire.length[to] += length;
  wire.writes++;
}

static void
pass_on(int to) {
  size_t piece = wire.length[to] < PIECE_MAX ? wire.length[to] : PIECE_MAX;

  if (!piece || coap_net_sim_stream_push(wire.id[to], wire.bytes[to], piece) < 0)
    return;
  wire.length[to] -= piece;
  memmove(wire.bytes[to], wire.bytes[to] + piece, wire.length[to]);
}

/* Until the exchange has ended, or for `rounds`. */
static void
run(const unsigned int *done, unsigned int rounds) {
  coap_address_t at = sim_address(SIM_HOST, 5683);

  while (rounds-- && !(done && *done)) {
    if (wire.is_wanted) {
      assert_int_equal(coap_net_sim_stream_open(&wire.from, &at, &wire.id[1]), 0);
      wire.is_wanted = 0;
    }
    pass_on(0);
    pass_on(1);
    sim_run(1);
  }
}

static int
setup_sizes(void **state, uint32_t mode, uint32_t client_max, uint32_t server_max) {
  static const coap_net_sim_stream_tap_t tap = {on_connect, on_write, NULL};

  sim_setup(state);
  memset(&wire, 0, sizeof(wire));
  coap_net_sim_set_stream_tap(&tap, NULL);
  bw_setup_over(COAP_PROTO_TCP, mode);
  coap_context_set_csm_max_message_size(bw_client, client_max);
  coap_context_set_csm_max_message_size(bw_server, server_max);
  return 0;
}

static int
setup(void **state) {
  return setup_sizes(state, WHOLE, 20000, 10000);
}

static int
setup_largest(void **state) {
  return setup_sizes(state, WHOLE, 8 * MIB, 8 * MIB);
}

static int
setup_base(void **state) {
  return setup_sizes(state, WHOLE, 1152, 1152);
}

static int
setup_bounded(void **state) {
  return setup_sizes(state, WHOLE | COAP_BLOCK_MAX_SIZE_SET(5), 20000, 10000);
}

static void
get_connected(void) {
  run(NULL, 20);
  assert_int_equal(coap_session_get_state(bw_session), COAP_SESSION_STATE_ESTABLISHED);
  wire.writes = 0;
}

static void
transfer(void (*begin)(coap_pdu_type_t type)) {
  begin(COAP_MESSAGE_CON);
  run(&bw_told.ended, 100000);
  assert_int_equal(bw_told.ended, 1);
  bw_check();
}

static void
sixteen_mib_both_ways(void **state) {
  (void)state;
  get_connected();
  bw_size = BODY_LARGEST;
  transfer(bw_put);
  assert_int_equal(bw_told.puts, 1);
  /* Eight blocks fit the server's messages. */
  assert_true(wire.writes < 2 * (BODY_LARGEST / (8 * 1024)) + 100);
  assert_true(wire.writes > 2 * (BODY_LARGEST / (9 * 1024)));
  wire.writes = 0;
  transfer(bw_get);
  assert_int_equal(bw_told.gets, 1);
  assert_true(wire.writes < 2 * (BODY_LARGEST / (18 * 1024)) + 100);
  assert_true(bw_peak() < 26 * MIB);
}

/* However large messages may be, the pieces have a bound. */
static void
sixteen_mib_with_the_largest_messages(void **state) {
  (void)state;
  get_connected();
  bw_size = BODY_LARGEST;
  transfer(bw_put);
  transfer(bw_get);
  assert_true(wire.writes >= 4 * 64);
  assert_true(bw_peak() < 30 * MIB);
}

/* RFC 8323 6: only with a Max-Message-Size above 1152. */
static void
without_large_messages_blocks_are_single(void **state) {
  (void)state;
  get_connected();
  bw_size = 100 * 1024 + 1;
  transfer(bw_put);
  transfer(bw_get);
  assert_true(wire.writes >= 4 * 101);
}

static void
the_mode_bounds_blocks(void **state) {
  (void)state;
  get_connected();
  bw_size = 10 * 1024;
  transfer(bw_put);
  transfer(bw_get);
  assert_true(wire.writes >= 4 * 20);
}

static void
every_size_goes_both_ways(void **state) {
  static const size_t sizes[] = {0,    1,    1023, 1024,  1025,  8191,
                                 8192, 8193, 9216, 20000, 20480, 20481};

  (void)state;
  get_connected();
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    bw_size = sizes[i];
    transfer(bw_put);
    transfer(bw_get);
  }
}

/* The first block is made before the peer's CSM is there. Those behind it stay as it is: libcoap's
 * server takes a change to several blocks for a hole. */
static void
a_request_before_the_csm_goes_in_single_blocks(void **state) {
  (void)state;
  bw_size = MIB;
  transfer(bw_put);
  assert_true(wire.writes >= 2 * MIB / 1024);
}

/* RFC 8323 5.3.2 */
static void
a_peer_without_blocks_gets_none(void **state) {
  coap_pdu_t *pdu;

  (void)state;
  get_connected();
  coap_session_stream(bw_session)->peer_blockwise = 0;
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, bw_session);
  assert_int_equal(coap_add_data_large_request(bw_session, pdu, 9000, bw_body(), NULL, NULL), 1);
  coap_delete_pdu(pdu);
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, bw_session);
  assert_int_equal(coap_add_data_large_request(bw_session, pdu, 10001, bw_body(), NULL, NULL), 0);
  coap_delete_pdu(pdu);
}

#define TEST(name, how) cmocka_unit_test_setup_teardown(name, how, bw_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(sixteen_mib_both_ways, setup),
      TEST(sixteen_mib_with_the_largest_messages, setup_largest),
      TEST(without_large_messages_blocks_are_single, setup_base),
      TEST(the_mode_bounds_blocks, setup_bounded),
      TEST(every_size_goes_both_ways, setup),
      TEST(a_request_before_the_csm_goes_in_single_blocks, setup),
      TEST(a_peer_without_blocks_gets_none, setup),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
