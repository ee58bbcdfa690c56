/* ws_api.c -- what applications say about WebSockets. */
#include "session/session.h"
#include "session/ws.h"

int
coap_ws_set_host_request(coap_session_t *session, coap_str_const_t *ws_host) {
  if (!session || !ws_host)
    return 0;
  return coap_ws_set_host(session, (const char *)ws_host->s, ws_host->length);
}
