/* persist.c -- coap_persist(3) without files: call-backs, and bringing back what they reported. */
#include "api/persist.h"

#include "exchange/incoming.h"
#include "exchange/observe.h"
#include "seams/clock.h"
#include "wire/pdu_udp.h"

#include <utlist.h>

#include <string.h>

void
coap_persist_track_funcs(coap_context_t *context, coap_observe_added_t observe_added,
                         coap_observe_deleted_t observe_deleted,
                         coap_track_observe_value_t track_observe_value,
                         coap_dyn_resource_added_t dyn_resource_added,
                         coap_resource_deleted_t resource_deleted, uint32_t save_freq,
                         void *user_data) {
  coap_persist_hooks_t hooks = {observe_added,      observe_deleted,  track_observe_value,
                                dyn_resource_added, resource_deleted, save_freq,
                                user_data};

  if (context)
    context->exchange.persist = hooks;
}

void
coap_persist_set_observe_num(coap_resource_t *resource, uint32_t observe_num) {
  if (resource)
    resource->observe_number = observe_num;
}

void
coap_persist_stop(coap_context_t *context) {
  if (context)
    coap_persist_free(context);
}

static coap_pdu_t *
parse(const coap_context_t *context, const coap_bin_const_t *raw) {
  coap_pdu_t *pdu = NULL;
  const char *why;

  if (raw &&
      coap_wire_parse_udp(raw->s, raw->length, context->core.max_token, &pdu, &why) ==
          COAP_WIRE_OK &&
      COAP_PDU_IS_REQUEST(pdu))
    return pdu;
  coap_delete_pdu(pdu);
  return NULL;
}

static coap_endpoint_t *
endpoint_at(const coap_context_t *context, const coap_address_t *address) {
  coap_endpoint_t *endpoint;

  DL_FOREACH(context->endpoints, endpoint) {
    if (endpoint->proto == COAP_PROTO_UDP && coap_address_equals(&endpoint->bind_addr, address))
      return endpoint;
  }
  return NULL;
}

/* The peer's session, there already or made; pinned. NULL: no room, no memory. */
static coap_session_t *
session_with(coap_endpoint_t *endpoint, const coap_addr_tuple_t *pair) {
  coap_session_t *session =
      coap_session_find(&endpoint->context->core, &pair->local, &pair->remote, COAP_PROTO_UDP);
  int is_new = !session;

  if (is_new)
    session = coap_source_new_session(endpoint, &pair->local, &pair->remote, 0);
  if (!session)
    return NULL;
  coap_session_pin(session);
  if (is_new)
    coap_session_event(session, COAP_FSM_EV_OPEN, COAP_NACK_NOT_DELIVERABLE);
  return session;
}

/* Registers as the request asks. The entry, or NULL. */
static coap_observer_t *
observe_again(coap_session_t *session, const coap_pdu_t *request) {
  coap_incoming_t in = {.exchange = coap_session_exchange(session),
                        .session = session,
                        .request = request,
                        .meta = {.now = coap_clock_now()}};
  coap_string_t *path = coap_get_uri_path(request);

  in.resource = coap_resource_find(in.exchange, path ? path->s : NULL, path ? path->length : 0);
  coap_delete_string(path);
  if (!coap_observe_is_wanted(&in) || !coap_observe_register(&in))
    return NULL;
  return coap_observe_find(in.resource, session, request);
}

coap_subscription_t *
coap_persist_observe_add(coap_context_t *context, coap_proto_t e_proto,
                         const coap_address_t *e_listen_addr, const coap_addr_tuple_t *s_addr_info,
                         const coap_bin_const_t *raw_packet, const coap_bin_const_t *oscore_info) {
  coap_endpoint_t *endpoint;
  coap_session_t *session;
  coap_observer_t *observer = NULL;
  coap_pdu_t *request;

  if (!context || e_proto != COAP_PROTO_UDP || !e_listen_addr || !s_addr_info || oscore_info)
    return NULL;
  endpoint = endpoint_at(context, e_listen_addr);
  request = endpoint ? parse(context, raw_packet) : NULL;
  session = request ? session_with(endpoint, s_addr_info) : NULL;
  if (session) {
    observer = observe_again(session, request);
    coap_session_unpin(session);
  }
  coap_delete_pdu(request);
  return (coap_subscription_t *)observer;
}

/* Runs the handler on a response that nobody gets. */
static void
run_for_nobody(coap_incoming_t *in, coap_resource_t *unknown) {
  coap_method_handler_t handler =
      coap_resource_handler(unknown, (int)coap_pdu_get_code(in->request));
  coap_string_t *query = coap_get_query(in->request);
  coap_pdu_t *response = handler ? coap_reply_new(in) : NULL;

  if (response) {
    in->resource = unknown;
    coap_resource_pin(unknown);
    in->exchange->creating = in;
    handler(unknown, in->session, in->request, query, response);
    in->exchange->creating = NULL;
    coap_resource_unpin(unknown);
  }
  coap_delete_pdu(response);
  coap_delete_string(query);
}

int
coap_persist_create_again(coap_context_t *context, const coap_bin_const_t *raw) {
  coap_exchange_t *exchange = &context->exchange;
  coap_pdu_t *request = exchange->unknown ? parse(context, raw) : NULL;
  coap_session_t *session = NULL;
  coap_address_t nobody;

  coap_address_init(&nobody);
  nobody.addr.sa.sa_family = AF_INET;
  if (request)
    session = coap_session_create(&context->core, COAP_SESSION_TYPE_SERVER, COAP_PROTO_UDP, &nobody,
                                  &nobody, 0, 0, 0);
  if (session) {
    coap_incoming_t in = {.exchange = exchange,
                          .session = session,
                          .request = request,
                          .meta = {.now = coap_clock_now()}};

    coap_session_pin(session);
    run_for_nobody(&in, exchange->unknown);
    coap_session_event(session, COAP_FSM_EV_TEARDOWN, COAP_NACK_NOT_DELIVERABLE);
    coap_session_unpin(session);
  }
  coap_delete_pdu(request);
  return session != NULL;
}
