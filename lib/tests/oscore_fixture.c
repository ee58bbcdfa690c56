/* oscore_fixture.c -- both ends of a protected conversation. */
#include "oscore_fixture.h"

coap_context_t *os_server;
coap_context_t *os_client;
coap_session_t *os_session;
coap_resource_t *os_resource;
coap_address_t os_address;
os_got_t os_got;
os_served_t os_served;

static uint8_t os_body[OS_BODY_MAX];

uint8_t
os_byte(size_t i) {
  return (uint8_t)('a' + i % 23);
}

static coap_response_t
on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
            const coap_mid_t mid) {
  const uint8_t *data = NULL;
  size_t offset, total;
  coap_opt_iterator_t oi;
  coap_opt_t *echo = coap_check_option(received, COAP_OPTION_ECHO, &oi);

  (void)session;
  (void)sent;
  (void)mid;
  os_got.count++;
  os_got.code = coap_pdu_get_code(received);
  os_got.length = os_got.echo_length = 0;
  if (coap_get_data_large(received, &os_got.length, &data, &offset, &total)) {
    assert_true(os_got.length <= sizeof(os_got.body));
    memcpy(os_got.body, data, os_got.length);
  }
  if (echo) {
    os_got.echo_length = coap_opt_length(echo);
    memcpy(os_got.echo, coap_opt_value(echo), os_got.echo_length);
  }
  return COAP_RESPONSE_OK;
}

static void
on_secret(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
          const coap_string_t *query, coap_pdu_t *response) {
  const uint8_t *data;
  size_t offset, total;

  os_served.calls++;
  os_served.body_length = 0;
  coap_get_data_large(request, &os_served.body_length, &data, &offset, &total);
  if (os_served.later)
    return;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data_large_response(resource, session, request, response, query,
                               COAP_MEDIATYPE_TEXT_PLAIN, -1, 1, os_served.answer, os_body, NULL,
                               NULL);
}

int
os_setup(void **state) {
  sim_setup(state);
  memset(&os_got, 0, sizeof(os_got));
  memset(&os_served, 0, sizeof(os_served));
  os_served.answer = 12;
  os_session = NULL;
  for (size_t i = 0; i < sizeof(os_body); i++)
    os_body[i] = os_byte(i);
  os_address = sim_address(SIM_HOST, 5683);
  os_server = sim_server_context();
  os_client = sim_client_context();
  coap_context_set_block_mode(os_server, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_context_set_block_mode(os_client, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(os_client, on_response);
  os_resource = coap_resource_init(coap_make_str_const("secret"), COAP_RESOURCE_FLAGS_OSCORE_ONLY);
  coap_register_request_handler(os_resource, COAP_REQUEST_GET, on_secret);
  coap_register_request_handler(os_resource, COAP_REQUEST_PUT, on_secret);
  coap_resource_set_get_observable(os_resource, 1);
  coap_add_resource(os_server, os_resource);
  return 0;
}

coap_oscore_conf_t *
os_conf(const char *text) {
  coap_str_const_t mem = {strlen(text), (const uint8_t *)text};

  return coap_new_oscore_conf(mem, NULL, NULL, 0);
}

void
os_secure(const char *server, const char *client) {
  assert_int_equal(coap_context_oscore_server(os_server, os_conf(server)), 1);
  os_session =
      coap_new_client_session_oscore(os_client, NULL, &os_address, COAP_PROTO_UDP, os_conf(client));
  assert_non_null(os_session);
}

void
os_secure_plainly(void) {
  os_secure(OS_SECRET OS_SERVER OS_NO_B12, OS_SECRET OS_CLIENT OS_NO_B12);
}

coap_pdu_t *
os_request(coap_session_t *session, coap_pdu_code_t code) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, code, session);
  uint8_t token[8];
  size_t length;

  if (!pdu)
    return NULL;
  coap_session_new_token(session, &length, token);
  if (coap_add_token(pdu, length, token) &&
      coap_add_option(pdu, COAP_OPTION_URI_PATH, 6, (const uint8_t *)"secret"))
    return pdu;
  coap_delete_pdu(pdu);
  return NULL;
}

coap_mid_t
os_send(coap_session_t *session, coap_pdu_code_t code, size_t length) {
  coap_pdu_t *pdu = os_request(session, code);
  coap_mid_t mid;

  if (!pdu)
    return COAP_INVALID_MID;
  if (length && !coap_add_data_large_request(session, pdu, length, os_body, NULL, NULL)) {
    coap_delete_pdu(pdu);
    return COAP_INVALID_MID;
  }
  mid = coap_send(session, pdu);
  sim_settle();
  return mid;
}

void
os_ask(void) {
  unsigned int before = os_got.count;

  assert_true(os_send(os_session, COAP_REQUEST_CODE_GET, 0) != COAP_INVALID_MID);
  assert_int_equal(os_got.count, before + 1);
  assert_int_equal(os_got.code, COAP_RESPONSE_CODE_CONTENT);
  assert_int_equal(os_got.length, os_served.answer);
}

void
os_observe(void) {
  coap_pdu_t *pdu = os_request(os_session, COAP_REQUEST_CODE_GET);

  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_send(os_session, pdu);
  sim_settle();
}

const sim_sent_t *
os_last_from(int from_server) {
  for (unsigned int i = sim_sent_count(); i > 0; i--) {
    const sim_sent_t *sent = sim_sent(i - 1);

    if (coap_address_equals(&sent->from, &os_address) == from_server)
      return sent;
  }
  fail_msg("nothing has been sent");
  return NULL;
}

int
os_has_option(const sim_sent_t *sent, unsigned int number) {
  size_t length;

  return raw_find_option(sent->bytes, sent->length, number, &length) != NULL;
}

void
os_replay(const sim_sent_t *sent, size_t at, uint8_t change, uint16_t mid) {
  sim_sent_t copy = *sent;

  copy.bytes[at] ^= change;
  if (mid) {
    copy.bytes[2] = (uint8_t)(mid >> 8);
    copy.bytes[3] = (uint8_t)mid;
  }
  sim_inject_bytes(&copy.from, &copy.to, copy.bytes, copy.length);
  sim_settle();
}
