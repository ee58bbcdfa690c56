/* coap_event.h -- what the event handler is told. */
#ifndef COAP_EVENT_H_
#define COAP_EVENT_H_

#include <coap3/coap_forward_decls.h>

COAP_BEGIN_DECLS

typedef enum coap_event_t {
  COAP_EVENT_DTLS_CLOSED = 0x0000,
  COAP_EVENT_DTLS_CONNECTED = 0x01DE,
  COAP_EVENT_DTLS_RENEGOTIATE = 0x01DF,
  COAP_EVENT_DTLS_ERROR = 0x0200,
  COAP_EVENT_TCP_CONNECTED = 0x1001,
  COAP_EVENT_TCP_CLOSED = 0x1002,
  COAP_EVENT_TCP_FAILED = 0x1003,
  COAP_EVENT_SESSION_CONNECTED = 0x2001,
  COAP_EVENT_SESSION_CLOSED = 0x2002,
  COAP_EVENT_SESSION_FAILED = 0x2003,
  COAP_EVENT_PARTIAL_BLOCK = 0x3001,
  COAP_EVENT_XMIT_BLOCK_FAIL = 0x3002,
  COAP_EVENT_SERVER_SESSION_NEW = 0x4001,
  COAP_EVENT_SERVER_SESSION_DEL = 0x4002,
  COAP_EVENT_BAD_PACKET = 0x5001,
  COAP_EVENT_MSG_RETRANSMITTED = 0x5002,
  COAP_EVENT_OSCORE_DECRYPTION_FAILURE = 0x6001,
  COAP_EVENT_OSCORE_NOT_ENABLED = 0x6002,
  COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD = 0x6003,
  COAP_EVENT_OSCORE_NO_SECURITY = 0x6004,
  COAP_EVENT_OSCORE_INTERNAL_ERROR = 0x6005,
  COAP_EVENT_OSCORE_DECODE_ERROR = 0x6006,
  COAP_EVENT_WS_PACKET_SIZE = 0x7001,
  COAP_EVENT_WS_CONNECTED = 0x7002,
  COAP_EVENT_WS_CLOSED = 0x7003,
  COAP_EVENT_KEEPALIVE_FAILURE = 0x8001
} coap_event_t;

/* Called from within the library; the return value is not used. */
typedef int (*coap_event_handler_t)(coap_session_t *session, const coap_event_t event);

/* Sets the handler; NULL removes it. */
void coap_register_event_handler(coap_context_t *context, coap_event_handler_t hnd);

/* Reports `event` to the handler, as the library does itself. Returns what the handler returned, 0
 * when there is none. */
int coap_handle_event(coap_context_t *context, coap_event_t event, coap_session_t *session);

COAP_END_DECLS

#endif /* COAP_EVENT_H_ */
