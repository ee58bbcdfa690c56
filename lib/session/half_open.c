/* half_open.c -- connections of peers that are accepted and not established. */
#include "session/half_open.h"

#include "session/stream.h"

#include <utlist.h>

int
coap_half_open_make_room(coap_core_t *core, coap_tick_t now) {
  const coap_stream_t *first = core->half_open;

  if (core->half_open_count < core->max_half_open)
    return 1;
  if (!first || now - first->accepted < COAP_HALF_OPEN_GRACE_MS)
    return 0;
  core->counters.half_open_evicted++;
  coap_stream_give_up(first->session, now);
  return core->half_open_count < core->max_half_open;
}

void
coap_half_open_add(coap_session_t *session, coap_tick_t now) {
  coap_core_t *core = session->core;
  coap_stream_t *stream = coap_session_stream(session);

  stream->is_half_open = 1;
  stream->accepted = now;
  DL_APPEND(core->half_open, stream);
  core->half_open_count++;
}

void
coap_half_open_take(coap_session_t *session) {
  coap_core_t *core = session->core;
  coap_stream_t *stream = coap_session_stream(session);

  if (!stream->is_half_open)
    return;
  stream->is_half_open = 0;
  DL_DELETE(core->half_open, stream);
  core->half_open_count--;
}
