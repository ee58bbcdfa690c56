/* exchange_large_quick.c -- bodies of up to 16 MiB by Q-Block1 and Q-Block2 (RFC 9177), between a
 * client and a server of ours over a network that loses, doubles and delays. */
#include "body_world.h"

enum {
  WHOLE = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY | COAP_BLOCK_TRY_Q_BLOCK,
  MIB = 1024 * 1024,
  LOSS = 50,
  HOUR = 3600 * 1000,
  SEVERAL_SETS = 35 * 1024 - 100
};

static int
setup_mode(void **state, uint32_t mode, unsigned int loss) {
  sim_setup(state);
  bw_setup(mode, 5, loss);
  return 0;
}

static int
setup(void **state) {
  return setup_mode(state, WHOLE, LOSS);
}

static int
setup_m(void **state) {
  return setup_mode(state, WHOLE | COAP_BLOCK_USE_M_Q_BLOCK, LOSS);
}

static int
setup_calm(void **state) {
  return setup_mode(state, WHOLE, 0);
}

/* One exchange that tells the client that the server knows Q-Block. */
static void
get_acquainted(void) {
  bw_size = 10;
  bw_get_whole(COAP_MESSAGE_NON);
}

static void
q_block1_takes_sixteen_mib_with_loss(void **state) {
  (void)state;
  bw_put_largest(COAP_MESSAGE_NON);
  assert_true(lossy_lost() > 500);
}

static void
q_block2_brings_sixteen_mib_with_loss(void **state) {
  (void)state;
  bw_get_largest(COAP_MESSAGE_NON);
  assert_true(lossy_lost() > 500);
}

static void
every_size_goes_both_ways(void **state) {
  (void)state;
  bw_every_size(COAP_MESSAGE_NON, 1025);
}

/* Without loss a set follows its predecessor at once: seconds, not minutes. */
static void
continue_spares_the_pauses(void **state) {
  uint64_t start;

  (void)state;
  get_acquainted();
  bw_size = MIB;
  start = sim_now();
  bw_put_whole(COAP_MESSAGE_NON);
  assert_true(sim_now() - start < 10 * 1000);
  start = sim_now();
  bw_get_whole(COAP_MESSAGE_NON);
  assert_true(sim_now() - start < 10 * 1000);
  assert_true(lossy_count() < 2 * (1024 + 103) + 20);
}

static unsigned int fated;
static lossy_fate_t fate;

static lossy_fate_t
one_is_fated(unsigned int index, const uint8_t *data, size_t length) {
  (void)data;
  (void)length;
  return index == fated ? fate : LOSSY_PASS;
}

/* Whichever single message is lost, comes twice, or comes late. */
static void
each_message(lossy_fate_t what) {
  unsigned int messages = 0;

  fate = what;
  for (unsigned int i = 0; i == 0 || i < messages; i++) {
    unsigned int before;

    lossy_set_judge(NULL);
    get_acquainted();
    before = lossy_count();
    bw_size = SEVERAL_SETS;
    fated = before + i;
    lossy_set_judge(one_is_fated);
    bw_put_whole(COAP_MESSAGE_NON);
    bw_get_whole(COAP_MESSAGE_NON);
    assert_int_equal(bw_told.puts, i + 1);
    if (i == 0)
      messages = lossy_count() - before;
    lossy_run(NULL, 300 * 1000);
  }
  assert_true(messages >= 2 * 35);
}

static void
any_message_may_be_lost(void **state) {
  (void)state;
  each_message(LOSSY_DROP);
}

static void
any_message_may_come_twice(void **state) {
  (void)state;
  each_message(LOSSY_TWICE);
}

static void
any_message_may_come_late(void **state) {
  (void)state;
  each_message(LOSSY_LATE);
}

static lossy_fate_t
all_is_lost(unsigned int index, const uint8_t *data, size_t length) {
  (void)index;
  (void)data;
  (void)length;
  return LOSSY_DROP;
}

/* The application hears of it, and nothing stays. */
static void
a_peer_that_falls_silent_is_given_up(void **state) {
  (void)state;
  get_acquainted();
  bw_size = MIB;
  bw_put(COAP_MESSAGE_NON);
  lossy_run(NULL, 500);
  lossy_set_judge(all_is_lost);
  assert_true(lossy_run(&bw_told.ended, HOUR));
  assert_int_equal(bw_told.nacks, 1);
  assert_int_equal(bw_told.reason, COAP_NACK_TOO_MANY_RETRIES);
  assert_int_equal(bw_told.released, bw_told.lent);
  assert_int_equal(sim_event_count(COAP_EVENT_PARTIAL_BLOCK), 1);
  lossy_set_judge(NULL);
  bw_get(COAP_MESSAGE_NON);
  lossy_run(NULL, 100);
  lossy_set_judge(all_is_lost);
  assert_true(lossy_run(&bw_told.ended, HOUR));
  assert_int_equal(bw_told.nacks, 2);
  lossy_run(NULL, 300 * 1000);
  assert_int_equal(bw_told.released, bw_told.lent);
}

/* RFC 9177 4.1: to a peer that refuses the option bodies go by Block1 and Block2. */
static void
without_the_peers_support_there_is_block(void **state) {
  (void)state;
  coap_context_set_block_mode(bw_server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  bw_size = SEVERAL_SETS;
  bw_put_whole(COAP_MESSAGE_NON);
  bw_get_whole(COAP_MESSAGE_NON);
  assert_int_equal(bw_told.puts, 1);
  assert_true(coap_q_block_is_supported());
}

static void
several_bodies_at_a_time(void **state) {
  (void)state;
  bw_size = SEVERAL_SETS;
  for (int i = 0; i < 4; i++)
    bw_put(COAP_MESSAGE_NON);
  bw_get(COAP_MESSAGE_NON);
  lossy_run(NULL, HOUR);
  assert_int_equal(bw_told.ended, 5);
  assert_int_equal(bw_told.nacks, 0);
  assert_int_equal(bw_told.puts, 4);
  assert_true(bw_told.put_is_same);
}

static void
a_session_released_half_way_leaves_nothing(void **state) {
  (void)state;
  get_acquainted();
  bw_size = MIB;
  bw_put(COAP_MESSAGE_NON);
  bw_get(COAP_MESSAGE_NON);
  lossy_run(NULL, 300);
  coap_session_release(bw_session);
  lossy_run(NULL, 300 * 1000);
  assert_int_equal(bw_told.released, bw_told.lent);
}

#define TEST(name, how) cmocka_unit_test_setup_teardown(name, how, bw_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(q_block1_takes_sixteen_mib_with_loss, setup),
      TEST(q_block2_brings_sixteen_mib_with_loss, setup),
      TEST(every_size_goes_both_ways, setup),
      TEST(every_size_goes_both_ways, setup_m),
      TEST(continue_spares_the_pauses, setup_calm),
      TEST(any_message_may_be_lost, setup_calm),
      TEST(any_message_may_come_twice, setup_calm),
      TEST(any_message_may_come_late, setup_calm),
      TEST(a_peer_that_falls_silent_is_given_up, setup_calm),
      TEST(without_the_peers_support_there_is_block, setup_calm),
      TEST(several_bodies_at_a_time, setup_calm),
      TEST(a_session_released_half_way_leaves_nothing, setup_calm),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
