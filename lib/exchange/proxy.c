/* proxy.c -- the resource that forwards: which requests reach it, and what it is told. */
#include "exchange/proxy.h"

#include "exchange/message_options.h"
#include "seams/memory.h"
#include "wire/pdu.h"

#include <stdio.h>
#include <strings.h>

/* Room for Hop-Limit, or for what a Proxy-Uri's parts take more than itself (escapes shrink). */
enum { OPTION_ROOM = 16, SCRATCH = 256 };

int
coap_proxy_is_asked(const coap_pdu_t *request) {
  coap_opt_iterator_t oi;

  return coap_check_option(request, COAP_OPTION_PROXY_URI, &oi) ||
         coap_check_option(request, COAP_OPTION_PROXY_SCHEME, &oi);
}

/* RFC 3986 3.2.2: host names are the same in any case. */
static int
names_us(const coap_resource_t *proxy, const uint8_t *host, size_t length) {
  for (size_t i = 0; i < proxy->host_count; i++) {
    if (proxy->hosts[i]->length == length &&
        strncasecmp((const char *)proxy->hosts[i]->s, (const char *)host, length) == 0)
      return 1;
  }
  return 0;
}

static int
is_uri_part(coap_option_num_t number) {
  return number == COAP_OPTION_PROXY_URI || number == COAP_OPTION_PROXY_SCHEME ||
         number == COAP_OPTION_URI_HOST || number == COAP_OPTION_URI_PORT ||
         number == COAP_OPTION_URI_PATH || number == COAP_OPTION_URI_QUERY;
}

static int
is_hop_limit(coap_option_num_t number) {
  return number == COAP_OPTION_HOP_LIMIT;
}

/* A copy with `more` options in the place of those that `drop` names. */
static coap_pdu_t *
changed_copy(const coap_pdu_t *request, coap_option_drop_t drop, coap_optlist_t **more,
             size_t room) {
  coap_bin_const_t token = coap_pdu_get_token(request);
  coap_pdu_t *copy = coap_options_copy(request, &token, request->used + room, drop);
  size_t length = 0;
  const uint8_t *data = NULL;

  coap_get_data(request, &length, &data);
  if (copy && (!*more || coap_add_optlist_pdu(copy, more)) && coap_add_data(copy, length, data))
    return copy;
  coap_delete_pdu(copy);
  return NULL;
}

/* Runs `run` on the changed request; NULL: out of memory. Takes `changed`. */
static void
run_changed(coap_incoming_t *in, coap_pdu_t *changed, coap_resource_t *resource) {
  const coap_pdu_t *before = in->request;

  if (!changed) {
    in->exchange->core->counters.no_memory++;
    coap_reply_error(in, COAP_RESPONSE_CODE_INTERNAL_ERROR, NULL);
    return;
  }
  in->request = changed;
  if (resource)
    coap_request_on_resource(in, resource);
  else
    coap_request_on_path(in);
  in->request = before;
  coap_delete_pdu(changed);
}

/* RFC 7252 5.7.2: a proxy that finds itself named acts as the origin server. */
static void
act_as_origin(coap_incoming_t *in, const coap_uri_t *uri) {
  uint8_t scratch[SCRATCH];
  coap_optlist_t *parts = NULL;
  coap_pdu_t *changed = NULL;

  if (coap_uri_into_options(uri, NULL, &parts, 0, scratch, sizeof(scratch)) == 0)
    changed = changed_copy(in->request, is_uri_part, &parts,
                           uri->path.length + uri->query.length + OPTION_ROOM);
  coap_delete_optlist(parts);
  run_changed(in, changed, NULL);
}

/* RFC 8768 3: one hop less; a request that does not say begins with the default. */
static void
forward(coap_incoming_t *in, coap_resource_t *proxy) {
  uint32_t hops = coap_options_uint(in->request, COAP_OPTION_HOP_LIMIT, 0);
  uint8_t left = hops ? (uint8_t)(hops - 1) : COAP_DEFAULT_HOP_LIMIT;
  coap_optlist_t *option;
  coap_pdu_t *changed = NULL;

  if (in->is_again) {
    coap_request_on_resource(in, proxy);
    return;
  }
  if (left == 0) {
    char name[256];

    /* The diagnostic payload says who gave up (RFC 8768 3). */
    snprintf(name, sizeof(name), "%.*s", (int)proxy->hosts[0]->length,
             (const char *)proxy->hosts[0]->s);
    coap_reply_error(in, COAP_RESPONSE_CODE_HOP_LIMIT_REACHED, name);
    return;
  }
  option = coap_new_optlist(COAP_OPTION_HOP_LIMIT, 1, &left);
  if (option)
    changed = changed_copy(in->request, is_hop_limit, &option, OPTION_ROOM);
  coap_delete_optlist(option);
  run_changed(in, changed, proxy);
}

void
coap_proxy_dispatch(coap_incoming_t *in) {
  coap_resource_t *proxy = in->exchange->proxy;
  coap_opt_iterator_t oi;
  coap_opt_t *option = coap_check_option(in->request, COAP_OPTION_PROXY_URI, &oi);
  coap_uri_t uri;

  if (option) {
    if (coap_split_proxy_uri(coap_opt_value(option), coap_opt_length(option), &uri) < 0)
      coap_reply_error(in, COAP_RESPONSE_CODE_BAD_REQUEST, "Proxy-Uri is malformed");
    else if (names_us(proxy, uri.host.s, uri.host.length))
      act_as_origin(in, &uri);
    else
      forward(in, proxy);
    return;
  }
  /* RFC 7252 5.10.1: without Uri-Host the request is for the address it came to. */
  option = coap_check_option(in->request, COAP_OPTION_URI_HOST, &oi);
  if (!option || names_us(proxy, coap_opt_value(option), coap_opt_length(option)))
    coap_request_on_path(in);
  else
    forward(in, proxy);
}

void
coap_proxy_names_free(coap_resource_t *resource) {
  for (size_t i = 0; i < resource->host_count; i++)
    coap_delete_str_const(resource->hosts[i]);
  coap_mem_free(resource->hosts);
}

static int
copy_names(coap_resource_t *resource, size_t count, const char *names[]) {
  resource->hosts = coap_mem_zalloc(count * sizeof(resource->hosts[0]));
  if (!resource->hosts)
    return 0;
  while (resource->host_count < count) {
    const char *name = names[resource->host_count];
    coap_str_const_t *copy = coap_new_str_const((const uint8_t *)name, strlen(name));

    if (!copy)
      return 0;
    resource->hosts[resource->host_count++] = copy;
  }
  return 1;
}

coap_resource_t *
coap_resource_proxy_uri_init2(coap_method_handler_t handler, size_t host_name_count,
                              const char *host_name_list[], int flags) {
  coap_resource_t *resource;

  if (!handler || !host_name_count || !host_name_list)
    return NULL;
  resource = coap_resource_init(NULL, flags & ~COAP_RESOURCE_FLAGS_RELEASE_URI);
  if (!resource)
    return NULL;
  resource->is_proxy = 1;
  if (!copy_names(resource, host_name_count, host_name_list)) {
    coap_delete_resource(NULL, resource);
    return NULL;
  }
  for (int method = COAP_REQUEST_GET; method <= COAP_RESOURCE_METHODS; method++)
    coap_register_request_handler(resource, (coap_request_t)method, handler);
  return resource;
}

coap_resource_t *
coap_resource_proxy_uri_init(coap_method_handler_t handler, size_t host_name_count,
                             const char *host_name_list[]) {
  return coap_resource_proxy_uri_init2(handler, host_name_count, host_name_list, 0);
}
