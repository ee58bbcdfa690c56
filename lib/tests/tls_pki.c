/* tls_pki.c -- certificates over DTLS and TLS, both sides ours: whom each side accepts, by which
 * names, and what becomes of those it does not. */
#include "test.h"

#include "pki_world.h"
#include "session/session.h"

static void
both_sides_are_known(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);

  (void)state;
  pki_serve(&server);
  pki_is_accepted(&client);
}

/* RFC 7252 9.1.3.3 */
static void
dtls_takes_the_mandatory_suite(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);
  coap_session_t *session;

  (void)state;
  pki_serve(&server);
  session = pki_connect(COAP_PROTO_DTLS, &client);
  tls_ask(session);
  assert_string_equal(tls_native_suite(session), "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
}

static void
a_server_of_another_ca_is_refused(void **state) {
  coap_dtls_pki_t server = pki_of(&stranger_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  pki_serve(&server);
  pki_is_refused(&client);
  client.verify_peer_cert = 0;
  pki_is_accepted(&client);
}

static void
a_client_of_another_ca_is_refused(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&stranger_own, &ca);

  (void)state;
  pki_serve(&server);
  pki_is_refused(&client);
}

static void
a_client_without_certificate_is_refused(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  pki_serve(&server);
  pki_is_refused(&client);
}

static void
time_is_judged_unless_allowed(void **state) {
  const certificate_t *wrong[] = {&expired, &early};
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    coap_dtls_pki_t server = pki_of(wrong[i], NULL);

    assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
    if (i == 0)
      tls_listen();
    client.allow_expired_certs = 0;
    pki_is_refused(&client);
    client.allow_expired_certs = 1;
    pki_is_accepted(&client);
  }
}

static void
own_signatures_are_judged_unless_allowed(void **state) {
  coap_dtls_pki_t server = pki_of(&stranger, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  pki_serve(&server);
  pki_is_refused(&client);
  client.allow_self_signed = 1;
  pki_is_accepted(&client);
}

static void
the_host_name_is_judged(void **state) {
  static char asked[] = "server.example";
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  client.client_sni = asked;
  pki_serve(&server);
  pki_is_accepted(&client);
  server = pki_of(&other_name, NULL);
  assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
  pki_is_refused(&client);
}

static struct {
  char name[64];
  int validated;
  unsigned int calls;
  int answer;
} seen;

static int
on_name(const char *cn, const uint8_t *der, size_t length, coap_session_t *session,
        unsigned int depth, int validated, void *arg) {
  assert_non_null(session);
  assert_ptr_equal(arg, &seen);
  assert_int_equal(depth, 0);
  assert_true(length > 100 && der[0] == 0x30);
  snprintf(seen.name, sizeof(seen.name), "%s", cn);
  seen.validated = validated;
  seen.calls++;
  return seen.answer;
}

static void
the_call_back_judges_names(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);

  (void)state;
  memset(&seen, 0, sizeof(seen));
  server.validate_cn_call_back = on_name;
  server.cn_call_back_arg = &seen;
  seen.answer = 1;
  pki_serve(&server);
  pki_is_accepted(&client);
  assert_int_equal(seen.calls, PKI_PROTOS);
  assert_string_equal(seen.name, "client.example");
  assert_int_equal(seen.validated, 1);
  seen.answer = 0;
  pki_is_refused(&client);
}

static coap_dtls_key_t *
key_for_name(const char *sni, void *arg) {
  return strcmp(sni, "other.example") == 0 ? arg : NULL;
}

static void
the_host_name_finds_the_certificate(void **state) {
  static char names[2][24] = {"other.example", "third.example"};
  coap_dtls_key_t key = pki_key_of(&other_name, NULL);
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  server.validate_sni_call_back = key_for_name;
  server.sni_call_back_arg = &key;
  pki_serve(&server);
  client.client_sni = names[0];
  pki_is_accepted(&client);
  client.client_sni = names[1];
  pki_is_refused(&client);
}

/* A server may have both: the client decides. */
static void
keys_and_certificates_go_together(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
  tls_serve_psk();
  pki_is_accepted(&client);
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
  tls_ask(tls_connect_psk(COAP_PROTO_TLS, "secret"));
  /* Who has a key needs no certificate, although others do. */
  server = pki_of(&server_own, &ca);
  assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
  tls_ask(tls_connect_psk(COAP_PROTO_TLS, "secret"));
}

/* A certificate that a CA's deputy has signed, who is sent along; the client bounds how many stand
 * between. */
static void
chains_are_followed_as_far_as_allowed(void **state) {
  static uint8_t both[8192];
  coap_dtls_pki_t server = pki_of(&deputed, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  pki_serve(&server);
  pki_is_refused(&client);
  assert_true(deputed.pem.size + deputy.pem.size <= sizeof(both));
  memcpy(both, deputed.pem.data, deputed.pem.size);
  memcpy(both + deputed.pem.size, deputy.pem.data, deputy.pem.size);
  server.pki_key.key.pem_buf.public_cert = both;
  server.pki_key.key.pem_buf.public_cert_len = deputed.pem.size + deputy.pem.size;
  assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
  pki_is_accepted(&client);
  client.cert_chain_validation = 1;
  client.cert_chain_verify_depth = 1;
  pki_is_accepted(&client);
  client.cert_chain_verify_depth = 0;
  pki_is_refused(&client);
}

/* Lists of revoked certificates stand with the CA's, in memory and in files. */
static void
revoked_certificates_are_refused_when_asked(void **state) {
  static uint8_t both[8192];
  blob_t list = certificate_revoke(&ca, &expired, CERTIFICATE_DAY_S);
  blob_t revoked = certificate_revoke(&ca, &server_own, CERTIFICATE_DAY_S);
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);
  const blob_t *lists[] = {&list, &revoked};

  (void)state;
  if (!list.data) {
    print_message("# SKIP this library writes no lists of revoked certificates\n");
    return;
  }
  pki_serve(&server);
  for (int i = 0; i < 2; i++) {
    memcpy(both, ca.pem.data, ca.pem.size);
    memcpy(both + ca.pem.size, lists[i]->data, lists[i]->size);
    client.pki_key.key.pem_buf.ca_cert = both;
    client.pki_key.key.pem_buf.ca_cert_len = ca.pem.size + lists[i]->size;
    client.check_cert_revocation = 0;
    pki_is_accepted(&client);
    client.check_cert_revocation = 1;
    if (i)
      pki_is_refused(&client);
    else
      pki_is_accepted(&client);
  }
  client = pki_of(NULL, &ca);
  client.check_cert_revocation = client.allow_no_crl = 1;
  pki_is_accepted(&client);
  client.allow_no_crl = 0;
  /* GnuTLS does not know that there is none. */
  if (coap_get_tls_library_version()->type != COAP_TLS_LIBRARY_GNUTLS)
    pki_is_refused(&client);
  free(list.data);
  free(revoked.data);
}

static int
set_up_more(void *native, coap_dtls_pki_t *pki) {
  assert_non_null(native);
  seen.calls++;
  return pki->use_cid == 0;
}

static void
the_application_may_set_up_more(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);
  coap_session_t *session;

  (void)state;
  memset(&seen, 0, sizeof(seen));
  pki_serve(&server);
  client.additional_tls_setup_call_back = set_up_more;
  pki_is_accepted(&client);
  assert_int_equal(seen.calls, PKI_PROTOS);
  client.use_cid = 1;
  session = pki_connect(COAP_PROTO_DTLS, &client);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
}

/* The context's certificate is its clients', too. */
static void
a_context_s_certificate_opens_sessions(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t both = pki_of(&client_own, &ca);
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  (void)state;
  pki_serve(&server);
  assert_int_equal(coap_context_set_pki(tls_client, &both), 1);
  tls_ask(coap_new_client_session(tls_client, NULL, &at, COAP_PROTO_DTLS));
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(both_sides_are_known),
      TLS_TEST(dtls_takes_the_mandatory_suite),
      TLS_TEST(a_server_of_another_ca_is_refused),
      TLS_TEST(a_client_of_another_ca_is_refused),
      TLS_TEST(a_client_without_certificate_is_refused),
      TLS_TEST(time_is_judged_unless_allowed),
      TLS_TEST(own_signatures_are_judged_unless_allowed),
      TLS_TEST(the_host_name_is_judged),
      TLS_TEST(the_call_back_judges_names),
      TLS_TEST(the_host_name_finds_the_certificate),
      TLS_TEST(keys_and_certificates_go_together),
      TLS_TEST(chains_are_followed_as_far_as_allowed),
      TLS_TEST(revoked_certificates_are_refused_when_asked),
      TLS_TEST(the_application_may_set_up_more),
      TLS_TEST(a_context_s_certificate_opens_sessions),
  };

  return cmocka_run_group_tests(tests, pki_make_certificates, pki_free_certificates);
}
