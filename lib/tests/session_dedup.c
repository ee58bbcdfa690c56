/* session_dedup.c -- message IDs seen and the replies they got (RFC 7252 4.5). */
#include "test.h"

#include "core_fixture.h"
#include "seams/memory.h"
#include "session/dedup.h"

enum { LIFETIME = 247000 };

static coap_session_t *session;

static int
setup(void **state) {
  core_fixture_setup(state);
  session = core_fixture_open(COAP_SESSION_TYPE_SERVER, 4000);
  return session == NULL;
}

static coap_dedup_result_t
check_mid(coap_mid_t mid, coap_tick_t now, coap_bin_const_t *reply) {
  reply->s = NULL;
  reply->length = 0;
  return coap_dedup_check(session, mid, now, LIFETIME, reply);
}

static void
a_message_id_is_new_once(void **state) {
  coap_bin_const_t reply;

  (void)state;
  assert_int_equal(check_mid(7, 0, &reply), COAP_DEDUP_NEW);
  assert_int_equal(check_mid(7, 1, &reply), COAP_DEDUP_DUPLICATE);
  assert_int_equal(reply.length, 0);
  assert_int_equal(check_mid(8, 1, &reply), COAP_DEDUP_NEW);
}

static void
a_duplicate_gets_the_cached_reply(void **state) {
  coap_bin_const_t reply;

  (void)state;
  check_mid(7, 0, &reply);
  assert_int_equal(coap_dedup_replied(session, 7), 0);
  coap_dedup_reply(session, 7, (const uint8_t *)"abcd", 4);
  assert_int_equal(coap_dedup_replied(session, 7), 1);
  assert_int_equal(check_mid(7, 5, &reply), COAP_DEDUP_DUPLICATE);
  assert_int_equal(reply.length, 4);
  assert_memory_equal(reply.s, "abcd", 4);
}

static void
the_first_reply_stays(void **state) {
  coap_bin_const_t reply;

  (void)state;
  check_mid(7, 0, &reply);
  coap_dedup_reply(session, 7, (const uint8_t *)"first", 5);
  coap_dedup_reply(session, 7, (const uint8_t *)"other", 5);
  check_mid(7, 1, &reply);
  assert_memory_equal(reply.s, "first", 5);
}

static void
a_reply_to_an_unknown_id_is_not_kept(void **state) {
  (void)state;
  coap_dedup_reply(session, 99, (const uint8_t *)"x", 1);
  assert_int_equal(coap_dedup_replied(session, 99), 0);
}

static void
a_message_id_is_new_again_after_its_lifetime(void **state) {
  coap_bin_const_t reply;

  (void)state;
  check_mid(7, 0, &reply);
  coap_dedup_reply(session, 7, (const uint8_t *)"old", 3);
  assert_int_equal(check_mid(7, LIFETIME - 1, &reply), COAP_DEDUP_DUPLICATE);
  assert_int_equal(check_mid(7, LIFETIME, &reply), COAP_DEDUP_NEW);
  assert_int_equal(coap_dedup_replied(session, 7), 0);
}

static void
a_short_lived_id_behind_a_long_lived_one_expires(void **state) {
  coap_bin_const_t reply = {0, NULL};

  (void)state;
  check_mid(1, 0, &reply);
  assert_int_equal(coap_dedup_check(session, 2, 0, 1000, &reply), COAP_DEDUP_NEW);
  coap_dedup_reply(session, 2, (const uint8_t *)"old", 3);
  assert_int_equal(coap_dedup_check(session, 2, 1000, 1000, &reply), COAP_DEDUP_NEW);
  assert_int_equal(coap_dedup_replied(session, 2), 0);
  assert_int_equal(check_mid(1, 1000, &reply), COAP_DEDUP_DUPLICATE);
}

static void
when_full_the_oldest_is_forgotten(void **state) {
  coap_bin_const_t reply;

  (void)state;
  for (int mid = 0; mid <= COAP_CORE_MAX_SEEN; mid++)
    assert_int_equal(check_mid(mid, 0, &reply), COAP_DEDUP_NEW);
  for (int mid = 1; mid <= COAP_CORE_MAX_SEEN; mid++)
    assert_int_equal(check_mid(mid, 1, &reply), COAP_DEDUP_DUPLICATE);
  assert_int_equal(check_mid(0, 1, &reply), COAP_DEDUP_NEW);
}

static void
cached_replies_are_bounded_in_bytes(void **state) {
  static uint8_t large[COAP_CORE_MAX_SEEN_BYTES / 2];
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;
  coap_bin_const_t reply;

  (void)state;
  coap_mem_sim_stats(&before);
  for (int mid = 0; mid < COAP_CORE_MAX_SEEN; mid++) {
    check_mid(mid, 0, &reply);
    coap_dedup_reply(session, mid, large, sizeof(large));
  }
  coap_mem_sim_stats(&after);
  assert_true(after.live_bytes - before.live_bytes < COAP_CORE_MAX_SEEN_BYTES + 4096);
  check_mid(COAP_CORE_MAX_SEEN - 1, 1, &reply);
  assert_int_equal(reply.length, sizeof(large));
}

static void
an_oversized_reply_counts_as_given(void **state) {
  static uint8_t huge[COAP_CORE_MAX_SEEN_BYTES + 1];
  coap_bin_const_t reply;

  (void)state;
  check_mid(5, 0, &reply);
  coap_dedup_reply(session, 5, huge, sizeof(huge));
  assert_int_equal(coap_dedup_replied(session, 5), 1);
  assert_int_equal(check_mid(5, 1, &reply), COAP_DEDUP_DUPLICATE);
  assert_int_equal(reply.length, 0);
}

static void
without_memory_a_new_id_is_refused_for_now(void **state) {
  coap_bin_const_t reply;

  (void)state;
  coap_mem_sim_fail(1, 1);
  assert_int_equal(check_mid(1, 0, &reply), COAP_DEDUP_NO_MEMORY);
  coap_mem_sim_fail(0, 0);
  assert_int_equal(check_mid(1, 0, &reply), COAP_DEDUP_NEW);
}

static void
without_memory_a_full_ring_goes_on(void **state) {
  coap_bin_const_t reply;

  (void)state;
  check_mid(1, 0, &reply);
  check_mid(2, 0, &reply);
  coap_mem_sim_fail(1, 1);
  assert_int_equal(check_mid(3, 0, &reply), COAP_DEDUP_NEW);
  coap_mem_sim_fail(0, 0);
  assert_int_equal(check_mid(2, 0, &reply), COAP_DEDUP_DUPLICATE);
  assert_int_equal(check_mid(3, 0, &reply), COAP_DEDUP_DUPLICATE);
}

static void
a_reply_without_memory_counts_as_given(void **state) {
  static uint8_t long_one[100];
  coap_bin_const_t reply;

  (void)state;
  check_mid(1, 0, &reply);
  coap_mem_sim_fail(1, 1);
  coap_dedup_reply(session, 1, long_one, sizeof(long_one));
  coap_mem_sim_fail(0, 0);
  assert_int_equal(coap_dedup_replied(session, 1), 1);
  assert_int_equal(fixture_core.counters.no_memory, 1);
}

static void
clearing_forgets_everything(void **state) {
  coap_bin_const_t reply;

  (void)state;
  check_mid(1, 0, &reply);
  coap_dedup_reply(session, 1, (const uint8_t *)"abcd", 4);
  coap_dedup_clear(session);
  assert_null(session->seen);
  assert_int_equal(check_mid(1, 0, &reply), COAP_DEDUP_NEW);
}

/* Any order of new and repeated IDs: never more remembered than the bound, and what was seen among
 * the last COAP_CORE_MAX_SEEN different ones is a duplicate. */
static void
random_use_agrees_with_the_model(void **state) {
  int recent[COAP_CORE_MAX_SEEN];
  unsigned int used = 0;
  uint32_t seed = 11;
  coap_bin_const_t reply;

  (void)state;
  for (int i = 0; i < 5000; i++) {
    int mid;
    int known = 0;

    seed = seed * 1664525U + 1013904223U;
    mid = (int)(seed >> 16) % 80;
    for (unsigned int k = 0; k < used; k++)
      known |= recent[k] == mid;
    assert_int_equal(check_mid(mid, 0, &reply), known ? COAP_DEDUP_DUPLICATE : COAP_DEDUP_NEW);
    if (known)
      continue;
    if (used == COAP_CORE_MAX_SEEN)
      memmove(recent, recent + 1, sizeof(recent[0]) * --used);
    recent[used++] = mid;
  }
}

/* The reply that the test gives to `mid` when it comes for the `round`th time. */
static size_t
reply_of(int mid, int round, uint8_t *to) {
  size_t length = (size_t)(mid * 37 + round * 11) % 900;

  for (size_t i = 0; i < length; i++)
    to[i] = (uint8_t)(mid + round + (int)i);
  return length;
}

/* Replies of all lengths, given at once, later, or never, while others come and expire: a duplicate
 * gets its own reply, whatever has moved. */
static void
replies_stay_with_their_message(void **state) {
  enum { MIDS = 50 };
  static struct {
    int round;
    int is_replied;
  } given[MIDS];
  uint8_t expected[1024];
  coap_bin_const_t reply;
  uint32_t seed = 5;
  unsigned int repeated = 0;

  (void)state;
  memset(given, 0, sizeof(given));
  for (int i = 0; i < 20000; i++) {
    int mid;

    seed = seed * 1664525U + 1013904223U;
    mid = (int)(seed >> 16) % MIDS;
    reply.length = 0;
    if (seed >> 8 & 1 && given[mid].round) {
      /* To a later message than it answers, as a separate answer is. */
      if (!coap_dedup_replied(session, mid)) {
        coap_dedup_reply(session, mid, expected, reply_of(mid, given[mid].round, expected));
        given[mid].is_replied = 1;
      }
    } else if (coap_dedup_check(session, mid, (coap_tick_t)i * 10, 1000 + (seed & 0xfff), &reply) ==
               COAP_DEDUP_NEW) {
      given[mid].round++;
      given[mid].is_replied = 0;
    } else {
      size_t length = given[mid].is_replied ? reply_of(mid, given[mid].round, expected) : 0;

      assert_int_equal(reply.length, length);
      if (length)
        assert_memory_equal(reply.s, expected, length);
      repeated += length > 0;
    }
  }
  assert_true(repeated > 500);
}

#define DEDUP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, core_fixture_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      DEDUP_TEST(a_message_id_is_new_once),
      DEDUP_TEST(a_duplicate_gets_the_cached_reply),
      DEDUP_TEST(the_first_reply_stays),
      DEDUP_TEST(a_reply_to_an_unknown_id_is_not_kept),
      DEDUP_TEST(a_message_id_is_new_again_after_its_lifetime),
      DEDUP_TEST(a_short_lived_id_behind_a_long_lived_one_expires),
      DEDUP_TEST(when_full_the_oldest_is_forgotten),
      DEDUP_TEST(cached_replies_are_bounded_in_bytes),
      DEDUP_TEST(an_oversized_reply_counts_as_given),
      DEDUP_TEST(without_memory_a_new_id_is_refused_for_now),
      DEDUP_TEST(without_memory_a_full_ring_goes_on),
      DEDUP_TEST(a_reply_without_memory_counts_as_given),
      DEDUP_TEST(clearing_forgets_everything),
      DEDUP_TEST(random_use_agrees_with_the_model),
      DEDUP_TEST(replies_stay_with_their_message),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
