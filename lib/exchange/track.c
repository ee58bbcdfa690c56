/* track.c -- the call-backs of coap_persist_track_funcs(3). */
#include "exchange/track.h"

#include "exchange/message_options.h"
#include "session/session.h"
#include "wire/pdu_udp.h"

static int
is_of_blocks(coap_option_num_t number) {
  return number == COAP_OPTION_BLOCK1 || number == COAP_OPTION_Q_BLOCK1 ||
         number == COAP_OPTION_SIZE1;
}

/* A copy in one piece: a body that came in blocks is its payload. NULL when out of memory. */
static coap_pdu_t *
in_one_piece(const coap_pdu_t *request) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  size_t length = 0;
  size_t offset;
  size_t total;
  const uint8_t *data = NULL;
  coap_pdu_t *copy;

  coap_get_data_large(request, &length, &data, &offset, &total);
  copy = coap_options_copy(request, &token, request->used + length + 3,
                           request->body ? is_of_blocks : NULL);
  if (copy && coap_add_data(copy, length, data))
    return copy;
  coap_delete_pdu(copy);
  return NULL;
}

void
coap_track_observer_added(coap_observer_t *observer) {
  coap_session_t *session = observer->session;
  const coap_persist_hooks_t *hooks = &coap_session_exchange(session)->persist;
  const coap_address_t *listen_address = coap_session_listen_address(session);
  coap_addr_tuple_t pair = {session->addr_remote, *session->addr_local};
  coap_address_t endpoint;
  coap_pdu_t *request;
  coap_bin_const_t raw;

  /* Connections do not outlive a restart. */
  if (!hooks->observe_added || !listen_address || session->proto != COAP_PROTO_UDP)
    return;
  endpoint = *listen_address;
  request = in_one_piece(observer->request);
  raw.s = request ? coap_wire_encode_udp(request, &raw.length) : NULL;
  if (raw.s)
    hooks->observe_added(session, (coap_subscription_t *)observer, session->proto, &endpoint, &pair,
                         &raw, NULL, hooks->user_data);
  else
    session->core->counters.no_memory++;
  coap_delete_pdu(request);
}

void
coap_track_observer_removed(coap_observer_t *observer) {
  const coap_persist_hooks_t *hooks = &coap_session_exchange(observer->session)->persist;

  if (hooks->observe_deleted)
    hooks->observe_deleted(observer->session, (coap_subscription_t *)observer, hooks->user_data);
}

void
coap_track_number(coap_resource_t *resource) {
  const coap_persist_hooks_t *hooks = &resource->exchange->persist;
  uint32_t every = hooks->save_freq ? hooks->save_freq : 1;

  if (hooks->track_observe_value && resource->observe_number % every == 0)
    hooks->track_observe_value(resource->exchange->core->context, resource->path,
                               resource->observe_number, hooks->user_data);
}

void
coap_track_resource_added(coap_resource_t *resource) {
  const coap_persist_hooks_t *hooks = &resource->exchange->persist;
  const coap_incoming_t *in = resource->exchange->creating;
  coap_pdu_t *request;
  coap_bin_const_t raw;

  if (!hooks->dyn_resource_added || !in)
    return;
  request = in_one_piece(in->request);
  raw.s = request ? coap_wire_encode_udp(request, &raw.length) : NULL;
  if (raw.s)
    hooks->dyn_resource_added(in->session, resource->path, &raw, hooks->user_data);
  else
    resource->exchange->core->counters.no_memory++;
  coap_delete_pdu(request);
}

void
coap_track_resource_deleted(coap_resource_t *resource) {
  const coap_persist_hooks_t *hooks = &resource->exchange->persist;

  if (hooks->resource_deleted)
    hooks->resource_deleted(resource->exchange->core->context, resource->path, hooks->user_data);
}
