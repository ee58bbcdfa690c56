/* api_small.c -- the public API's small change: deprecated names, keys that a build can use or not,
 * Unix domain addresses, limits, leaving observations. */
#include "client_fixture.h"

#include <netinet/in.h>

enum { OBSERVE = 6, CANCEL = 1 };

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static int
on_event(coap_session_t *session, const coap_event_t event) {
  (void)session;
  return (int)event;
}

static void
deprecated_event_handler_is_set_and_cleared(void **state) {
  (void)state;
  coap_set_event_handler(cl_context, on_event);
  assert_int_equal(coap_handle_event(cl_context, COAP_EVENT_BAD_PACKET, cl_session),
                   COAP_EVENT_BAD_PACKET);
  coap_clear_event_handler(cl_context);
  assert_int_equal(coap_handle_event(cl_context, COAP_EVENT_BAD_PACKET, cl_session), 0);
}

static void
deprecated_filter_names_set_get_and_clear(void **state) {
  coap_opt_filter_t filter;

  (void)state;
  coap_option_filter_clear(&filter);
  assert_int_equal(coap_option_getb(&filter, 11), 0);
  assert_int_equal(coap_option_setb(&filter, 11), 1);
  assert_int_equal(coap_option_getb(&filter, 11), 1);
  assert_int_equal(coap_option_clrb(&filter, 11), 1);
  assert_int_equal(coap_option_getb(&filter, 11), 0);
}

static void
deprecated_encoding_is_the_safe_one(void **state) {
  uint8_t buffer[4] = {0};

  (void)state;
  assert_int_equal(coap_encode_var_bytes(buffer, 0x1234), 2);
  assert_memory_equal(buffer, "\x12\x34", 2);
  assert_int_equal(coap_encode_var_bytes(buffer, UINT32_MAX), 4);
}

static void
deprecated_io_names_work(void **state) {
  coap_socket_t *sockets[2];
  unsigned int count = 0;
  coap_tick_t now;

  (void)state;
  coap_ticks(&now);
  cl_get(0);
  assert_true(coap_write(cl_context, sockets, 2, &count, now) > 1000);
  assert_int_equal(count, 1);
  coap_read(cl_context, now);
  assert_true(coap_run_once(cl_context, COAP_IO_NO_WAIT) >= 0);
  assert_int_equal(coap_resource_set_dirty(NULL, NULL), 0);
}

static void
keys_are_taken_by_a_build_with_tls_only(void **state) {
  int supported = coap_dtls_psk_is_supported();
  coap_session_t *session;
  coap_dtls_spsk_t spsk = {.version = COAP_DTLS_SPSK_SETUP_VERSION};
  coap_dtls_cpsk_t cpsk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
  coap_dtls_pki_t pki = {.version = COAP_DTLS_PKI_SETUP_VERSION};
  const uint8_t key[] = "secret";

  (void)state;
  assert_int_equal(coap_context_set_psk2(cl_context, &spsk), 0);
  assert_int_equal(coap_context_set_psk2(NULL, NULL), 0);
  assert_int_equal(coap_context_set_psk(cl_context, "hint", key, 6), supported);
  assert_int_equal(coap_context_set_pki(cl_context, &pki), 0);
  assert_int_equal(coap_context_set_pki_root_cas(cl_context, "/ca.pem", NULL), 0);
  assert_null(coap_new_client_session_psk2(cl_context, NULL, &cl_server, COAP_PROTO_DTLS, &cpsk));
  session =
      coap_new_client_session_psk(cl_context, NULL, &cl_server, COAP_PROTO_DTLS, "id", key, 6);
  assert_int_equal(session != NULL, supported);
  coap_session_release(session);
  session = coap_new_client_session_pki(cl_context, NULL, &cl_server, COAP_PROTO_DTLS, &pki);
  assert_int_equal(session != NULL, coap_dtls_pki_is_supported());
  coap_session_release(session);
  assert_null(coap_session_get_psk_identity(cl_session));
  assert_null(coap_session_get_psk_identity(NULL));
}

static void
limits_of_handshakes_are_kept(void **state) {
  (void)state;
  assert_int_equal(coap_context_get_max_handshake_sessions(cl_context),
                   COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
  coap_context_set_max_handshake_sessions(cl_context, 7);
  assert_int_equal(coap_context_get_max_handshake_sessions(cl_context), 7);
  coap_context_set_max_handshake_sessions(cl_context, 0);
  assert_int_equal(coap_context_get_max_handshake_sessions(cl_context),
                   COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS);
  assert_int_equal(coap_context_get_max_handshake_sessions(NULL), 0);
  coap_dtls_set_log_level(COAP_LOG_DEBUG);
  assert_int_equal(coap_dtls_get_log_level(), COAP_LOG_DEBUG);
  coap_dtls_set_log_level(COAP_LOG_WARN);
}

static void
unix_domain_hosts_become_addresses(void **state) {
  coap_address_t plain;
  coap_address_t encoded;

  (void)state;
  assert_int_equal(coap_host_is_unix_domain(coap_make_str_const("%2Ftmp%2Fs")), 1);
  assert_int_equal(coap_host_is_unix_domain(coap_make_str_const("/tmp/s")), 1);
  assert_int_equal(coap_host_is_unix_domain(coap_make_str_const("tmp")), 0);
  assert_int_equal(coap_host_is_unix_domain(coap_make_str_const("")), 0);
  assert_int_equal(coap_address_set_unix_domain(&plain, (const uint8_t *)"/tmp/s", 6), 1);
  assert_int_equal(coap_address_set_unix_domain(&encoded, (const uint8_t *)"%2Ftmp%2fs", 10), 1);
  assert_string_equal(encoded.addr.cun.sun_path, "/tmp/s");
  assert_int_equal(coap_is_af_unix(&encoded), 1);
  assert_int_equal(coap_address_equals(&plain, &encoded), 1);
  assert_null(coap_new_endpoint(cl_context, &plain, COAP_PROTO_UDP));
  assert_null(coap_new_client_session(cl_context, NULL, &plain, COAP_PROTO_UDP));
}

static void
unix_domain_paths_have_to_be_whole_and_fit(void **state) {
  static const uint8_t longest[] = "/234567890123456789012345";
  coap_address_t address;

  (void)state;
  assert_int_equal(coap_address_set_unix_domain(&address, (const uint8_t *)"/a%2", 4), 0);
  assert_int_equal(coap_address_set_unix_domain(&address, (const uint8_t *)"/a%zz", 5), 0);
  assert_int_equal(coap_address_set_unix_domain(&address, longest, COAP_UNIX_PATH_MAX - 1), 1);
  assert_int_equal(strlen(address.addr.cun.sun_path), COAP_UNIX_PATH_MAX - 1);
  assert_int_equal(coap_address_set_unix_domain(&address, longest, COAP_UNIX_PATH_MAX), 0);
  assert_int_equal(coap_address_set_unix_domain(&address, longest, 0), 0);
}

/* Releases the session that setup made. */
static void
release(void) {
  sim_forget_sent();
  coap_session_release(cl_session);
  cl_session = NULL;
}

/* RFC 7641 3.6 */
static void
releasing_a_session_leaves_its_observations(void **state) {
  (void)state;
  cl_observe();
  release();
  assert_int_equal(sim_sent_count(), 1);
  assert_int_equal(raw_type(sim_last()->bytes), RAW_NON);
  assert_int_equal(raw_code(sim_last()->bytes), RAW_GET);
  assert_int_equal(cl_sent_option(OBSERVE), CANCEL);
  assert_memory_equal(sim_last()->bytes + 4, "app", 3);
  assert_int_equal(sim_told.nacks, 0);
}

static void
no_observe_cancel_leaves_them_in_silence(void **state) {
  (void)state;
  cl_observe();
  coap_session_set_no_observe_cancel(cl_session);
  coap_session_set_no_observe_cancel(NULL);
  release();
  assert_int_equal(sim_sent_count(), 0);
}

static void
only_the_last_release_leaves_them(void **state) {
  (void)state;
  cl_observe();
  coap_session_reference(cl_session);
  sim_forget_sent();
  coap_session_release(cl_session);
  assert_int_equal(sim_sent_count(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cl_setup, sim_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      TEST(deprecated_event_handler_is_set_and_cleared),
      TEST(deprecated_filter_names_set_get_and_clear),
      TEST(deprecated_encoding_is_the_safe_one),
      TEST(deprecated_io_names_work),
      TEST(keys_are_taken_by_a_build_with_tls_only),
      TEST(limits_of_handshakes_are_kept),
      TEST(unix_domain_hosts_become_addresses),
      TEST(unix_domain_paths_have_to_be_whole_and_fit),
      TEST(releasing_a_session_leaves_its_observations),
      TEST(no_observe_cancel_leaves_them_in_silence),
      TEST(only_the_last_release_leaves_them),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
