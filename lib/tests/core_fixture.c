/* core_fixture.c -- the session layer alone, on simulated seams, with calls out of it recorded. */
#include "core_fixture.h"

#include "test.h"
#include "seams/clock.h"
#include "seams/memory.h"
#include "seams/random.h"

#include <netinet/in.h>

coap_core_t fixture_core;
core_record_t fixture_record;

static int
record_transmit(coap_session_t *session, const uint8_t *data, size_t length) {
  (void)session;
  fixture_record.transmits++;
  fixture_record.sent_length =
      length < sizeof(fixture_record.sent) ? length : sizeof(fixture_record.sent);
  memcpy(fixture_record.sent, data, fixture_record.sent_length);
  return fixture_record.transmit_result;
}

static void
record_request(coap_session_t *session, const coap_pdu_t *request, const coap_rx_meta_t *meta) {
  (void)session;
  (void)request;
  (void)meta;
}

static coap_response_t
record_response(coap_session_t *session, coap_outgoing_t *out, const coap_pdu_t *received,
                const coap_rx_meta_t *meta) {
  (void)session;
  (void)received;
  (void)meta;
  fixture_record.responses++;
  out->answered = 1;
  return COAP_RESPONSE_OK;
}

static int
record_stray(coap_session_t *session, const coap_pdu_t *received, const coap_rx_meta_t *meta) {
  (void)session;
  (void)received;
  (void)meta;
  return 0;
}

static void
record_nack(coap_session_t *session, coap_outgoing_t *out, coap_nack_reason_t reason) {
  (void)session;
  (void)out;
  fixture_record.nacks++;
  fixture_record.nack_reason = (int)reason;
}

static void
record_outgoing_gone(coap_session_t *session, coap_outgoing_t *out) {
  (void)session;
  (void)out;
}

static void
record_reset(coap_session_t *session, coap_mid_t mid) {
  (void)session;
  (void)mid;
}

static void
record_event(coap_session_t *session, coap_event_t event) {
  (void)session;
  fixture_record.events++;
  fixture_record.event = (int)event;
}

static void
record_ping(coap_session_t *session, const coap_pdu_t *received, coap_mid_t mid) {
  (void)session;
  (void)received;
  (void)mid;
}

static void
record_gone(coap_session_t *session) {
  (void)session;
  fixture_record.gone++;
}

static void
record_close(coap_session_t *session) {
  (void)session;
  fixture_record.closed++;
}

static int
record_connect(coap_session_t *session) {
  (void)session;
  fixture_record.connects++;
  return 0;
}

static ssize_t
record_write(coap_session_t *session, const uint8_t *data, size_t length) {
  (void)session;
  (void)data;
  return (ssize_t)length;
}

static void
record_want(coap_session_t *session, int writable, int readable) {
  (void)session;
  (void)writable;
  (void)readable;
}

static uint8_t
record_jitter(coap_session_t *session) {
  (void)session;
  return 0;
}

static const coap_core_ops_t record_ops = {
    .transmit = record_transmit,
    .request = record_request,
    .response = record_response,
    .stray_response = record_stray,
    .nack = record_nack,
    .outgoing_gone = record_outgoing_gone,
    .reset = record_reset,
    .event = record_event,
    .ping = record_ping,
    .pong = record_ping,
    .gone = record_gone,
    .close = record_close,
    .connect = record_connect,
    .write = record_write,
    .want = record_want,
    .jitter = record_jitter,
};

int
core_fixture_setup(void **state) {
  (void)state;
  coap_mem_sim_reset();
  coap_clock_sim_set(coap_clock_now());
  coap_random_sim_seed(1);
  coap_set_log_level(COAP_LOG_EMERG);
  memset(&fixture_record, 0, sizeof(fixture_record));
  fixture_record.nack_reason = COAP_FSM_NACK_NONE;
  fixture_record.event = COAP_FSM_NO_EVENT;
  coap_core_init(&fixture_core, NULL, &record_ops);
  return 0;
}

int
core_fixture_teardown(void **state) {
  struct coap_mem_sim_stats stats;

  (void)state;
  coap_core_clear(&fixture_core);
  coap_mem_sim_stats(&stats);
  return stats.live_blocks != 0;
}

static void
set_address(coap_address_t *address, uint32_t host, uint16_t port) {
  coap_address_init(address);
  address->size = sizeof(address->addr.sin);
  address->addr.sin.sin_family = AF_INET;
  address->addr.sin.sin_addr.s_addr = htonl(host);
  address->addr.sin.sin_port = htons(port);
}

coap_session_t *
core_fixture_session_over(coap_proto_t proto, coap_session_type_t type, uint16_t remote_port) {
  coap_address_t local;
  coap_address_t remote;

  set_address(&local, 0x0a000001, 5683);
  set_address(&remote, 0x0a000002, remote_port);
  return coap_session_create(&fixture_core, type, proto, &local, &remote, 1, 100, 1);
}

coap_session_t *
core_fixture_session(coap_session_type_t type, uint16_t remote_port) {
  return core_fixture_session_over(COAP_PROTO_UDP, type, remote_port);
}

coap_session_t *
core_fixture_open(coap_session_type_t type, uint16_t remote_port) {
  coap_session_t *session = core_fixture_session(type, remote_port);

  assert_non_null(session);
  coap_session_event(session, COAP_FSM_EV_OPEN, COAP_NACK_NOT_DELIVERABLE);
  return session;
}

coap_mid_t
core_fixture_request(coap_session_t *session) {
  coap_mid_t mid = coap_new_message_id(session);
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, mid, 64);

  assert_non_null(pdu);
  assert_int_equal(coap_add_token(pdu, 2, (const uint8_t *)"ab"), 1);
  return coap_message_send(session, pdu, coap_clock_now(), 0);
}
