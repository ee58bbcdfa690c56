/* real_secure.c -- what a secure server and client on real sockets begin with. */
#include "real_secure.h"

#include "real_world.h"
#include "test.h"

#include <arpa/inet.h>

static void
on_get(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,
       const coap_string_t *query, coap_pdu_t *response) {
  (void)resource;
  (void)session;
  (void)request;
  (void)query;
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

void
real_serve_hello(coap_context_t *context) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("hello"), 0);

  assert_non_null(resource);
  coap_register_request_handler(resource, COAP_REQUEST_GET, on_get);
  coap_add_resource(context, resource);
}

static coap_bin_const_t
bytes_of(const char *text) {
  return (coap_bin_const_t){strlen(text), (const uint8_t *)text};
}

void
real_serve_psk(coap_context_t *context, const char *hint) {
  coap_dtls_spsk_t psk = {.version = COAP_DTLS_SPSK_SETUP_VERSION};

  if (hint)
    psk.psk_info.hint = bytes_of(hint);
  psk.psk_info.key = bytes_of("secret");
  assert_int_equal(coap_context_set_psk2(context, &psk), 1);
}

coap_address_t
real_listen(coap_context_t *context, coap_proto_t proto) {
  coap_address_t at = loopback_address();
  coap_endpoint_t *endpoint = coap_new_endpoint(context, &at, proto);

  assert_non_null(endpoint);
  coap_address_set_port(&at, real_endpoint_port(endpoint));
  return at;
}

coap_session_t *
real_connect_psk(coap_context_t *context, coap_proto_t proto, const coap_address_t *at) {
  coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
  coap_session_t *session;

  psk.psk_info.identity = bytes_of("me");
  psk.psk_info.key = bytes_of("secret");
  session = coap_new_client_session_psk2(context, NULL, at, proto, &psk);
  assert_non_null(session);
  return session;
}
