/* tls_pki.c -- certificates over DTLS and TLS, both sides ours: whom each side accepts, by which
 * names, and what becomes of those it does not. */
#include "test.h"

#include "seams/file.h"
#include "seams/memory.h"
#include "session/session.h"
#include "tls_native.h"
#include "tls_world.h"

static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};

static certificate_t ca, stranger, server_own, client_own, stranger_own, expired, early, other_name;

static int
make_certificates(void **state) {
  long day = CERTIFICATE_DAY_S;

  (void)state;
  certificate_make(&ca, "ca", NULL, -day, day);
  certificate_make(&stranger, "stranger", NULL, -day, day);
  certificate_make(&server_own, "server.example", &ca, -day, day);
  certificate_make(&client_own, "client.example", &ca, -day, day);
  certificate_make(&stranger_own, "server.example", &stranger, -day, day);
  certificate_make(&expired, "server.example", &ca, -2 * day, -day);
  certificate_make(&early, "server.example", &ca, day, 2 * day);
  certificate_make(&other_name, "other.example", &ca, -day, day);
  return 0;
}

static int
free_certificates(void **state) {
  certificate_t *all[] = {&ca,           &stranger, &server_own, &client_own,
                          &stranger_own, &expired,  &early,      &other_name};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(all); i++)
    certificate_free(all[i]);
  return 0;
}

static coap_dtls_key_t
key_of(const certificate_t *own, const certificate_t *root) {
  coap_dtls_key_t key;

  memset(&key, 0, sizeof(key));
  key.key_type = COAP_PKI_KEY_PEM_BUF;
  if (own) {
    key.key.pem_buf.public_cert = own->pem.data;
    key.key.pem_buf.public_cert_len = own->pem.size;
    key.key.pem_buf.private_key = own->key.data;
    key.key.pem_buf.private_key_len = own->key.size;
  }
  if (root) {
    key.key.pem_buf.ca_cert = root->pem.data;
    key.key.pem_buf.ca_cert_len = root->pem.size;
  }
  return key;
}

/* The peer has to be signed by `root`; NULL: it is not looked at. */
static coap_dtls_pki_t
pki_of(const certificate_t *own, const certificate_t *root) {
  coap_dtls_pki_t pki;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.verify_peer_cert = root != NULL;
  pki.pki_key = key_of(own, root);
  return pki;
}

static void
serve(const coap_dtls_pki_t *pki) {
  assert_int_equal(coap_context_set_pki(tls_server, pki), 1);
  tls_listen();
}

static coap_session_t *
connect_with(coap_proto_t proto, coap_dtls_pki_t *pki) {
  coap_address_t at = tls_address(proto);
  coap_session_t *session = coap_new_client_session_pki(tls_client, NULL, &at, proto, pki);

  assert_non_null(session);
  return session;
}

static void
is_accepted(coap_dtls_pki_t *pki) {
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = connect_with(protos[i], pki);

    tls_ask(session);
    coap_session_release(session);
    tls_settle();
  }
}

/* The client sees it in the handshake, or, with TLS 1.3, when the server has judged. */
static void
is_refused(coap_dtls_pki_t *pki) {
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = connect_with(protos[i], pki);

    sim_told.nacks = sim_told.requests = 0;
    sim_request(session, COAP_MESSAGE_CON);
    tls_settle();
    assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
    assert_int_equal(sim_told.nacks, 1);
    assert_true(sim_told.nack_reason == COAP_NACK_TLS_FAILED ||
                sim_told.nack_reason == COAP_NACK_TLS_LAYER_FAILED);
    assert_int_equal(sim_told.requests, 0);
    coap_session_release(session);
    tls_settle();
    assert_int_equal(coap_context_core(tls_server)->session_count, 0);
  }
}

static void
both_sides_are_known(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);

  (void)state;
  serve(&server);
  is_accepted(&client);
}

/* RFC 7252 9.1.3.3 */
static void
dtls_takes_the_mandatory_suite(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);
  coap_session_t *session;

  (void)state;
  serve(&server);
  session = connect_with(COAP_PROTO_DTLS, &client);
  tls_ask(session);
  assert_string_equal(tls_native_suite(session), "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
}

static void
a_server_of_another_ca_is_refused(void **state) {
  coap_dtls_pki_t server = pki_of(&stranger_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  serve(&server);
  is_refused(&client);
  client.verify_peer_cert = 0;
  is_accepted(&client);
}

static void
a_client_of_another_ca_is_refused(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&stranger_own, &ca);

  (void)state;
  serve(&server);
  is_refused(&client);
}

static void
a_client_without_certificate_is_refused(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  serve(&server);
  is_refused(&client);
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
    is_refused(&client);
    client.allow_expired_certs = 1;
    is_accepted(&client);
  }
}

static void
own_signatures_are_judged_unless_allowed(void **state) {
  coap_dtls_pki_t server = pki_of(&stranger, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  serve(&server);
  is_refused(&client);
  client.allow_self_signed = 1;
  is_accepted(&client);
}

static void
the_host_name_is_judged(void **state) {
  static char asked[] = "server.example";
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  client.client_sni = asked;
  serve(&server);
  is_accepted(&client);
  server = pki_of(&other_name, NULL);
  assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
  is_refused(&client);
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
  serve(&server);
  is_accepted(&client);
  assert_int_equal(seen.calls, COUNT_OF(protos));
  assert_string_equal(seen.name, "client.example");
  assert_int_equal(seen.validated, 1);
  seen.answer = 0;
  is_refused(&client);
}

static int
on_raw_key(const char *cn, const uint8_t *der, size_t length, coap_session_t *session,
           unsigned int depth, int validated, void *arg) {
  (void)arg;
  assert_non_null(session);
  assert_string_equal(cn, COAP_DTLS_RPK_CERT_CN);
  assert_int_equal(depth, 0);
  assert_int_equal(validated, 1);
  assert_true(length > 80 && der[0] == 0x30); /* SubjectPublicKeyInfo */
  seen.calls++;
  return seen.answer;
}

static coap_dtls_key_t *
key_for_name(const char *sni, void *arg) {
  return strcmp(sni, "other.example") == 0 ? arg : NULL;
}

static void
the_host_name_finds_the_certificate(void **state) {
  static char names[2][24] = {"other.example", "third.example"};
  coap_dtls_key_t key = key_of(&other_name, NULL);
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  server.validate_sni_call_back = key_for_name;
  server.sni_call_back_arg = &key;
  serve(&server);
  client.client_sni = names[0];
  is_accepted(&client);
  client.client_sni = names[1];
  is_refused(&client);
}

/* A server may have both: the client decides. */
static void
keys_and_certificates_go_together(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
  tls_serve_psk();
  is_accepted(&client);
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
  tls_ask(tls_connect_psk(COAP_PROTO_TLS, "secret"));
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
  serve(&server);
  client.additional_tls_setup_call_back = set_up_more;
  is_accepted(&client);
  assert_int_equal(seen.calls, COUNT_OF(protos));
  client.use_cid = 1;
  session = connect_with(COAP_PROTO_DTLS, &client);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
}

/* The context's certificate is its clients', too. */
static void
a_context_s_certificate_opens_sessions(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t both = pki_of(&client_own, &ca);
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  (void)state;
  serve(&server);
  assert_int_equal(coap_context_set_pki(tls_client, &both), 1);
  tls_ask(coap_new_client_session(tls_client, NULL, &at, COAP_PROTO_DTLS));
}

static void
write_file(const char *name, const pem_t *bytes) {
  assert_int_equal(coap_file_replace(name, bytes->data, bytes->size), 0);
}

static void
files_are_read(void **state) {
  coap_dtls_pki_t server = pki_of(NULL, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  write_file("own.pem", &server_own.pem);
  write_file("own.key", &server_own.key);
  write_file("ca.pem", &ca.pem);
  server.pki_key.key_type = COAP_PKI_KEY_PEM;
  memset(&server.pki_key.key, 0, sizeof(server.pki_key.key));
  server.pki_key.key.pem.public_cert = "own.pem";
  server.pki_key.key.pem.private_key = "own.key";
  server.verify_peer_cert = 1;
  assert_int_equal(coap_context_set_pki_root_cas(tls_server, "ca.pem", NULL), 1);
  serve(&server);
  is_refused(&client);
  client = pki_of(&client_own, &ca);
  is_accepted(&client);
  coap_file_sim_reset();
}

static void
what_cannot_be_used_is_refused(void **state) {
  coap_dtls_pki_t pki = pki_of(&server_own, &ca);
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  (void)state;
  pki.version = 9;
  assert_int_equal(coap_context_set_pki(tls_server, &pki), 0);
  pki = pki_of(&server_own, &ca);
  pki.pki_key.key.pem_buf.private_key = client_own.key.data;
  pki.pki_key.key.pem_buf.private_key_len = client_own.key.size;
  assert_int_equal(coap_context_set_pki(tls_server, &pki), 0);
  assert_null(coap_new_client_session_pki(tls_client, NULL, &at, COAP_PROTO_DTLS, &pki));
  pki = pki_of(NULL, &ca);
  assert_int_equal(coap_context_set_pki(tls_server, &pki), 0); /* a server without one */
  pki = pki_of(&server_own, &ca);
  pki.pki_key.key.pem_buf.ca_cert_len = 40; /* cut off */
  assert_int_equal(coap_context_set_pki(tls_server, &pki), 0);
  pki = pki_of(NULL, NULL);
  pki.pki_key.key_type = COAP_PKI_KEY_PEM;
  pki.pki_key.key.pem.public_cert = "nowhere.pem";
  assert_int_equal(coap_context_set_pki(tls_server, &pki), 0);
  assert_int_equal(coap_context_set_pki_root_cas(tls_server, "nowhere.pem", NULL), 0);
  pki = pki_of(NULL, NULL);
  pki.is_rpk_not_cert = 1;
  assert_int_equal(coap_context_set_pki(tls_server, &pki), 0); /* a raw key without a key */
}

/* Each allocation of ours fails once, on both sides. */
static void
memory_failures_are_survived(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  (void)state;
  serve(&server);
  for (uint64_t nth = 1; nth < 20; nth++) {
    coap_session_t *session;

    coap_mem_sim_fail(nth, 0);
    coap_context_set_pki(tls_server, &server);
    coap_mem_sim_fail(nth, 0);
    session = coap_new_client_session_pki(tls_client, NULL, &at, COAP_PROTO_DTLS, &client);
    tls_settle();
    coap_mem_sim_fail(0, 0);
    coap_session_release(session);
    tls_settle();
    tls_forget();
  }
  is_accepted(&client);
}

/* A length without bytes is nothing given; one that counts the zero byte at the end is all right.
 */
static void
lengths_are_taken_with_care(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);

  (void)state;
  server.pki_key.key.pem_buf.public_cert = NULL;
  assert_int_equal(coap_context_set_pki(tls_server, &server), 0);
  server = pki_of(&server_own, &ca);
  server.pki_key.key.pem_buf.public_cert_len++;
  server.pki_key.key.pem_buf.private_key_len++;
  serve(&server);
  is_accepted(&client);
}

/* Not every library has them (RFC 7250): 1 when they are refused for that. */
static int
raw_keys_are_refused(void) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  int is_set;

  server.is_rpk_not_cert = 1;
  is_set = coap_context_set_pki(tls_server, &server);
  assert_int_equal(is_set, coap_dtls_rpk_is_supported());
  return !is_set;
}

/* RFC 7252 9.1.3.2 */
static void
raw_public_keys_are_judged_by_the_call_back(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(&client_own, NULL);
  coap_session_t *session;

  (void)state;
  if (raw_keys_are_refused())
    return;
  memset(&seen, 0, sizeof(seen));
  server.is_rpk_not_cert = client.is_rpk_not_cert = 1;
  server.verify_peer_cert = client.verify_peer_cert = 1;
  server.validate_cn_call_back = on_raw_key;
  seen.answer = 1;
  serve(&server);
  is_accepted(&client);
  assert_int_equal(seen.calls, COUNT_OF(protos));
  session = connect_with(COAP_PROTO_DTLS, &client);
  tls_ask(session);
  assert_string_equal(tls_native_suite(session), "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
  coap_session_release(session);
  tls_settle();
  seen.answer = 0;
  is_refused(&client);
}

/* Who has a certificate and who has a raw key do not understand each other. */
static void
raw_keys_and_certificates_do_not_mix(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);

  (void)state;
  if (raw_keys_are_refused())
    return;
  server.is_rpk_not_cert = 1;
  serve(&server);
  is_refused(&client);
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
      TLS_TEST(the_application_may_set_up_more),
      TLS_TEST(a_context_s_certificate_opens_sessions),
      TLS_TEST(files_are_read),
      TLS_TEST(what_cannot_be_used_is_refused),
      TLS_TEST(memory_failures_are_survived),
      TLS_TEST(lengths_are_taken_with_care),
      TLS_TEST(raw_public_keys_are_judged_by_the_call_back),
      TLS_TEST(raw_keys_and_certificates_do_not_mix),
  };

  return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
