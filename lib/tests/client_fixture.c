/* client_fixture.c -- a client under test and a raw server. */
#include "client_fixture.h"

enum { OBSERVE = 6 };

coap_context_t *cl_context;
coap_session_t *cl_session;
coap_address_t cl_server;
cl_got_t cl_got;

static coap_response_t
on_response(coap_session_t *from, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  coap_bin_const_t token = coap_pdu_get_token(received);
  coap_opt_iterator_t oi;
  const uint8_t *data;

  (void)from;
  (void)mid;
  cl_got.count++;
  cl_got.code = coap_pdu_get_code(received);
  cl_got.token_length = token.length;
  memcpy(cl_got.token, token.s, token.length);
  cl_got.sent_is_known = sent != NULL;
  cl_got.has_block2 = coap_check_option(received, COAP_OPTION_BLOCK2, &oi) != NULL;
  if (coap_get_data_large(received, &cl_got.length, &data, &cl_got.offset, &cl_got.total)) {
    assert_true(cl_got.length <= sizeof(cl_got.body));
    memcpy(cl_got.body, data, cl_got.length);
  }
  return cl_got.verdict;
}

int
cl_setup(void **state) {
  sim_setup(state);
  memset(&cl_got, 0, sizeof(cl_got));
  cl_got.verdict = COAP_RESPONSE_OK;
  cl_context = sim_client_context();
  coap_register_response_handler(cl_context, on_response);
  coap_context_set_block_mode(cl_context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  cl_server = sim_address(SIM_PEER, 5683);
  cl_session = sim_client_session(cl_context, &cl_server);
  return 0;
}

coap_pdu_t *
cl_request(coap_pdu_code_t method) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, method, cl_session);

  assert_non_null(pdu);
  coap_add_token(pdu, 3, (const uint8_t *)"app");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"p");
  return pdu;
}

void
cl_get(int observe) {
  coap_pdu_t *pdu = cl_request(COAP_REQUEST_CODE_GET);

  if (observe)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  assert_true(coap_send(cl_session, pdu) != COAP_INVALID_MID);
}

/* A response to what the client sent last; its token is that one's. */
raw_message_t
cl_response(int type, int code, uint16_t mid) {
  const sim_sent_t *sent = sim_last();
  raw_message_t message = raw_message(type, code, type == RAW_ACK ? raw_mid(sent->bytes) : mid, "");
  size_t length = sent->bytes[0] & 0xf;

  message.bytes[0] |= (uint8_t)length;
  memcpy(message.bytes + 4, sent->bytes + 4, length);
  message.length += length;
  return message;
}

void
cl_give(const raw_message_t *message) {
  sim_inject(&cl_server, coap_session_get_addr_local(cl_session), message);
}

uint32_t
cl_sent_option(unsigned int number) {
  size_t length = 0;
  const uint8_t *value = raw_find_option(sim_last()->bytes, sim_last()->length, number, &length);
  uint32_t result = 0;

  assert_non_null(value);
  while (length--)
    result = result << 8 | *value++;
  return result;
}

int
cl_sent_has(unsigned int number) {
  size_t length;

  return raw_find_option(sim_last()->bytes, sim_last()->length, number, &length) != NULL;
}

void
cl_observe(void) {
  raw_message_t answer;

  cl_get(1);
  answer = cl_response(RAW_ACK, RAW_CONTENT, 0);
  raw_option(&answer, OBSERVE, "\12", 1);
  raw_payload(&answer, "first");
  cl_give(&answer);
  assert_int_equal(cl_got.count, 1);
}

void
cl_notify(int type, uint16_t mid, uint8_t number) {
  raw_message_t message = raw_message(type, RAW_CONTENT, mid, "app");

  raw_option(&message, OBSERVE, &number, 1);
  raw_payload(&message, "next");
  cl_give(&message);
}
