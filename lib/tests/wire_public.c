/* wire_public.c -- numbers that programs written for libcoap 4.3 have compiled in. */
#include <coap3/coap.h>

#include "test.h"

#include "config.h"

static void
enumerations_have_their_values(void **state) {
  static const struct {
    int value;
    int expected;
  } table[] = {
      {COAP_PROTO_NONE, 0},
      {COAP_PROTO_UDP, 1},
      {COAP_PROTO_DTLS, 2},
      {COAP_PROTO_TCP, 3},
      {COAP_PROTO_TLS, 4},
      {COAP_PROTO_WS, 5},
      {COAP_PROTO_WSS, 6},
      {COAP_SESSION_STATE_NONE, 0},
      {COAP_SESSION_STATE_CONNECTING, 1},
      {COAP_SESSION_STATE_HANDSHAKE, 2},
      {COAP_SESSION_STATE_CSM, 3},
      {COAP_SESSION_STATE_ESTABLISHED, 4},
      {COAP_SESSION_TYPE_CLIENT, 1},
      {COAP_SESSION_TYPE_SERVER, 2},
      {COAP_SESSION_TYPE_HELLO, 3},
      {COAP_TLS_LIBRARY_NOTLS, 0},
      {COAP_TLS_LIBRARY_TINYDTLS, 1},
      {COAP_TLS_LIBRARY_OPENSSL, 2},
      {COAP_TLS_LIBRARY_GNUTLS, 3},
      {COAP_TLS_LIBRARY_MBEDTLS, 4},
      {COAP_NACK_TOO_MANY_RETRIES, 0},
      {COAP_NACK_NOT_DELIVERABLE, 1},
      {COAP_NACK_RST, 2},
      {COAP_NACK_TLS_FAILED, 3},
      {COAP_NACK_ICMP_ISSUE, 4},
      {COAP_NACK_BAD_RESPONSE, 5},
      {COAP_NACK_TLS_LAYER_FAILED, 6},
      {COAP_NACK_WS_LAYER_FAILED, 7},
      {COAP_NACK_WS_FAILED, 8},
      {COAP_MESSAGE_CON, 0},
      {COAP_MESSAGE_NON, 1},
      {COAP_MESSAGE_ACK, 2},
      {COAP_MESSAGE_RST, 3},
      {COAP_URI_SCHEME_COAP, 0},
      {COAP_URI_SCHEME_COAPS, 1},
      {COAP_URI_SCHEME_COAP_TCP, 2},
      {COAP_URI_SCHEME_COAPS_TCP, 3},
      {COAP_URI_SCHEME_HTTP, 4},
      {COAP_URI_SCHEME_HTTPS, 5},
      {COAP_URI_SCHEME_COAP_WS, 6},
      {COAP_URI_SCHEME_COAPS_WS, 7},
      {COAP_LOG_EMERG, 0},
      {COAP_LOG_WARN, 4},
      {COAP_LOG_DEBUG, 7},
      {COAP_RESPONSE_FAIL, 0},
      {COAP_RESPONSE_OK, 1},
      {COAP_IO_WAIT, 0},
  };

  (void)state;
  for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
    if (table[i].value != table[i].expected)
      fail_msg("row %zu: %d, expected %d", i, table[i].value, table[i].expected);
  }
}

static void
codes_are_class_and_detail(void **state) {
  (void)state;
  assert_int_equal(COAP_RESPONSE_CODE_CONTENT, 0x45);
  assert_int_equal(COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED, 0xa5);
  assert_int_equal(COAP_RESPONSE_CLASS(COAP_RESPONSE_CODE_NOT_FOUND), 4);
  assert_int_equal(COAP_SIGNALING_CODE_ABORT, 0xe5);
  assert_int_equal(COAP_REQUEST_IPATCH, 7);
}

/* What is written in the header is what configure was told. */
static void
version_is_that_of_the_package(void **state) {
  (void)state;
  assert_string_equal(LIBCOAP_PACKAGE_NAME, PACKAGE_NAME);
  assert_string_equal(LIBCOAP_PACKAGE_VERSION, PACKAGE_VERSION);
  assert_string_equal(LIBCOAP_PACKAGE_STRING, PACKAGE_STRING);
}

int
main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(enumerations_have_their_values),
      cmocka_unit_test(codes_are_class_and_detail),
      cmocka_unit_test(version_is_that_of_the_package),
  };

  return cmocka_run_group_tests_name("wire_public", tests, NULL, NULL);
}
