/* oscore_attack.c -- what must not get through: replays, forgeries, strangers, what is malformed
 * (RFC 8613 7.4, 8.2, 8.4). */
#include "oscore_fixture.h"

#include "api/oscore_guard.h"
#include "seams/net_sim.h"

/* The payload's place in a datagram. */
static size_t
payload_at(const sim_sent_t *sent) {
  size_t length;
  const uint8_t *payload = raw_find_payload(sent->bytes, sent->length, &length);

  assert_non_null(payload);
  return (size_t)(payload - sent->bytes);
}

static size_t
option_at(const sim_sent_t *sent, size_t *length) {
  const uint8_t *value = raw_find_option(sent->bytes, sent->length, OS_OPTION, length);

  assert_non_null(value);
  return (size_t)(value - sent->bytes);
}

/* A protected request that the server has not seen. */
static sim_sent_t
unseen_request(void) {
  sim_drop(1);
  assert_true(coap_send(os_session, os_request(os_session, COAP_REQUEST_CODE_GET)) !=
              COAP_INVALID_MID);
  return *os_last_from(0);
}

/* A response the client has not seen, to a request it still waits for. */
static sim_sent_t
unseen_response(void) {
  assert_true(coap_send(os_session, os_request(os_session, COAP_REQUEST_CODE_GET)) !=
              COAP_INVALID_MID);
  sim_drop(1);
  sim_settle();
  return *os_last_from(1);
}

static void
assert_refused(int code, const char *words) {
  const sim_sent_t *sent = os_last_from(1);
  size_t length;
  const uint8_t *payload = raw_find_payload(sent->bytes, sent->length, &length);

  assert_int_equal(raw_code(sent->bytes), code);
  assert_non_null(payload);
  assert_int_equal(length, strlen(words));
  assert_memory_equal(payload, words, length);
  assert_false(os_has_option(sent, OS_OPTION));
  assert_true(os_has_option(sent, COAP_OPTION_MAXAGE));
}

static void
replayed_request(void **state) {
  sim_sent_t request;

  (void)state;
  os_secure_plainly();
  os_ask();
  request = *os_last_from(0);
  for (uint16_t i = 0; i < 3; i++) {
    os_replay(&request, 0, 0, (uint16_t)(9000 + i));
    assert_int_equal(os_served.calls, 1);
    assert_refused(COAP_RESPONSE_CODE_UNAUTHORIZED, "Replay detected");
  }
  assert_int_equal(sim_event_count(COAP_EVENT_OSCORE_DECRYPTION_FAILURE), 3);
  os_ask();
}

/* Each byte of option and ciphertext, each bit of some: none verifies, and the window stays. */
static void
tampered_request(void **state) {
  sim_sent_t request;
  uint16_t mid = 20000;
  size_t length, option;

  (void)state;
  os_secure_plainly();
  request = unseen_request();
  option = option_at(&request, &length);
  for (size_t at = option; at < request.length; at++) {
    if (at == payload_at(&request) - 1)
      continue; /* the payload marker: a message format error is for others */
    for (uint8_t bit = 1; bit; bit = (uint8_t)(bit << 1)) {
      os_replay(&request, at, bit, ++mid);
      assert_int_equal(os_served.calls, 0);
      assert_true(raw_code(os_last_from(1)->bytes) >> 5 == 4);
      assert_false(os_has_option(os_last_from(1), OS_OPTION));
    }
  }
  os_replay(&request, 0, 0, 0);
  assert_int_equal(os_served.calls, 1);
  assert_int_equal(os_got.count, 1);
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_CONTENT);
}

static void
tampered_response(void **state) {
  sim_sent_t response;

  (void)state;
  os_secure_plainly();
  response = unseen_response();
  for (size_t at = payload_at(&response); at < response.length; at++) {
    os_replay(&response, at, 0x01, 0);
    os_replay(&response, at, 0x80, 0);
    assert_int_equal(os_got.count, 0);
  }
  /* The acknowledgement in it has been taken: the true one comes as a message of its own. */
  response.bytes[0] = (uint8_t)((response.bytes[0] & 0xcf) | RAW_CON << 4);
  os_replay(&response, 0, 0, 4713);
  assert_int_equal(os_got.count, 1);
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_CONTENT);
  assert_int_equal(raw_type(os_last_from(0)->bytes), RAW_ACK);
}

/* The response to another request does not answer this one (RFC 8613 7.1). */
static void
response_to_another_request(void **state) {
  sim_sent_t first, second;
  size_t token_length;

  (void)state;
  os_secure_plainly();
  os_ask();
  first = *os_last_from(1);
  second = unseen_response();
  token_length = second.bytes[0] & 0x0f;
  assert_int_equal(first.bytes[0] & 0x0f, token_length);
  memcpy(first.bytes + 2, second.bytes + 2, 2 + token_length);
  os_replay(&first, 0, 0, 0);
  assert_int_equal(os_got.count, 1);
}

/* RFC 8613 8.4: a success has to be protected; an error may be OSCORE's own. */
static void
unprotected_response(void **state) {
  sim_sent_t request;
  raw_message_t forged;
  size_t token_length;

  (void)state;
  os_secure_plainly();
  request = unseen_request();
  token_length = request.bytes[0] & 0x0f;
  for (int i = 0; i < 2; i++) {
    forged = raw_message(RAW_NON, i ? RAW_NOT_FOUND : RAW_CONTENT, (uint16_t)(77 + i), "");
    forged.bytes[0] |= (uint8_t)token_length;
    memcpy(forged.bytes + 4, request.bytes + 4, token_length);
    forged.length += token_length;
    raw_payload(&forged, "forged");
    sim_inject(&request.to, &request.from, &forged);
    assert_int_equal(os_got.count, i);
  }
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_NOT_FOUND);
  assert_int_equal(sim_event_count(COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD), 1);
}

static void
wrong_key(void **state) {
  (void)state;
  os_secure(OS_SECRET OS_SERVER OS_NO_B12,
            "master_secret,hex,ff02030405060708090a0b0c0d0e0f10\n" OS_CLIENT);
  os_send(os_session, COAP_REQUEST_CODE_GET, 0);
  assert_int_equal(os_served.calls, 0);
  assert_refused(COAP_RESPONSE_CODE_BAD_REQUEST, "Decryption failed");
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_BAD_REQUEST);
}

static void
unknown_kid_and_kid_context(void **state) {
  static const char *const clients[] = {
      OS_SECRET "sender_id,ascii,x\nrecipient_id,ascii,s\n",
      OS_SECRET OS_CLIENT "id_context,ascii,other\n",
  };

  (void)state;
  for (size_t i = 0; i < COUNT_OF(clients); i++) {
    os_secure(OS_SECRET OS_SERVER OS_NO_B12, clients[i]);
    os_send(os_session, COAP_REQUEST_CODE_GET, 0);
    assert_int_equal(os_served.calls, 0);
    assert_refused(COAP_RESPONSE_CODE_UNAUTHORIZED, "Security context not found");
    assert_int_equal(os_got.code, COAP_RESPONSE_CODE_UNAUTHORIZED);
  }
}

/* Recipients come and go. */
static void
recipients_at_run_time(void **state) {
  coap_bin_const_t id = {1, (const uint8_t *)"x"};
  coap_bin_const_t known = {1, (const uint8_t *)"c"};
  coap_bin_const_t too_long = {8, (const uint8_t *)"12345678"};

  (void)state;
  assert_int_equal(coap_new_oscore_recipient(os_server, &id), 0);
  os_secure(OS_SECRET OS_SERVER OS_NO_B12, OS_SECRET "sender_id,ascii,x\nrecipient_id,ascii,s\n");
  assert_int_equal(coap_new_oscore_recipient(os_server, &id), 1);
  assert_int_equal(coap_new_oscore_recipient(os_server, &id), 0);
  assert_int_equal(coap_new_oscore_recipient(os_server, &known), 0);
  assert_int_equal(coap_new_oscore_recipient(os_server, &too_long), 0);
  os_ask();
  assert_int_equal(coap_delete_oscore_recipient(os_server, &id), 1);
  assert_int_equal(coap_delete_oscore_recipient(os_server, &id), 0);
  os_send(os_session, COAP_REQUEST_CODE_GET, 0);
  assert_refused(COAP_RESPONSE_CODE_UNAUTHORIZED, "Security context not found");
}

/* The same kid in two contexts: both are tried (RFC 8613 3.3). */
static void
one_kid_in_two_contexts(void **state) {
  (void)state;
  assert_int_equal(
      coap_context_oscore_server(os_server, os_conf("master_secret,ascii,other\n" OS_SERVER)), 1);
  os_secure_plainly();
  os_ask();
}

/* RFC 8613 2, 6.1: no payload, reserved bits and lengths, what is cut off. */
static void
malformed_option(void **state) {
  static const struct {
    const char *value;
    size_t length;
    int with_payload;
  } table[] = {
      {"\x09\x00", 2, 0},   {"", 0, 1},         {"\x09", 1, 1},      {"\x0e\1\2\3\4\5\6c", 8, 1},
      {"\x0f\1\2\3", 4, 1}, {"\x29\x00", 2, 1}, {"\x49\x00", 2, 1},  {"\x89\x00", 2, 1},
      {"\x19\x00", 2, 1},   {"\x00", 1, 1},     {"\x01\x00x", 3, 1}, {"\x19\x00\x05xx", 5, 1},
      {"\x01\x00", 2, 1},   {"\x08", 1, 1},
  };
  coap_address_t peer = sim_address(SIM_PEER, 40000);

  (void)state;
  os_secure_plainly();
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    raw_message_t message = raw_message(RAW_CON, RAW_POST, (uint16_t)(i + 1), "t");

    raw_option(&message, OS_OPTION, table[i].value, table[i].length);
    if (table[i].with_payload)
      raw_payload(&message, "0123456789");
    sim_inject(&peer, &os_address, &message);
    sim_settle();
    assert_int_equal(raw_mid(os_last_from(1)->bytes), i + 1);
    if (table[i].with_payload)
      assert_refused(COAP_RESPONSE_CODE_BAD_OPTION, "Failed to decode COSE");
  }
  assert_int_equal(os_served.calls, 0);
  os_ask();
}

/* An unprotected request cannot take over the token of a protected one that waits. */
static void
token_is_not_taken_over(void **state) {
  sim_sent_t request;
  raw_message_t intruder;
  size_t token_length;

  (void)state;
  os_secure_plainly();
  os_served.later = 1;
  os_send(os_session, COAP_REQUEST_CODE_GET, 0);
  assert_int_equal(os_served.calls, 1);
  request = *os_last_from(0);
  token_length = request.bytes[0] & 0x0f;
  intruder = raw_message(RAW_CON, RAW_GET, 31000, "");
  intruder.bytes[0] |= (uint8_t)token_length;
  memcpy(intruder.bytes + 4, request.bytes + 4, token_length);
  intruder.length += token_length;
  raw_path(&intruder, "r");
  sim_inject(&request.from, &request.to, &intruder);
  sim_settle();
  assert_int_equal(sim_told.requests, 0);
  assert_int_equal(raw_code(os_last_from(1)->bytes), RAW_EMPTY);
}

/* More requests than are remembered, none answered: what has been forgotten is not sent at all. */
static void
forgotten_request(void **state) {
  coap_session_t *session;
  coap_pdu_t *response;
  uint8_t token[8];
  size_t length;

  (void)state;
  os_secure_plainly();
  os_served.later = 1;
  os_send(os_session, COAP_REQUEST_CODE_GET, 0);
  length = os_last_from(0)->bytes[0] & 0x0f;
  memcpy(token, os_last_from(0)->bytes + 4, length);
  for (int i = 0; i < COAP_OSCORE_MAX_REQUESTS + 1; i++) {
    coap_pdu_t *pdu = os_request(os_session, COAP_REQUEST_CODE_GET);

    coap_pdu_set_type(pdu, COAP_MESSAGE_NON);
    coap_send(os_session, pdu);
    sim_settle();
  }
  assert_int_equal(os_served.calls, COAP_OSCORE_MAX_REQUESTS + 2);
  session = coap_session_get_by_peer(os_server, &os_last_from(0)->from, 7);
  response = coap_new_pdu(COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, session);
  coap_add_token(response, length, token);
  assert_int_equal(coap_send(session, response), COAP_INVALID_MID);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(replayed_request, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(tampered_request, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(tampered_response, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(response_to_another_request, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(unprotected_response, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(wrong_key, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(unknown_kid_and_kid_context, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(recipients_at_run_time, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(one_kid_in_two_contexts, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(malformed_option, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(token_is_not_taken_over, os_setup, sim_teardown),
      cmocka_unit_test_setup_teardown(forgotten_request, os_setup, sim_teardown),
  };

  return cmocka_run_group_tests_name("oscore_attack", tests, NULL, NULL);
}
