/* message_nstart.c -- NSTART (RFC 7252 4.7), the order of what waits, and the bound of the queue.
 */
#include "test.h"

#include "seams/memory.h"
#include "session/core.h"
#include "message_fixture.h"

static void
acknowledge(coap_mid_t mid) {
  raw_message_t ack = raw_message(RAW_ACK, RAW_EMPTY, (uint16_t)mid, "");

  ms_give(&ack);
}

static void
one_con_is_in_flight(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++)
    assert_true(sim_request(ms_session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(sim_sent_count(), 1);
}

static void
an_ack_lets_the_next_go(void **state) {
  coap_mid_t mids[3];

  (void)state;
  for (int i = 0; i < 3; i++)
    mids[i] = sim_request(ms_session, COAP_MESSAGE_CON);
  for (unsigned int i = 0; i < 3; i++) {
    assert_int_equal(sim_sent_count(), i + 1);
    assert_int_equal(raw_mid(sim_last()->bytes), mids[i]);
    acknowledge(mids[i]);
  }
  assert_int_equal(sim_sent_count(), 3);
}

static void
a_reset_lets_the_next_go(void **state) {
  coap_mid_t first = sim_request(ms_session, COAP_MESSAGE_CON);
  coap_mid_t second = sim_request(ms_session, COAP_MESSAGE_CON);
  raw_message_t reset = raw_message(RAW_RST, RAW_EMPTY, (uint16_t)first, "");

  (void)state;
  ms_give(&reset);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(raw_mid(sim_last()->bytes), second);
}

static void
giving_up_lets_the_next_go(void **state) {
  coap_mid_t second;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  second = sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(94 * 1000);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(raw_mid(sim_last()->bytes), second);
  sim_run(94 * 1000);
  assert_int_equal(sim_told.nacks, 2);
  assert_int_equal(sim_sent_count(), 10);
}

static void
a_higher_nstart_lets_more_go(void **state) {
  (void)state;
  coap_session_set_nstart(ms_session, 3);
  for (int i = 0; i < 5; i++)
    sim_request(ms_session, COAP_MESSAGE_CON);
  assert_int_equal(sim_sent_count(), 3);
}

static void
a_non_does_not_wait(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_request(ms_session, COAP_MESSAGE_NON);
  sim_request(ms_session, COAP_MESSAGE_NON);
  assert_int_equal(sim_sent_count(), 3);
}

static void
what_waits_is_not_repeated(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(50 * 1000);
  for (unsigned int i = 1; i < sim_sent_count(); i++)
    assert_int_equal(raw_mid(sim_sent(i)->bytes), raw_mid(sim_sent(0)->bytes));
}

static void
sessions_do_not_wait_for_each_other(void **state) {
  coap_address_t other = sim_address("10.0.0.3", 5683);
  coap_session_t *second = sim_client_session(ms_context, &other);

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_request(second, COAP_MESSAGE_CON);
  assert_int_equal(sim_sent_count(), 2);
}

static void
the_queue_is_bounded(void **state) {
  (void)state;
  for (int i = 0; i < COAP_CORE_MAX_OUTGOING; i++)
    assert_true(sim_request(ms_session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(sim_request(ms_session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  assert_int_equal(sim_told.nacks, 0);
  coap_session_disconnected(ms_session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(sim_told.nacks, COAP_CORE_MAX_OUTGOING);
}

static void
a_full_queue_takes_again_when_one_has_ended(void **state) {
  coap_mid_t first = sim_request(ms_session, COAP_MESSAGE_CON);
  raw_message_t reset = raw_message(RAW_RST, RAW_EMPTY, (uint16_t)first, "");

  (void)state;
  for (int i = 1; i < COAP_CORE_MAX_OUTGOING; i++)
    sim_request(ms_session, COAP_MESSAGE_CON);
  ms_give(&reset);
  assert_true(sim_request(ms_session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
}

static void
non_requests_that_wait_for_answers_are_bounded_in_memory(void **state) {
  struct coap_mem_sim_stats before;
  struct coap_mem_sim_stats after;

  (void)state;
  for (int i = 0; i < COAP_CORE_MAX_OUTGOING; i++)
    sim_request(ms_session, COAP_MESSAGE_NON);
  coap_mem_sim_stats(&before);
  for (int i = 0; i < COAP_CORE_MAX_OUTGOING; i++)
    assert_true(sim_request(ms_session, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  coap_mem_sim_stats(&after);
  assert_true(after.live_bytes <= before.live_bytes + 4096);
  /* Those that made room have been told of. */
  assert_int_equal(sim_told.nacks, COAP_CORE_MAX_OUTGOING);
}

static void
io_pending_and_can_exit_agree_with_the_queue(void **state) {
  coap_mid_t mid;
  raw_message_t reset;

  (void)state;
  assert_int_equal(coap_io_pending(ms_context), 0);
  assert_int_equal(coap_can_exit(ms_context), 1);
  mid = sim_request(ms_session, COAP_MESSAGE_CON);
  assert_int_equal(coap_io_pending(ms_context), 1);
  assert_int_equal(coap_can_exit(ms_context), 0);
  reset = raw_message(RAW_RST, RAW_EMPTY, (uint16_t)mid, "");
  ms_give(&reset);
  assert_int_equal(coap_io_pending(ms_context), 0);
  assert_int_equal(coap_can_exit(ms_context), 1);
}

static void
message_ids_of_one_session_differ(void **state) {
  static uint8_t seen[0x10000];
  (void)state;
  memset(seen, 0, sizeof(seen));
  for (int i = 0; i < 1000; i++) {
    uint16_t mid = coap_new_message_id(ms_session);

    assert_int_equal(seen[mid], 0);
    seen[mid] = 1;
  }
}

static void
tokens_of_one_session_differ(void **state) {
  uint8_t last[8] = {0};
  size_t last_length = 0;

  (void)state;
  for (int i = 0; i < 1000; i++) {
    uint8_t token[8];
    size_t length = 99;

    coap_session_new_token(ms_session, &length, token);
    assert_in_range(length, 1, 8);
    assert_true(length != last_length || memcmp(token, last, length) != 0);
    memcpy(last, token, length);
    last_length = length;
  }
}

static void
the_first_token_can_be_chosen(void **state) {
  uint8_t token[8];
  size_t length;

  (void)state;
  coap_session_init_token(ms_session, 4, (const uint8_t *)"cafe");
  coap_session_new_token(ms_session, &length, token);
  assert_int_equal(length, 4);
  assert_memory_equal(token, "cafe", 4);
  coap_session_new_token(ms_session, &length, token);
  assert_memory_equal(token, "caff", 4);
}

static void
sending_nothing_or_to_nobody_is_refused(void **state) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, ms_session);

  (void)state;
  assert_non_null(pdu);
  assert_int_equal(coap_send(NULL, pdu), COAP_INVALID_MID); /* takes the PDU all the same */
  assert_int_equal(coap_send(ms_session, NULL), COAP_INVALID_MID);
}

#define NSTART_TEST(name) cmocka_unit_test_setup_teardown(name, ms_setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      NSTART_TEST(one_con_is_in_flight),
      NSTART_TEST(an_ack_lets_the_next_go),
      NSTART_TEST(a_reset_lets_the_next_go),
      NSTART_TEST(giving_up_lets_the_next_go),
      NSTART_TEST(a_higher_nstart_lets_more_go),
      NSTART_TEST(a_non_does_not_wait),
      NSTART_TEST(what_waits_is_not_repeated),
      NSTART_TEST(sessions_do_not_wait_for_each_other),
      NSTART_TEST(the_queue_is_bounded),
      NSTART_TEST(a_full_queue_takes_again_when_one_has_ended),
      NSTART_TEST(non_requests_that_wait_for_answers_are_bounded_in_memory),
      NSTART_TEST(io_pending_and_can_exit_agree_with_the_queue),
      NSTART_TEST(message_ids_of_one_session_differ),
      NSTART_TEST(tokens_of_one_session_differ),
      NSTART_TEST(the_first_token_can_be_chosen),
      NSTART_TEST(sending_nothing_or_to_nobody_is_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
