/* source_dtls.c -- datagrams of DTLS: to the session they belong to, or to the cookie exchange,
 * which keeps nothing of a peer before it has shown that it can be reached (RFC 6347 4.2.1). */
#include "api/context.h"

#include "seams/clock.h"
#include "session/handshakes.h"
#include "session/session_table.h"
#include "session/tls_link.h"

#include <string.h>

/* A DTLS record's header (RFC 6347 4.1): type, version, epoch, sequence number, length. */
enum { RECORD_HANDSHAKE = 22, RECORD_EPOCH = 3, RECORD_HEADER = 13, CLIENT_HELLO = 1 };

/* A handshake from its beginning, unprotected: of a peer that has forgotten what was. */
static int
is_client_hello(const uint8_t *data, size_t length) {
  return length > RECORD_HEADER && data[0] == RECORD_HANDSHAKE && data[RECORD_EPOCH] == 0 &&
         data[RECORD_EPOCH + 1] == 0 && data[RECORD_HEADER] == CLIENT_HELLO;
}

/* The peer has begun anew: what was with it ends now that its cookie has shown that it is there
 * (RFC 6347 4.2.8). The session, when somebody refers to it, or NULL. */
static coap_session_t *
end_old(coap_endpoint_t *endpoint, const coap_net_packet_t *packet) {
  coap_core_t *core = &endpoint->context->core;
  coap_proto_t proto = endpoint->proto;
  coap_session_t *session = coap_session_find(core, &packet->local, &packet->remote, proto);

  if (!session || session->state == COAP_FSM_CLOSED)
    return session;
  coap_session_pin(session);
  coap_session_event(session, COAP_FSM_EV_TLS_CLOSED, COAP_NACK_TLS_LAYER_FAILED);
  coap_session_unpin(session);
  return coap_session_find(core, &packet->local, &packet->remote, proto);
}

/* Told of who has to make room, or of its old session's end, the application may close the
 * endpoint: nothing is being read any more then. */
static void
begin_session(coap_endpoint_t *endpoint, const coap_net_packet_t *packet,
              const coap_tls_hello_t *hello, const coap_bin_const_t *datagram) {
  coap_context_t *context = endpoint->context;
  coap_tick_t now = coap_clock_now();
  coap_session_t *session = NULL;

  if (!coap_handshakes_make_room(&context->core, now)) {
    context->core.counters.rx_refused++;
    return;
  }
  if (context->reading)
    session = end_old(endpoint, packet);
  if (!context->reading)
    return;
  if (!session)
    session = coap_source_new_session(endpoint, &packet->local, &packet->remote, packet->ifindex);
  if (!session)
    return;
  coap_session_heard(session, now);
  coap_session_pin(session);
  coap_session_event(session, COAP_FSM_EV_OPEN_DTLS, COAP_NACK_NOT_DELIVERABLE);
  coap_tls_link_accept(session, hello, now);
  coap_tls_link_input(session, datagram->s, datagram->length, now);
  coap_session_unpin(session);
}

static void
endpoint_hello(coap_endpoint_t *endpoint, const coap_net_packet_t *packet,
               const coap_bin_const_t *datagram) {
  coap_context_t *context = endpoint->context;
  coap_session_key_t key;
  coap_bin_const_t peer = {sizeof(key), (const uint8_t *)&key};
  uint8_t answer[COAP_TLS_ANSWER_MAX];
  size_t length = 0;
  coap_tls_hello_t hello;

  coap_session_key_set(&key, &packet->local, &packet->remote, endpoint->proto);
  switch (coap_tls_hello(&context->cookies, coap_clock_now(), &peer, datagram, answer, &length,
                         &hello)) {
  case COAP_TLS_HELLO_IGNORE:
    context->core.counters.rx_ignored++;
    break;
  case COAP_TLS_HELLO_ANSWER:
    coap_net_send(endpoint->source.sock, &packet->local, &packet->remote, packet->ifindex, answer,
                  length);
    break;
  case COAP_TLS_HELLO_GOOD:
    begin_session(endpoint, packet, &hello, datagram);
    break;
  }
}

/* While the handshake goes on, ClientHellos are its own affair: sent again, or late. */
static int
begins_anew(const coap_session_t *session, const coap_bin_const_t *datagram) {
  return !session || !coap_session_link(session) ||
         (coap_session_link(session)->is_up && is_client_hello(datagram->s, datagram->length));
}

void
coap_source_dtls(coap_context_t *context, coap_source_t *source, const coap_net_packet_t *packet) {
  coap_bin_const_t datagram = {packet->length, packet->data};
  coap_session_t *session = source->session;

  /* (D)TLS has no groups. */
  if (coap_is_mcast(&packet->local)) {
    context->core.counters.rx_rejected++;
    return;
  }
  if (source->endpoint) {
    session =
        coap_session_find(&context->core, &packet->local, &packet->remote, source->endpoint->proto);
    if (begins_anew(session, &datagram)) {
      endpoint_hello(source->endpoint, packet, &datagram);
      return;
    }
  }
  coap_session_pin(session);
  session->ifindex = packet->ifindex ? packet->ifindex : session->ifindex;
  coap_tls_link_input(session, datagram.s, datagram.length, coap_clock_now());
  coap_session_unpin(session);
}
