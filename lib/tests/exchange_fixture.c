/* exchange_fixture.c -- a server under test and a raw peer that asks it. */
#include "exchange_fixture.h"

coap_context_t *ex_context;
coap_address_t ex_peer;
coap_address_t ex_server;
ex_handler_t ex_handler;

int
ex_setup(void **state) {
  sim_setup(state);
  memset(&ex_handler, 0, sizeof(ex_handler));
  ex_handler.code = COAP_RESPONSE_CODE_CONTENT;
  ex_handler.payload = "hello";
  ex_peer = sim_address(SIM_PEER, 40000);
  ex_server = sim_address(SIM_HOST, 5683);
  ex_context = sim_client_context();
  return coap_new_endpoint(ex_context, &ex_server, COAP_PROTO_UDP) ? 0 : -1;
}

static unsigned int
count_options(const coap_pdu_t *pdu, coap_option_num_t number) {
  coap_opt_iterator_t oi;
  unsigned int count = 0;

  coap_option_iterator_init(pdu, &oi, COAP_OPT_ALL);
  while (coap_option_next(&oi))
    count += oi.number == number;
  return count;
}

static void
handle(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
       const coap_string_t *query, coap_pdu_t *response) {
  const uint8_t *data;

  (void)session;
  (void)resource;
  ex_handler.calls++;
  snprintf(ex_handler.query, sizeof(ex_handler.query), "%.*s", query ? (int)query->length : 0,
           query ? (const char *)query->s : "");
  ex_handler.content_formats = count_options(request, COAP_OPTION_CONTENT_FORMAT);
  if (coap_get_data_large(request, &ex_handler.body_length, &data, &ex_handler.body_offset,
                          &ex_handler.body_total)) {
    assert_true(ex_handler.body_length <= sizeof(ex_handler.body));
    memcpy(ex_handler.body, data, ex_handler.body_length);
  }
  coap_pdu_set_code(response, ex_handler.code);
  if (ex_handler.payload)
    coap_add_data(response, strlen(ex_handler.payload), (const uint8_t *)ex_handler.payload);
}

coap_resource_t *
ex_resource(const char *path, int flags) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const(path), flags);

  assert_non_null(resource);
  coap_register_request_handler(resource, COAP_REQUEST_GET, handle);
  coap_register_request_handler(resource, COAP_REQUEST_POST, handle);
  coap_register_request_handler(resource, COAP_REQUEST_PUT, handle);
  coap_register_request_handler(resource, COAP_REQUEST_FETCH, handle);
  coap_add_resource(ex_context, resource);
  return resource;
}

void
ex_send_to(const raw_message_t *message, const coap_address_t *to) {
  sim_forget_sent();
  assert_int_equal(sim_inject(&ex_peer, to, message), 0);
}

raw_message_t
ex_request(int method, const char *path) {
  static uint16_t mid = 1;
  raw_message_t message = raw_message(RAW_CON, method, ++mid, "tok");

  raw_path(&message, path);
  return message;
}

void
ex_send(const raw_message_t *message) {
  ex_send_to(message, &ex_server);
}

static const sim_sent_t *
reply(void) {
  assert_int_equal(sim_sent_count(), 1);
  assert_true(coap_address_equals(&sim_last()->to, &ex_peer));
  return sim_last();
}

int
ex_type(void) {
  return raw_type(reply()->bytes);
}

int
ex_code(void) {
  return raw_code(reply()->bytes);
}

uint16_t
ex_mid(void) {
  return raw_mid(reply()->bytes);
}

size_t
ex_payload_length(void) {
  size_t length = 0;

  return raw_find_payload(reply()->bytes, reply()->length, &length) ? length : 0;
}

int
ex_payload_is(const char *text) {
  size_t length = 0;
  const uint8_t *payload = raw_find_payload(reply()->bytes, reply()->length, &length);

  return payload ? length == strlen(text) && memcmp(payload, text, length) == 0 : !*text;
}

int
ex_has_option(unsigned int number) {
  size_t length;

  return raw_find_option(reply()->bytes, reply()->length, number, &length) != NULL;
}

uint32_t
ex_option(unsigned int number) {
  size_t length = 0;
  const uint8_t *value = raw_find_option(reply()->bytes, reply()->length, number, &length);
  uint32_t result = 0;

  assert_non_null(value);
  while (length--)
    result = result << 8 | *value++;
  return result;
}

void
ex_far_option(raw_message_t *message, unsigned int number, const void *value, size_t length) {
  unsigned int delta = number - message->last_option;
  uint8_t *at = message->bytes + message->length;

  assert_true(length < 13);
  if (delta < 269) {
    raw_option(message, number, value, length);
    return;
  }
  at[0] = (uint8_t)(14 << 4 | length);
  at[1] = (uint8_t)((delta - 269) >> 8);
  at[2] = (uint8_t)(delta - 269);
  if (length)
    memcpy(at + 3, value, length);
  message->length += 3 + length;
  message->last_option = number;
}

void
ex_block(raw_message_t *message, unsigned int number, unsigned int num, int more,
         unsigned int szx) {
  uint32_t value = BLOCK_VALUE(num, more, szx);
  uint8_t bytes[3] = {(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
  size_t skip = value > 0xffff ? 0 : value > 0xff ? 1 : value ? 2 : 3;

  raw_option(message, number, bytes + skip, 3 - skip);
}

void
ex_fill(raw_message_t *message, char byte, size_t length) {
  char text[256];

  assert_true(length < sizeof(text));
  memset(text, byte, length);
  text[length] = '\0';
  raw_payload(message, text);
}
