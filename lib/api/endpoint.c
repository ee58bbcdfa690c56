/* endpoint.c -- coap_endpoint_server(3): where a server listens. */
#include "api/context.h"

#include "seams/memory.h"
#include "session/framing.h"

#include <utlist.h>

#include <errno.h>
#include <string.h>

static int
open_socket(coap_endpoint_t *endpoint, const coap_address_t *listen_addr) {
  coap_source_t *source = &endpoint->source;
  coap_net_t *net = endpoint->context->net;

  if (COAP_PROTO_RELIABLE(endpoint->proto))
    return coap_net_tcp_listen(net, listen_addr, source, &source->sock);
  return coap_net_udp_open(net, listen_addr, NULL, source, &source->sock);
}

static int
has_keys(const coap_tls_setup_t *setup) {
  return setup && (setup->spsk || setup->pki);
}

coap_endpoint_t *
coap_new_endpoint(coap_context_t *context, const coap_address_t *listen_addr, coap_proto_t proto) {
  coap_endpoint_t *endpoint;
  int result;

  if (!context || !listen_addr)
    return NULL;
  if (coap_is_af_unix(listen_addr)) {
    coap_log_warn("coap_new_endpoint: no Unix domain sockets in this release\n");
    return NULL;
  }
  if (!coap_framing_for(proto)) {
    coap_log_warn("coap_new_endpoint: protocol %d is not built in\n", (int)proto);
    return NULL;
  }
  if (coap_framing_for(proto)->is_secure && !has_keys(context->core.tls_setup)) {
    coap_log_warn("coap_new_endpoint: a key or a certificate has to be set first\n");
    return NULL;
  }
  endpoint = coap_mem_zalloc(sizeof(*endpoint));
  if (!endpoint)
    return NULL;
  endpoint->context = context;
  endpoint->proto = proto;
  endpoint->default_mtu = COAP_DEFAULT_MTU;
  endpoint->source.endpoint = endpoint;
  endpoint->rest.fire = coap_source_accept_again;
  result = open_socket(endpoint, listen_addr);
  if (result < 0) {
    coap_log_warn("coap_new_endpoint: cannot listen: %s\n", strerror(-result));
    coap_mem_free(endpoint);
    errno = -result;
    return NULL;
  }
  endpoint->bind_addr = *coap_net_local(endpoint->source.sock);
  DL_APPEND(context->endpoints, endpoint);
  return endpoint;
}

coap_session_t *
coap_endpoint_new_session(coap_endpoint_t *endpoint, const coap_address_t *local,
                          const coap_address_t *remote, int ifindex) {
  coap_context_t *context = endpoint->context;
  const coap_endpoint_t *there;
  coap_session_t *session;
  struct {
    uint64_t token;
    uint16_t mid;
  } start = {0, 0};

  coap_prng(&start, sizeof(start));
  session = coap_session_create(&context->core, COAP_SESSION_TYPE_SERVER, endpoint->proto, local,
                                remote, ifindex, start.mid, start.token);
  if (!session)
    return NULL;
  DL_FOREACH(context->endpoints, there) {
    if (there == endpoint) {
      session->endpoint = endpoint;
      return session;
    }
  }
  coap_session_event(session, COAP_FSM_EV_TEARDOWN, COAP_NACK_NOT_DELIVERABLE);
  return NULL;
}

void
coap_free_endpoint(coap_endpoint_t *endpoint) {
  coap_context_t *context;
  coap_session_t *session;

  if (!endpoint)
    return;
  context = endpoint->context;
  /* A handler may free more than the session it is told of: begin again after each. */
  for (session = context->core.sessions; session;) {
    if (session->endpoint == endpoint) {
      coap_session_pin(session);
      coap_session_event(session, COAP_FSM_EV_TEARDOWN, COAP_NACK_NOT_DELIVERABLE);
      /* Within one of its own handlers it goes later, when this is not there any more. */
      session->endpoint = NULL;
      coap_session_unpin(session);
      session = context->core.sessions;
    } else {
      session = session->next;
    }
  }
  coap_timer_cancel(&context->core.timers, &endpoint->rest);
  coap_source_close(context, &endpoint->source);
  DL_DELETE(context->endpoints, endpoint);
  coap_mem_free(endpoint);
}

void
coap_endpoint_set_default_mtu(coap_endpoint_t *endpoint, unsigned mtu) {
  if (endpoint)
    endpoint->default_mtu = mtu;
}

/* The socket of the first endpoint of the group's family: one that takes multicast. */
static coap_endpoint_t *
endpoint_for_group(coap_context_t *context, const coap_address_t *group) {
  coap_endpoint_t *endpoint;

  DL_FOREACH(context->endpoints, endpoint) {
    if (endpoint->proto == COAP_PROTO_UDP &&
        endpoint->bind_addr.addr.sa.sa_family == group->addr.sa.sa_family)
      return endpoint;
  }
  return NULL;
}

int
coap_join_mcast_group_intf(coap_context_t *context, const char *group_name, const char *ifname) {
  coap_address_t groups[8];
  int joined = 0;
  int count;

  if (!context || !group_name)
    return -1;
  if (!context->endpoints) {
    coap_log_err("coap_join_mcast_group_intf: no endpoint to receive with\n");
    return -1;
  }
  count = coap_net_resolve(group_name, COAP_DEFAULT_PORT, AF_UNSPEC, 0, groups, 8);
  for (int i = 0; i < count; i++) {
    coap_endpoint_t *endpoint = endpoint_for_group(context, &groups[i]);
    int result = endpoint && coap_is_mcast(&groups[i])
                     ? coap_net_join(endpoint->source.sock, &groups[i], ifname)
                     : -EADDRNOTAVAIL;

    if (result == 0)
      joined++;
    else
      coap_log_err("coap_join_mcast_group_intf: %s: %s\n", group_name, strerror(-result));
  }
  if (count <= 0)
    coap_log_err("coap_join_mcast_group_intf: %s: not an address\n", group_name);
  return joined ? 0 : -1;
}

void
coap_mcast_per_resource(coap_context_t *context) {
  if (context)
    context->exchange.mcast_per_resource = 1;
}

int
coap_mcast_set_hops(coap_session_t *session, size_t hops) {
  coap_source_t *source = session ? coap_session_transport(session) : NULL;

  if (!source || !session->is_mcast || hops > 255)
    return 0;
  return coap_net_mcast_hops(source->sock, (unsigned int)hops) == 0;
}
