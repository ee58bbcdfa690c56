/* tls_resume.c -- sessions that go on where an earlier one has ended, and those that must not: with
 * other keys, another identity, another host, or whatever a certificate is refused for by now. */
#include "test.h"

#include "pki_world.h"
#include "secure/tls_past.h"
#include "session/session.h"

#include <gnutls/gnutls.h>

#include <time.h>

static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS, COAP_PROTO_WSS};

static time_t time_ahead;

static time_t
tell_seconds(time_t *out) {
  time_t now = time(NULL) + time_ahead;

  if (out)
    *out = now;
  return now;
}

static int
setup(void **state) {
  time_ahead = 0;
  gnutls_global_set_time_function(tell_seconds);
  return tls_setup(state);
}

static int
teardown(void **state) {
  gnutls_global_set_time_function(time);
  return tls_teardown(state);
}

/* 1 when both sides say so. */
static int
is_resumed(const coap_session_t *session) {
  int result = tls_native_is_resumed(session);

  assert_int_equal(tls_native_is_resumed(tls_server_session()), result);
  return result;
}

static void
end(coap_session_t *session) {
  coap_session_release(session);
  tls_settle();
}

/* Asks and ends; 1 when it was resumed. */
static int
ask_once(coap_session_t *session) {
  int result;

  assert_non_null(session);
  tls_ask(session);
  result = is_resumed(session);
  end(session);
  return result;
}

static void
fails(coap_session_t *session) {
  unsigned int nacks = sim_told.nacks;

  assert_non_null(session);
  sim_told.requests = 0;
  sim_request(session, COAP_MESSAGE_CON);
  tls_run(64000);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_told.nacks, nacks + 1);
  assert_int_equal(sim_told.requests, 0);
  end(session);
}

static coap_session_t *
connect_as(coap_proto_t proto, coap_dtls_cpsk_t *psk) {
  coap_address_t at = tls_address(proto);

  return coap_new_client_session_psk2(tls_client, NULL, &at, proto, psk);
}

static void
a_session_goes_on_when_it_is_opened_again(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "secret");

    tls_ask(session);
    assert_int_equal(is_resumed(session), 0);
    for (int again = 0; again < 3; again++) {
      coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
      tls_settle();
      tls_ask(session);
      assert_int_equal(is_resumed(session), 1);
    }
    end(session);
    assert_int_equal(ask_once(tls_connect_psk(protos[i], "secret")), 1);
  }
}

/* Fewer messages, as RFC 5246 7.3 (figure 2) has it. */
static void
it_takes_fewer_bytes_of_the_server(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);
  size_t whole;
  size_t before;

  (void)state;
  pki_serve(&server);
  for (size_t i = 0; i < PKI_PROTOS; i++) {
    before = tls_bytes_of_server();
    assert_int_equal(ask_once(pki_connect(pki_protos[i], &client)), 0);
    whole = tls_bytes_of_server() - before;
    before = tls_bytes_of_server();
    assert_int_equal(ask_once(pki_connect(pki_protos[i], &client)), 1);
    assert_true(tls_bytes_of_server() - before < whole);
  }
}

static void
keys_are_shown_as_ever(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session;

    ask_once(tls_connect_psk(protos[i], "secret"));
    session = tls_connect_psk(protos[i], "secret");
    tls_ask(session);
    assert_int_equal(is_resumed(session), 1);
    tls_is_text(coap_session_get_psk_identity(session), "me");
    tls_is_text(coap_session_get_psk_key(session), "secret");
    tls_is_text(coap_session_get_psk_identity(tls_server_session()), "me");
    tls_is_text(coap_session_get_psk_key(tls_server_session()), "secret");
    end(session);
  }
}

static void
another_key_or_identity_does_not_resume(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_dtls_cpsk_t other = tls_client_psk("secret");
    coap_session_t *session;

    other.psk_info.identity = (coap_bin_const_t){3, (const uint8_t *)"you"};
    assert_int_equal(ask_once(tls_connect_psk(protos[i], "secret")), 0);
    fails(tls_connect_psk(protos[i], "wrong"));
    session = connect_as(protos[i], &other);
    tls_ask(session);
    assert_int_equal(is_resumed(session), 0);
    tls_is_text(coap_session_get_psk_identity(tls_server_session()), "you");
    end(session);
    assert_int_equal(ask_once(tls_connect_psk(protos[i], "secret")), 1);
  }
}

static void
another_host_name_or_transport_does_not_resume(void **state) {
  static char name[] = "server.example";
  coap_dtls_cpsk_t named = tls_client_psk("secret");

  (void)state;
  tls_serve_psk();
  named.client_sni = name;
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    assert_int_equal(ask_once(tls_connect_psk(protos[i], "secret")), 0);
    assert_int_equal(ask_once(connect_as(protos[i], &named)), 0);
    assert_int_equal(ask_once(connect_as(protos[i], &named)), 1);
  }
}

static void
another_port_does_not_resume(void **state) {
  coap_dtls_cpsk_t psk = tls_client_psk("secret");
  coap_address_t at = sim_address(SIM_HOST, TLS_PORT + 10);

  (void)state;
  tls_serve_psk();
  assert_non_null(coap_new_endpoint(tls_server, &at, COAP_PROTO_TLS));
  assert_int_equal(ask_once(tls_connect_psk(COAP_PROTO_TLS, "secret")), 0);
  assert_int_equal(
      ask_once(coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_TLS, &psk)), 0);
}

/* What a server has given out with one key is worth nothing with the next. */
static void
a_server_with_a_new_key_does_not_resume(void **state) {
  coap_dtls_spsk_t server = tls_server_psk();

  (void)state;
  tls_serve_psk();
  server.psk_info.key = (coap_bin_const_t){5, (const uint8_t *)"other"};
  for (size_t i = 0; i < COUNT_OF(protos); i++)
    ask_once(tls_connect_psk(protos[i], "secret"));
  assert_int_equal(coap_context_set_psk2(tls_server, &server), 1);
  for (size_t i = 0; i < COUNT_OF(protos); i++)
    fails(tls_connect_psk(protos[i], "secret"));
}

static const coap_bin_const_t *
key_of(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  (void)identity;
  (void)session;
  return arg;
}

static const coap_dtls_cpsk_info_t *
info_of(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  (void)hint;
  (void)session;
  return arg;
}

/* A call-back might choose otherwise this time. */
static void
who_is_asked_for_keys_is_asked_each_time(void **state) {
  coap_bin_const_t key = {6, (const uint8_t *)"secret"};
  coap_dtls_cpsk_info_t info = {{2, (const uint8_t *)"me"}, key};
  coap_dtls_spsk_t server = tls_server_psk();
  coap_dtls_cpsk_t client = tls_client_psk("secret");

  (void)state;
  client.validate_ih_call_back = info_of;
  client.ih_call_back_arg = &info;
  tls_serve_psk();
  for (size_t i = 0; i < 2 * COUNT_OF(protos); i++)
    assert_int_equal(ask_once(connect_as(protos[i / 2], &client)), 0);
  server.validate_id_call_back = key_of;
  server.id_call_back_arg = &key;
  assert_int_equal(coap_context_set_psk2(tls_server, &server), 1);
  for (size_t i = 0; i < 2 * COUNT_OF(protos); i++)
    assert_int_equal(ask_once(tls_connect_psk(protos[i / 2], "secret")), 0);
}

static int accepts;
static unsigned int names_asked;

static int
on_name(const char *name, const uint8_t *der, size_t length, coap_session_t *session,
        unsigned int depth, int is_valid, void *arg) {
  (void)name;
  (void)session;
  (void)depth;
  (void)arg;
  assert_true(der && length);
  names_asked++;
  return accepts && is_valid;
}

/* A client's certificate is asked for over TLS: a ticket with it in is too long for a datagram. */
static void
names_are_judged_again(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, &ca);
  coap_dtls_pki_t client = pki_of(&client_own, &ca);
  coap_dtls_pki_t *sides[] = {&server, &client};

  (void)state;
  pki_serve(&server);
  for (size_t i = 0; i < COUNT_OF(sides); i++) {
    sides[i]->validate_cn_call_back = on_name;
    assert_int_equal(coap_context_set_pki(tls_server, &server), 1);
    accepts = 1;
    assert_int_equal(ask_once(pki_connect(COAP_PROTO_TLS, &client)), 0);
    names_asked = 0;
    assert_int_equal(ask_once(pki_connect(COAP_PROTO_TLS, &client)), 1);
    assert_int_equal(names_asked, 1);
    accepts = 0;
    fails(pki_connect(COAP_PROTO_TLS, &client));
    assert_int_equal(names_asked, 2);
    sides[i]->validate_cn_call_back = NULL;
  }
}

/* Within the life of a ticket, but not of the certificate. */
static void
time_is_judged_again(void **state) {
  certificate_t short_lived;
  coap_dtls_pki_t server;
  coap_dtls_pki_t client = pki_of(NULL, &ca);

  (void)state;
  certificate_make(&short_lived, "server.example", &ca, -3600, 1800, 0);
  server = pki_of(&short_lived, NULL);
  pki_serve(&server);
  for (size_t i = 0; i < PKI_PROTOS; i++) {
    time_ahead = 0;
    assert_int_equal(ask_once(pki_connect(pki_protos[i], &client)), 0);
    assert_int_equal(ask_once(pki_connect(pki_protos[i], &client)), 1);
    time_ahead = 3600;
    fails(pki_connect(pki_protos[i], &client));
  }
  certificate_free(&short_lived);
}

static void
a_client_that_trusts_others_does_not_resume(void **state) {
  coap_dtls_pki_t server = pki_of(&server_own, NULL);
  coap_dtls_pki_t client = pki_of(NULL, &ca);
  coap_dtls_pki_t other = pki_of(NULL, &stranger);

  (void)state;
  pki_serve(&server);
  for (size_t i = 0; i < PKI_PROTOS; i++) {
    ask_once(pki_connect(pki_protos[i], &client));
    fails(pki_connect(pki_protos[i], &other));
  }
}

static void
tickets_do_not_last(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    time_ahead = 0;
    ask_once(tls_connect_psk(protos[i], "secret"));
    time_ahead = 7 * 3600;
    assert_int_equal(ask_once(tls_connect_psk(protos[i], "secret")), 0);
  }
}

/* A day later the server has another key for its tickets, whatever their age. */
static void
keys_of_tickets_do_not_last(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++)
    ask_once(tls_connect_psk(protos[i], "secret"));
  tls_run(24 * 3600 * 1000);
  for (size_t i = 0; i < COUNT_OF(protos); i++)
    assert_int_equal(ask_once(tls_connect_psk(protos[i], "secret")), 0);
}

static void
the_number_kept_is_bounded(void **state) {
  coap_dtls_cpsk_t psk = tls_client_psk("secret");
  coap_tls_setup_t parts = {.cpsk = &psk};
  coap_tls_setup_t *keys = coap_tls_setup_new(&parts);
  coap_tls_past_t past = {NULL, 0};
  coap_bin_const_t data = {4, (const uint8_t *)"data"};
  uint8_t peer = 0;
  coap_tls_past_key_t key = {keys, {1, &peer}};

  (void)state;
  assert_non_null(keys);
  for (; peer < COAP_TLS_PAST_MAX + 8; peer++) {
    coap_tls_past_keep(&past, &key, &data);
    assert_non_null(coap_tls_past_find(&past, &key));
  }
  assert_int_equal(past.count, COAP_TLS_PAST_MAX);
  peer = 7;
  assert_null(coap_tls_past_find(&past, &key));
  peer = 8;
  assert_non_null(coap_tls_past_find(&past, &key));
  coap_tls_past_keep(&past, &key, NULL);
  assert_null(coap_tls_past_find(&past, &key));
  assert_int_equal(past.count, COAP_TLS_PAST_MAX - 1);
  data.length = COAP_TLS_PAST_BYTES_MAX + 1;
  coap_tls_past_keep(&past, &key, &data);
  assert_null(coap_tls_past_find(&past, &key));
  coap_tls_past_clear(&past);
  assert_int_equal(keys->refs, 1);
  coap_tls_setup_unref(keys);
}

#define RESUME_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      RESUME_TEST(a_session_goes_on_when_it_is_opened_again),
      RESUME_TEST(it_takes_fewer_bytes_of_the_server),
      RESUME_TEST(keys_are_shown_as_ever),
      RESUME_TEST(another_key_or_identity_does_not_resume),
      RESUME_TEST(another_host_name_or_transport_does_not_resume),
      RESUME_TEST(another_port_does_not_resume),
      RESUME_TEST(a_server_with_a_new_key_does_not_resume),
      RESUME_TEST(who_is_asked_for_keys_is_asked_each_time),
      RESUME_TEST(names_are_judged_again),
      RESUME_TEST(time_is_judged_again),
      RESUME_TEST(a_client_that_trusts_others_does_not_resume),
      RESUME_TEST(tickets_do_not_last),
      RESUME_TEST(keys_of_tickets_do_not_last),
      RESUME_TEST(the_number_kept_is_bounded),
  };
  int failed;

  coap_startup();
  coap_set_log_level(COAP_LOG_EMERG);
  failed = cmocka_run_group_tests(tests, pki_make_certificates, pki_free_certificates);
  coap_cleanup();
  return failed;
}
