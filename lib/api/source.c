/* source.c -- between sockets and sessions: datagrams in, to the session they belong to, and out.
 */
#include "api/context.h"

#include "api/packet_loss.h"
#include "seams/clock.h"
#include "wire/pdu_udp.h"

#include <errno.h>

/* 1 when a datagram may wait for those that go with it, so that what becomes of it is known only
 * later: a Confirmable one of ours is told at once. */
static int
may_wait(const coap_session_t *session, const uint8_t *data) {
  return session->core->context->processing &&
         (session->proto == COAP_PROTO_DTLS || (data[0] >> 4 & 3) != COAP_MESSAGE_CON);
}

/* As a server, from the endpoint's socket. */
static int
answer_peer(coap_session_t *session, const uint8_t *data, size_t length) {
  coap_net_sock_t *sock = session->endpoint->source.sock;
  ssize_t sent;

  if (may_wait(session, data))
    return coap_net_post(sock, session->addr_local, &session->addr_remote, session->ifindex, data,
                         length);
  sent = coap_net_send(sock, session->addr_local, &session->addr_remote, session->ifindex, data,
                       length);
  return sent < 0 ? (int)sent : 0;
}

int
coap_source_transmit(coap_session_t *session, const uint8_t *data, size_t length) {
  coap_source_t *own = coap_session_transport(session);
  ssize_t sent;

  if (!own && !session->endpoint)
    return -ENOTCONN;
  if (coap_packet_loss_take())
    return 0;
  if (!own)
    return answer_peer(session, data, length);
  sent = coap_net_send(own->sock, NULL, &session->addr_remote, session->ifindex, data, length);
  return sent < 0 ? (int)sent : 0;
}

void
coap_source_flush(coap_context_t *context) {
  coap_net_lost_t lost;

  coap_net_flush(context->net, &lost);
  context->core.counters.tx_lost += lost.full;
  context->core.counters.tx_failed += lost.refused;
}

void
coap_source_close(coap_context_t *context, coap_source_t *source) {
  for (int i = 0; i < context->event_count; i++) {
    if (context->events[i].owner == source)
      context->events[i].owner = NULL;
  }
  if (context->reading == source)
    context->reading = NULL;
  coap_net_close(source->sock);
  source->sock = NULL;
}

coap_session_t *
coap_source_new_session(coap_endpoint_t *endpoint, const coap_address_t *local,
                        const coap_address_t *remote, int ifindex) {
  coap_session_t *session = coap_endpoint_new_session(endpoint, local, remote, ifindex);

  if (session)
    session->mtu = endpoint->default_mtu;
  return session;
}

/* The server session a datagram belongs to, made when the message may open one: a Reset or an
 * acknowledgement from nobody we know answers nothing (RFC 7252 4.2). */
static coap_session_t *
endpoint_session(coap_endpoint_t *endpoint, const coap_net_packet_t *packet, coap_pdu_type_t type,
                 int *is_new) {
  coap_core_t *core = &endpoint->context->core;
  coap_address_t local = packet->local;
  coap_session_t *session;

  *is_new = 0;
  /* A reply to a group request comes from the endpoint's own address (RFC 7252 8.2). */
  if (coap_is_mcast(&local))
    local = endpoint->bind_addr;
  session = coap_session_find(core, &local, &packet->remote, endpoint->proto);
  if (session || (type != COAP_MESSAGE_CON && type != COAP_MESSAGE_NON))
    return session;
  session = coap_source_new_session(endpoint, &local, &packet->remote, packet->ifindex);
  *is_new = session != NULL;
  return session;
}

/* RFC 7252 4.2: a CON with a message format error is rejected with a Reset, without a session. */
static void
reject_malformed(coap_source_t *source, const coap_net_packet_t *packet, const coap_pdu_t *pdu,
                 int multicast) {
  uint8_t reset[4];

  if (multicast || coap_pdu_get_type(pdu) != COAP_MESSAGE_CON)
    return;
  if (source->session && !coap_session_is_open(source->session))
    return;
  coap_wire_empty_udp(reset, COAP_MESSAGE_RST, coap_pdu_get_mid(pdu));
  coap_net_post(source->sock, &packet->local, &packet->remote, packet->ifindex, reset,
                sizeof(reset));
}

static void
endpoint_input(coap_context_t *context, coap_endpoint_t *endpoint, const coap_net_packet_t *packet,
               coap_pdu_t *pdu, const coap_rx_meta_t *meta) {
  int is_new;
  coap_session_t *session = endpoint_session(endpoint, packet, coap_pdu_get_type(pdu), &is_new);

  if (!session) {
    context->core.counters.rx_rejected++;
    coap_delete_pdu(pdu);
    return;
  }
  coap_session_pin(session);
  if (is_new)
    coap_session_event(session, COAP_FSM_EV_OPEN, COAP_NACK_NOT_DELIVERABLE);
  session->ifindex = packet->ifindex;
  /* An application that closes it when told of it wants nothing of what it brought. */
  if (is_new && !coap_session_is_open(session))
    coap_delete_pdu(pdu);
  else
    coap_session_input(session, pdu, meta);
  coap_session_unpin(session);
}

static void
session_input(coap_session_t *session, const coap_net_packet_t *packet, coap_pdu_t *pdu,
              const coap_rx_meta_t *meta) {
  session->ifindex = packet->ifindex ? packet->ifindex : session->ifindex;
  /* Whoever of the group answers is the peer until the next request (coap_session(3)). */
  if (session->is_mcast)
    session->addr_remote = packet->remote;
  coap_session_input(session, pdu, meta);
}

static void
source_datagram(coap_context_t *context, coap_source_t *source, const coap_net_packet_t *packet,
                coap_tick_t now) {
  coap_rx_meta_t meta = {.now = now, .multicast = coap_is_mcast(&packet->local)};
  coap_proto_t proto = source->endpoint ? source->endpoint->proto : source->session->proto;
  coap_pdu_t *pdu = NULL;
  coap_wire_status_t status;

  if (proto == COAP_PROTO_DTLS) {
    coap_source_dtls(context, source, packet);
    return;
  }
  status = coap_session_parse(&context->core, packet->data, packet->length, &pdu);
  if (status == COAP_WIRE_MALFORMED) {
    reject_malformed(source, packet, pdu, meta.multicast);
    coap_delete_pdu(pdu);
  } else if (status == COAP_WIRE_OK) {
    if (source->endpoint)
      endpoint_input(context, source->endpoint, packet, pdu, &meta);
    else
      session_input(source->session, packet, pdu, &meta);
  }
}

/* A handler may close the source while it is read: its memory is gone then. */
static void
source_read_pinned(coap_context_t *context, coap_source_t *source) {
  coap_net_packet_t packets[COAP_NET_BATCH];
  int count = coap_net_recv(source->sock, packets);
  coap_tick_t now = coap_clock_now();

  if (count < 0 && count != -EINTR && count != -EAGAIN && source->session)
    coap_session_icmp(source->session);
  context->reading = source;
  for (int i = 0; i < count && context->reading; i++) {
    if (packets[i].data)
      source_datagram(context, source, &packets[i], now);
    else
      context->core.counters.rx_malformed++;
  }
  context->reading = NULL;
}

void
coap_source_read(coap_context_t *context, coap_source_t *source) {
  coap_session_t *session = source->session;

  if (session ? coap_session_is_reliable(session) : COAP_PROTO_RELIABLE(source->endpoint->proto)) {
    coap_source_read_stream(context, source);
    return;
  }
  if (session)
    coap_session_pin(session);
  source_read_pinned(context, source);
  if (session)
    coap_session_unpin(session);
}
