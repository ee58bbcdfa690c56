/* exchange_observe_server.c -- clients that observe our resources (RFC 7641 section 4). */
#include "exchange_fixture.h"

enum { OBSERVE = 6 };

static coap_resource_t *resource;

static int
setup(void **state) {
  if (ex_setup(state))
    return -1;
  resource = ex_resource("obs", COAP_RESOURCE_FLAGS_NOTIFY_CON);
  coap_resource_set_get_observable(resource, 1);
  return 0;
}

static raw_message_t
observe(const char *token, const char *value, size_t length) {
  static uint16_t mid = 1;
  raw_message_t get = raw_message(RAW_CON, RAW_GET, ++mid, token);

  raw_option(&get, OBSERVE, value, length);
  raw_path(&get, "obs");
  return get;
}

static void
register_with(const char *token) {
  raw_message_t get = observe(token, "", 0);

  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_true(ex_has_option(OBSERVE));
}

static int
change(void) {
  int result;

  sim_forget_sent();
  result = coap_resource_notify_observers(resource, NULL);
  sim_settle();
  return result;
}

static void
answer_with(int type) {
  raw_message_t answer = raw_message(type, RAW_EMPTY, ex_mid(), "");

  ex_send(&answer);
}

static void
a_change_is_notified_with_the_token_and_a_higher_number(void **state) {
  uint32_t number;

  (void)state;
  register_with("abcd");
  number = ex_option(OBSERVE);
  ex_handler.payload = "changed";
  assert_int_equal(change(), 1);
  assert_int_equal(ex_type(), RAW_CON);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_memory_equal(sim_last()->bytes + 4, "abcd", 4);
  assert_true(ex_option(OBSERVE) > number);
  assert_true(ex_payload_is("changed"));
  answer_with(RAW_ACK);
  assert_int_equal(sim_told.nacks, 0);
}

static void
no_observer_no_notification(void **state) {
  raw_message_t plain = raw_message(RAW_CON, RAW_GET, 900, "x");

  (void)state;
  raw_path(&plain, "obs");
  ex_send(&plain);
  assert_false(ex_has_option(OBSERVE));
  assert_int_equal(change(), 0);
  assert_int_equal(sim_sent_count(), 0);
}

static void
not_observable_is_an_ordinary_answer(void **state) {
  raw_message_t get = observe("t", "", 0);

  (void)state;
  coap_resource_set_get_observable(resource, 0);
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_false(ex_has_option(OBSERVE));
}

/* RFC 7641 4.1: endpoint and token name the entry. */
static void
registering_again_keeps_one_entry(void **state) {
  (void)state;
  register_with("same");
  register_with("same");
  assert_int_equal(change(), 1);
  assert_int_equal(sim_sent_count(), 1);
}

static void
another_token_is_another_entry(void **state) {
  (void)state;
  register_with("one");
  register_with("two");
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_NON);
  change();
  assert_int_equal(sim_sent_count(), 2);
}

static void
observe_1_deregisters(void **state) {
  raw_message_t cancel = observe("tok", "\1", 1);

  (void)state;
  register_with("tok");
  ex_send(&cancel);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_false(ex_has_option(OBSERVE));
  assert_int_equal(change(), 0);
}

/* Two observers, one notification under way, one waiting for its turn (NSTART); what acknowledges
 * the former. */
static raw_message_t
one_sent_two_waits(void) {
  register_with("one");
  register_with("two");
  change();
  assert_int_equal(sim_sent_count(), 1);
  return raw_message(RAW_ACK, RAW_EMPTY, ex_mid(), "");
}

/* RFC 7641 3.6: what waits for its turn (NSTART) is not sent to one who has left. */
static void
a_waiting_notification_goes_with_its_observer(void **state) {
  raw_message_t cancel = observe("two", "\1", 1);
  raw_message_t ack;

  (void)state;
  ack = one_sent_two_waits();
  ex_send(&cancel);
  assert_int_equal(ex_code(), RAW_CONTENT);
  sim_forget_sent();
  ex_send(&ack);
  sim_run(5000);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 7641 4.2: the 4.04 is the last of it. */
static void
a_waiting_notification_does_not_follow_the_resources_end(void **state) {
  raw_message_t ack;

  (void)state;
  ack = one_sent_two_waits();
  coap_delete_resource(NULL, resource);
  ex_send(&ack);
  sim_run(5000);
  for (size_t i = 1; i < sim_sent_count(); i++)
    assert_int_not_equal(raw_code(sim_sent(i)->bytes), RAW_CONTENT);
  assert_int_equal(sim_told.nacks, 0);
}

/* RFC 7641 4.4: the answer to the registration has the newest state. */
static void
a_waiting_notification_does_not_follow_a_newer_registration(void **state) {
  raw_message_t ack;

  (void)state;
  ack = one_sent_two_waits();
  register_with("two");
  sim_forget_sent();
  ex_send(&ack);
  sim_run(5000);
  assert_int_equal(sim_sent_count(), 0);
  change();
  assert_int_equal(sim_sent_count(), 1); /* NSTART again */
}

/* RFC 7641 2: out of range, hence as if not there. */
static void
a_longer_value_is_ignored(void **state) {
  raw_message_t get = observe("tok", "\0\0\0\0", 4);

  (void)state;
  ex_send(&get);
  assert_int_equal(ex_code(), RAW_CONTENT);
  assert_false(ex_has_option(OBSERVE));
}

static void
a_reset_to_a_con_notification_ends_it(void **state) {
  (void)state;
  register_with("tok");
  change();
  answer_with(RAW_RST);
  assert_int_equal(change(), 0);
}

static void
a_reset_to_a_non_notification_ends_it(void **state) {
  (void)state;
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_NON);
  register_with("tok");
  change();
  assert_int_equal(ex_type(), RAW_NON);
  answer_with(RAW_RST);
  assert_int_equal(change(), 0);
}

static void
an_observer_that_never_acknowledges_is_dropped(void **state) {
  (void)state;
  register_with("tok");
  change();
  sim_run(100 * 1000);
  assert_int_equal(sim_sent_count(), 5);
  assert_int_equal(change(), 0);
}

/* RFC 7641 4.2 */
static void
an_error_is_the_last_notification(void **state) {
  (void)state;
  register_with("tok");
  ex_handler.code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
  ex_handler.payload = NULL;
  assert_int_equal(change(), 1);
  assert_int_equal(ex_code(), 0xa0);
  assert_false(ex_has_option(OBSERVE));
  answer_with(RAW_ACK);
  assert_int_equal(change(), 0);
}

static void
an_error_registers_nobody(void **state) {
  raw_message_t get = observe("tok", "", 0);

  (void)state;
  ex_handler.code = COAP_RESPONSE_CODE_NOT_FOUND;
  ex_send(&get);
  assert_false(ex_has_option(OBSERVE));
  assert_int_equal(change(), 0);
}

static void
deleting_the_resource_is_notified_as_4_04(void **state) {
  (void)state;
  register_with("tok");
  sim_forget_sent();
  assert_int_equal(coap_delete_resource(NULL, resource), 1);
  assert_int_equal(ex_code(), RAW_NOT_FOUND);
  assert_memory_equal(sim_last()->bytes + 4, "tok", 3);
  assert_false(ex_has_option(OBSERVE));
}

/* RFC 7641 4.5.2: the newest state follows when the one under way is settled. */
static void
changes_meanwhile_are_one_notification_more(void **state) {
  (void)state;
  register_with("tok");
  change();
  assert_int_equal(sim_sent_count(), 1);
  ex_handler.payload = "newest";
  coap_resource_notify_observers(resource, NULL);
  coap_resource_notify_observers(resource, NULL);
  sim_settle();
  assert_int_equal(sim_sent_count(), 1);
  answer_with(RAW_ACK);
  assert_true(ex_payload_is("newest"));
  answer_with(RAW_ACK);
  assert_int_equal(sim_sent_count(), 0);
}

/* Every fifth notification asks whether the client still is there. */
static void
non_notifications_are_interspersed_with_con(void **state) {
  unsigned int cons = 0;

  (void)state;
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_NON);
  register_with("tok");
  for (int i = 0; i < 10; i++) {
    change();
    if (ex_type() == RAW_CON) {
      cons++;
      answer_with(RAW_ACK);
    }
  }
  assert_int_equal(cons, 2);
}

/* RFC 7641 4.5 */
static void
a_con_is_due_after_a_day(void **state) {
  (void)state;
  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_NON);
  register_with("tok");
  change();
  assert_int_equal(ex_type(), RAW_NON);
  sim_run((uint64_t)24 * 60 * 60 * 1000);
  change();
  assert_int_equal(ex_type(), RAW_CON);
}

static void
an_observer_keeps_its_session(void **state) {
  (void)state;
  register_with("tok");
  sim_run(400 * 1000);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 0);
  change();
  answer_with(RAW_RST);
  sim_run(400 * 1000);
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
}

static void
a_disconnected_session_observes_no_more(void **state) {
  (void)state;
  register_with("tok");
  coap_session_disconnected(sim_told.event_session, COAP_NACK_NOT_DELIVERABLE);
  assert_int_equal(change(), 0);
}

static void
drop_session(coap_resource_t *own, coap_session_t *session, const coap_pdu_t *pdu,
             const coap_string_t *query, coap_pdu_t *response) {
  (void)own;
  (void)pdu;
  (void)query;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
delete_resource(coap_resource_t *own, coap_session_t *session, const coap_pdu_t *pdu,
                const coap_string_t *query, coap_pdu_t *response) {
  (void)session;
  (void)pdu;
  (void)query;
  coap_delete_resource(NULL, own);
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

static void
a_handler_may_drop_who_it_notifies(void **state) {
  (void)state;
  register_with("one");
  register_with("two");
  coap_register_request_handler(resource, COAP_REQUEST_GET, drop_session);
  assert_int_equal(change(), 1);
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(change(), 0);
}

static void
a_handler_may_delete_the_resource_it_notifies_for(void **state) {
  (void)state;
  register_with("one");
  register_with("two");
  coap_register_request_handler(resource, COAP_REQUEST_GET, delete_resource);
  change();
  for (unsigned int i = 0; i < sim_sent_count(); i++)
    assert_int_equal(raw_code(sim_sent(i)->bytes), RAW_NOT_FOUND);
  assert_true(sim_sent_count() > 0);
}

static void
observers_of_one_session_are_bounded(void **state) {
  int registered = 0;

  (void)state;
  for (int i = 0; i < 100; i++) {
    char token[5];
    raw_message_t get;

    snprintf(token, sizeof(token), "%04d", i);
    get = observe(token, "", 0);
    ex_send(&get);
    assert_int_equal(ex_code(), RAW_CONTENT);
    registered += ex_has_option(OBSERVE);
  }
  assert_int_equal(registered, 64);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_change_is_notified_with_the_token_and_a_higher_number),
      TEST(no_observer_no_notification),
      TEST(not_observable_is_an_ordinary_answer),
      TEST(registering_again_keeps_one_entry),
      TEST(another_token_is_another_entry),
      TEST(observe_1_deregisters),
      TEST(a_waiting_notification_goes_with_its_observer),
      TEST(a_waiting_notification_does_not_follow_a_newer_registration),
      TEST(a_waiting_notification_does_not_follow_the_resources_end),
      TEST(a_longer_value_is_ignored),
      TEST(a_reset_to_a_con_notification_ends_it),
      TEST(a_reset_to_a_non_notification_ends_it),
      TEST(an_observer_that_never_acknowledges_is_dropped),
      TEST(an_error_is_the_last_notification),
      TEST(an_error_registers_nobody),
      TEST(deleting_the_resource_is_notified_as_4_04),
      TEST(changes_meanwhile_are_one_notification_more),
      TEST(non_notifications_are_interspersed_with_con),
      TEST(a_con_is_due_after_a_day),
      TEST(an_observer_keeps_its_session),
      TEST(a_disconnected_session_observes_no_more),
      TEST(a_handler_may_drop_who_it_notifies),
      TEST(a_handler_may_delete_the_resource_it_notifies_for),
      TEST(observers_of_one_session_are_bounded),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
