/* client.c -- coap_endpoint_client(3): client sessions with a socket of their own. */
#include "api/context.h"

#include "seams/clock.h"
#include "seams/memory.h"
#include "session/framing.h"
#include "session/stream.h"
#include "wire/uri.h"

#include <errno.h>
#include <string.h>

static int
open_source(coap_context_t *context, const coap_address_t *local_if, const coap_address_t *server,
            const coap_framing_t *framing, coap_source_t **source_out) {
  coap_source_t *source;
  int result;

  if (framing->is_reliable)
    return coap_source_dial(context, local_if, server, source_out);
  source = coap_mem_zalloc(sizeof(*source));
  if (!source)
    return -ENOMEM;
  result = coap_net_udp_open(context->net, local_if, server, source, &source->sock);
  if (result < 0) {
    coap_mem_free(source);
    return result;
  }
  *source_out = source;
  return 0;
}

void
coap_source_session_close(coap_session_t *session) {
  coap_source_t *source = coap_session_transport(session);

  if (!source)
    return;
  coap_source_close(session->core->context, source);
  session->more->transport = NULL;
  coap_mem_free(source);
}

/* The keep-alive begins with the CSM. */
static void
begin_connecting(coap_session_t *session) {
  coap_session_stream(session)->now = session->last_used;
  coap_session_event(session, COAP_FSM_EV_CONNECT, COAP_NACK_NOT_DELIVERABLE);
  if (!session->core->context->processing)
    coap_context_rearm(session->core->context);
}

/* Why there can be no session; NULL when there can. */
static const char *
no_session_because(const coap_context_t *context, const coap_address_t *server,
                   const coap_framing_t *framing, const coap_tls_setup_t *setup) {
  if (coap_is_af_unix(server))
    return "no Unix domain sockets in this release";
  if (!framing)
    return "this protocol is not built in";
  if (framing->is_secure && !setup && !(context->core.tls_setup && context->core.tls_setup->pki))
    return "(D)TLS needs a key or a certificate";
  if (framing->is_secure && coap_is_mcast(server))
    return "(D)TLS has no groups";
  return NULL;
}

static coap_session_t *
open_session(coap_context_t *context, const coap_address_t *local_if, const coap_address_t *server,
             coap_proto_t proto, coap_tls_setup_t *setup) {
  const coap_framing_t *framing = coap_framing_for(proto);
  coap_source_t *source = NULL;
  coap_session_t *session;
  coap_address_t peer = *server;
  const char *why = no_session_because(context, server, framing, setup);
  struct {
    uint64_t token;
    uint16_t mid;
  } start = {0, 0};
  int result;

  if (why) {
    coap_log_warn("coap_new_client_session: %s\n", why);
    return NULL;
  }
  if (coap_address_get_port(&peer) == 0)
    coap_address_set_port(&peer, coap_uri_default_port(framing->scheme));
  result = open_source(context, local_if, &peer, framing, &source);
  if (result < 0) {
    coap_log_warn("coap_new_client_session: %s\n", strerror(-result));
    return NULL;
  }
  coap_prng(&start, sizeof(start));
  session = coap_session_create(&context->core, COAP_SESSION_TYPE_CLIENT, proto,
                                coap_net_local(source->sock), &peer, 0, start.mid, start.token);
  if (!session) {
    coap_source_close(context, source);
    coap_mem_free(source);
    return NULL;
  }
  source->session = session;
  session->more->transport = source;
  session->more->tls_setup = setup ? coap_tls_setup_ref(setup) : NULL;
  if (coap_is_mcast(&peer) && !framing->is_reliable) {
    session->is_mcast = 1;
    session->more->addr_mcast = peer;
  }
  coap_session_heard(session, coap_clock_now());
  if (framing->is_reliable) {
    begin_connecting(session);
    return session;
  }
  coap_session_event(session, framing->opened, COAP_NACK_NOT_DELIVERABLE);
  if (context->core.keepalive_s)
    coap_session_arm(session, session->last_used);
  if (framing->is_secure && !context->processing)
    coap_context_rearm(context);
  return session;
}

coap_session_t *
coap_client_open(coap_context_t *context, const coap_address_t *local_if,
                 const coap_address_t *server, coap_proto_t proto, coap_tls_setup_t *setup) {
  coap_session_t *session = open_session(context, local_if, server, proto, setup);

  coap_tls_setup_unref(setup);
  return session;
}

coap_session_t *
coap_new_client_session(coap_context_t *context, const coap_address_t *local_if,
                        const coap_address_t *server, coap_proto_t proto) {
  if (!context || !server)
    return NULL;
  return open_session(context, local_if, server, proto, NULL);
}
