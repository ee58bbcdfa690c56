/* pki_world.c -- certificates of both sides in the simulated world. */
#include "pki_world.h"

#include "test.h"
#include "session/session.h"

const coap_proto_t pki_protos[PKI_PROTOS] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};

certificate_t ca, stranger, server_own, client_own, stranger_own, expired, early, other_name,
    deputy, deputed;

int
pki_make_certificates(void **state) {
  long day = CERTIFICATE_DAY_S;

  (void)state;
  certificate_make(&ca, "ca", NULL, -day, day, 1);
  certificate_make(&stranger, "stranger", NULL, -day, day, 1);
  certificate_make(&server_own, "server.example", &ca, -day, day, 0);
  certificate_make(&client_own, "client.example", &ca, -day, day, 0);
  certificate_make(&stranger_own, "server.example", &stranger, -day, day, 0);
  certificate_make(&expired, "server.example", &ca, -2 * day, -day, 0);
  certificate_make(&early, "server.example", &ca, day, 2 * day, 0);
  certificate_make(&other_name, "other.example", &ca, -day, day, 0);
  certificate_make(&deputy, "deputy", &ca, -day, day, 1);
  certificate_make(&deputed, "server.example", &deputy, -day, day, 0);
  return 0;
}

int
pki_free_certificates(void **state) {
  certificate_t *all[] = {&ca,      &stranger, &server_own, &client_own, &stranger_own,
                          &expired, &early,    &other_name, &deputy,     &deputed};

  (void)state;
  for (size_t i = 0; i < COUNT_OF(all); i++)
    certificate_free(all[i]);
  return 0;
}

coap_dtls_key_t
pki_key_of(const certificate_t *own, const certificate_t *root) {
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

coap_dtls_pki_t
pki_of(const certificate_t *own, const certificate_t *root) {
  coap_dtls_pki_t pki;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.verify_peer_cert = root != NULL;
  pki.pki_key = pki_key_of(own, root);
  return pki;
}

void
pki_serve(const coap_dtls_pki_t *pki) {
  assert_int_equal(coap_context_set_pki(tls_server, pki), 1);
  tls_listen();
}

coap_session_t *
pki_connect(coap_proto_t proto, coap_dtls_pki_t *pki) {
  coap_address_t at = tls_address(proto);
  coap_session_t *session = coap_new_client_session_pki(tls_client, NULL, &at, proto, pki);

  assert_non_null(session);
  return session;
}

void
pki_is_accepted(coap_dtls_pki_t *pki) {
  for (size_t i = 0; i < PKI_PROTOS; i++) {
    coap_session_t *session = pki_connect(pki_protos[i], pki);

    tls_ask(session);
    coap_session_release(session);
    tls_settle();
  }
}

void
pki_is_refused(coap_dtls_pki_t *pki) {
  for (size_t i = 0; i < PKI_PROTOS; i++) {
    coap_session_t *session = pki_connect(pki_protos[i], pki);

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
