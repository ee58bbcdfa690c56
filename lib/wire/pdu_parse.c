/* pdu_parse.c -- the public door to all framings. */
#include "wire/pdu_tcp.h"
#include "wire/pdu_udp.h"

static coap_wire_status_t
view_of(coap_proto_t proto, const uint8_t *data, size_t length, coap_message_view_t *view) {
  const char *why;

  switch (proto) {
  case COAP_PROTO_UDP:
  case COAP_PROTO_DTLS:
    return coap_wire_view_udp(data, length, COAP_TOKEN_EXT_MAX, view, &why);
  case COAP_PROTO_TCP:
  case COAP_PROTO_TLS:
    return coap_wire_view_tcp(data, length, COAP_TOKEN_EXT_MAX, view, &why);
  case COAP_PROTO_WS:
  case COAP_PROTO_WSS:
    return coap_wire_view_ws(data, length, COAP_TOKEN_EXT_MAX, view, &why);
  case COAP_PROTO_NONE:
  case COAP_PROTO_LAST:
    break;
  }
  return COAP_WIRE_IGNORE;
}

int
coap_pdu_parse(coap_proto_t proto, const uint8_t *data, size_t length, coap_pdu_t *pdu) {
  coap_message_view_t view;

  return pdu && data && view_of(proto, data, length, &view) == COAP_WIRE_OK &&
         coap_view_put(&view, pdu);
}
