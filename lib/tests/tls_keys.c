/* tls_keys.c -- certificates and keys on their way in: from files and memory, as PEM and DER, and
 * raw public keys. */
#include "test.h"

#include "pki_world.h"
#include "seams/file.h"
#include "seams/memory.h"

static unsigned int keys_seen;
static int answer; /* of the call-back */

static void
write_file(const char *name, const blob_t *bytes) {
  assert_int_equal(coap_file_replace(name, bytes->data, bytes->size), 0);
}

/* DER in memory, the key by itself or each its own way. */
static void
der_is_read(void **state) {
  coap_dtls_pki_t server = pki_of(NULL, NULL);
  coap_dtls_pki_t client = pki_of(NULL, NULL);
  coap_pki_key_asn1_t *asn1 = &server.pki_key.key.asn1;
  coap_pki_key_define_t *define = &client.pki_key.key.define;

  (void)state;
  server.verify_peer_cert = client.verify_peer_cert = 1;
  server.pki_key.key_type = COAP_PKI_KEY_ASN1;
  *asn1 = (coap_pki_key_asn1_t){.ca_cert = ca.der.data,
                                .ca_cert_len = ca.der.size,
                                .public_cert = server_own.der.data,
                                .public_cert_len = server_own.der.size,
                                .private_key = server_own.key_der.data,
                                .private_key_len = server_own.key_der.size,
                                .private_key_type = COAP_ASN1_PKEY_EC};
  pki_serve(&server);
  client.pki_key.key_type = COAP_PKI_KEY_DEFINE;
  write_file("ca.pem", &ca.pem);
  *define = (coap_pki_key_define_t){.ca.s_byte = "ca.pem",
                                    .ca_def = COAP_PKI_KEY_DEF_PEM,
                                    .public_cert.u_byte = client_own.pem.data,
                                    .public_cert_len = client_own.pem.size,
                                    .public_cert_def = COAP_PKI_KEY_DEF_PEM_BUF,
                                    .private_key.u_byte = client_own.key.data,
                                    .private_key_len = client_own.key.size,
                                    .private_key_def = COAP_PKI_KEY_DEF_PEM_BUF};
  pki_is_accepted(&client);
  asn1->private_key_len--;
  assert_int_equal(coap_context_set_pki(tls_server, &server), 0);
  coap_file_sim_reset();
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
  pki_serve(&server);
  pki_is_refused(&client);
  client = pki_of(&client_own, &ca);
  pki_is_accepted(&client);
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
  pki_serve(&server);
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
  pki_is_accepted(&client);
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
  pki_serve(&server);
  pki_is_accepted(&client);
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

static int
on_raw_key(const char *cn, const uint8_t *der, size_t length, coap_session_t *session,
           unsigned int depth, int validated, void *arg) {
  (void)arg;
  assert_non_null(session);
  assert_string_equal(cn, COAP_DTLS_RPK_CERT_CN);
  assert_int_equal(depth, 0);
  assert_int_equal(validated, 1);
  assert_true(length > 80 && der[0] == 0x30); /* SubjectPublicKeyInfo */
  keys_seen++;
  return answer;
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
  keys_seen = 0;
  server.is_rpk_not_cert = client.is_rpk_not_cert = 1;
  server.verify_peer_cert = client.verify_peer_cert = 1;
  server.validate_cn_call_back = on_raw_key;
  answer = 1;
  pki_serve(&server);
  pki_is_accepted(&client);
  assert_int_equal(keys_seen, PKI_PROTOS);
  session = pki_connect(COAP_PROTO_DTLS, &client);
  tls_ask(session);
  assert_string_equal(tls_native_suite(session), "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
  coap_session_release(session);
  tls_settle();
  answer = 0;
  pki_is_refused(&client);
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
  pki_serve(&server);
  pki_is_refused(&client);
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(der_is_read),
      TLS_TEST(files_are_read),
      TLS_TEST(what_cannot_be_used_is_refused),
      TLS_TEST(memory_failures_are_survived),
      TLS_TEST(lengths_are_taken_with_care),
      TLS_TEST(raw_public_keys_are_judged_by_the_call_back),
      TLS_TEST(raw_keys_and_certificates_do_not_mix),
  };

  return cmocka_run_group_tests(tests, pki_make_certificates, pki_free_certificates);
}
