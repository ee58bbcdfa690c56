/* framing.h -- what differs between transports: how messages become bytes, and what of the message
 * layer applies. One table per transport, chosen once when a session is made; nothing else asks for
 * the protocol's name. */
#ifndef COAP_SESSION_FRAMING_H_
#define COAP_SESSION_FRAMING_H_

#include "session/session.h"
#include "wire/status.h"

struct coap_framing_t {
  const char *name;            /* as coap_show_pdu() writes it; NULL for datagrams */
  coap_uri_scheme_t scheme;    /* of URIs that mean this transport */
  int is_reliable;             /* a byte stream: no types, message IDs, retransmission */
  int is_secure;               /* (D)TLS is under it */
  int is_ws;                   /* WebSockets are */
  coap_fsm_event_t secured;    /* what is next when the handshake is through; secure ones only */
  const char *alpn;            /* RFC 7301; NULL: none */
  coap_fsm_event_t disconnect; /* coap_session_disconnected() */
  size_t (*overhead)(unsigned int mtu);

  /* The message layer; see outgoing.h. */
  coap_mid_t (*send)(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now, uint32_t delay_ms);
  int (*send_empty)(coap_session_t *session, coap_pdu_type_t type, coap_mid_t mid);
  int (*tell)(coap_session_t *session, coap_pdu_t *pdu, coap_tick_t now);
  coap_mid_t (*ping)(coap_session_t *session, coap_tick_t now);
  void (*keepalive)(coap_session_t *session, coap_tick_t now);
  void (*next)(coap_session_t *session, coap_tick_t now);

  /* Datagrams only: what is next once there is a socket. */
  coap_fsm_event_t opened;

  /* Streams only, else NULL. What is next once the transport is connected, accepted. */
  coap_fsm_event_t connected;
  coap_fsm_event_t accepted;
  /* The next message of what has come in. OK with *pdu and *used bytes taken (*pdu NULL: nothing
   * for the message layer), MORE, NO_MEMORY, or MALFORMED with *why. */
  coap_wire_status_t (*take)(coap_session_t *session, coap_pdu_t **pdu, size_t *used,
                             const char **why);
  /* Puts a message into the send queue. 0 or a negative errno. */
  int (*put)(coap_session_t *session, coap_pdu_t *pdu);
};

extern const coap_framing_t coap_framing_datagram; /* message_tx.c */
extern const coap_framing_t coap_framing_dtls;
extern const coap_framing_t coap_framing_tcp; /* framing.c */
extern const coap_framing_t coap_framing_tls;
extern const coap_framing_t coap_framing_ws;
extern const coap_framing_t coap_framing_wss;

extern const coap_framing_t *const coap_framings[COAP_PROTO_LAST];

/* Of a session, what its protocol comes to. */
static inline const coap_framing_t *
coap_session_framing(const coap_session_t *session) {
  return coap_framings[session->proto];
}

/* NULL: the protocol is not built in. */
const coap_framing_t *coap_framing_for(coap_proto_t proto);

#endif /* COAP_SESSION_FRAMING_H_ */
