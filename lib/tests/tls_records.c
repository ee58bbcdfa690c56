/* tls_records.c -- DTLS under hostile datagrams, and at the edges of what a datagram holds. */
#include "test.h"

#include "session/session.h"
#include "tls_world.h"

static coap_session_t *
connect_and_ask(void) {
  coap_session_t *session;

  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  assert_non_null(session);
  tls_ask(session);
  return session;
}

/* Anybody can send datagrams in the name of the peer: of those that hold no whole record nothing
 * may be left (RFC 6347 4.1.2.7). */
static void
pieces_of_records_are_dropped(void **state) {
  static const uint8_t longer[] = {23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 1, 0, 0};
  static const uint8_t header[] = {23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 9, 0, 30};
  static const uint8_t start[] = {23, 254, 253};
  const struct {
    const uint8_t *bytes;
    size_t length;
  } forged[] = {{longer, sizeof(longer)}, {header, sizeof(header)}, {start, sizeof(start)}};
  coap_session_t *session = connect_and_ask();
  coap_address_t server = tls_address(COAP_PROTO_DTLS);
  const coap_address_t *client = coap_session_get_addr_local(session);

  (void)state;
  for (size_t i = 0; i < COUNT_OF(forged); i++) {
    assert_int_equal(sim_inject_bytes(client, &server, forged[i].bytes, forged[i].length), 0);
    tls_settle();
    tls_ask(session);
    assert_int_equal(sim_inject_bytes(&server, client, forged[i].bytes, forged[i].length), 0);
    tls_settle();
    tls_ask(session);
  }
  coap_session_release(session);
}

/* A server whose peer has another key has nothing to send again: it waits, and does not look for
 * news every millisecond. */
static void
waiting_costs_nothing(void **state) {
  coap_session_t *session;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "wrong");
  for (int i = 0; i < 20; i++) {
    uint64_t wait;

    tls_settle();
    wait = sim_next_deadline();
    assert_true(wait >= 10);
    if (wait == UINT64_MAX) /* both have given up: some libraries look less often */
      break;
    tls_run(wait);
  }
  coap_session_release(session);
}

/* GnuTLS itself writes past its buffer when there is no room for a piece of a message. */
static void
tiny_datagrams_are_no_harm(void **state) {
  coap_dtls_spsk_t psk = tls_server_psk();
  coap_address_t at = tls_address(COAP_PROTO_DTLS);
  coap_endpoint_t *endpoint;
  coap_session_t *session;

  (void)state;
  assert_int_equal(coap_context_set_psk2(tls_server, &psk), 1);
  endpoint = coap_new_endpoint(tls_server, &at, COAP_PROTO_DTLS);
  assert_non_null(endpoint);
  coap_endpoint_set_default_mtu(endpoint, 16);
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  tls_settle();
  assert_int_equal(coap_session_get_state(session), COAP_SESSION_STATE_ESTABLISHED);
  coap_session_release(session);
}

static void
ask_with_id(coap_session_t *session, coap_mid_t mid) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_CODE_GET, mid, 100);

  assert_non_null(pdu);
  assert_int_equal(coap_add_token(pdu, 1, (const uint8_t *)"t"), 1);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r");
  assert_int_equal(coap_send(session, pdu), mid);
  tls_settle();
}

/* RFC 7252 9.1.1: "the same message" is one of the same DTLS session. */
static void
ids_begin_anew(void **state) {
  coap_session_t *session = connect_and_ask();
  coap_session_t *server = coap_session_reference(tls_server_session());
  unsigned int before = sim_told.requests;

  (void)state;
  ask_with_id(session, 77);
  assert_int_equal(sim_told.requests, before + 1);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  tls_settle();
  ask_with_id(session, 77);
  assert_ptr_equal(tls_server_session(), server);
  assert_int_equal(sim_told.requests, before + 2);
  coap_session_release(server);
  coap_session_release(session);
}

static coap_mid_t sent_at_the_end;

static int
send_at_the_end(coap_session_t *session, const coap_event_t event) {
  if (event == COAP_EVENT_DTLS_CLOSED)
    sent_at_the_end = sim_request(session, COAP_MESSAGE_CON);
  return 0;
}

/* Neither one that the application has no reference to, nor one turned into a client's: a server
 * cannot begin a handshake, and waited for one for ever. */
static void
servers_do_not_reopen(void **state) {
  coap_session_t *server;
  coap_session_t *session = connect_and_ask();

  (void)state;
  coap_register_event_handler(tls_server, send_at_the_end);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  tls_settle();
  assert_int_equal(sent_at_the_end, COAP_INVALID_MID);
  assert_int_equal(coap_context_core(tls_server)->session_count, 0);
  tls_ask(session);
  server = tls_server_session();
  assert_int_equal(coap_session_set_type_client(server), 1);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  tls_settle();
  assert_int_equal(sim_request(server, COAP_MESSAGE_CON), COAP_INVALID_MID);
  assert_int_equal(coap_session_get_state(server), COAP_SESSION_STATE_NONE);
  coap_session_release(server);
  coap_session_release(session);
}

/* Where the client's Finished is: the first record of epoch 1. */
static int
has_finished(void) {
  for (unsigned int i = 0; i < sim_sent_count(); i++) {
    const sim_sent_t *sent = sim_sent(i);

    for (size_t at = 0; at + 13 <= sent->length;
         at += 13U + ((size_t)sent->bytes[at + 11] << 8 | sent->bytes[at + 12])) {
      if (sent->bytes[at + 4] == 1)
        return 1;
    }
  }
  return 0;
}

/* libcoap 4.3 with GnuTLS reads one record of each datagram. Of a flight that is sent again those
 * of epoch 0 are behind the times: before others in a datagram they would hold these up. */
static void
a_flight_sent_again_has_a_record_a_datagram(void **state) {
  coap_session_t *session;
  unsigned int again = 0;

  (void)state;
  tls_serve_psk();
  session = tls_connect_psk(COAP_PROTO_DTLS, "secret");
  for (unsigned int i = 0; i < 60 && !has_finished(); i++)
    coap_io_process(i % 2 ? tls_client : tls_server, COAP_IO_NO_WAIT);
  assert_true(has_finished());
  sim_forget_sent();
  sim_drop(1000);
  sim_run(1500);
  for (unsigned int i = 0; i < sim_sent_count(); i++) {
    const sim_sent_t *sent = sim_sent(i);

    if (coap_address_get_port(&sent->to) != TLS_PORT)
      continue;
    again++;
    assert_true(sent->length > 13);
    assert_int_equal(13U + ((size_t)sent->bytes[11] << 8 | sent->bytes[12]), sent->length);
  }
  assert_true(again >= 3); /* the key exchange, the change of epoch, Finished */
  sim_drop(0);
  tls_run(5000);
  tls_ask(session);
  coap_session_release(session);
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, tls_setup, tls_teardown)

int
main(void) {
  const struct CMUnitTest tests[] = {
      WORLD(pieces_of_records_are_dropped), WORLD(waiting_costs_nothing),
      WORLD(tiny_datagrams_are_no_harm),    WORLD(ids_begin_anew),
      WORLD(servers_do_not_reopen),         WORLD(a_flight_sent_again_has_a_record_a_datagram)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
