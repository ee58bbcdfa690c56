/* message_retransmission.c -- RFC 7252 4.2: how often, when and until what a CON is repeated, and
 * how its end is told. */
#include "test.h"

#include "seams/net_sim.h"
#include "message_fixture.h"

#include <errno.h>

/* A reply to the request sent last, with its token when `code` is not empty. */
static raw_message_t
reply_to(const sim_sent_t *sent, int type, int code) {
  raw_message_t reply = raw_message(type, code, raw_mid(sent->bytes), "");
  size_t token = sent->bytes[0] & 0xf;

  if (code == RAW_EMPTY)
    return reply;
  reply.bytes[0] |= (uint8_t)token;
  memcpy(reply.bytes + 4, sent->bytes + 4, token);
  reply.length += token;
  return reply;
}

static void
five_copies_and_then_the_nack(void **state) {
  coap_mid_t mid = sim_request(ms_session, COAP_MESSAGE_CON);

  (void)state;
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 5);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TOO_MANY_RETRIES);
  assert_int_equal(sim_told.nack_mid, mid);
  assert_int_equal(coap_session_get_state(ms_session), COAP_SESSION_STATE_ESTABLISHED);
  sim_run(1000 * 1000);
  assert_int_equal(sim_sent_count(), 5);
  assert_int_equal(sim_told.nacks, 1);
}

static void
copies_are_identical(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(100 * 1000);
  for (unsigned int i = 1; i < 5; i++) {
    assert_int_equal(sim_sent(i)->length, sim_sent(0)->length);
    assert_memory_equal(sim_sent(i)->bytes, sim_sent(0)->bytes, sim_sent(0)->length);
  }
}

static void
the_first_gap_is_2_to_3_s_and_then_it_doubles(void **state) {
  uint64_t gap;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(100 * 1000);
  gap = sim_sent(1)->at - sim_sent(0)->at;
  assert_in_range(gap, 2000, 3000);
  for (unsigned int i = 2; i < 5; i++)
    assert_int_equal(sim_sent(i)->at - sim_sent(i - 1)->at, gap << (i - 1));
}

static void
the_copies_lie_within_the_transmit_span(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(100 * 1000);
  assert_true(sim_sent(4)->at - sim_sent(0)->at <= 45000);
}

static void
the_nack_comes_after_the_last_gap(void **state) {
  uint64_t gap;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(4000);
  gap = sim_sent(1)->at - sim_sent(0)->at;
  sim_run(31 * gap - 4000 - 1);
  assert_int_equal(sim_told.nacks, 0);
  sim_run(1);
  assert_int_equal(sim_told.nacks, 1);
}

static void
first_gaps_are_spread(void **state) {
  uint64_t lowest = UINT64_MAX;
  uint64_t highest = 0;

  (void)state;
  for (int i = 0; i < 60; i++) {
    uint64_t gap;

    sim_forget_sent();
    sim_request(ms_session, COAP_MESSAGE_CON);
    sim_run(200 * 1000);
    gap = sim_sent(1)->at - sim_sent(0)->at;
    assert_in_range(gap, 2000, 3000);
    lowest = gap < lowest ? gap : lowest;
    highest = gap > highest ? gap : highest;
  }
  assert_true(highest - lowest > 500);
}

static void
parameters_of_the_session_are_used(void **state) {
  (void)state;
  coap_session_set_ack_timeout(ms_session, (coap_fixed_point_t){0, 500});
  coap_session_set_ack_random_factor(ms_session, (coap_fixed_point_t){1, 0});
  coap_session_set_max_retransmit(ms_session, 2);
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 3);
  assert_int_equal(sim_sent(1)->at - sim_sent(0)->at, 500);
  assert_int_equal(sim_sent(2)->at - sim_sent(1)->at, 1000);
  assert_int_equal(sim_told.nacks, 1);
}

static void
an_acknowledgement_stops_it(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_EMPTY);
  ms_give(&ack);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_told.nacks, 0);
}

static void
a_piggybacked_response_stops_it_and_is_delivered(void **state) {
  coap_mid_t mid = sim_request(ms_session, COAP_MESSAGE_CON);
  raw_message_t ack = reply_to(sim_last(), RAW_ACK, RAW_CONTENT);

  (void)state;
  ms_give(&ack);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(sim_told.response_mid, mid);
  assert_int_equal(sim_told.response_code, COAP_RESPONSE_CODE_CONTENT);
  sim_run(1000 * 1000);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 7252 5.2.2: the response tells that the request arrived, even if the ACK was lost. */
static void
a_separate_response_stops_it_and_is_acknowledged(void **state) {
  raw_message_t response;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  response = reply_to(sim_last(), RAW_CON, RAW_CONTENT);
  response.bytes[2] = 0x77;
  response.bytes[3] = 0x88;
  ms_give(&response);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_ACK);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_EMPTY);
  assert_int_equal(raw_mid(sim_last()->bytes), 0x7788);
  assert_int_equal(sim_last()->length, 4);
  sim_run(1000 * 1000);
  assert_int_equal(sim_sent_count(), 2);
}

static void
a_non_response_to_a_con_is_delivered(void **state) {
  raw_message_t response;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  response = reply_to(sim_last(), RAW_NON, RAW_CONTENT);
  response.bytes[3] ^= 1;
  ms_give(&response);
  assert_int_equal(sim_told.responses, 1);
  sim_run(1000 * 1000);
  assert_int_equal(sim_sent_count(), 1);
}

static void
after_an_empty_ack_the_response_is_still_taken(void **state) {
  raw_message_t ack;
  raw_message_t response;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_EMPTY);
  response = reply_to(sim_last(), RAW_CON, RAW_CONTENT);
  response.bytes[3] ^= 1;
  ms_give(&ack);
  sim_run(60 * 1000);
  ms_give(&response);
  assert_int_equal(sim_told.responses, 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_ACK);
}

static void
an_acknowledged_request_without_response_is_given_up_in_the_end(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_EMPTY);
  ms_give(&ack);
  sim_run(2000 * 1000);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.responses, 0);
}

static void
a_reset_ends_it(void **state) {
  raw_message_t reset;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  reset = reply_to(sim_last(), RAW_RST, RAW_EMPTY);
  ms_give(&reset);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_RST);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_told.nacks, 1);
}

static void
an_icmp_error_on_receiving_ends_it(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  coap_net_sim_fail_recv(ms_local, ECONNREFUSED);
  sim_settle();
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_ICMP_ISSUE);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 1);
}

static void
an_icmp_error_on_repeating_ends_it(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  sim_fail_send(-ECONNREFUSED, 1);
  sim_run(100 * 1000);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_ICMP_ISSUE);
}

static void
a_full_socket_counts_as_loss(void **state) {
  (void)state;
  sim_fail_send(-EAGAIN, 1);
  assert_true(sim_request(ms_session, COAP_MESSAGE_CON) != COAP_INVALID_MID);
  assert_int_equal(sim_sent_count(), 0);
  sim_run(3000);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_told.nacks, 0);
}

static void
a_socket_that_refuses_makes_sending_fail(void **state) {
  (void)state;
  sim_fail_send(-EPERM, 1);
  assert_int_equal(sim_request(ms_session, COAP_MESSAGE_CON), COAP_INVALID_MID);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_told.nacks, 0);
}

static void
an_ack_with_another_message_id_changes_nothing(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_EMPTY);
  ack.bytes[3] ^= 1;
  ms_give(&ack);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 5);
}

/* RFC 7252 5.3.2: message ID and token have to match. */
static void
a_piggybacked_response_with_another_token_is_not_taken(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_CONTENT);
  ack.bytes[4] ^= 1;
  ms_give(&ack);
  assert_int_equal(sim_told.responses, 0);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 5);
}

static void
an_ack_from_elsewhere_changes_nothing(void **state) {
  coap_address_t elsewhere = sim_address("10.0.0.9", 5683);
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_CONTENT);
  assert_int_equal(sim_inject(&elsewhere, ms_local, &ack), -ECONNREFUSED);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 5);
  assert_int_equal(sim_told.responses, 0);
}

static void
a_non_request_is_not_repeated(void **state) {
  (void)state;
  assert_true(sim_request(ms_session, COAP_MESSAGE_NON) != COAP_INVALID_MID);
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 1);
}

static void
a_non_request_is_given_up_in_the_end(void **state) {
  (void)state;
  sim_request(ms_session, COAP_MESSAGE_NON);
  sim_run(1000 * 1000);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(coap_io_pending(ms_context), 0);
}

static void
a_con_response_to_nothing_is_reset(void **state) {
  raw_message_t response;

  (void)state;
  coap_register_response_handler(ms_context, NULL);
  sim_request(ms_session, COAP_MESSAGE_CON);
  response = reply_to(sim_last(), RAW_CON, RAW_CONTENT);
  response.bytes[4] ^= 1; /* a token nobody waits for */
  response.bytes[3] ^= 1;
  ms_give(&response);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
  assert_int_equal(sim_last()->length, 4);
}

/* RFC 7252 5.4.1: such a response is rejected; the request has come to nothing then. */
static void
a_response_with_an_unknown_critical_option_is_no_response(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_CONTENT);
  raw_option(&ack, 101, "x", 1);
  ms_give(&ack);
  assert_int_equal(sim_told.responses, 0);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_BAD_RESPONSE);
  sim_run(1000 * 1000);
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(sim_told.nacks, 1);
}

static void
a_con_response_with_an_unknown_critical_option_is_reset(void **state) {
  raw_message_t response;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  response = reply_to(sim_last(), RAW_CON, RAW_CONTENT);
  response.bytes[3] ^= 1;
  raw_option(&response, 101, "x", 1);
  ms_give(&response);
  assert_int_equal(sim_told.responses, 0);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_RST);
  assert_int_equal(raw_mid(sim_last()->bytes), raw_mid(response.bytes));
}

static void
a_response_with_an_unknown_elective_option_is_delivered(void **state) {
  raw_message_t ack;

  (void)state;
  sim_request(ms_session, COAP_MESSAGE_CON);
  ack = reply_to(sim_last(), RAW_ACK, RAW_CONTENT);
  raw_option(&ack, 102, "x", 1);
  ms_give(&ack);
  assert_int_equal(sim_told.responses, 1);
}

#define RETRANSMISSION_TEST(name) cmocka_unit_test_setup_teardown(name, ms_setup, sim_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      RETRANSMISSION_TEST(five_copies_and_then_the_nack),
      RETRANSMISSION_TEST(copies_are_identical),
      RETRANSMISSION_TEST(the_first_gap_is_2_to_3_s_and_then_it_doubles),
      RETRANSMISSION_TEST(the_copies_lie_within_the_transmit_span),
      RETRANSMISSION_TEST(the_nack_comes_after_the_last_gap),
      RETRANSMISSION_TEST(first_gaps_are_spread),
      RETRANSMISSION_TEST(parameters_of_the_session_are_used),
      RETRANSMISSION_TEST(an_acknowledgement_stops_it),
      RETRANSMISSION_TEST(a_piggybacked_response_stops_it_and_is_delivered),
      RETRANSMISSION_TEST(a_separate_response_stops_it_and_is_acknowledged),
      RETRANSMISSION_TEST(a_non_response_to_a_con_is_delivered),
      RETRANSMISSION_TEST(after_an_empty_ack_the_response_is_still_taken),
      RETRANSMISSION_TEST(an_acknowledged_request_without_response_is_given_up_in_the_end),
      RETRANSMISSION_TEST(a_reset_ends_it),
      RETRANSMISSION_TEST(an_icmp_error_on_receiving_ends_it),
      RETRANSMISSION_TEST(an_icmp_error_on_repeating_ends_it),
      RETRANSMISSION_TEST(a_full_socket_counts_as_loss),
      RETRANSMISSION_TEST(a_socket_that_refuses_makes_sending_fail),
      RETRANSMISSION_TEST(an_ack_with_another_message_id_changes_nothing),
      RETRANSMISSION_TEST(a_piggybacked_response_with_another_token_is_not_taken),
      RETRANSMISSION_TEST(an_ack_from_elsewhere_changes_nothing),
      RETRANSMISSION_TEST(a_non_request_is_not_repeated),
      RETRANSMISSION_TEST(a_non_request_is_given_up_in_the_end),
      RETRANSMISSION_TEST(a_con_response_to_nothing_is_reset),
      RETRANSMISSION_TEST(a_response_with_an_unknown_critical_option_is_no_response),
      RETRANSMISSION_TEST(a_con_response_with_an_unknown_critical_option_is_reset),
      RETRANSMISSION_TEST(a_response_with_an_unknown_elective_option_is_delivered),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
