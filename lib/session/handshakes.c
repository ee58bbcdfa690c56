/* handshakes.c -- the (D)TLS handshakes of peers that are under way. */
#include "session/handshakes.h"

#include <utlist.h>

int
coap_handshakes_make_room(coap_core_t *core, coap_tick_t now) {
  coap_tls_link_t *oldest = core->handshaking;
  coap_session_t *session;

  if (core->handshakes < core->max_handshakes)
    return 1;
  /* Within a call of the back end a link cannot end. */
  if (!oldest || oldest->busy || now - oldest->heard < COAP_HANDSHAKES_SILENCE_MS)
    return 0;
  core->counters.tls_evicted++;
  session = oldest->session;
  coap_session_pin(session);
  coap_session_event(session, COAP_FSM_EV_HANDSHAKE_FAILED, COAP_NACK_TLS_FAILED);
  coap_session_unpin(session);
  return core->handshakes < core->max_handshakes;
}

void
coap_handshakes_add(coap_tls_link_t *link, coap_tick_t now) {
  coap_core_t *core = link->session->core;

  link->is_counted = 1;
  link->heard = now;
  DL_APPEND(core->handshaking, link);
  core->handshakes++;
}

void
coap_handshakes_take(coap_tls_link_t *link) {
  coap_core_t *core = link->session->core;

  if (!link->is_counted)
    return;
  link->is_counted = 0;
  DL_DELETE(core->handshaking, link);
  core->handshakes--;
}

void
coap_handshakes_heard(coap_tls_link_t *link, coap_tick_t now) {
  if (!link->is_counted)
    return;
  coap_handshakes_take(link);
  coap_handshakes_add(link, now);
}
