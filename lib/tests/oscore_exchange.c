/* oscore_exchange.c -- protected exchanges from end to end: what the ends get, what the wire shows
 * (RFC 8613 4, 8). */
#include "oscore_fixture.h"

/* 1 when no datagram so far has `text` in it. */
static int
wire_hides(const char *text) {
  for (unsigned int i = 0; i < sim_sent_count(); i++) {
    if (memmem(sim_sent(i)->bytes, sim_sent(i)->length, text, strlen(text)))
      return 0;
  }
  return 1;
}

static void
assert_body(void) {
  assert_int_equal(os_got.length, os_served.answer);
  for (size_t i = 0; i < os_got.length; i++)
    assert_int_equal(os_got.body[i], os_byte(i));
}

static void
request_and_response(void **state) {
  (void)state;
  os_secure_plainly();
  os_ask();
  assert_body();
  assert_int_equal(os_served.calls, 1);
  assert_int_equal(sim_sent_count(), 2);
  assert_int_equal(raw_code(sim_sent(0)->bytes), RAW_POST);
  assert_int_equal(raw_code(sim_sent(1)->bytes), COAP_RESPONSE_CODE_CHANGED);
  assert_true(os_has_option(sim_sent(0), OS_OPTION));
  assert_true(os_has_option(sim_sent(1), OS_OPTION));
  assert_true(wire_hides("secret"));
  assert_true(wire_hides("abcdef"));
}

static void
every_algorithm(void **state) {
  static const char *const algorithms[] = {
      "aead_alg,text,AES-CCM-16-64-128\n",
      "aead_alg,text,\"AES-CCM-16-64-256\"\n",
      "aead_alg,integer,12\n",
      "aead_alg,integer,13\n",
      "aead_alg,text,AES-CCM-16-128-128\n",
      "aead_alg,integer,31\n",
      "aead_alg,integer,32\n",
      "aead_alg,integer,33\n",
      "hkdf_alg,integer,-11\n",
      "hkdf_alg,text,direct+HKDF-SHA-256\n",
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
    char server[256], client[256];

    snprintf(server, sizeof(server), OS_SECRET OS_SERVER OS_NO_B12 "id_context,hex,0%zx\n%s", i,
             algorithms[i]);
    snprintf(client, sizeof(client), OS_SECRET OS_CLIENT OS_NO_B12 "id_context,hex,0%zx\n%s", i,
             algorithms[i]);
    os_secure(server, client);
    os_ask();
    assert_body();
  }
}

/* RFC 8613 4.1.3.4.1: bodies are cut into blocks first, each is protected. */
static void
bodies_in_blocks(void **state) {
  (void)state;
  os_secure_plainly();
  os_served.answer = 3000;
  os_ask();
  assert_body();
  os_served.answer = 5;
  assert_true(os_send(os_session, COAP_REQUEST_CODE_PUT, 3500) != COAP_INVALID_MID);
  assert_int_equal(os_served.body_length, 3500);
  assert_int_equal(os_got.count, 2);
  assert_true(sim_sent_count() > 12);
  for (unsigned int i = 0; i < sim_sent_count(); i++) {
    assert_true(os_has_option(sim_sent(i), OS_OPTION));
    assert_false(os_has_option(sim_sent(i), COAP_OPTION_BLOCK1));
    assert_false(os_has_option(sim_sent(i), COAP_OPTION_BLOCK2));
    assert_true(sim_sent(i)->length <= COAP_DEFAULT_MTU);
  }
  assert_true(wire_hides("abcdef"));
}

/* RFC 8613 4.1.3.5: FETCH and 2.05 outside; later notifications have a Partial IV of their own. */
static void
observation(void **state) {
  coap_pdu_t *pdu;
  coap_binary_t *token;
  size_t length;

  (void)state;
  os_secure_plainly();
  pdu = os_request(os_session, COAP_REQUEST_CODE_GET);
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  token = coap_new_binary(coap_pdu_get_token(pdu).length);
  memcpy(token->s, coap_pdu_get_token(pdu).s, token->length);
  coap_send(os_session, pdu);
  sim_settle();
  assert_int_equal(os_got.count, 1);
  assert_int_equal(raw_code(sim_sent(0)->bytes), COAP_REQUEST_CODE_FETCH);
  assert_int_equal(raw_code(sim_sent(1)->bytes), RAW_CONTENT);
  assert_true(os_has_option(sim_sent(1), COAP_OPTION_OBSERVE));
  for (unsigned int i = 0; i < 3; i++) {
    const uint8_t *option;

    os_served.answer = 20 + i;
    coap_resource_notify_observers(os_resource, NULL);
    sim_settle();
    assert_int_equal(os_got.count, i + 2);
    assert_body();
    assert_int_equal(raw_code(os_last_from(1)->bytes), RAW_CONTENT);
    option = raw_find_option(os_last_from(1)->bytes, os_last_from(1)->length, OS_OPTION, &length);
    assert_non_null(option);
    assert_int_equal(length, 2);
  }
  assert_int_equal(coap_cancel_observe(os_session, token, COAP_MESSAGE_CON), 1);
  sim_settle();
  coap_delete_binary(token);
  assert_int_equal(raw_code(os_last_from(0)->bytes), COAP_REQUEST_CODE_FETCH);
  assert_int_equal(coap_resource_notify_observers(os_resource, NULL), 0);
  assert_true(wire_hides("abcdef"));
}

/* Leaving ends the observation, and that does not show the path either. */
static void
release_while_observing(void **state) {
  (void)state;
  os_secure_plainly();
  os_observe();
  assert_int_equal(sim_sent_count(), 2);
  coap_session_release(os_session);
  sim_settle();
  assert_true(sim_sent_count() > 2);
  assert_true(os_has_option(os_last_from(0), OS_OPTION));
  assert_int_equal(coap_resource_notify_observers(os_resource, NULL), 0);
  assert_true(wire_hides("secret"));
}

/* A session that was disconnected is protected when it is used again. */
static void
use_after_a_disconnect(void **state) {
  (void)state;
  os_secure_plainly();
  os_ask();
  coap_session_disconnected(os_session, COAP_NACK_NOT_DELIVERABLE);
  os_send(os_session, COAP_REQUEST_CODE_GET, 0);
  assert_true(wire_hides("secret"));
}

/* A notification again, and one that is older, are not shown (RFC 8613 7.4.1). */
static void
old_notifications(void **state) {
  sim_sent_t first, second;

  (void)state;
  os_secure_plainly();
  os_observe();
  first = *os_last_from(1);
  coap_resource_notify_observers(os_resource, NULL);
  sim_settle();
  second = *os_last_from(1);
  assert_int_equal(os_got.count, 2);
  /* As NON of another message ID, so that it is no duplicate to the message layer. */
  first.bytes[0] = (uint8_t)((first.bytes[0] & 0xcf) | RAW_NON << 4);
  os_replay(&first, 0, 0, 4711);
  os_replay(&second, 0, 0, 4712);
  assert_int_equal(os_got.count, 2);
  /* The observation goes on. */
  coap_resource_notify_observers(os_resource, NULL);
  sim_settle();
  assert_int_equal(os_got.count, 3);
}

/* Sends the response to what the client has just asked for. */
static void
answer_later(const uint8_t *token, size_t length) {
  coap_session_t *session = coap_session_get_by_peer(os_server, &os_last_from(0)->from, 7);
  coap_pdu_t *response;

  assert_non_null(session);
  response = coap_new_pdu(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, session);
  coap_add_token(response, length, token);
  coap_add_data(response, 6, (const uint8_t *)"abcdef");
  assert_true(coap_send(session, response) != COAP_INVALID_MID);
  sim_settle();
}

static void
separate_response(void **state) {
  coap_pdu_t *pdu;
  coap_bin_const_t token;
  uint8_t copy[8];

  (void)state;
  os_secure_plainly();
  os_served.later = 1;
  pdu = os_request(os_session, COAP_REQUEST_CODE_GET);
  token = coap_pdu_get_token(pdu);
  memcpy(copy, token.s, token.length);
  coap_send(os_session, pdu);
  sim_settle();
  assert_int_equal(os_served.calls, 1);
  assert_int_equal(os_got.count, 0);
  answer_later(copy, token.length);
  assert_int_equal(os_got.count, 1);
  assert_int_equal(os_got.length, 6);
  assert_true(wire_hides("abcdef"));
}

/* A lost response: the request again as it was, and the response as it was. */
static void
retransmission_is_the_same(void **state) {
  sim_sent_t request, response;

  (void)state;
  os_secure_plainly();
  assert_true(coap_send(os_session, os_request(os_session, COAP_REQUEST_CODE_GET)) !=
              COAP_INVALID_MID);
  request = *os_last_from(0);
  sim_drop(1);
  sim_settle();
  response = *os_last_from(1);
  assert_int_equal(os_got.count, 0);
  sim_run(5000);
  assert_int_equal(os_got.count, 1);
  assert_int_equal(os_served.calls, 1);
  assert_memory_equal(os_last_from(0)->bytes, request.bytes, request.length);
  assert_memory_equal(os_last_from(1)->bytes, response.bytes, response.length);
}

/* Protected and unprotected requests side by side: each is answered in its own form. */
static void
unprotected_requests(void **state) {
  coap_session_t *plain;

  (void)state;
  os_secure_plainly();
  plain = sim_client_session(os_client, &os_address);
  sim_request(plain, COAP_MESSAGE_CON);
  sim_settle();
  assert_int_equal(os_got.count, 1);
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_CONTENT);
  assert_false(os_has_option(os_last_from(1), OS_OPTION));
  /* But not where that is not allowed. */
  os_send(plain, COAP_REQUEST_CODE_GET, 0);
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_UNAUTHORIZED);
  assert_int_equal(os_served.calls, 0);
  os_ask();
}

/* RFC 8613 4.1.3.6: No-Response is inside, and heeded. */
static void
no_response(void **state) {
  coap_pdu_t *pdu;

  (void)state;
  os_secure_plainly();
  pdu = os_request(os_session, COAP_REQUEST_CODE_GET);
  coap_pdu_set_type(pdu, COAP_MESSAGE_NON);
  coap_add_option(pdu, COAP_OPTION_NORESPONSE, 1, (const uint8_t *)"\x1a");
  coap_send(os_session, pdu);
  sim_settle();
  assert_int_equal(os_served.calls, 1);
  assert_int_equal(sim_sent_count(), 1);
  assert_false(os_has_option(sim_sent(0), COAP_OPTION_NORESPONSE));
}

/* Uri-Host stays outside and is read there; errors of the application are protected. */
static void
outer_options_and_inner_errors(void **state) {
  coap_pdu_t *pdu;
  uint8_t token[8];
  size_t length;

  (void)state;
  os_secure_plainly();
  pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, os_session);
  coap_session_new_token(os_session, &length, token);
  coap_add_token(pdu, length, token);
  coap_add_option(pdu, COAP_OPTION_URI_HOST, 4, (const uint8_t *)"host");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 7, (const uint8_t *)"nowhere");
  coap_send(os_session, pdu);
  sim_settle();
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_NOT_FOUND);
  assert_true(os_has_option(os_last_from(0), COAP_OPTION_URI_HOST));
  assert_int_equal(raw_code(os_last_from(1)->bytes), COAP_RESPONSE_CODE_CHANGED);
}

/* An option outside and a payload inside of one message. */
static void
outer_option_and_payload(void **state) {
  coap_pdu_t *pdu;

  (void)state;
  os_secure_plainly();
  pdu = os_request(os_session, COAP_REQUEST_CODE_PUT);
  coap_add_option(pdu, COAP_OPTION_URI_HOST, 4, (const uint8_t *)"host");
  coap_add_data(pdu, 4, (const uint8_t *)"body");
  coap_send(os_session, pdu);
  sim_settle();
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_CONTENT);
  assert_int_equal(os_served.body_length, 4);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(request_and_response, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(every_algorithm, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(bodies_in_blocks, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(observation, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(release_while_observing, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(use_after_a_disconnect, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(old_notifications, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(separate_response, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(retransmission_is_the_same, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(unprotected_requests, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(no_response, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(outer_options_and_inner_errors, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(outer_option_and_payload, os_setup, sim_teardown),
  };

  return cmocka_run_group_tests_name("oscore_exchange", tests, NULL, NULL);
}
