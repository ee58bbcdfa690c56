/* tls_psk.c -- pre-shared keys over DTLS, TLS and secure WebSockets, both sides ours: who is told
 * of what, what goes over the wire, what becomes of wrong keys and wrong peers. */
#include "test.h"

#include "seams/memory.h"
#include "secure/tls.h"
#include "session/session.h"
#include "tls_native.h"
#include "tls_world.h"

static const coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS, COAP_PROTO_WSS};

static void
a_request_is_answered(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "secret");

    assert_non_null(session);
    assert_true(coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED);
    tls_ask(session);
    tls_ask(session);
    assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
    assert_int_equal(coap_session_get_proto(tls_server_session()), protos[i]);
    assert_int_equal(coap_session_get_type(tls_server_session()), COAP_SESSION_TYPE_SERVER);
    coap_session_release(session);
    tls_settle();
  }
  assert_int_equal(sim_event_count(COAP_EVENT_DTLS_CONNECTED), 2 * COUNT_OF(protos));
  assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_NEW), COUNT_OF(protos));
  assert_int_equal(sim_event_count(COAP_EVENT_DTLS_ERROR), 0);
  assert_int_equal(sim_told.nacks, 0);
}

/* Neither key nor message is to be read on the wire. */
static void
nothing_is_seen_on_the_wire(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "secret");
    char answer[16];

    tls_ask(session);
    /* All of the payload and its marker: any two bytes are in the ciphertext by chance at times. */
    assert_true(sim_told.requests > 0);
    snprintf(answer, sizeof(answer), "\xffr%u", sim_told.requests);
    coap_session_release(session);
    tls_settle();
    assert_int_equal(tls_was_seen(answer), 0);
  }
  assert_true(tls_bytes_of_client() > 0);
  assert_int_equal(tls_was_seen("secret"), 0);
  assert_int_equal(tls_was_seen("coap"), 1); /* RFC 8323 8.2: ALPN */
}

/* RFC 7252 9.1.3.1: the suite that every implementation has is the one chosen. */
static void
dtls_takes_the_mandatory_suite(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_ask(session);
  assert_string_equal(tls_native_suite(session), "TLS_PSK_WITH_AES_128_CCM_8");
  assert_int_equal(tls_native_version(session), WIRE_DTLS_1_2);
}

static void
keys_are_shown(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_ask(session);
  tls_is_text(coap_session_get_psk_identity(session), "me");
  tls_is_text(coap_session_get_psk_key(session), "secret");
  if (coap_tls_ability()->psk_hint)
    tls_is_text(coap_session_get_psk_hint(session), "hint");
  tls_is_text(coap_session_get_psk_hint(tls_server_session()), "hint");
  tls_is_text(coap_session_get_psk_key(tls_server_session()), "secret");
  tls_is_text(coap_session_get_psk_identity(tls_server_session()), "me");
}

static void
a_wrong_key_fails_the_handshake(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "wrong");

    sim_told.nacks = 0;
    sim_request(session, COAP_MESSAGE_CON);
    tls_run(64000);
    assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
    assert_int_equal(sim_told.nacks, 1);
    assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
    assert_true(sim_event_count(COAP_EVENT_DTLS_ERROR) > i);
    coap_session_release(session);
  }
  assert_int_equal(sim_told.requests, 0);
  assert_int_equal(coap_context_core(tls_server)->session_count, 0);
  assert_int_equal(coap_context_core(tls_server)->handshakes, 0);
}

static unsigned int ids_asked;

static const coap_bin_const_t *
key_of(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static const coap_bin_const_t key = {6, (const uint8_t *)"secret"};

  assert_non_null(session);
  ids_asked++;
  return identity->length == 2 && memcmp(identity->s, arg, 2) == 0 ? &key : NULL;
}

static void
serve_only(const char *identity) {
  coap_dtls_spsk_t psk = tls_server_psk();

  ids_asked = 0;
  psk.validate_id_call_back = key_of;
  psk.id_call_back_arg = (void *)(uintptr_t)identity;
  psk.psk_info.key = (coap_bin_const_t){0, NULL};
  assert_int_equal(coap_context_set_psk2(tls_server, &psk), 1);
  tls_listen();
}

static void
the_identity_finds_the_key(void **state) {
  (void)state;
  serve_only("me");
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
  tls_ask(tls_connect_psk(COAP_PROTO_TLS, "secret"));
  assert_true(ids_asked >= 2);
}

/* It is told at once, not by silence. */
static void
an_unknown_identity_is_refused(void **state) {
  (void)state;
  serve_only("us");
  for (size_t i = 0; i < 2; i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "secret");

    sim_request(session, COAP_MESSAGE_CON);
    tls_settle();
    assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
    assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
  }
  assert_int_equal(sim_told.nacks, 2);
}

static const coap_dtls_cpsk_info_t *
info_for(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  static const coap_dtls_cpsk_info_t info = {{2, (const uint8_t *)"me"},
                                             {6, (const uint8_t *)"secret"}};

  (void)session;
  return hint->length == strlen(arg) && memcmp(hint->s, arg, hint->length) == 0 ? &info : NULL;
}

static coap_session_t *
connect_by_hint(coap_proto_t proto, const char *hint) {
  coap_dtls_cpsk_t psk = tls_client_psk("wrong");
  coap_address_t at = tls_address(proto);

  psk.validate_ih_call_back = info_for;
  psk.ih_call_back_arg = (void *)(uintptr_t)hint;
  return coap_new_client_session_psk2(tls_client, NULL, &at, proto, &psk);
}

/* A library without hints asks for none. */
static const char *
known_hint(void) {
  return coap_tls_ability()->psk_hint ? "hint" : "";
}

static void
the_hint_finds_identity_and_key(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  tls_ask(connect_by_hint(COAP_PROTO_DTLS, known_hint()));
  tls_ask(connect_by_hint(COAP_PROTO_TLS, known_hint()));
  session = connect_by_hint(COAP_PROTO_DTLS, "another");
  if (!coap_tls_ability()->psk_hint) { /* it is known at once that there is no key */
    assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
    return;
  }
  sim_request(session, COAP_MESSAGE_CON);
  tls_settle();
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
}

/* The newest version that serves: a hint there is in TLS 1.2 only. */
static void
tls_takes_the_newest_version(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_TLS, "secret");
  tls_ask(session);
  assert_int_equal(tls_native_version(session),
                   coap_tls_ability()->tls_1_3 ? WIRE_TLS_1_3 : WIRE_TLS_1_2);
  session = connect_by_hint(COAP_PROTO_TLS, known_hint());
  tls_ask(session);
  assert_int_equal(tls_native_version(session), WIRE_TLS_1_2);
}

static const coap_dtls_spsk_info_t *
info_for_name(const char *name, coap_session_t *session, void *arg) {
  static const coap_dtls_spsk_info_t info = {{7, (const uint8_t *)"virtual"},
                                             {6, (const uint8_t *)"hidden"}};

  (void)session;
  (void)arg;
  return strcmp(name, "one.example") == 0 ? &info : NULL;
}

static void
the_host_name_finds_hint_and_key(void **state) {
  coap_dtls_spsk_t server = tls_server_psk();
  coap_dtls_cpsk_t psk = tls_client_psk("hidden");
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  static char names[2][16] = {"one.example", "two.example"};
  coap_session_t *session;

  (void)state;
  server.validate_sni_call_back = info_for_name;
  assert_int_equal(coap_context_set_psk2(tls_server, &server), 1);
  tls_listen();
  psk.client_sni = names[0];
  session = coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_DTLS, &psk);
  tls_ask(session);
  tls_is_text(coap_session_get_psk_hint(tls_server_session()), "virtual");
  if (coap_tls_ability()->psk_hint)
    tls_is_text(coap_session_get_psk_hint(session), "virtual");
  at = tls_address(COAP_PROTO_TLS);
  tls_ask(coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_TLS, &psk));
  at = tls_address(COAP_PROTO_DTLS);
  psk.client_sni = names[1];
  session = coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_DTLS, &psk);
  sim_request(session, COAP_MESSAGE_CON);
  tls_settle();
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
}

/* Each datagram of the handshake is lost once. */
static void
lost_handshake_messages_are_sent_again(void **state) {
  (void)state;
  tls_serve_psk();
  for (unsigned int nth = 0; nth < 7; nth++) {
    coap_session_t *session;
    unsigned int answered = sim_told.responses;

    sim_forget_sent();
    if (nth == 0)
      sim_drop(1);
    session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
    for (unsigned int i = 0; i < 60 && sim_sent_count() < nth; i++) {
      coap_io_process(i % 2 ? tls_client : tls_server, COAP_IO_NO_WAIT);
      if (sim_sent_count() >= nth)
        sim_drop(1);
    }
    sim_request(session, COAP_MESSAGE_CON);
    tls_run(20000);
    assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
    assert_int_equal(sim_told.responses, answered + 1);
    coap_session_release(session);
    tls_run(1000);
  }
}

static void
without_a_server_the_handshake_is_given_up(void **state) {
  coap_dtls_cpsk_t psk = tls_client_psk("secret");
  coap_address_t nobody = sim_address(SIM_PEER, 5684);
  coap_session_t *session =
      coap_new_client_session_psk2(tls_client, NULL, &nobody, COAP_PROTO_DTLS, &psk);

  (void)state;
  sim_request(session, COAP_MESSAGE_CON);
  tls_run(64000);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_told.nacks, 1);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
  /* RFC 6347 4.2.4.1: at 0, 1, 3, 7, 15 and 31 s */
  assert_true(sim_sent_count() >= 6 && sim_sent_count() <= 7);
  assert_int_equal(sim_sent(3)->at - sim_sent(2)->at, 4000);
}

/* The peer is told that it is over, and tells its own application. */
static void
closing_is_told_to_the_peer(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < 2; i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "secret");

    memset(sim_told.events, 0, sizeof(sim_told.events));
    tls_ask(session);
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    tls_settle();
    assert_int_equal(sim_event_count(COAP_EVENT_DTLS_CLOSED), 2);
    assert_int_equal(sim_event_count(COAP_EVENT_SERVER_SESSION_DEL), 1);
    assert_int_equal(coap_context_core(tls_server)->session_count, 0);
    coap_session_release(session);
  }
}

static void
a_closed_session_opens_again_by_sending(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++)
    tls_live_twice(protos[i]);
}

/* What is not DTLS, or not protected, changes nothing. */
static void
forged_datagrams_change_nothing(void **state) {
  static const char *const forged[] = {"\x40\x01\x00\x01", "\x17\xfe\xfd\0\0\0\0\0\0\0\1\0\2hi",
                                       "\x15\xfe\xfd\0\0\0\0\0\0\0\2\0\2\2\x28"};
  static const size_t lengths[] = {4, 15, 15};
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_address_t from;
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_ask(session);
  from = *coap_session_get_addr_local(session);
  for (size_t i = 0; i < COUNT_OF(forged); i++) {
    sim_inject_bytes(&from, &at, (const uint8_t *)forged[i], lengths[i]);
    sim_inject_bytes(&at, &from, (const uint8_t *)forged[i], lengths[i]);
    tls_settle();
  }
  assert_int_equal(sim_event_count(COAP_EVENT_DTLS_ERROR), 0);
  tls_ask(session);
}

/* Plain CoAP to the secure port is not answered; a secure client at a plain port gives up. */
static void
plain_and_secure_do_not_mix(void **state) {
  static const uint8_t request[] = {0x40, 1, 0, 1, 0xb1, 'r'};
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_address_t plain = sim_address(SIM_HOST, 5683);
  coap_address_t from = sim_address(SIM_PEER, 4000);
  coap_dtls_cpsk_t psk = tls_client_psk("secret");
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  sim_inject_bytes(&from, &at, request, sizeof(request));
  tls_settle();
  assert_int_equal(sim_sent_count(), 0);
  assert_int_equal(sim_told.requests, 0);
  session = coap_new_client_session_psk2(tls_client, NULL, &plain, COAP_PROTO_DTLS, &psk);
  sim_request(session, COAP_MESSAGE_CON);
  tls_run(64000);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_told.nack_reason, COAP_NACK_TLS_FAILED);
}

static void
plain_tcp_to_the_secure_port_is_closed(void **state) {
  coap_address_t at = tls_address(COAP_PROTO_TLS);
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = coap_new_client_session(tls_client, NULL, &at, COAP_PROTO_TCP);
  assert_non_null(session);
  tls_settle();
  assert_int_equal(sim_told.requests, 0);
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
  assert_int_equal(sim_event_count(COAP_EVENT_DTLS_ERROR), 1);
}

static void
bodies_pass_whole(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t i = 0; i < COUNT_OF(protos); i++) {
    coap_session_t *session = tls_connect_psk(protos[i], "secret");
    coap_pdu_t *pdu;
    static uint8_t body[900];

    tls_ask(session);
    pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session);
    assert_non_null(pdu);
    assert_true(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r") > 0);
    assert_int_equal(coap_add_data(pdu, sizeof(body), body), 1);
    sim_told.responses = 0;
    assert_true(coap_send(session, pdu) != COAP_INVALID_MID);
    tls_settle();
    assert_int_equal(sim_told.responses, 1);
    assert_true(coap_session_max_pdu_size(session) > 1000);
  }
}

/* A request, as far as memory allows. */
static void
try_to_ask(coap_session_t *session) {
  coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, session);

  if (pdu)
    coap_send(session, pdu);
  tls_settle();
}

/* Each allocation of ours fails once: a session that came to nothing says so, nothing is left. */
static void
memory_failures_are_survived(void **state) {
  (void)state;
  tls_serve_psk();
  for (size_t p = 0; p < COUNT_OF(protos); p++) {
    for (uint64_t nth = 1; nth < 60; nth++) {
      coap_session_t *session;

      coap_mem_sim_fail(nth, 0);
      session = tls_connect_psk(protos[p], "secret");
      if (session)
        try_to_ask(session);
      coap_mem_sim_fail(0, 0);
      coap_session_release(session);
      tls_settle();
      sim_forget_sent();
    }
  }
  tls_ask(tls_connect_psk(COAP_PROTO_DTLS, "secret"));
}

/* Mbed TLS has a bound of its own for keys: then a longer one is refused at once. */
static void
the_longest_key_serves(void **state) {
  static uint8_t key[COAP_DTLS_MAX_PSK];
  coap_dtls_spsk_t server = tls_server_psk();
  coap_dtls_cpsk_t client = tls_client_psk("secret");
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_session_t *session;

  (void)state;
  memset(key, 'k', sizeof(key));
  server.psk_info.key = client.psk_info.key = (coap_bin_const_t){sizeof(key), key};
  if (!coap_context_set_psk2(tls_server, &server)) {
    assert_int_equal(coap_tls_ability()->library, COAP_TLS_LIBRARY_MBEDTLS);
    assert_null(coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_DTLS, &client));
    return;
  }
  tls_listen();
  session = coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_DTLS, &client);
  assert_non_null(session);
  tls_ask(session);
}

static void
useless_keys_are_refused(void **state) {
  coap_dtls_spsk_t server = tls_server_psk();
  coap_dtls_cpsk_t psk = tls_client_psk("");
  coap_address_t at = tls_address(COAP_PROTO_DTLS);

  (void)state;
  server.version = 9;
  assert_int_equal(coap_context_set_psk2(tls_server, &server), 0);
  server = tls_server_psk();
  server.psk_info.key.length = 0;
  assert_int_equal(coap_context_set_psk2(tls_server, &server), 0);
  server.psk_info.key.length = COAP_DTLS_MAX_PSK + 1;
  assert_int_equal(coap_context_set_psk2(tls_server, &server), 0);
  assert_null(coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_DTLS, &psk));
  psk = tls_client_psk("secret");
  assert_null(coap_new_client_session_psk2(tls_client, NULL, &at, COAP_PROTO_UDP, &psk));
  assert_null(coap_new_client_session(tls_client, NULL, &at, COAP_PROTO_DTLS));
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int
main(void) {
  static const struct CMUnitTest tests[] = {
      TLS_TEST(a_request_is_answered),
      TLS_TEST(nothing_is_seen_on_the_wire),
      TLS_TEST(dtls_takes_the_mandatory_suite),
      TLS_TEST(keys_are_shown),
      TLS_TEST(a_wrong_key_fails_the_handshake),
      TLS_TEST(the_identity_finds_the_key),
      TLS_TEST(an_unknown_identity_is_refused),
      TLS_TEST(the_hint_finds_identity_and_key),
      TLS_TEST(tls_takes_the_newest_version),
      TLS_TEST(the_host_name_finds_hint_and_key),
      TLS_TEST(lost_handshake_messages_are_sent_again),
      TLS_TEST(without_a_server_the_handshake_is_given_up),
      TLS_TEST(closing_is_told_to_the_peer),
      TLS_TEST(a_closed_session_opens_again_by_sending),
      TLS_TEST(forged_datagrams_change_nothing),
      TLS_TEST(plain_and_secure_do_not_mix),
      TLS_TEST(plain_tcp_to_the_secure_port_is_closed),
      TLS_TEST(bodies_pass_whole),
      TLS_TEST(memory_failures_are_survived),
      TLS_TEST(the_longest_key_serves),
      TLS_TEST(useless_keys_are_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
